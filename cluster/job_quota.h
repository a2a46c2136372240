/*
 * How many jobs that have not finished a namespace may have, and a caller: of those that were made here. What the
 * cluster has is counted before each is made; who makes some at the same time is counted with it, so that it is never
 * more, and refused only when it truly would be.
 */
#ifndef EKSGATE_CLUSTER_JOB_QUOTA_H
#define EKSGATE_CLUSTER_JOB_QUOTA_H

#include "cluster/cluster.h"
#include "redis/turns.h"

/* Between the two a job may be made in that namespace. key: who makes it (kube/job.h). 0, or -1 with ERR_FORBIDDEN
 * ("exceeded quota"), ERR_OVERLOADED when too many make jobs at the same time, or as any call. */
int job_quota_enter(struct worker *worker, struct cluster *cluster, struct str namespace, const char *key,
                    struct turn *turn, struct err *err);
void job_quota_leave(struct worker *worker, const struct turn *turn);

#endif
