/*
 * How many sessions may be open at a time: in this process, to one cluster, of one caller.
 */
#ifndef EKSGATE_TUNNEL_QUOTAS_H
#define EKSGATE_TUNNEL_QUOTAS_H

#include "base/err.h"

struct quotas;

struct quota_bounds {
    long all;
    long per_cluster;
    long per_caller;
};

/* What one session uses. */
struct quota_use {
    struct quotas *of; /* NULL: nothing */
    char cluster[257];
    char caller[65];
};

struct quotas *quotas_new(struct quota_bounds bounds); /* NULL without memory */
void quotas_free(struct quotas *quotas);

/* caller: a key's id, or an address where there are no keys. 0, or -1 with ERR_OVERLOADED that says which one is used
 * up. */
int quotas_take(struct quotas *quotas, struct str cluster, struct str caller, struct quota_use *use, struct err *err);
void quotas_give(struct quota_use *use); /* nothing, when nothing is used */

#endif
