/*
 * What outlives the request that was let in: streams and upgraded connections. Their owner holds the caller's key and
 * asks from time to time whether it is still good; a thread reads the held keys anew every CALLER_FRESH_MS, so that
 * asking never waits. A revoked key's connections end within CALLER_FRESH_MS, an answer of Redis, and their owner's own
 * beat; all of it together in less than 5 seconds.
 */
#ifndef EKSGATE_ACCESS_HOLD_H
#define EKSGATE_ACCESS_HOLD_H

#include "access/caller.h"

struct caller_hold;

/* The first one starts the store's thread. NULL where there is no key to lose (EKSGATE_AUTH=off). What can not be
 * watched has ended: without memory that is what the answer says. */
struct caller_hold *caller_hold(struct caller_store *store, const struct caller *caller);
void caller_release(struct caller_store *store, struct caller_hold *hold);

/* The key was revoked or has expired, the session has ended, or neither could be read for CALLER_LIFE_MS. Never waits;
 * NULL has not ended. */
bool caller_hold_ended(const struct caller_hold *hold);

/* For caller_store_new() and _free(). */
struct holds *holds_new(const struct config *config);
void holds_free(struct holds *holds);
struct holds *caller_store_holds(struct caller_store *store);

#endif
