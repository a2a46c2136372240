/* What AWS offers in a region, as any process has asked it: kept for all, since the lists are long. See
 * redis/README.md. */
#ifndef EKSGATE_REDIS_OFFERS_H
#define EKSGATE_REDIS_OFFERS_H

#include "base/arena.h"
#include "redis/connections.h"

#define OFFERS_TEXT_MAX MIB(1)

/* what: "versions", "types". REDIS_FOUND with the JSON in the arena, REDIS_MISSING, or -1. */
int offers_kept_read(struct redis_client *redis, struct arena *arena, const char *what, struct str region,
                     struct str *text, struct err *err);

/* For six hours. What can not be kept is asked for again. */
void offers_kept_write(struct redis_client *redis, const char *what, struct str region, struct str text);

#endif
