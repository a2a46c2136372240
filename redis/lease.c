#include "redis/lease.h"

#include "redis/keys.h"
#include "redis/name.h"

/* KEYS: the lease. ARGV: holder, milliseconds. */
static const char take_script[] = "local held = redis.call('GET', KEYS[1]) "
                                  "if held and held ~= ARGV[1] then return 0 end "
                                  "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1";

static const char release_script[] = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end "
                                     "return 1";

int lease_take(struct redis_client *redis, const char *holder, long life_ms, bool *held, struct err *err)
{
    struct redis_number life;
    const struct str command[] = {STR("EVAL"),          STR(take_script), STR("1"),
                                  STR(KEY_AGENT_LEASE), str_from(holder), redis_number(&life, life_ms)};
    redisReply *reply = redis_run(redis, command, 6, err);

    *held = false;
    if (!reply)
        return -1;
    *held = reply->integer == 1;
    freeReplyObject(reply);
    return 0;
}

int lease_release(struct redis_client *redis, const char *holder, struct err *err)
{
    const struct str command[] = {STR("EVAL"), STR(release_script), STR("1"), STR(KEY_AGENT_LEASE), str_from(holder)};
    redisReply *reply = redis_run(redis, command, 5, err);

    if (!reply)
        return -1;
    freeReplyObject(reply);
    return 0;
}
