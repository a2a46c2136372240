/*
 * Failed attempts to get in, counted by remote address. An address that has used up its attempts gets a new one each
 * second. All processes count together in Redis (redis/attempts.h), and each for itself in a table of fixed size: that
 * is what holds while Redis is away, and what spares Redis the attempts of who is refused anyway. Addresses that share
 * a slot share its count: many of them can not push another's out of the table.
 */
#ifndef EKSGATE_ACCESS_FAILURES_H
#define EKSGATE_ACCESS_FAILURES_H

#include <pthread.h>
#include <stdint.h>

#include "redis/client.h"

#define FAILURES_SLOTS 4096
#define FAILURES_BURST 20
#define FAILURES_EVERY_MS 1000

struct failures {
    pthread_mutex_t lock;
    uint64_t seed;
    int64_t clear_at_ms[FAILURES_SLOTS]; /* when there are all attempts again */
};

void failures_init(struct failures *failures);
void failures_end(struct failures *failures);

/* Both may wait for Redis. */
bool failures_exhausted(struct failures *failures, struct redis_client *redis, struct str address);
void failures_add(struct failures *failures, struct redis_client *redis, struct str address);

#endif
