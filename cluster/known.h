/*
 * A connection's texts and what they say: parsed once, then shared by all requests that read the same texts from
 * Redis. It never changes; the last one to release it frees it, on whatever thread.
 */
#ifndef EKSGATE_CLUSTER_KNOWN_H
#define EKSGATE_CLUSTER_KNOWN_H

#include <stdbool.h>

#include "redis/connections.h"

struct known;

/* Held once. NULL when the connection can not be read, or without memory. */
struct known *known_new(const struct connection_texts *texts);
struct known *known_hold(struct known *known);
void known_release(void *known);

bool known_is_of(const struct known *known, const struct connection_texts *texts);

struct str known_sealed(const struct known *known); /* empty when there are none */
const struct connection *known_connection(const struct known *known);
const struct description *known_description(const struct known *known); /* endpoint "" when it ran out */

#endif
