#include "redis/api_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "redis/keys.h"
#include "redis/name.h"

#define BATCH 50

static void write_text(struct buf *out, const struct api_key *key)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "id", key->id);
    json_text(&j, "hash", key->hash);
    json_text(&j, "name", key->name);
    json_text(&j, "role", key->role);
    json_text(&j, "connections", key->connections);
    json_text(&j, "created_by", key->created_by);
    json_int(&j, "created_at", key->created_at);
    json_int(&j, "expires_at", key->expires_at);
    json_object_close(&j);
}

static int copy(const cJSON *root, const char *member, char *out, size_t size)
{
    const char *text = json_find_text(root, member);

    if (!text || strlen(text) >= size)
        return -1;
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int64_t time_of(const cJSON *root, const char *member)
{
    const cJSON *number = json_find(root, member);

    return cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
}

/* A half-read record could let in more than it says: every text must be there, or the whole is refused. */
static int parse_text(struct str text, struct api_key *out)
{
    const char *why;
    cJSON *root = json_tree(text, 4, &why);
    int rc;

    *out = (struct api_key){.created_at = time_of(root, "created_at"), .expires_at = time_of(root, "expires_at")};
    rc = copy(root, "id", out->id, sizeof(out->id)) < 0 || copy(root, "hash", out->hash, sizeof(out->hash)) < 0 ||
                 copy(root, "name", out->name, sizeof(out->name)) < 0 ||
                 copy(root, "role", out->role, sizeof(out->role)) < 0 ||
                 copy(root, "connections", out->connections, sizeof(out->connections)) < 0 ||
                 copy(root, "created_by", out->created_by, sizeof(out->created_by)) < 0 ||
                 !cJSON_IsNumber(json_find(root, "expires_at")) || strlen(out->hash) != sizeof(out->hash) - 1
             ? -1
             : 0;
    cJSON_Delete(root);
    return rc;
}

int api_key_read(struct redis_client *redis, struct str id, struct api_key *out, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("GET"), redis_name(&name, KEY_API_KEY, id)};
    redisReply *reply = redis_run(redis, command, 2, err);
    int rc = REDIS_MISSING;

    if (!reply)
        return -1;
    if (reply->type == REDIS_REPLY_STRING) {
        rc = REDIS_FOUND;
        if (parse_text((struct str){reply->str, reply->len}, out) < 0 || !str_equal(str_from(out->id), id))
            rc = err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this API key can not be read");
    } else if (reply->type != REDIS_REPLY_NIL) {
        rc = err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this API key can not be read");
    }
    freeReplyObject(reply);
    return rc;
}

/* KEYS: the key, the ids. ARGV: text, id, how many there may be. */
static const char write_script[] = "if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 0 end "
                                   "if not redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 0 end "
                                   "redis.call('SADD', KEYS[2], ARGV[2]) "
                                   "return 1";

int api_key_write(struct redis_client *redis, const struct api_key *key, struct err *err)
{
    const struct str id = str_from(key->id);
    struct redis_name name;
    int64_t written = 0;
    struct buf text;
    int rc;

    buf_init(&text, KIB(16));
    write_text(&text, key);
    {
        const struct str command[] = {
            STR("EVAL"),       STR(write_script), STR("2"), redis_name(&name, KEY_API_KEY, id),
            STR(KEY_API_KEYS), buf_str(&text),    id,       STR(API_KEYS_MAX_TEXT),
        };

        rc = text.failed ? err_set(err, ERR_INTERNAL, "the API key is too large to store")
                         : redis_integer(redis, command, sizeof(command) / sizeof(command[0]), &written, err);
    }
    buf_free(&text);
    if (rc < 0)
        return -1;
    return written ? 0 : err_set(err, ERR_CONFLICT, "there are %s API keys already: revoke some", API_KEYS_MAX_TEXT);
}

