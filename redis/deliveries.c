/*
 * The queue of what webhooks are to be told: read by people, worked off by the leading agent.
 */
#include "base/clock.h"

#include "redis/enqueue.h"
#include "redis/name.h"
#include "redis/webhooks.h"

/* In the order of the fields below. */
#define DELIVERY_FIELDS                                                                                                \
    "'webhook', 'event', 'cluster', 'namespace', 'job_name', 'status', 'error', 'attempts', 'response_status', "       \
    "'created_at', 'attempted_at', 'next_at'"
#define DELIVERY_FIELD_COUNT 12
#define CLAIM_FIELD_COUNT 7
#define DUE_LOOKED_AT_TEXT "1000"
#define BUSY_MAX 64

static struct str text_of(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct str){reply->str, reply->len} : STR("");
}

static struct str copy_of(struct arena *arena, const redisReply *reply)
{
    struct str text = text_of(reply);

    return (struct str){arena_strndup(arena, text.ptr, text.len), text.len};
}

static int64_t number_of(const redisReply *reply)
{
    long number = 0;

    str_to_long(text_of(reply), 0, INT64_MAX, &number);
    return number;
}

static int parse_delivery(struct arena *arena, struct str id, redisReply *const *fields, struct delivery *out)
{
    struct str *const texts[] = {&out->webhook,  &out->event,  &out->cluster, &out->namespace,
                                 &out->job_name, &out->status, &out->error};

    *out = (struct delivery){.id = {arena_strndup(arena, id.ptr, id.len), id.len},
                             .attempts = number_of(fields[7]),
                             .response_status = number_of(fields[8]),
                             .created_at = number_of(fields[9]),
                             .attempted_at = number_of(fields[10]),
                             .next_at = number_of(fields[11])};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = copy_of(arena, fields[i]);
        if (!texts[i]->ptr)
            return -1;
    }
    return out->id.ptr ? 0 : -1;
}

/* KEYS: the webhook's deliveries. ARGV: a status, or "". */
static const char list_script[] = "local found = {} "
                                  "for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do "
                                  "  local fields = redis.call('HMGET', '" KEY_DELIVERY "' .. id, " DELIVERY_FIELDS ") "
                                  "  if fields[6] and (ARGV[1] == '' or ARGV[1] == fields[6]) then "
                                  "    table.insert(found, id) table.insert(found, fields) "
                                  "  end "
                                  "end "
                                  "return found";

int deliveries_list(struct redis_client *redis, struct arena *arena, struct str webhook, struct str status,
                    struct delivery **deliveries, size_t *count, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("EVAL"), STR(list_script), STR("1"), redis_name(&name, KEY_DELIVERIES, webhook),
                                  status};
    redisReply *reply = redis_run(redis, command, 5, err);
    int rc = 0;

    *count = 0;
    if (!reply)
        return -1;
    *deliveries = arena_alloc(arena, (reply->elements / 2 + 1) * sizeof(**deliveries));
    for (size_t i = 0; *deliveries && rc == 0 && i + 1 < reply->elements; i += 2) {
        const redisReply *fields = reply->element[i + 1];

        if (fields->elements == DELIVERY_FIELD_COUNT)
            rc = parse_delivery(arena, text_of(reply->element[i]), fields->element, &(*deliveries)[(*count)++]);
    }
    if (!*deliveries || rc < 0)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the deliveries");
    freeReplyObject(reply);
    return rc;
}

int delivery_read(struct redis_client *redis, struct arena *arena, struct str webhook, struct str id,
                  struct delivery *out, struct err *err)
{
    static const char script[] = "return redis.call('HMGET', KEYS[1], " DELIVERY_FIELDS ")";
    struct redis_name name;
    const struct str command[] = {STR("EVAL"), STR(script), STR("1"), redis_name(&name, KEY_DELIVERY, id)};
    redisReply *reply = redis_run(redis, command, 4, err);
    int rc = REDIS_MISSING;

    if (!reply)
        return -1;
    if (reply->elements == DELIVERY_FIELD_COUNT && str_equal(text_of(reply->element[0]), webhook)) {
        rc = REDIS_FOUND;
        if (parse_delivery(arena, id, reply->element, out) < 0)
            rc = err_set(err, ERR_INTERNAL, "there is no memory for the delivery");
    }
    freeReplyObject(reply);
    return rc;
}

