/*
 * Before a cluster is destroyed: what its controllers made in AWS, of which terraform knows nothing, and without whose
 * end neither subnets nor VPC can go. Load balancers with their target groups, security groups and network interfaces,
 * volumes that nobody uses any more.
 *
 * Only what carries the tags that controllers give things of exactly this cluster is touched. What cannot be deleted is
 * told and left: it does not hold the destroying up.
 */
#ifndef EKSGATE_TERRAFORM_SWEEP_H
#define EKSGATE_TERRAFORM_SWEEP_H

#include "terraform/account.h"
#include "terraform/tell.h"

struct sweep {
    struct account *account;
    struct tell tell;    /* {"type":"eksgate_sweep","action":"delete|wait|left","kind","id","reason"?} */
    int64_t patience_ms; /* how long what is deleted is waited for, and what still depends on it */
};

/* 0, or -1 with err when it could not be told. */
int sweep_cluster(const struct sweep *sweep, struct err *err);

#endif
