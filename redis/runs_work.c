/*
 * What the leading agent makes of runs. Each script looks first who leads.
 */
#include "base/clock.h"
#include "redis/enqueue.h"
#include "redis/run_fields.h"
#include "redis/runs.h"

/* ARGV: the holder first. */
#define LEADS_SCRIPT "local leads = redis.call('GET', '" KEY_AGENT_LEASE "') == ARGV[1] "

/* KEYS: queue, running. ARGV: holder, running_max, now. A run of the queue whose record is gone goes, too. An operation
 * that changes the cluster makes earlier plans stale. */
static const char take_script[] =
    LEADS_SCRIPT "if not leads or redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[2]) then return {} end "
                 "while true do "
                 "  local run = redis.call('ZPOPMIN', KEYS[1])[1] "
                 "  if not run then return {} end "
                 "  local key = '" KEY_RUN "' .. run "
                 "  local found = redis.call('HMGET', key, 'cluster', 'op', 'plan_only') "
                 "  if found[1] then "
                 "    redis.call('SADD', KEYS[2], run) "
                 "    redis.call('HSET', key, 'status', 'running', 'started_at', ARGV[3]) "
                 "    local cluster = '" KEY_RUN_CLUSTER "' .. found[1] "
                 "    redis.call('HSET', cluster, 'changed_at', ARGV[3]) "
                 "    if found[2] ~= 'test' and found[2] ~= 'drift' and found[2] ~= 'unlock' and found[3] ~= '1' then "
                 "      redis.call('HSET', cluster, 'changed', run) "
                 "    end "
                 "    return redis.call('HMGET', key, " RUN_BODY_FIELDS ") "
                 "  end "
                 "end";

int run_take(struct redis_client *redis, struct arena *arena, const char *holder, long running_max, int64_t now_ms,
             struct run *out, struct err *err)
{
    struct redis_number numbers[2];
    const struct str command[] = {STR("EVAL"),
                                  STR(take_script),
                                  STR("2"),
                                  STR(KEY_RUN_QUEUE),
                                  STR(KEY_RUNS_RUNNING),
                                  str_from(holder),
                                  redis_number(&numbers[0], running_max),
                                  redis_number(&numbers[1], now_ms)};

    return run_ask(redis, arena, command, sizeof(command) / sizeof(command[0]), out, err);
}

static int take_id(struct arena *arena, const redisReply *reply, void *out, struct err *err)
{
    struct str id = run_text(reply);
    struct str *copy = out;

    *copy = (struct str){arena_strndup(arena, id.ptr, id.len), id.len};
    return copy->ptr ? REDIS_FOUND : err_set(err, ERR_INTERNAL, "there is no memory for the runs");
}

int runs_running(struct redis_client *redis, struct arena *arena, struct str **ids, size_t *count, struct err *err)
{
    const struct str command[] = {STR("SMEMBERS"), STR(KEY_RUNS_RUNNING)};
    void *found;
    int rc = run_ask_list(redis, arena, command, 2, sizeof(**ids), take_id, &found, count, err);

    *ids = found;
    return rc;
}

static int run_script(struct redis_client *redis, const struct str *command, size_t count, enum run_written *out,
                      struct err *err)
{
    redisReply *reply = redis_run(redis, command, count, err);

    if (!reply)
        return -1;
    *out = (enum run_written)reply->integer;
    freeReplyObject(reply);
    return 0;
}

#define RUNS_SCRIPT                                                                                                    \
    LEADS_SCRIPT "if not leads then return 3 end "                                                                     \
                 "local now = redis.call('HMGET', KEYS[1], 'status', 'cancel') "                                       \
                 "if now[1] ~= 'running' then return 2 end "                                                           \
                 "local written = now[2] == '1' and 1 or 0 "

/* KEYS: run, cluster. ARGV: holder, state, then fields and values. */
static const char write_script[] =
    RUNS_SCRIPT "if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], 'state', ARGV[2]) end "
                "if #ARGV > 2 then redis.call('HSET', KEYS[1], unpack(ARGV, 3)) end "
                "return written";

