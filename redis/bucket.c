#include "redis/bucket.h"

#include <stdio.h>

#include "redis/keys.h"
#include "redis/name.h"

/* As bucket_take_own(), by Redis' own clock. Times in microseconds fit a double until the year 2255. */
static const char script[] = "local every, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])\n"
                             "local time = redis.call('TIME')\n"
                             "local now = time[1] * 1000000 + time[2]\n"
                             "local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)\n"
                             "local free = math.floor((burst * every - (full - now)) / every)\n"
                             "if free < 1 then return {0, 0, full - now - (burst - 1) * every, full - now} end\n"
                             "local given = math.min(free, wanted)\n"
                             "full = full + given * every\n"
                             "redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX',\n"
                             "           math.ceil((full - now) / 1000) + 1)\n"
                             "return {given, free - given, 0, full - now}\n";

void bucket_take_own(int64_t *full_at_us, int64_t now_us, const struct rate *rate, int64_t wanted,
                     struct bucket_answer *out)
{
    int64_t full = *full_at_us > now_us ? *full_at_us : now_us;
    int64_t free = (rate->burst * rate->every_us - (full - now_us)) / rate->every_us;

    if (free < 1) {
        *out = (struct bucket_answer){.wait_us = full - now_us - (rate->burst - 1) * rate->every_us,
                                      .full_us = full - now_us};
        return;
    }
    *out = (struct bucket_answer){.given = free < wanted ? free : wanted};
    full += out->given * rate->every_us;
    *full_at_us = full;
    out->left = free - out->given;
    out->full_us = full - now_us;
}

static int read_answer(const redisReply *reply, struct bucket_answer *out)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
        return -1;
    for (size_t i = 0; i < 4; i++)
        if (reply->element[i]->type != REDIS_REPLY_INTEGER)
            return -1;
    *out = (struct bucket_answer){.given = reply->element[0]->integer,
                                  .left = reply->element[1]->integer,
                                  .wait_us = reply->element[2]->integer,
                                  .full_us = reply->element[3]->integer};
    return 0;
}

int bucket_take(struct redis_client *redis, struct str name, const struct rate *rate, int64_t wanted,
                struct bucket_answer *out, struct err *err)
{
    char key[128];
    struct redis_number numbers[3];
    redisReply *reply;
    int rc;

    snprintf(key, sizeof(key), KEY_BUCKET "%.*s", STR_FMT(name));
    reply = redis_run(redis,
                      (const struct str[]){STR("EVAL"), STR(script), STR("1"), str_from(key),
                                           redis_number(&numbers[0], rate->every_us),
                                           redis_number(&numbers[1], rate->burst), redis_number(&numbers[2], wanted)},
                      7, err);
    if (!reply)
        return -1;
    rc = read_answer(reply, out);
    freeReplyObject(reply);
    return rc < 0 ? err_set(err, ERR_STORE_UNAVAILABLE, "a rate limit can not be read from Redis") : 0;
}
