/*
 * What the successful answers of STS and EKS say: pure functions from a body to a struct. Results live in
 * the arena. -1 with ERR_UPSTREAM_BROKEN for a body that is not what the operation answers with.
 */
#ifndef EKSGATE_AWS_ANSWER_H
#define EKSGATE_AWS_ANSWER_H

#include "aws/eks.h"
#include "aws/sts.h"
#include "base/json.h"

int aws_answer_identity(struct arena *arena, struct str body, struct aws_identity *out, struct err *err);

/* The credentials that sts:AssumeRole or sts:AssumeRoleWithWebIdentity answers with; the caller wipes them. */
int aws_answer_session(struct str body, const char *operation, struct aws_credentials *out, struct err *err);

/* The member "cluster" of an answer. */
int aws_answer_cluster_member(struct arena *arena, const cJSON *cluster, struct eks_cluster *out, struct err *err);

int aws_answer_cluster(struct arena *arena, struct str body, struct eks_cluster *out, struct err *err);

#endif
