/*
 * What this process remembers of clusters, shared by its threads:
 * - the last good texts from Redis, so that known clusters go on for 15 minutes while Redis is away, and what they say,
 *   parsed, so that request after request need not ask and parse;
 * - that a cluster was just unreachable, so that a dead one costs its callers nothing for a moment;
 * - when a token was last renewed after a 401, so that a cluster that refuses us is not stormed.
 */
#ifndef EKSGATE_CLUSTER_MEMORY_H
#define EKSGATE_CLUSTER_MEMORY_H

#include "base/arena.h"
#include "base/err.h"
#include "cluster/known.h"
#include "redis/connections.h"

#define MEMORY_LIFE_MS (15L * 60 * 1000)
#define MEMORY_AGEING_MS 400 /* before its end */
#define MEMORY_FRESH_MS 1000 /* more than what a lost message, or a life that ends in Redis, may be late */
#define MEMORY_DOWN_MS 2000
#define MEMORY_TLS_DOWN_MS 30000
#define MEMORY_RENEW_MS 5000

struct cluster_memory;

struct cluster_memory *cluster_memory_new(void);
void cluster_memory_free(struct cluster_memory *memory);

void memory_remember(struct cluster_memory *memory, struct str id, const struct connection_texts *texts);
void memory_forget(struct cluster_memory *memory, struct str id);

/* Copies what was remembered into the arena. 0, or -1 when it is unknown or too old. */
int memory_recall(struct cluster_memory *memory, struct arena *arena, struct str id, struct connection_texts *out);

/* Listens to what changes in that Redis, so that texts need not be read anew by each request. -1 without memory. */
int memory_listen(struct cluster_memory *memory, const char *redis_address);

enum memory_hearing {
    MEMORY_HEARD, /* the caller has, since what it serves came */
    MEMORY_HEAR,  /* what has been told already */
    MEMORY_WAIT,  /* for Redis, if need be */
};

/* What was read less than MEMORY_FRESH_MS ago, if it is certain not to have changed since; the caller releases it.
 * Otherwise NULL, and the texts are to be read: *ticket is what memory_parse() wants to be told then. */
struct known *memory_recent(struct cluster_memory *memory, struct str id, enum memory_hearing hearing,
                            unsigned long *ticket);

/* Is called once, by whatever thread asks, shortly before what is known of a cluster that is asked for all the time is
 * too old: to read it again while it still holds. */
void memory_on_ageing(struct cluster_memory *memory, void (*on_ageing)(void *arg, struct str id), void *arg);

/* What the texts of that cluster say; the caller releases it. NULL when the connection can not be read. */
struct known *memory_parse(struct cluster_memory *memory, struct str id, const struct connection_texts *texts,
                           unsigned long ticket);

/* -1 with the remembered err while the cluster counts as down. Retry-After is given for the first three in
 * ten seconds only: kubectl repeats ten times whenever it sees one. */
int memory_check_down(struct cluster_memory *memory, struct str id, struct err *err);
void memory_mark_down(struct cluster_memory *memory, struct str id, long milliseconds, struct err *err);
void memory_mark_up(struct cluster_memory *memory, struct str id);

/* How often in a row the cluster was down. */
unsigned memory_failures(struct cluster_memory *memory, struct str id);

/* A renewal is worth trying at most once in MEMORY_RENEW_MS for a cluster: can_renew() asks, may_renew() takes
 * the turn when it is still there. */
bool memory_can_renew(struct cluster_memory *memory, struct str id);
bool memory_may_renew(struct cluster_memory *memory, struct str id);

#endif
