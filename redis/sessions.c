#include "redis/sessions.h"

#include <limits.h>

#include "base/clock.h"
#include "redis/keys.h"
#include "redis/name.h"

enum { KEY_ID, KEY_HASH, ENDS_AT, IDLE, FIELDS };

int session_write(struct redis_client *redis, struct str hash, const struct session *session, struct err *err)
{
    static const char script[] =
        "redis.call('HSET', KEYS[1], 'key', ARGV[1], 'hash', ARGV[2], 'ends', ARGV[3], 'idle', ARGV[4]) "
        "return redis.call('EXPIRE', KEYS[1], math.min(ARGV[3] - ARGV[5], ARGV[4]))";
    struct redis_number ends;
    struct redis_number idle;
    struct redis_number now;
    struct redis_name name;
    const struct str command[] = {
        STR("EVAL"),
        STR(script),
        STR("1"),
        redis_name(&name, KEY_SESSION, hash),
        str_from(session->key_id),
        str_from(session->key_hash),
        redis_number(&ends, session->ends_at),
        redis_number(&idle, session->idle),
        redis_number(&now, clock_now()),
    };

    return redis_do(redis, command, sizeof(command) / sizeof(command[0]), err);
}

static int read_fields(const redisReply *reply, struct session *out, struct err *err)
{
    struct str text[FIELDS];
    long ends_at;

    for (size_t i = 0; i < FIELDS; i++)
        text[i] = reply->elements == FIELDS && reply->element[i]->type == REDIS_REPLY_STRING
                      ? (struct str){reply->element[i]->str, reply->element[i]->len}
                      : STR("");
    if (text[KEY_ID].len >= sizeof(out->key_id) || text[KEY_HASH].len >= sizeof(out->key_hash) ||
        str_to_long(text[ENDS_AT], 0, LONG_MAX, &ends_at) < 0 || str_to_long(text[IDLE], 1, LONG_MAX, &out->idle) < 0)
        return err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this session can not be read");
    str_copy(out->key_id, sizeof(out->key_id), text[KEY_ID]);
    str_copy(out->key_hash, sizeof(out->key_hash), text[KEY_HASH]);
    out->ends_at = ends_at;
    return REDIS_FOUND;
}

int session_read(struct redis_client *redis, struct str hash, bool use, struct session *out, struct err *err)
{
    static const char script[] = "local found = redis.call('HMGET', KEYS[1], 'key', 'hash', 'ends', 'idle') "
                                 "if not found[1] then return false end "
                                 "local left = found[3] - ARGV[1] "
                                 "if left <= 0 then return false end "
                                 "if ARGV[2] == '1' then "
                                 "  redis.call('EXPIRE', KEYS[1], math.min(left, found[4])) "
                                 "end "
                                 "return found";
    struct redis_number now;
    struct redis_name name;
    const struct str command[] = {
        STR("EVAL"),
        STR(script),
        STR("1"),
        redis_name(&name, KEY_SESSION, hash),
        redis_number(&now, clock_now()),
        use ? STR("1") : STR("0"),
    };
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);
    int rc;

    if (!reply)
        return -1;
    rc = reply->type == REDIS_REPLY_ARRAY ? read_fields(reply, out, err) : REDIS_MISSING;
    freeReplyObject(reply);
    return rc;
}

int session_delete(struct redis_client *redis, struct str hash, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("DEL"), redis_name(&name, KEY_SESSION, hash)};

    return redis_do(redis, command, 2, err);
}
