#include "redis/log_level.h"

#include <stdio.h>

#include "base/attend.h"
#include "base/clock.h"
#include "redis/keys.h"
#include "redis/name.h"

/* Stored as "DEBUG 1790000000". */
static int parse(struct str text, struct log_order *out)
{
    struct str until = text;
    struct str level = str_cut(&until, ' ');
    long number;

    if (log_level_parse(level, &out->level) < 0 || str_to_long(until, 0, INT32_MAX * 4L, &number) < 0)
        return -1;
    out->until = number;
    return 0;
}

int log_level_order(struct redis_client *redis, const struct log_order *order, struct err *err)
{
    char value[48];
    struct redis_number seconds;

    snprintf(value, sizeof(value), "%s %lld", log_level_name(order->level), (long long)order->until);
    return redis_do(redis,
                    (const struct str[]){STR("SET"), STR(KEY_LOG_LEVEL), str_from(value), STR("EX"),
                                         redis_number(&seconds, order->until - clock_now())},
                    5, err);
}

int log_level_withdraw(struct redis_client *redis, struct err *err)
{
    return redis_do(redis, (const struct str[]){STR("DEL"), STR(KEY_LOG_LEVEL)}, 2, err);
}

int log_level_ordered(struct redis_client *redis, struct log_order *out, struct err *err)
{
    redisReply *reply = redis_run(redis, (const struct str[]){STR("GET"), STR(KEY_LOG_LEVEL)}, 2, err);
    int rc;

    if (!reply)
        return -1;
    rc = reply->type == REDIS_REPLY_STRING && parse((struct str){reply->str, reply->len}, out) == 0;
    freeReplyObject(reply);
    return rc;
}

/* Told at whichever of both levels lets more through. */
static void change(enum log_level to)
{
    enum log_level from = log_level_now();

    if (to == from)
        return;
    if (to < from)
        log_level_set(to);
    log_warning("the level of the log changes", LOG_TEXT("from", log_level_name(from)),
                LOG_TEXT("to", log_level_name(to)));
    log_level_set(to);
}

struct follower {
    struct redis_client *redis;
    enum log_level own; /* LOG_LEVEL */
};

static void follow(void *arg)
{
    const struct follower *follower = arg;
    struct log_order order;
    struct err ignored;
    int ordered = log_level_ordered(follower->redis, &order, &ignored);

    if (ordered >= 0)
        change(ordered ? order.level : follower->own);
}

void log_level_attend(const struct config *config, int metrics_fd, int queue_fd)
{
    struct follower follower = {.redis = redis_client_new(config->redis, config->redis_db), .own = log_level_now()};

    attend(&(struct attend){
        .metrics_fd = metrics_fd, .queue_fd = queue_fd, .beat = follower.redis ? follow : NULL, .arg = &follower});
    redis_client_free(follower.redis);
}
