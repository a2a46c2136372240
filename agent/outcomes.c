#include "agent/outcomes.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define AGAIN_MS 1000

static void aim(struct outcome *o)
{
    o->settled.id = str_from(o->id);
    o->settled.error = o->error;
}

static void drop_first(struct outcomes *outcomes, size_t count)
{
    outcomes->count -= count;
    memmove(outcomes->waiting, outcomes->waiting + count, outcomes->count * sizeof(outcomes->waiting[0]));
}

void outcomes_add(struct outcomes *outcomes, const struct delivery_outcome *outcome)
{
    struct outcome *o;

    if (outcomes->count == OUTCOMES_MAX) {
        log_warning("a delivery will be made again: the store could not be told of it",
                    LOG_TEXT("delivery", outcomes->waiting[0].id));
        drop_first(outcomes, 1);
    }
    o = &outcomes->waiting[outcomes->count++];
    o->settled = *outcome;
    snprintf(o->id, sizeof(o->id), "%.*s", STR_FMT(outcome->id));
    snprintf(o->error, sizeof(o->error), "%s", outcome->error);
    outcomes->due_ms = 0;
}

void outcomes_flush(struct outcomes *outcomes, struct redis_client *redis, int64_t now_ms)
{
    size_t told = 0;
    struct err err;

    if (outcomes->count == 0 || now_ms < outcomes->due_ms)
        return;
    while (told < outcomes->count) {
        aim(&outcomes->waiting[told]);
        if (delivery_settle(redis, &outcomes->waiting[told].settled, &err) < 0)
            break;
        told++;
    }
    if (told < outcomes->count)
        outcomes->due_ms = now_ms + AGAIN_MS;
    if (told > 0)
        drop_first(outcomes, told);
}
