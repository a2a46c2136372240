/*
 * Failed attempts by where they come from, counted for all processes together: a hash of a fixed number of slots, each
 * a bucket (bucket.h), which is gone when nobody has failed for a while. Sources that share a slot share its count;
 * which do follows from a seed that is made with the hash, so that nobody can choose whose.
 */
#ifndef EKSGATE_REDIS_ATTEMPTS_H
#define EKSGATE_REDIS_ATTEMPTS_H

#include "base/rate.h"
#include "redis/client.h"

/* failed: counts one more, unless all are used up. *full_us: until that source has all attempts again. 0, or -1 with
 * err: Redis is away. */
int attempts_count(struct redis_client *redis, struct str source, const struct rate *rate, bool failed,
                   int64_t *full_us, struct err *err);

#endif