int run_write(struct redis_client *redis, const char *holder, struct str cluster, struct str run, struct str state,
              const struct run_field *fields, size_t count, enum run_written *out, struct err *err)
{
    struct redis_name names[2];
    struct str command[7 + 2 * RUN_FIELDS_MAX] = {STR("EVAL"),
                                                  STR(write_script),
                                                  STR("2"),
                                                  redis_name(&names[0], KEY_RUN, run),
                                                  redis_name(&names[1], KEY_RUN_CLUSTER, cluster),
                                                  str_from(holder),
                                                  state};

    if (count > RUN_FIELDS_MAX)
        return err_set(err, ERR_INTERNAL, "these are too many fields of a run");
    for (size_t i = 0; i < count; i++) {
        command[7 + 2 * i] = str_from(fields[i].name);
        command[8 + 2 * i] = fields[i].value;
    }
    return run_script(redis, command, 7 + 2 * count, out, err);
}

#define APPEND_MAX ((size_t)64) /* lines in one command */

/* KEYS: run, log. ARGV: holder, number of the first line, now, then lines. A line's number is its place in the stream.
 */
static const char append_script[] =
    RUNS_SCRIPT "local stored, bytes = tonumber(redis.call('HGET', KEYS[1], 'log_lines') or 0), 0 "
                "for i = 4, #ARGV do "
                "  local n = tonumber(ARGV[2]) + i - 4 "
                "  if n == stored + 1 then "
                "    redis.call('XADD', KEYS[2], n .. '-0', 't', ARGV[3], 'l', ARGV[i]) "
                "    stored, bytes = n, bytes + #ARGV[i] "
                "  end "
                "end "
                "redis.call('HSET', KEYS[1], 'log_lines', stored) "
                "redis.call('XTRIM', KEYS[2], 'MAXLEN', " RUN_LOG_LINES_TEXT ") "
                "if redis.call('HINCRBY', KEYS[1], 'log_bytes', bytes) > " RUN_LOG_BYTES_TEXT " then "
                "  redis.call('XTRIM', KEYS[2], 'MAXLEN', math.floor(redis.call('XLEN', KEYS[2]) / 2)) "
                "  redis.call('HSET', KEYS[1], 'log_bytes', " RUN_LOG_BYTES_TEXT " / 2) "
                "end "
                "redis.call('EXPIRE', KEYS[2], " TTL_RUN_LOG_TEXT ") "
                "return written";

static int append_some(struct redis_client *redis, const char *holder, struct str run, int64_t first,
                       const struct str *lines, size_t count, int64_t now_ms, enum run_written *out, struct err *err)
{
    struct redis_name names[2];
    struct redis_number numbers[2];
    struct str command[8 + APPEND_MAX] = {STR("EVAL"),
                                          STR(append_script),
                                          STR("2"),
                                          redis_name(&names[0], KEY_RUN, run),
                                          redis_name(&names[1], KEY_RUN_LOG, run),
                                          str_from(holder),
                                          redis_number(&numbers[0], first),
                                          redis_number(&numbers[1], now_ms)};

    for (size_t i = 0; i < count; i++) {
        command[8 + i] = lines[i];
        if (lines[i].len > RUN_LOG_LINE_MAX)
            command[8 + i].len = RUN_LOG_LINE_MAX;
    }
    return run_script(redis, command, 8 + count, out, err);
}

int run_log_append(struct redis_client *redis, const char *holder, struct str run, int64_t first,
                   const struct str *lines, size_t count, int64_t now_ms, enum run_written *out, struct err *err)
{
    *out = RUN_WRITTEN;
    for (size_t i = 0; i < count && *out <= RUN_WRITTEN_CANCEL; i += APPEND_MAX) {
        size_t some = count - i < APPEND_MAX ? count - i : APPEND_MAX;

        if (append_some(redis, holder, run, first + (int64_t)i, lines + i, some, now_ms, out, err) < 0)
            return -1;
    }
    return 0;
}

