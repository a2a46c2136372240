#include "redis/lease.h"

#include "redis/keys.h"
#include "redis/name.h"

/* KEYS: the lease, its beat. ARGV: holder, milliseconds. */
static const char take_script[] = "local held = redis.call('GET', KEYS[1]) "
                                  "if held and held ~= ARGV[1] then return 0 end "
                                  "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
                                  "return redis.call('INCR', KEYS[2])";

static const char release_script[] = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end "
                                     "return 1";

int lease_take(struct redis_client *redis, const char *holder, long life_ms, int64_t *beat, struct err *err)
{
    struct redis_number life;
    const struct str command[] = {STR("EVAL"),
                                  STR(take_script),
                                  STR("2"),
                                  STR(KEY_AGENT_LEASE),
                                  STR(KEY_AGENT_BEAT),
                                  str_from(holder),
                                  redis_number(&life, life_ms)};

    return redis_integer(redis, command, sizeof(command) / sizeof(command[0]), beat, err);
}

int lease_release(struct redis_client *redis, const char *holder, struct err *err)
{
    const struct str command[] = {STR("EVAL"), STR(release_script), STR("1"), STR(KEY_AGENT_LEASE), str_from(holder)};

    return redis_do(redis, command, 5, err);
}
