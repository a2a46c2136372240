#include "redis/job_records.h"

#include "base/clock.h"
#include "redis/enqueue.h"
#include "redis/name.h"

#define LED_SCRIPT "if redis.call('GET', '" KEY_AGENT_LEASE "') ~= ARGV[1] then return 3 end "

/*
 * KEYS: states, watch, listed, history, bodies. ARGV: holder, cluster, uid, namespace, name, state, body, version, at,
 * its text, finished_at, announce_from, now in ms, bounds: count, the oldest end; listed, how many were met before, the
 * version expected. What is kept of a finished Job need not be kept twice.
 */
static const char record_script[] = LED_SCRIPT TELL_SCRIPT
    "local uid, state = ARGV[3], ARGV[6] "
    "local text = redis.call('HGET', KEYS[1], uid) "
    "local old = text and cjson.decode(text) "
    "if ARGV[16] == '1' then "
    "  if redis.call('SCARD', KEYS[3]) ~= tonumber(ARGV[17]) then return 4 end "
    "  redis.call('SADD', KEYS[3], uid) redis.call('EXPIRE', KEYS[3], 3600) "
    "elseif redis.call('HGET', KEYS[2], 'version') ~= ARGV[18] then return 4 end "
    "if not old and state ~= 'deleted' and redis.call('HLEN', KEYS[1]) >= " JOB_STATES_MAX_TEXT " then "
    "  if ARGV[8] ~= '' then redis.call('HSET', KEYS[2], 'version', ARGV[8]) end return 2 "
    "end "
    "local changed = state ~= 'unknown' and not (old and old.state == state) and (old or state ~= 'deleted') "
    "if changed then "
    "  local n = (old and old.n or 0) + 1 "
    "  if old or tonumber(ARGV[9]) >= tonumber(ARGV[12]) then "
    "    tell({event = 'job.' .. state, cluster = ARGV[2], uid = uid, n = n, namespace = ARGV[4], name = ARGV[5], "
    "      time = ARGV[10], told = '\"job\":' .. ARGV[7], now = ARGV[13]}) "
    "  end "
    "  if state == 'deleted' then "
    "    redis.call('HDEL', KEYS[1], uid) "
    "  else "
    "    redis.call('HSET', KEYS[1], uid, cjson.encode({n = n, state = state, namespace = ARGV[4], name = ARGV[5], "
    "      job = ARGV[11] == '0' and ARGV[7] or nil})) "
    "  end "
    "  if ARGV[11] ~= '0' and state ~= 'deleted' then "
    "    redis.call('ZADD', KEYS[4], ARGV[11], uid) "
    "    redis.call('HSET', KEYS[5], uid, ARGV[7]) "
    "    local gone = redis.call('ZRANGE', KEYS[4], 0, -1 - tonumber(ARGV[14])) "
    "    for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', '(' .. ARGV[15], 'LIMIT', 0, 1000)) do "
    "      table.insert(gone, id) "
    "    end "
    "    for _, id in ipairs(gone) do redis.call('ZREM', KEYS[4], id) redis.call('HDEL', KEYS[5], id) end "
    "  end "
    "end "
    "redis.call('SADD', '" KEY_AGENT_CLUSTERS "', ARGV[2]) "
    "if ARGV[8] ~= '' then redis.call('HSET', KEYS[2], 'version', ARGV[8]) end "
    "return changed and 1 or 0";

static int run(struct redis_client *redis, const struct str *command, size_t count, enum job_recorded *out,
               struct err *err)
{
    int64_t recorded;

    if (redis_integer(redis, command, count, &recorded, err) < 0)
        return -1;
    *out = (enum job_recorded)recorded;
    return 0;
}

int job_record(struct redis_client *redis, const char *holder, const struct job_bounds *bounds,
               const struct job_record *job, enum job_recorded *out, struct err *err)
{
    struct redis_name names[5];
    struct redis_number numbers[7];
    char time[CLOCK_TEXT_SIZE];
    int64_t now = clock_now();
    int64_t at = job->at > 0 ? job->at : now;
    const struct str command[] = {
        STR("EVAL"),
        STR(record_script),
        STR("5"),
        redis_name(&names[0], KEY_JOB_STATES, job->cluster),
        redis_name(&names[1], KEY_JOB_WATCH, job->cluster),
        redis_name(&names[2], KEY_JOB_LISTED, job->cluster),
        redis_name(&names[3], KEY_JOB_HISTORY, job->cluster),
        redis_name(&names[4], KEY_JOB_BODIES, job->cluster),
        str_from(holder),
        job->cluster,
        job->uid,
        job->namespace,
        job->name,
        job->state,
        job->body,
        job->version,
        redis_number(&numbers[0], at),
        str_from(clock_format(at, time)),
        redis_number(&numbers[1], job->finished_at),
        redis_number(&numbers[2], job->announce_from),
        redis_number(&numbers[3], now * 1000),
        redis_number(&numbers[4], bounds->count),
        redis_number(&numbers[5], now - bounds->seconds),
        job->listed ? STR("1") : STR("0"),
        redis_number(&numbers[6], job->met),
        job->expected,
    };

    return run(redis, command, sizeof(command) / sizeof(command[0]), out, err);
}

