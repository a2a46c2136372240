/*
 * eksgate agent: what has to be done when nobody asks. Any number of agents may run; one leads at a time
 * (redis/lease.h) and does all the work, task by task (agent/task.h); the others wait for their turn.
 *
 * One thread does the work, over one event loop: it waits for clusters and receivers, never for one of them. What
 * blocks, resolving credentials and asking AWS, is done by a few threads beside it (cluster/opener.h).
 */
#ifndef EKSGATE_AGENT_AGENT_H
#define EKSGATE_AGENT_AGENT_H

#include "base/clock.h"
#include "base/config.h"
#include "base/limits.h"
#include "base/loop.h"
#include "base/seal.h"
#include "cluster/memory.h"
#include "redis/lease.h"

struct openers;
struct outcomes;

struct agent {
    const struct config *config;
    const struct seal_key *seal;
    struct cluster_memory *memory; /* shared with the openers */
    struct loop *loop;
    struct redis_client *redis;
    struct arena *arena; /* of the turn in work: reset behind it */
    struct openers *openers;
    struct outcomes *outcomes;
    struct str webhook_ca; /* PEM, or empty */
    char holder[LEASE_HOLDER_LEN + 1];

    bool leads;
    bool replaced;       /* a write found out that somebody else leads */
    bool has_deliveries; /* something was queued in this turn */
    int64_t beat;        /* of the lease, when it was renewed last */
    int64_t lease_end_ms;
    int64_t renew_ms;
};

/* Runs until SIGTERM or SIGINT, which must be blocked. 0, or 1 when it could not start. */
int agent_run(const struct config *config, const struct seal_key *seal);

#endif
