#include "redis/templates.h"

#include <stdlib.h>
#include <string.h>

#include "redis/keys.h"
#include "redis/name.h"

#define BATCH 10 /* texts of 64 KiB at a time */

enum { TAKEN = -1, TOO_MANY = -2, GONE = -3, OUTDATED = -4 };

static struct str text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct str){reply->str, reply->len} : (struct str){NULL, 0};
}

static int unreadable(struct err *err)
{
    return err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this template can not be read");
}

static int ascending(const void *a, const void *b)
{
    const long x = *(const long *)a;
    const long y = *(const long *)b;

    return x < y ? -1 : x > y;
}

/* The fields of the hash but "latest". */
static int read_kept(struct arena *arena, const redisReply *fields, struct template_record *out)
{
    long *kept = arena_alloc(arena, (fields->elements + 1) * sizeof(*kept));

    if (!kept)
        return -1;
    for (size_t i = 0; i < fields->elements; i++)
        if (str_to_long(text_of(fields->element[i]), 1, INT32_MAX, &kept[out->kept_count]) == 0)
            out->kept_count++;
    qsort(kept, out->kept_count, sizeof(*kept), ascending);
    out->kept = kept;
    return 0;
}

/* version, text, fields */
static int read_reply(struct arena *arena, const redisReply *reply, struct template_record *out)
{
    struct str text;

    if (reply->elements != 3 || str_to_long(text_of(reply->element[0]), 1, INT32_MAX, &out->version) < 0)
        return -1;
    text = text_of(reply->element[1]);
    out->text = (struct str){arena_strndup(arena, text.ptr ? text.ptr : "", text.len), text.len};
    return text.ptr && out->text.ptr ? read_kept(arena, reply->element[2], out) : -1;
}

int template_read(struct redis_client *redis, struct arena *arena, struct str name, long version,
                  struct template_record *out, struct err *err)
{
    static const char script[] = "local version = ARGV[1] "
                                 "if version == '0' then version = redis.call('HGET', KEYS[1], 'latest') end "
                                 "local text = version and redis.call('HGET', KEYS[1], version) "
                                 "return text and {version, text, redis.call('HKEYS', KEYS[1])}";
    struct redis_name key;
    struct redis_number number;
    const struct str command[] = {STR("EVAL"), STR(script), STR("1"), redis_name(&key, KEY_TEMPLATE, name),
                                  redis_number(&number, version)};
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);
    int rc = REDIS_FOUND;

    if (!reply)
        return -1;
    *out = (struct template_record){.name = name};
    if (reply->type == REDIS_REPLY_NIL)
        rc = REDIS_MISSING;
    else if (read_reply(arena, reply, out) < 0)
        rc = unreadable(err);
    freeReplyObject(reply);
    return rc;
}

/* KEYS: the template, the names. ARGV: name, text, version it is based on (-1: none may be there), how many templates
 * there may be, how many versions are kept. A command that is sent a second time, because its answer was lost, finds
 * its own text. */
static const char write_script[] =
    "local latest = tonumber(redis.call('HGET', KEYS[1], 'latest') or 0) "
    "local based_on = tonumber(ARGV[3]) "
    "if latest > 0 and redis.call('HGET', KEYS[1], latest) == ARGV[2] then return latest end "
    "if based_on == -1 then "
    "  if latest > 0 then return -1 end "
    "  if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[4]) then return -2 end "
    "elseif latest == 0 then return -3 "
    "elseif based_on > 0 and based_on ~= latest then return -4 end "
    "latest = latest + 1 "
    "redis.call('HSET', KEYS[1], latest, ARGV[2], 'latest', latest) "
    "redis.call('HDEL', KEYS[1], latest - tonumber(ARGV[5])) "
    "redis.call('SADD', KEYS[2], ARGV[1]) "
    "return latest";

static int write_version(struct redis_client *redis, struct str name, struct str text, long based_on, int64_t *result,
                         struct err *err)
{
    struct redis_name key;
    struct redis_number number;
    const struct str command[] = {
        STR("EVAL"),
        STR(write_script),
        STR("2"),
        redis_name(&key, KEY_TEMPLATE, name),
        STR(KEY_TEMPLATES),
        name,
        text,
        redis_number(&number, based_on),
        STR(TEMPLATES_MAX_TEXT),
        STR(TEMPLATE_VERSIONS_MAX_TEXT),
    };

    return redis_integer(redis, command, sizeof(command) / sizeof(command[0]), result, err);
}