/*
 * KEYS: run, cluster, clusters, running, runs. ARGV: holder, cluster, run, status, phase, message, exit_code, now, its
 * text, state, applied, is_drift, whether a connection is said, connection, outputs, event, told, id, forget.
 */
static const char finish_script[] = RUNS_SCRIPT TELL_SCRIPT
    "redis.call('SREM', KEYS[4], ARGV[3]) "
    "redis.call('HSET', KEYS[1], 'status', ARGV[4], 'phase', ARGV[5], 'message', ARGV[6], 'exit_code', ARGV[7], "
    "  'finished_at', ARGV[8]) "
    "redis.call('HSET', KEYS[2], 'active', '', 'changed_at', ARGV[8]) "
    "redis.call('ZADD', KEYS[3], ARGV[8], ARGV[2]) "
    "if ARGV[10] ~= '' then redis.call('HSET', KEYS[2], 'state', ARGV[10]) end "
    "if ARGV[11] == '1' then "
    "  redis.call('HSET', KEYS[2], 'applied', redis.call('HGET', KEYS[1], 'order')) "
    "  redis.call('HDEL', KEYS[2], 'drift') "
    "end "
    "if ARGV[10] == 'destroyed' then redis.call('HDEL', KEYS[2], 'applied', 'outputs') end "
    "if ARGV[12] == '1' then redis.call('HSET', KEYS[2], 'drift', ARGV[3]) end "
    "if ARGV[13] == '1' then redis.call('HSET', KEYS[2], 'connection', ARGV[14]) end "
    "if ARGV[15] ~= '' then redis.call('HSET', KEYS[2], 'outputs', ARGV[15]) end "
    "if ARGV[16] ~= '' then "
    "  tell({event = ARGV[16], cluster = ARGV[18], uid = ARGV[3], n = 1, namespace = '', "
    "    name = redis.call('HGET', KEYS[1], 'job_name'), time = ARGV[9], told = '\"run\":' .. ARGV[17], "
    "    now = ARGV[8]}) "
    "end "
    "if ARGV[19] == '1' then "
    "  for _, id in ipairs(redis.call('ZRANGE', KEYS[5], 0, -1)) do "
    "    redis.call('DEL', '" KEY_RUN "' .. id, '" KEY_RUN_LOG "' .. id) "
    "  end "
    "  redis.call('DEL', KEYS[5], KEYS[2]) "
    "  redis.call('ZREM', KEYS[3], ARGV[2]) "
    "end "
    "return written";

int run_finish(struct redis_client *redis, const char *holder, const struct run_end *end, enum run_written *out,
               struct err *err)
{
    struct redis_name names[3];
    struct redis_number numbers[2];
    char time[CLOCK_TEXT_SIZE];
    const struct str command[] = {STR("EVAL"),
                                  STR(finish_script),
                                  STR("5"),
                                  redis_name(&names[0], KEY_RUN, end->run),
                                  redis_name(&names[1], KEY_RUN_CLUSTER, end->cluster),
                                  STR(KEY_RUN_CLUSTERS),
                                  STR(KEY_RUNS_RUNNING),
                                  redis_name(&names[2], KEY_RUNS, end->cluster),
                                  str_from(holder),
                                  end->cluster,
                                  end->run,
                                  end->status,
                                  end->phase,
                                  end->message,
                                  redis_number(&numbers[0], end->exit_code),
                                  redis_number(&numbers[1], end->now_ms),
                                  str_from(clock_format(end->now_ms / 1000, time)),
                                  end->state,
                                  end->applied ? STR("1") : STR("0"),
                                  end->is_drift ? STR("1") : STR("0"),
                                  end->connected ? STR("1") : STR("0"),
                                  str_from(end->connected),
                                  end->outputs,
                                  str_from(end->event),
                                  end->told,
                                  end->id,
                                  end->forget ? STR("1") : STR("0")};

    return run_script(redis, command, sizeof(command) / sizeof(command[0]), out, err);
}
