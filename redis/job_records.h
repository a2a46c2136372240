/*
 * What is remembered of the Jobs of a cluster: the state each was last seen in, where the watch goes on, and those that
 * finished. Written by the leading agent only, change by change: the new state, the history and what webhooks are to be
 * told are stored in one step, or none of them is. See redis/README.md.
 */
#ifndef EKSGATE_REDIS_JOB_RECORDS_H
#define EKSGATE_REDIS_JOB_RECORDS_H

#include <stdint.h>

#include "base/arena.h"
#include "redis/connections.h"

#define JOB_HISTORY_PAGE ((size_t)100)

/* A Job as it was seen just now. */
struct job_record {
    struct str cluster;
    struct str uid;
    struct str namespace;
    struct str name;
    struct str state;      /* "pending", ...; "deleted": it is gone */
    struct str body;       /* what is told of it, as JSON */
    struct str version;    /* the resourceVersion the watch may go on from; empty inside a list */
    struct str expected;   /* the one that is stored, if nothing was forgotten */
    int64_t at;            /* when it came to that state; 0: not known, now */
    int64_t finished_at;   /* 0: it has not */
    int64_t announce_from; /* of a Job that was never seen before, what happened earlier is not told */
    bool listed;           /* met by a list */
    long met;              /* which has met so many before */
};

struct job_bounds {
    long count;      /* of finished Jobs kept of one cluster */
    int64_t seconds; /* and how long */
};

enum job_recorded {
    JOB_UNCHANGED,
    JOB_CHANGED,
    JOB_NO_ROOM,    /* as many as are kept of one cluster are there: nothing is kept or told of this one */
    JOB_NOT_LEADER, /* somebody else leads: nothing was changed */
    JOB_FORGOTTEN   /* Redis has less than it had, having been killed perhaps: nothing was changed */
};

int job_record(struct redis_client *redis, const char *holder, const struct job_bounds *bounds,
               const struct job_record *job, enum job_recorded *out, struct err *err);

/* Where the watch of a cluster goes on: a resourceVersion in the arena, or "" when it is to be listed first. */
int job_watch_read(struct redis_client *redis, struct arena *arena, struct str cluster, const char **version,
                   struct err *err);

/* It goes on from there: what a bookmark says. expected: as in struct job_record. */
int job_watch_write(struct redis_client *redis, const char *holder, struct str cluster, struct str expected,
                    struct str version, enum job_recorded *out, struct err *err);

/* Around a list: what is there of it is forgotten at its begin; at its end, Jobs that it did not meet are gone. met:
 * how many it did. */
int job_list_begin(struct redis_client *redis, struct str cluster, struct err *err);
int job_list_end(struct redis_client *redis, const char *holder, struct str cluster, long met, struct str version,
                 enum job_recorded *out, struct err *err);

/* Forgets clusters that are connected no more, with their history. */
int job_records_tidy(struct redis_client *redis, const char *holder, struct err *err);

/* Where a page of the history begins: before the Job that ended then (the newest come first). */
struct job_place {
    int64_t finished_at; /* INT64_MAX: at the newest */
    const char *uid;
};

struct job_entry {
    int64_t finished_at;
    const char *uid;
    struct str body;
};

/* Up to JOB_HISTORY_PAGE finished Jobs that stand behind the place and ended at since or later, in the arena; fewer
 * only at the end. */
int job_history_read(struct redis_client *redis, struct arena *arena, struct str cluster, const struct job_place *place,
                     int64_t since, struct job_entry **entries, size_t *count, struct err *err);

/* How many are kept of that cluster. */
int job_history_count(struct redis_client *redis, struct str cluster, int64_t *count, struct err *err);

#endif
