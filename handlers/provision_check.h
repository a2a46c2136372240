/* Orders held against what is there: the cluster as it was applied, and what AWS offers. */
#ifndef EKSGATE_HANDLERS_PROVISION_CHECK_H
#define EKSGATE_HANDLERS_PROVISION_CHECK_H

#include "handlers/provision_submit.h"

/* Members of change in the place of the cluster's; complete. NULL with request->err. */
const cJSON *provision_merge(struct request *request, const struct run_cluster *cluster, const cJSON *change);

/* 0, or -1 with the faults of what can not be changed of a cluster that is there. */
int provision_check_change(struct request *request, const struct run_cluster *cluster, const cJSON *order);

/* Versions and instance types, by AWS's own lists; where AWS can not be asked, p is warned and the order passes. 0, or
 * -1 with the faults of fields. */
int provision_check_with_aws(struct request *request, const cJSON *order, struct provision *p);

/* Whether EKS and its nodes are ready for the next version: an insight that says ERROR, or nodes that would be too
 * old, are a conflict; WARNING is one until it is confirmed. Where EKS can not be asked, p is warned. 0, or -1. */
int provision_check_upgrade(struct request *request, const cJSON *order, const char *version, bool is_confirmed,
                            struct provision *p);

#endif
