/* Shared by the files of this folder only. */
#ifndef EKSGATE_CLUSTER_INTERNAL_H
#define EKSGATE_CLUSTER_INTERNAL_H

#include "cluster/cluster.h"

/* Empty credentials that are wiped when the arena is reset; NULL with err. */
struct aws_credentials *cluster_credentials_new(struct worker *worker, struct err *err);

/* Fills target from the description after checking the endpoint. */
int cluster_aim(struct worker *worker, struct cluster *cluster, struct err *err);

/* A new token: on the 300 s grid, or in place of a refused one. */
int cluster_mint(struct worker *worker, struct cluster *cluster, bool renewed, struct err *err);

/* What a connection calls that way to authenticate. */
const char *cluster_auth_name(enum aws_auth_type type);

/* What is kept of an answer of EKS, which was asked for at that time (clock_now_ms()). */
void cluster_describe_as(const struct eks_cluster *eks, int64_t asked_ms, struct description *out);

#endif
