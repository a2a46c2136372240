/*
 * What one thread of requests owns and shares: everything a request needs to reach AWS, Redis and clusters. One without
 * http and redis never waits: what is not in memory is an error to it, and the work of another one.
 */
#ifndef EKSGATE_CLUSTER_WORKER_H
#define EKSGATE_CLUSTER_WORKER_H

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/seal.h"
#include "cluster/memory.h"
#include "redis/connections.h"

struct worker {
    const struct config *config;   /* the process's */
    const struct seal_key *seal;   /* the process's */
    struct cluster_memory *memory; /* the process's */
    struct arena *arena;           /* reset after each request */
    struct http_client *http;
    struct redis_client *redis;
    const char *request_id; /* of the request in work */
    bool has_heard;         /* of all changes before this turn of its loop; one that may wait listens each time */
};

static inline bool worker_may_wait(const struct worker *worker)
{
    return worker->redis != NULL;
}

/* For calls with that identity. */
static inline struct aws_client worker_aws(const struct worker *worker, const struct aws_auth *auth)
{
    return (struct aws_client){.http = worker->http,
                               .arena = worker->arena,
                               .profile = aws_auth_profile(auth),
                               .deadline_ms = clock_monotonic_ms() + AWS_WITHIN_MS};
}

#endif
