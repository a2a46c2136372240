/*
 * What clusters that eksgate makes may be called, and the names of what belongs to one: its Kubernetes Jobs, claims and
 * runs. EKS allows more; such a cluster can be connected, not made.
 */
#ifndef EKSGATE_TERRAFORM_NAME_H
#define EKSGATE_TERRAFORM_NAME_H

#include <stdint.h>

#include "base/str.h"

#define TERRAFORM_CLUSTER_MAX 100
#define TERRAFORM_JOB_MAX 63 /* a Job's name becomes a label of its pods */
#define TERRAFORM_RUN_LEN 18

/* NULL for a good name, else what it must be (static text). */
const char *terraform_check_cluster(struct str name);

/* "provision-NAME"; of a name that would become too long its first 40 characters and 8 digits of its hash. -1 when the
 * operation is empty or too long. */
int terraform_job_name(struct str op, struct str cluster, char out[TERRAFORM_JOB_MAX + 1]);

/* The value of the label that a cluster's objects are found by: the name, or as above when it is too long. */
void terraform_cluster_label(struct str cluster, char out[TERRAFORM_JOB_MAX + 1]);

/* The first 8 hexadecimal digits of the name's SHA-256. */
void terraform_cluster_hash(struct str cluster, char out[9]);

/* "r", the time in milliseconds and four random digits: sorts by time. 0, or -1 without random bytes. */
int terraform_run_new(int64_t now_ms, char out[TERRAFORM_RUN_LEN + 1]);
bool terraform_is_run(struct str run);

#endif
