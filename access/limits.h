/*
 * How often an API key may ask, by group of routes: EKSGATE_LIMIT_READS, _WRITES, _RAW. All processes share one bucket
 * in Redis for each key and group; a process takes from it in advance, the more the busier the key is, so that most
 * requests cost no word with Redis. Who has used his up is refused from memory until there is more.
 *
 * While Redis is away each process counts for itself: nobody is refused because of that, and nobody is without a limit.
 * Where nobody needs a key (EKSGATE_AUTH=off) there are no limits.
 */
#ifndef EKSGATE_ACCESS_LIMITS_H
#define EKSGATE_ACCESS_LIMITS_H

#include "base/buf.h"
#include "base/config.h"
#include "base/metrics.h"
#include "redis/client.h"

struct limits;

/* config has been checked. NULL without memory. */
struct limits *limits_new(const struct config *config);
void limits_free(struct limits *limits);

/* What a caller is told of his limit. */
struct limit_state {
    long limit; /* how many at once; 0: there is none */
    long remaining;
    long reset; /* seconds until that many again */
};

/* Adds its header lines, none where there is no limit, as draft-ietf-httpapi-ratelimit-headers-07 has them; and whether
 * one of that name is among them, so that a cluster's own gives way. */
void limit_state_write(const struct limit_state *state, struct buf *out);
bool limit_state_has(const struct limit_state *state, struct str name);

/* One request of that key. redis: NULL when nothing may be waited for. 0, or -1 with ERR_OVERLOADED and retry_after; -1
 * too, and nothing is taken, when it would have to be waited for. */
int limits_take(struct limits *limits, struct redis_client *redis, enum metrics_limit group, const char *key_id,
                struct limit_state *state, struct err *err);

#endif
