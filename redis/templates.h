/*
 * Job templates, in versions: who reads one needs not know what its text says. See redis/README.md.
 */
#ifndef EKSGATE_REDIS_TEMPLATES_H
#define EKSGATE_REDIS_TEMPLATES_H

#include "base/arena.h"
#include "redis/connections.h"

#define TEMPLATE_NAME_MAX 63 /* it becomes the value of a label */

struct template_record {
    struct str name;
    long version;
    struct str text;
    const long *kept; /* numbers of all versions that are there, in order; not in lists */
    size_t kept_count;
};

/* Reads that version, or the newest for 0, into the arena. REDIS_FOUND, REDIS_MISSING (no such template, or no such
 * version of it), or -1 with err. */
int template_read(struct redis_client *redis, struct arena *arena, struct str name, long version,
                  struct template_record *out, struct err *err);

/* Stores the first version of a new template. -1 with ERR_CONFLICT when the name is taken or there are too many. */
int template_create(struct redis_client *redis, struct str name, struct str text, struct err *err);

/* Stores the next version of one that is there, and lets go of the oldest beyond TEMPLATE_VERSIONS_MAX. based_on: the
 * version that must still be the newest, or 0. REDIS_FOUND with its number, REDIS_MISSING, or -1 with ERR_CONFLICT. */
int template_update(struct redis_client *redis, struct str name, struct str text, long based_on, long *version,
                    struct err *err);

/* Deletes all versions. REDIS_FOUND when it was there, REDIS_MISSING, or -1. */
int template_delete(struct redis_client *redis, struct str name, struct err *err);

/* Calls on_template with the newest version of each, by name; what is given is valid during the call. 0, or -1 with
 * err, which is the callback's when that returned -1. */
int templates_list(struct redis_client *redis, struct arena *arena,
                   int (*on_template)(void *arg, const struct template_record *template), void *arg, struct err *err);

#endif