int template_create(struct redis_client *redis, struct str name, struct str text, struct err *err)
{
    int64_t result;

    if (write_version(redis, name, text, -1, &result, err) < 0)
        return -1;
    if (result == TAKEN)
        return err_set(err, ERR_CONFLICT, "there is a template \"%.*s\" already: PUT makes its next version",
                       STR_FMT(name));
    if (result == TOO_MANY)
        return err_set(err, ERR_CONFLICT, "there are %s templates already: delete some", TEMPLATES_MAX_TEXT);
    return 0;
}

int template_update(struct redis_client *redis, struct str name, struct str text, long based_on, long *version,
                    struct err *err)
{
    int64_t result;

    if (write_version(redis, name, text, based_on, &result, err) < 0)
        return -1;
    *version = (long)result;
    if (result == GONE)
        return REDIS_MISSING;
    if (result == OUTDATED)
        return err_set(err, ERR_CONFLICT, "version %ld is not the newest of template \"%.*s\" any more: read it again",
                       based_on, STR_FMT(name));
    return REDIS_FOUND;
}

int template_delete(struct redis_client *redis, struct str name, struct err *err)
{
    static const char script[] = "redis.call('SREM', KEYS[2], ARGV[1]) return redis.call('DEL', KEYS[1])";
    struct redis_name key;
    const struct str command[] = {STR("EVAL"),        STR(script), STR("2"), redis_name(&key, KEY_TEMPLATE, name),
                                  STR(KEY_TEMPLATES), name};
    int64_t deleted;

    if (redis_integer(redis, command, sizeof(command) / sizeof(command[0]), &deleted, err) < 0)
        return -1;
    return deleted > 0 ? REDIS_FOUND : REDIS_MISSING;
}

static int by_name(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static int read_names(struct redis_client *redis, struct arena *arena, struct str **names, size_t *count,
                      struct err *err)
{
    const struct str command[] = {STR("SMEMBERS"), STR(KEY_TEMPLATES)};
    redisReply *reply = redis_run(redis, command, 2, err);
    int rc = 0;

    *count = 0;
    if (!reply)
        return -1;
    *names = arena_alloc(arena, (reply->elements + 1) * sizeof(**names));
    for (size_t i = 0; *names && i < reply->elements && i < TEMPLATES_MAX; i++) {
        struct str name = text_of(reply->element[i]);

        if (!name.ptr || name.len > TEMPLATE_NAME_MAX)
            continue;
        (*names)[*count] = (struct str){arena_strndup(arena, name.ptr, name.len), name.len};
        *count += (*names)[*count].ptr != NULL;
    }
    if (!*names)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the templates");
    else
        qsort(*names, *count, sizeof(**names), by_name);
    freeReplyObject(reply);
    return rc;
}

/* One after the other a version and a text, for each name; those deleted meanwhile are false. */
static redisReply *read_newest(struct redis_client *redis, const struct str *names, size_t count, struct err *err)
{
    static const char script[] = "local out = {} "
                                 "for _, key in ipairs(KEYS) do "
                                 "  local latest = redis.call('HGET', key, 'latest') "
                                 "  table.insert(out, latest) "
                                 "  table.insert(out, latest and redis.call('HGET', key, latest)) "
                                 "end return out";
    struct str command[3 + BATCH] = {STR("EVAL"), STR(script)};
    struct redis_name keys[BATCH];
    struct redis_number number;

    command[2] = redis_number(&number, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        command[3 + i] = redis_name(&keys[i], KEY_TEMPLATE, names[i]);
    return redis_run(redis, command, 3 + count, err);
}

static int list_batch(struct redis_client *redis, const struct str *names, size_t count,
                      int (*on_template)(void *arg, const struct template_record *template), void *arg, struct err *err)
{
    redisReply *reply = read_newest(redis, names, count, err);
    int rc = 0;

    if (!reply)
        return -1;
    for (size_t i = 0; rc == 0 && i < count && 2 * i + 1 < reply->elements; i++) {
        struct template_record record = {.name = names[i], .text = text_of(reply->element[2 * i + 1])};

        if (record.text.ptr && str_to_long(text_of(reply->element[2 * i]), 1, INT32_MAX, &record.version) == 0)
            rc = on_template(arg, &record);
    }
    freeReplyObject(reply);
    return rc;
}

int templates_list(struct redis_client *redis, struct arena *arena,
                   int (*on_template)(void *arg, const struct template_record *template), void *arg, struct err *err)
{
    struct str *names;
    size_t count;

    if (read_names(redis, arena, &names, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i += BATCH)
        if (list_batch(redis, names + i, count - i < BATCH ? count - i : BATCH, on_template, arg, err) < 0)
            return -1;
    return 0;
}
