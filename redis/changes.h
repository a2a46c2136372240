/*
 * Which connections have changed: whoever writes one publishes its id, and each process hears of it over one
 * subscription that its threads share. There is no thread of its own: who wants to believe what he remembers listens
 * first, which costs one call that does not wait.
 */
#ifndef EKSGATE_REDIS_CHANGES_H
#define EKSGATE_REDIS_CHANGES_H

#include <stdbool.h>

#include "base/str.h"

#define CHANGES_CHANNEL "eksgate:changes"

struct redis_changes;

/* address as for redis_client_new(). NULL without memory. */
struct redis_changes *redis_changes_new(const char *address);
void redis_changes_free(struct redis_changes *changes);

/* An id; the empty one means that any may have changed. */
typedef void redis_changed(void *arg, struct str id);

/* Tells what has changed since it was called last. True when nothing can have been missed; false when it can not be
 * known, as while Redis is away. Connects when that is due and the caller may wait: at most once a second, by one
 * thread. */
bool redis_changes_hear(struct redis_changes *changes, bool may_wait, redis_changed *on_change, void *arg);

#endif
