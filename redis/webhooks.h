/*
 * Webhooks: who is told of which changes, and the queue of what is to be told. See redis/README.md for the keys and
 * docs/webhooks.md for what is guaranteed.
 */
#ifndef EKSGATE_REDIS_WEBHOOKS_H
#define EKSGATE_REDIS_WEBHOOKS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "redis/connections.h"

#define WEBHOOK_ID_LEN ((size_t)16)
#define DELIVERY_ID_LEN ((size_t)32)

/* The texts live in the arena. */
struct webhook {
    const char *id;
    const char *url;
    const cJSON *clusters;   /* ids, or NULL: all */
    const cJSON *namespaces; /* or NULL: all */
    const cJSON *events;     /* "job.succeeded", ... */
    bool enabled;
    int64_t created_at;
    const char *created_by;
    int64_t dropped; /* deliveries for which there was no room; only in lists */
};

/* Stores a new webhook and its sealed secret. -1 with ERR_CONFLICT when there are too many. */
int webhook_write(struct redis_client *redis, const struct webhook *webhook, struct str sealed, struct err *err);

/* REDIS_FOUND, REDIS_MISSING, or -1. */
int webhook_read(struct redis_client *redis, struct arena *arena, struct str id, struct webhook *out, struct err *err);

/* All webhooks, the oldest first. */
int webhooks_list(struct redis_client *redis, struct arena *arena, struct webhook **webhooks, size_t *count,
                  struct err *err);

/* With all its deliveries. REDIS_FOUND when it was there and is gone now, REDIS_MISSING, or -1. */
int webhook_delete(struct redis_client *redis, struct str id, struct err *err);

/* One thing to be told to one webhook. */
struct delivery {
    struct str id; /* the same whenever the same change is told to the same webhook */
    struct str webhook;
    struct str event;
    struct str cluster;
    struct str namespace;
    struct str job_name;
    struct str status; /* pending, delivered, dead */
    struct str error;  /* of the last attempt, or empty */
    long attempts;
    long response_status; /* of the last attempt, or 0 */
    int64_t created_at;   /* all in milliseconds; 0: not (yet) */
    int64_t attempted_at;
    int64_t next_at;
};

/* The newest first; status: only those, or empty. */
int deliveries_list(struct redis_client *redis, struct arena *arena, struct str webhook, struct str status,
                    struct delivery **deliveries, size_t *count, struct err *err);

/* REDIS_FOUND, REDIS_MISSING when that webhook has no such delivery, or -1. */
int delivery_read(struct redis_client *redis, struct arena *arena, struct str webhook, struct str id,
                  struct delivery *out, struct err *err);

/* Queues a delivery that tells nothing but that it arrives, with that id. -1 with ERR_OVERLOADED without room. */
int delivery_enqueue_test(struct redis_client *redis, struct str webhook, struct str id, int64_t now_ms,
                          struct err *err);

/* A dead delivery is pending again. REDIS_FOUND when it is now, REDIS_MISSING when it was not dead, or -1. */
int delivery_retry(struct redis_client *redis, struct str id, int64_t now_ms, struct err *err);

/* A delivery as the agent takes it from the queue. Valid as long as its batch. */
struct delivery_claim {
    struct str id;
    struct str webhook;
    struct str event;
    struct str body;
    struct str url;
    struct str sealed;
    long attempts;
};

struct delivery_batch {
    redisReply *reply;
    struct delivery_claim *claims; /* in the arena */
    size_t count;
};

/* Takes up to max deliveries that are due; nobody else gets them before until_ms, when they are due again. Those to one
 * of the busy webhooks are left. Does nothing when holder does not lead. Release with delivery_batch_free(). */
int deliveries_claim(struct redis_client *redis, struct arena *arena, const char *holder, int64_t now_ms,
                     int64_t until_ms, size_t max, const struct str *busy, size_t busy_count,
                     struct delivery_batch *out, struct err *err);
void delivery_batch_free(struct delivery_batch *batch);

/* How an attempt ended. */
struct delivery_outcome {
    struct str id;
    long attempts; /* before this one, as claimed: an outcome that another attempt overtook counts only when it is good
                    */
    bool delivered;
    bool dead; /* not delivered, and the last attempt */
    long response_status;
    const char *error;
    int64_t now_ms;
    int64_t next_at_ms;
};

int delivery_settle(struct redis_client *redis, const struct delivery_outcome *outcome, struct err *err);

#endif
