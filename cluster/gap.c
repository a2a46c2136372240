#include "cluster/gap.h"

#include <stdio.h>

#include "base/limits.h"

void gaps_init(struct gaps *gaps)
{
    gaps->count = gaps->left_out = 0;
    pthread_mutex_init(&gaps->lock, NULL);
}

void gaps_free(struct gaps *gaps)
{
    pthread_mutex_destroy(&gaps->lock);
}

static void release(void *gaps)
{
    gaps_free(gaps);
}

struct gaps *gaps_new(struct arena *arena)
{
    struct gaps *gaps = arena_alloc(arena, sizeof(*gaps));

    if (!gaps)
        return NULL;
    gaps_init(gaps);
    return arena_defer(arena, release, gaps) == 0 ? gaps : NULL;
}

static void read_error(struct gap *gap, const struct err *err)
{
    const char *why;
    cJSON *status = err->upstream_status.len > 0 ? json_tree(err->upstream_status, LIMIT_JSON_DEPTH, &why) : NULL;
    const char *reason = json_find_text(status, "reason");
    const char *message = json_find_text(status, "message");

    snprintf(gap->code, sizeof(gap->code), "%s", reason && *reason ? reason : err_reason(err));
    snprintf(gap->message, sizeof(gap->message), "%s", message && *message ? message : err->message);
    cJSON_Delete(status);
}

void gaps_add(struct gaps *gaps, const char *resource, const struct err *err)
{
    pthread_mutex_lock(&gaps->lock);
    if (gaps->count == GAPS_MAX) {
        gaps->left_out++;
    } else {
        struct gap *gap = &gaps->items[gaps->count++];

        snprintf(gap->resource, sizeof(gap->resource), "%s", resource);
        read_error(gap, err);
    }
    pthread_mutex_unlock(&gaps->lock);
}

static void write_gap(struct json *j, const char *resource, const char *code, const char *message)
{
    json_object_open(j, NULL);
    json_text(j, "resource", resource);
    json_text(j, "code", code);
    json_text(j, "message", message);
    json_object_close(j);
}

void gaps_write(const struct gaps *gaps, struct json *j)
{
    gaps_write_as(gaps, j, "errors");
}

void gaps_write_as(const struct gaps *gaps, struct json *j, const char *key)
{
    char message[64];

    json_array_open(j, key);
    for (size_t i = 0; i < gaps->count; i++)
        write_gap(j, gaps->items[i].resource, gaps->items[i].code, gaps->items[i].message);
    snprintf(message, sizeof(message), "%zu more could not be read", gaps->left_out);
    if (gaps->left_out > 0)
        write_gap(j, "*", "TooMany", message);
    json_array_close(j);
}
