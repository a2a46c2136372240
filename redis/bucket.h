/*
 * Token buckets that all processes share (GCRA: of each, one time is stored). A bucket that is full is not there at
 * all.
 */
#ifndef EKSGATE_REDIS_BUCKET_H
#define EKSGATE_REDIS_BUCKET_H

#include "base/rate.h"
#include "redis/client.h"

struct bucket_answer {
    int64_t given;   /* of those wanted; 0: there are none */
    int64_t left;    /* behind that */
    int64_t wait_us; /* until there is one again, when none was given */
    int64_t full_us; /* until it is full again */
};

/* Takes up to so many at once. 0, or -1 with err: Redis is away. */
int bucket_take(struct redis_client *redis, struct str name, const struct rate *rate, int64_t wanted,
                struct bucket_answer *out, struct err *err);

/* The same on a bucket of one's own; *full_at_us is its state, at first 0. */
void bucket_take_own(int64_t *full_at_us, int64_t now_us, const struct rate *rate, int64_t wanted,
                     struct bucket_answer *out);

#endif
