#include "redis/turns.h"

#include <stdarg.h>
#include <stdio.h>

#include "redis/keys.h"

#define ARGUMENTS (5 + TURN_NAMES_MAX)

/* Redis' own clock is everybody's; a double holds its microseconds. */
#define NOW                                                                                                            \
    "local time = redis.call('TIME') "                                                                                 \
    "local now = time[1] * 1000000 + time[2] "                                                                         \
    "local gone = string.format('%.0f', now - ARGV[2] * 1000000) "

void turn_name(struct turn *turn, const char *format, ...)
{
    char *key = turn->keys[turn->count].text;
    int n = snprintf(key, TURN_KEY_SIZE, "%s", KEY_TURNS);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(key + n, TURN_KEY_SIZE - (size_t)n, format, arguments);
    va_end(arguments);
    turn->count++;
}

/* KEYS: those of the turn. ARGV: its member, its life. */
static redisReply *run(struct redis_client *redis, const struct turn *turn, const char *script, struct err *err)
{
    struct str command[ARGUMENTS] = {STR("EVAL"), str_from(script)};
    char numbers[2][24];
    size_t n = 3;

    snprintf(numbers[0], sizeof(numbers[0]), "%zu", turn->count);
    snprintf(numbers[1], sizeof(numbers[1]), "%d", TURN_SECONDS);
    command[2] = str_from(numbers[0]);
    for (size_t i = 0; i < turn->count; i++)
        command[n++] = str_from(turn->keys[i].text);
    command[n++] = str_from(turn->member);
    command[n++] = str_from(numbers[1]);
    return redis_run(redis, command, n, err);
}

int turn_take(struct redis_client *redis, struct turn *turn, const char *member, struct err *err)
{
    static const char script[] = NOW "for _, key in ipairs(KEYS) do "
                                     "  redis.call('ZREMRANGEBYSCORE', key, '-inf', gone) "
                                     "  redis.call('ZADD', key, 'NX', string.format('%.0f', now), ARGV[1]) "
                                     "  redis.call('EXPIRE', key, ARGV[2]) "
                                     "end return 1";
    redisReply *reply;

    snprintf(turn->member, sizeof(turn->member), "%s", member);
    reply = run(redis, turn, script, err);
    if (!reply)
        return -1;
    freeReplyObject(reply);
    return 0;
}

int turn_count_ahead(struct redis_client *redis, const struct turn *turn, long ahead[TURN_NAMES_MAX], struct err *err)
{
    static const char script[] = NOW "local out = {} "
                                     "for _, key in ipairs(KEYS) do "
                                     "  redis.call('ZREMRANGEBYSCORE', key, '-inf', gone) "
                                     "  table.insert(out, redis.call('ZRANK', key, ARGV[1]) or -1) "
                                     "end return out";
    redisReply *reply = run(redis, turn, script, err);
    int rc = 0;

    if (!reply)
        return -1;
    for (size_t i = 0; rc == 0 && i < turn->count; i++) {
        ahead[i] = i < reply->elements ? (long)reply->element[i]->integer : -1;
        if (ahead[i] < 0)
            rc = err_set(err, ERR_OVERLOADED, "it took too long: try again");
    }
    freeReplyObject(reply);
    return rc;
}

void turn_end(struct redis_client *redis, const struct turn *turn)
{
    struct err ignored;
    redisReply *reply =
        run(redis, turn, "for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end return 1", &ignored);

    if (reply)
        freeReplyObject(reply);
}