/* 1, 0, or -1 with err. */
static int run_for_answer(struct redis_client *redis, const struct str *command, size_t count, struct err *err)
{
    int64_t answer;

    return redis_integer(redis, command, count, &answer, err) < 0 ? -1 : answer == 1;
}

/* ARGV: webhook, id, now, time as text. */
static const char test_script[] =
    ENQUEUE_SCRIPT "local body = '{\"id\":\"' .. ARGV[2] .. '\",\"event\":\"webhook.test\",\"time\":\"' .. ARGV[4] .. "
                   "  '\",\"cluster\":null,\"job\":null}' "
                   "return put(ARGV[1], ARGV[2], ARGV[3], {'event', 'webhook.test', 'body', body}) and 1 or 0";

int delivery_enqueue_test(struct redis_client *redis, struct str webhook, struct str id, int64_t now_ms,
                          struct err *err)
{
    char time[CLOCK_TEXT_SIZE];
    struct redis_number now;
    const struct str command[] = {STR("EVAL"),
                                  STR(test_script),
                                  STR("0"),
                                  webhook,
                                  id,
                                  redis_number(&now, now_ms),
                                  str_from(clock_format(now_ms / 1000, time))};
    int rc = run_for_answer(redis, command, sizeof(command) / sizeof(command[0]), err);

    if (rc == 0)
        return err_set(err, ERR_OVERLOADED, "%s deliveries to this webhook are pending already", DELIVERIES_MAX_TEXT);
    return rc < 0 ? -1 : 0;
}

/* KEYS: the delivery, due. ARGV: id, now. */
static const char retry_script[] =
    "local found = redis.call('HMGET', KEYS[1], 'status', 'webhook') "
    "if found[1] ~= 'dead' then return 0 end "
    "redis.call('HSET', KEYS[1], 'status', 'pending', 'attempts', 0, 'next_at', ARGV[2]) "
    "redis.call('ZREM', '" KEY_DELIVERIES_DONE "' .. found[2], ARGV[1]) "
    "redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1]) return 1";

int delivery_retry(struct redis_client *redis, struct str id, int64_t now_ms, struct err *err)
{
    struct redis_name name;
    struct redis_number now;
    const struct str command[] = {
        STR("EVAL"), STR(retry_script),         STR("2"), redis_name(&name, KEY_DELIVERY, id), STR(KEY_DELIVERIES_DUE),
        id,          redis_number(&now, now_ms)};
    int rc = run_for_answer(redis, command, sizeof(command) / sizeof(command[0]), err);

    return rc < 0 ? -1 : rc == 1 ? REDIS_FOUND : REDIS_MISSING;
}

/* KEYS: lease, due, webhooks, secrets. ARGV: holder, now, until, how many, then the busy webhooks. A delivery whose
 * webhook is gone goes too. */
static const char claim_script[] =
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end "
    "local busy, found = {}, {} "
    "for i = 5, #ARGV do busy[ARGV[i]] = true end "
    "for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'LIMIT', 0, " DUE_LOOKED_AT_TEXT ")) do "
    "  if #found >= tonumber(ARGV[4]) then break end "
    "  local d = redis.call('HMGET', '" KEY_DELIVERY "' .. id, 'webhook', 'event', 'body', 'attempts') "
    "  local webhook = d[1] and redis.call('HGET', KEYS[3], d[1]) "
    "  if not webhook then "
    "    redis.call('ZREM', KEYS[2], id) "
    "  elseif not busy[d[1]] then "
    "    redis.call('ZADD', KEYS[2], ARGV[3], id) "
    "    table.insert(found, {id, d[1], d[2], d[3] or '', d[4], cjson.decode(webhook).url, "
    "      redis.call('HGET', KEYS[4], d[1]) or ''}) "
    "  end "
    "end "
    "return found";