int job_watch_read(struct redis_client *redis, struct arena *arena, struct str cluster, const char **version,
                   struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("HGET"), redis_name(&name, KEY_JOB_WATCH, cluster), STR("version")};
    redisReply *reply = redis_run(redis, command, 3, err);

    if (!reply)
        return -1;
    *version = reply->type == REDIS_REPLY_STRING ? arena_strndup(arena, reply->str, reply->len) : "";
    freeReplyObject(reply);
    return *version ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for a resource version");
}

/* KEYS: watch. ARGV: holder, the version expected, the new one. */
static const char version_script[] =
    LED_SCRIPT "if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return 4 end "
               "redis.call('HSET', KEYS[1], 'version', ARGV[3]) return 1";

int job_watch_write(struct redis_client *redis, const char *holder, struct str cluster, struct str expected,
                    struct str version, enum job_recorded *out, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("EVAL"),      STR(version_script),
                                  STR("1"),         redis_name(&name, KEY_JOB_WATCH, cluster),
                                  str_from(holder), expected,
                                  version};

    return run(redis, command, sizeof(command) / sizeof(command[0]), out, err);
}

int job_list_begin(struct redis_client *redis, struct str cluster, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("DEL"), redis_name(&name, KEY_JOB_LISTED, cluster)};

    return redis_do(redis, command, 2, err);
}

/* KEYS: states, watch, listed, bodies. ARGV: holder, cluster, version, now in ms, its text, how many were met. */
static const char list_end_script[] = LED_SCRIPT TELL_SCRIPT
    "if redis.call('SCARD', KEYS[3]) ~= tonumber(ARGV[6]) then return 4 end "
    "local states = redis.call('HGETALL', KEYS[1]) "
    "for i = 1, #states, 2 do "
    "  local uid = states[i] "
    "  if redis.call('SISMEMBER', KEYS[3], uid) == 0 then "
    "    local old = cjson.decode(states[i + 1]) "
    "    local job = old.job or redis.call('HGET', KEYS[4], uid) or cjson.encode({job_name = old.name, "
    "      namespace = old.namespace, cluster = ARGV[2], state = old.state}) "
    "    tell({event = 'job.deleted', cluster = ARGV[2], uid = uid, n = old.n + 1, namespace = old.namespace, "
    "      name = old.name, time = ARGV[5], told = '\"job\":' .. job, now = ARGV[4]}) "
    "    redis.call('HDEL', KEYS[1], uid) "
    "  end "
    "end "
    "redis.call('DEL', KEYS[3]) "
    "redis.call('SADD', '" KEY_AGENT_CLUSTERS "', ARGV[2]) "
    "redis.call('HSET', KEYS[2], 'version', ARGV[3]) "
    "return 1";

int job_list_end(struct redis_client *redis, const char *holder, struct str cluster, long met, struct str version,
                 enum job_recorded *out, struct err *err)
{
    struct redis_name names[4];
    struct redis_number numbers[2];
    char time[CLOCK_TEXT_SIZE];
    int64_t now = clock_now();
    const struct str command[] = {STR("EVAL"),
                                  STR(list_end_script),
                                  STR("4"),
                                  redis_name(&names[0], KEY_JOB_STATES, cluster),
                                  redis_name(&names[1], KEY_JOB_WATCH, cluster),
                                  redis_name(&names[2], KEY_JOB_LISTED, cluster),
                                  redis_name(&names[3], KEY_JOB_BODIES, cluster),
                                  str_from(holder),
                                  cluster,
                                  version,
                                  redis_number(&numbers[0], now * 1000),
                                  str_from(clock_format(now, time)),
                                  redis_number(&numbers[1], met)};

    return run(redis, command, sizeof(command) / sizeof(command[0]), out, err);
}

static const char tidy_script[] =
    LED_SCRIPT "for _, id in ipairs(redis.call('SDIFF', '" KEY_AGENT_CLUSTERS "', '" KEY_CONNECTIONS "')) do "
               "  redis.call('DEL', '" KEY_JOB_STATES "' .. id, '" KEY_JOB_WATCH "' .. id, '" KEY_JOB_LISTED "' .. id, "
               "    '" KEY_JOB_HISTORY "' .. id, '" KEY_JOB_BODIES "' .. id) "
               "  redis.call('SREM', '" KEY_AGENT_CLUSTERS "', id) "
               "end "
               "return 1";

int job_records_tidy(struct redis_client *redis, const char *holder, struct err *err)
{
    const struct str command[] = {STR("EVAL"), STR(tidy_script), STR("0"), str_from(holder)};

    return redis_do(redis, command, 4, err);
}
