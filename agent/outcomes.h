/*
 * What became of deliveries, until Redis has been told. It may be away, even for so long that this agent leads no more;
 * who forgot an outcome would have a receiver told twice.
 */
#ifndef EKSGATE_AGENT_OUTCOMES_H
#define EKSGATE_AGENT_OUTCOMES_H

#include "redis/webhooks.h"

#define OUTCOMES_MAX 64
#define OUTCOME_ERROR_MAX ((size_t)256)

struct outcomes {
    struct outcome {
        struct delivery_outcome settled; /* its texts are the next two */
        char id[DELIVERY_ID_LEN + 1];
        char error[OUTCOME_ERROR_MAX];
    } waiting[OUTCOMES_MAX];
    size_t count;
    int64_t due_ms;
};

/* Remembers one. When there is no room any more the oldest is forgotten, and its receiver told once more. */
void outcomes_add(struct outcomes *outcomes, const struct delivery_outcome *outcome);

/* Tells Redis, at most once a second while it does not listen. */
void outcomes_flush(struct outcomes *outcomes, struct redis_client *redis, int64_t now_ms);

#endif
