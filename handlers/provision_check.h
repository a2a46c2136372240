/* Orders held against what is there: the cluster as it was applied, and what AWS offers. */
#ifndef EKSGATE_HANDLERS_PROVISION_CHECK_H
#define EKSGATE_HANDLERS_PROVISION_CHECK_H

#include "handlers/provision_submit.h"
#include "terraform/offers.h"

/* Members of change in the place of the cluster's; complete. NULL with request->err. */
const cJSON *provision_merge(struct request *request, const struct run_cluster *cluster, const cJSON *change);

/* 0, or -1 with the faults of what can not be changed of a cluster that is there. */
int provision_check_change(struct request *request, const struct run_cluster *cluster, const cJSON *order);

/* Versions, add-ons and instance types, by AWS's own lists; where AWS can not be asked, p is warned and the order
 * passes. 0, or -1 with the faults of fields. */
int provision_check_with_aws(struct request *request, const cJSON *order, struct provision *p);

/* Whether EKS, the cluster's nodes and its disruption budgets are ready for the next version: an insight that says
 * ERROR, or nodes that would be too old, are a conflict; an insight that says WARNING, or a budget that lets no pod go,
 * is one until the body's confirm_warnings says so. What can not be asked is told as a warning. order: as it is to be;
 * one with the cluster's own version is ready. 0, or -1. (provision_ready.c) */
int provision_check_upgrade(struct request *request, const struct run_cluster *cluster, const cJSON *order,
                            struct provision *p);

/* Whose eyes look at AWS: the order's own role, or the gateway's identity. */
struct offers_identity provision_identity(const cJSON *order);

#endif
