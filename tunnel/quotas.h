/*
 * How many sessions may be open at a time: in this process, to one cluster, of one caller. As many as streams through
 * serve (EKSGATE_STREAMS*).
 */
#ifndef EKSGATE_TUNNEL_QUOTAS_H
#define EKSGATE_TUNNEL_QUOTAS_H

#include "base/config.h"
#include "base/err.h"

struct quotas;

/* What one session uses. */
struct quota_use {
    char cluster[257];
    char caller[65];
};

struct quotas *quotas_new(const struct config *config); /* NULL without memory */
void quotas_free(struct quotas *quotas);

/* caller: a key's id, or an address where there are no keys. 0, or -1 with ERR_OVERLOADED that says which one is used
 * up. */
int quotas_take(struct quotas *quotas, struct str cluster, struct str caller, struct quota_use *use, struct err *err);
void quotas_give(struct quotas *quotas, const struct quota_use *use);

#endif
