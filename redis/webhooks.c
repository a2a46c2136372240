#include "redis/webhooks.h"

#include <stdlib.h>
#include <string.h>

#include "redis/enqueue.h"
#include "redis/name.h"

#define WEBHOOK_DEPTH 4

static void write_text(struct buf *out, const struct webhook *w)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "id", w->id);
    json_text(&j, "url", w->url);
    json_value(&j, "clusters", w->clusters);
    json_value(&j, "namespaces", w->namespaces);
    json_value(&j, "events", w->events);
    json_bool(&j, "enabled", w->enabled);
    json_int(&j, "created_at", w->created_at);
    json_text(&j, "created_by", w->created_by);
    json_object_close(&j);
}

static int parse_text(struct arena *arena, struct str text, struct webhook *out)
{
    const char *why;
    const cJSON *root = json_parse(arena, text, WEBHOOK_DEPTH, &why);
    const cJSON *clusters = json_find(root, "clusters");
    const cJSON *namespaces = json_find(root, "namespaces");
    const cJSON *created_at = json_find(root, "created_at");

    *out = (struct webhook){
        .id = json_find_text(root, "id"),
        .url = json_find_text(root, "url"),
        .clusters = cJSON_IsArray(clusters) ? clusters : NULL,
        .namespaces = cJSON_IsArray(namespaces) ? namespaces : NULL,
        .events = json_find(root, "events"),
        .enabled = cJSON_IsTrue(json_find(root, "enabled")),
        .created_at = cJSON_IsNumber(created_at) ? (int64_t)created_at->valuedouble : 0,
        .created_by = json_find_text(root, "created_by"),
    };
    return out->id && out->url && cJSON_IsArray(out->events) && out->created_by ? 0 : -1;
}

/* KEYS: webhooks, secrets. ARGV: id, text, sealed secret. */
static const char write_script[] = "if redis.call('HLEN', KEYS[1]) >= " WEBHOOKS_MAX_TEXT " then return 0 end "
                                   "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) "
                                   "redis.call('HSET', KEYS[2], ARGV[1], ARGV[3]) return 1";

int webhook_write(struct redis_client *redis, const struct webhook *webhook, struct str sealed, struct err *err)
{
    int64_t written = 0;
    struct buf text;
    int rc;

    buf_init(&text, KIB(64));
    write_text(&text, webhook);
    {
        const struct str command[] = {
            STR("EVAL"),           STR(write_script), STR("2"), STR(KEY_WEBHOOKS), STR(KEY_WEBHOOK_SECRETS),
            str_from(webhook->id), buf_str(&text),    sealed};

        rc = text.failed ? err_set(err, ERR_INTERNAL, "the webhook is too large to store")
                         : redis_integer(redis, command, sizeof(command) / sizeof(command[0]), &written, err);
    }
    buf_free(&text);
    if (rc < 0)
        return -1;
    return written ? 0 : err_set(err, ERR_CONFLICT, "there are %s webhooks already: delete some", WEBHOOKS_MAX_TEXT);
}

int webhook_read(struct redis_client *redis, struct arena *arena, struct str id, struct webhook *out, struct err *err)
{
    const struct str command[] = {STR("HGET"), STR(KEY_WEBHOOKS), id};
    redisReply *reply = redis_run(redis, command, 3, err);
    int rc = REDIS_MISSING;

    if (!reply)
        return -1;
    if (reply->type == REDIS_REPLY_STRING) {
        rc = parse_text(arena, (struct str){reply->str, reply->len}, out);
        if (rc < 0)
            err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this webhook can not be read");
    }
    freeReplyObject(reply);
    return rc;
}

static int oldest_first(const void *a, const void *b)
{
    const struct webhook *x = a;
    const struct webhook *y = b;

    if (x->created_at != y->created_at)
        return x->created_at < y->created_at ? -1 : 1;
    return strcmp(x->id, y->id);
}

static int64_t find_dropped(const redisReply *dropped, const char *id)
{
    for (size_t i = 0; i + 1 < dropped->elements; i += 2)
        if (strcmp(dropped->element[i]->str, id) == 0)
            return strtoll(dropped->element[i + 1]->str, NULL, 10);
    return 0;
}

int webhooks_list(struct redis_client *redis, struct arena *arena, struct webhook **webhooks, size_t *count,
                  struct err *err)
{
    const struct str all[] = {STR("HGETALL"), STR(KEY_WEBHOOKS)};
    const struct str counts[] = {STR("HGETALL"), STR(KEY_WEBHOOK_DROPPED)};
    redisReply *reply = redis_run(redis, all, 2, err);
    redisReply *dropped = reply ? redis_run(redis, counts, 2, err) : NULL;
    int rc = -1;

    *count = 0;
    if (!dropped)
        goto out;
    *webhooks = arena_alloc(arena, (reply->elements / 2 + 1) * sizeof(**webhooks));
    if (!*webhooks) {
        err_set(err, ERR_INTERNAL, "there is no memory for the webhooks");
        goto out;
    }
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct webhook *w = &(*webhooks)[*count];

        if (parse_text(arena, (struct str){reply->element[i + 1]->str, reply->element[i + 1]->len}, w) < 0)
            continue;
        w->dropped = find_dropped(dropped, w->id);
        (*count)++;
    }
    qsort(*webhooks, *count, sizeof(**webhooks), oldest_first);
    rc = 0;
out:
    if (reply)
        freeReplyObject(reply);
    if (dropped)
        freeReplyObject(dropped);
    return rc;
}

/* KEYS: webhooks, secrets, dropped, due, its deliveries, those done. ARGV: id. */
static const char delete_script[] = "for _, id in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do "
                                    "  redis.call('DEL', '" KEY_DELIVERY "' .. id) "
                                    "  redis.call('ZREM', KEYS[4], id) "
                                    "end "
                                    "redis.call('DEL', KEYS[5], KEYS[6]) "
                                    "redis.call('HDEL', KEYS[2], ARGV[1]) "
                                    "redis.call('HDEL', KEYS[3], ARGV[1]) "
                                    "return redis.call('HDEL', KEYS[1], ARGV[1])";

int webhook_delete(struct redis_client *redis, struct str id, struct err *err)
{
    struct redis_name names[2];
    const struct str command[] = {STR("EVAL"),
                                  STR(delete_script),
                                  STR("6"),
                                  STR(KEY_WEBHOOKS),
                                  STR(KEY_WEBHOOK_SECRETS),
                                  STR(KEY_WEBHOOK_DROPPED),
                                  STR(KEY_DELIVERIES_DUE),
                                  redis_name(&names[0], KEY_DELIVERIES, id),
                                  redis_name(&names[1], KEY_DELIVERIES_DONE, id),
                                  id};
    int64_t deleted;

    if (redis_integer(redis, command, sizeof(command) / sizeof(command[0]), &deleted, err) < 0)
        return -1;
    return deleted > 0 ? REDIS_FOUND : REDIS_MISSING;
}
