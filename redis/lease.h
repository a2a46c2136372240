/*
 * Leadership among agents: a key in Redis with a short life that its holder renews. Whoever is killed, stopped or cut
 * off loses it at the latest when its life ends. What only the leader may write is written by scripts that look at the
 * key first, so that one who does not know yet that he was replaced changes nothing.
 */
#ifndef EKSGATE_REDIS_LEASE_H
#define EKSGATE_REDIS_LEASE_H

#include "redis/client.h"

#define LEASE_HOLDER_LEN ((size_t)32)

/* Takes it when nobody has it, renews it when holder has it. beat: 0 when somebody else has it, otherwise one more than
 * at the last time. If it is anything else, Redis has forgotten something in between. 0, or -1 with err. */
int lease_take(struct redis_client *redis, const char *holder, long life_ms, int64_t *beat, struct err *err);

/* Gives it back when holder has it, so that the next one need not wait for its end. */
int lease_release(struct redis_client *redis, const char *holder, struct err *err);

#endif