int api_key_delete(struct redis_client *redis, struct str id, struct err *err)
{
    static const char script[] = "redis.call('SREM', KEYS[3], ARGV[1]) redis.call('DEL', KEYS[2]) "
                                 "return redis.call('DEL', KEYS[1])";
    struct redis_name names[2];
    const struct str command[] = {
        STR("EVAL"),
        STR(script),
        STR("3"),
        redis_name(&names[0], KEY_API_KEY, id),
        redis_name(&names[1], KEY_API_KEY_USED, id),
        STR(KEY_API_KEYS),
        id,
    };
    int64_t deleted;

    if (redis_integer(redis, command, sizeof(command) / sizeof(command[0]), &deleted, err) < 0)
        return -1;
    return deleted > 0 ? REDIS_FOUND : REDIS_MISSING;
}

int api_key_touch(struct redis_client *redis, struct str id, int64_t now, struct err *err)
{
    static const char script[] =
        "local last = redis.call('GET', KEYS[2]) "
        "if redis.call('EXISTS', KEYS[1]) == 1 and (not last or tonumber(ARGV[1]) - tonumber(last) >= 60) "
        "then redis.call('SET', KEYS[2], ARGV[1]) end return 1";
    struct redis_name names[2];
    struct redis_number seconds;
    const struct str command[] = {
        STR("EVAL"),
        STR(script),
        STR("2"),
        redis_name(&names[0], KEY_API_KEY, id),
        redis_name(&names[1], KEY_API_KEY_USED, id),
        redis_number(&seconds, now),
    };

    return redis_do(redis, command, sizeof(command) / sizeof(command[0]), err);
}

static int read_batch(struct redis_client *redis, redisReply *ids, size_t from, size_t n, struct api_key *keys,
                      size_t *count, struct err *err)
{
    struct str command[1 + 2 * BATCH] = {STR("MGET")};
    struct redis_name names[2 * BATCH];
    redisReply *reply;

    for (size_t i = 0; i < n; i++) {
        const struct str id = {ids->element[from + i]->str, ids->element[from + i]->len};

        command[1 + 2 * i] = redis_name(&names[2 * i], KEY_API_KEY, id);
        command[2 + 2 * i] = redis_name(&names[2 * i + 1], KEY_API_KEY_USED, id);
    }
    reply = redis_run(redis, command, 1 + 2 * n, err);
    if (!reply)
        return -1;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *text = reply->element[i];
        const redisReply *used = reply->element[i + 1];
        long seconds;

        if (text->type != REDIS_REPLY_STRING || parse_text((struct str){text->str, text->len}, &keys[*count]) < 0)
            continue;
        if (used->type == REDIS_REPLY_STRING &&
            str_to_long((struct str){used->str, used->len}, 0, INT64_MAX, &seconds) == 0)
            keys[*count].last_used_at = seconds;
        (*count)++;
    }
    freeReplyObject(reply);
    return 0;
}

static int oldest_first(const void *a, const void *b)
{
    const struct api_key *x = a;
    const struct api_key *y = b;

    if (x->created_at != y->created_at)
        return x->created_at < y->created_at ? -1 : 1;
    return strcmp(x->id, y->id);
}

int api_keys_list(struct redis_client *redis, struct arena *arena, struct api_key **keys, size_t *count,
                  struct err *err)
{
    const struct str command[] = {STR("SMEMBERS"), STR(KEY_API_KEYS)};
    redisReply *ids = redis_run(redis, command, 2, err);
    size_t n;
    int rc = 0;

    *count = 0;
    if (!ids)
        return -1;
    n = ids->elements > API_KEYS_MAX ? API_KEYS_MAX : ids->elements;
    *keys = arena_alloc(arena, (n + 1) * sizeof(**keys));
    if (!*keys) {
        freeReplyObject(ids);
        return err_set(err, ERR_INTERNAL, "there is no memory for the API keys");
    }
    for (size_t i = 0; rc == 0 && i < n; i += BATCH)
        rc = read_batch(redis, ids, i, n - i < BATCH ? n - i : BATCH, *keys, count, err);
    freeReplyObject(ids);
    if (rc == 0)
        qsort(*keys, *count, sizeof(**keys), oldest_first);
    return rc;
}