int deliveries_claim(struct redis_client *redis, struct arena *arena, const char *holder, int64_t now_ms,
                     int64_t until_ms, size_t max, const struct str *busy, size_t busy_count,
                     struct delivery_batch *out, struct err *err)
{
    struct redis_number numbers[3];
    struct str command[11 + BUSY_MAX] = {STR("EVAL"),
                                         STR(claim_script),
                                         STR("4"),
                                         STR(KEY_AGENT_LEASE),
                                         STR(KEY_DELIVERIES_DUE),
                                         STR(KEY_WEBHOOKS),
                                         STR(KEY_WEBHOOK_SECRETS),
                                         str_from(holder),
                                         redis_number(&numbers[0], now_ms),
                                         redis_number(&numbers[1], until_ms),
                                         redis_number(&numbers[2], (int64_t)max)};

    *out = (struct delivery_batch){0};
    for (size_t i = 0; i < busy_count && i < BUSY_MAX; i++)
        command[11 + i] = busy[i];
    out->reply = redis_run(redis, command, 11 + (busy_count < BUSY_MAX ? busy_count : BUSY_MAX), err);
    if (!out->reply)
        return -1;
    out->claims = arena_alloc(arena, (out->reply->elements + 1) * sizeof(*out->claims));
    if (!out->claims) {
        delivery_batch_free(out);
        return err_set(err, ERR_INTERNAL, "there is no memory for the deliveries");
    }
    for (size_t i = 0; i < out->reply->elements; i++) {
        redisReply *const *f = out->reply->element[i]->element;

        if (out->reply->element[i]->elements == CLAIM_FIELD_COUNT)
            out->claims[out->count++] = (struct delivery_claim){.id = text_of(f[0]),
                                                                .webhook = text_of(f[1]),
                                                                .event = text_of(f[2]),
                                                                .body = text_of(f[3]),
                                                                .attempts = number_of(f[4]),
                                                                .url = text_of(f[5]),
                                                                .sealed = text_of(f[6])};
    }
    return 0;
}

void delivery_batch_free(struct delivery_batch *batch)
{
    if (batch->reply)
        freeReplyObject(batch->reply);
    *batch = (struct delivery_batch){0};
}

/* KEYS: the delivery, due. ARGV: id, attempts as claimed, how it ended, response status, error, now, next.
 * What is delivered needs its body no more. */
static const char settle_script[] =
    "local found = redis.call('HMGET', KEYS[1], 'status', 'attempts', 'webhook') "
    "if found[1] ~= 'pending' or (ARGV[3] ~= 'delivered' and found[2] ~= ARGV[2]) then return 0 end "
    "redis.call('HSET', KEYS[1], 'attempts', found[2] + 1, 'response_status', ARGV[4], 'error', ARGV[5], "
    "  'attempted_at', ARGV[6], 'next_at', ARGV[7]) "
    "if ARGV[3] == 'failed' then "
    "  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[1]) "
    "else "
    "  redis.call('HSET', KEYS[1], 'status', ARGV[3], 'next_at', 0) "
    "  redis.call('ZREM', KEYS[2], ARGV[1]) "
    "  redis.call('ZADD', '" KEY_DELIVERIES_DONE "' .. found[3], ARGV[6], ARGV[1]) "
    "end "
    "if ARGV[3] == 'delivered' then redis.call('HDEL', KEYS[1], 'body') end "
    "return 1";

int delivery_settle(struct redis_client *redis, const struct delivery_outcome *outcome, struct err *err)
{
    struct redis_name name;
    struct redis_number numbers[4];
    const struct str command[] = {
        STR("EVAL"),
        STR(settle_script),
        STR("2"),
        redis_name(&name, KEY_DELIVERY, outcome->id),
        STR(KEY_DELIVERIES_DUE),
        outcome->id,
        redis_number(&numbers[0], outcome->attempts),
        outcome->delivered ? STR("delivered")
        : outcome->dead    ? STR("dead")
                           : STR("failed"),
        redis_number(&numbers[1], outcome->response_status),
        str_from(outcome->error),
        redis_number(&numbers[2], outcome->now_ms),
        redis_number(&numbers[3], outcome->next_at_ms),
    };

    return run_for_answer(redis, command, sizeof(command) / sizeof(command[0]), err) < 0 ? -1 : 0;
}
