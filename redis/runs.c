/*
 * What is asked for: runs submitted, approved, cancelled; clusters protected. Each is one script, so that of two who
 * ask at once one comes first.
 */
#include "redis/runs.h"

#include "redis/keys.h"
#include "redis/run_fields.h"

/*
 * KEYS: clusters, cluster, runs, queue, running, the key's run. ARGV: run, cluster, op, job_name, runner, order,
 * created_by, request_id, approves, plan_hash, key, key_body, protect, plan_only, force, creates, queue_max,
 * running_max, now, lock_id. Gives a number of enum run_submitted and, where there is one, the run.
 */
static const char submit_script[] =
    "local run, name, op, now = ARGV[1], ARGV[2], ARGV[3], ARGV[19] "
    "local function answer(code, id) "
    "  return {code, redis.call('HMGET', '" KEY_RUN "' .. id, " RUN_HEAD_FIELDS ")} "
    "end "
    "if ARGV[11] ~= '' then "
    "  local seen = redis.call('HMGET', KEYS[6], 'run', 'body') "
    "  if seen[1] then "
    "    if seen[2] ~= ARGV[12] then return {2} end "
    "    return answer(1, seen[1]) "
    "  end "
    "end "
    "local known = redis.call('HMGET', KEYS[2], 'active', 'order', 'applied', 'state', 'protected', 'changed') "
    "local active, order, applied, state = known[1] or '', known[2], known[3] or '', known[4] "
    "if not state and ARGV[16] ~= '1' then return {6} end "
    "if active ~= '' then return answer(3, active) end "
    "if op == 'destroy' and known[5] == '1' then return {5} end "
    "if op == 'cleanup' and ARGV[15] ~= '1' and (state == 'partial' or state == 'present') then return {9} end "
    "if not state and redis.call('ZCARD', KEYS[1]) >= " RUN_CLUSTERS_MAX_TEXT " then return {10} end "
    "local from = ARGV[6] "
    "if ARGV[9] ~= '' then "
    "  local plan = redis.call('HMGET', '" KEY_RUN "' .. ARGV[9], 'cluster', 'status', 'plan_hash', 'order') "
    "  if plan[1] ~= name then return {6} end "
    "  if (known[6] or '') > ARGV[9] then return {8} end "
    "  if plan[2] ~= 'planned' or plan[3] ~= ARGV[10] then return {7} end "
    "  from = plan[4] "
    "end "
    "if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[17]) then return {4} end "
    "if from == '' and (op == 'drift' or op == 'destroy' or op == 'unlock') then from = applied end "
    "if from == '' then from = order or '' end "
    "local waits = redis.call('ZCARD', KEYS[4]) + redis.call('SCARD', KEYS[5]) >= tonumber(ARGV[18]) "
    "redis.call('HSET', '" KEY_RUN "' .. run, 'run', run, 'cluster', name, 'op', op, 'job_name', ARGV[4], "
    "  'runner', ARGV[5], 'status', waits and 'queued' or 'pending', 'phase', 'Pending', 'order', from, "
    "  'created_by', ARGV[7], 'request_id', ARGV[8], 'approves', ARGV[9], 'plan_only', ARGV[14], 'force', ARGV[15], "
    "  'lock_id', ARGV[20], "
    "  'created_at', now) "
    "if ARGV[9] ~= '' then redis.call('HSET', '" KEY_RUN "' .. run, 'plan_hash', ARGV[10]) end "
    "redis.call('ZADD', KEYS[4], now, run) "
    "redis.call('ZADD', KEYS[3], now, run) "
    "redis.call('ZADD', KEYS[1], now, name) "
    "redis.call('HSETNX', KEYS[2], 'state', 'none') "
    "redis.call('HSETNX', KEYS[2], 'created_at', now) "
    "redis.call('HSET', KEYS[2], 'active', run, 'last', run, 'changed_at', now) "
    "local asks = op == 'test' or op == 'drift' or op == 'destroy' or op == 'unlock' or op == 'cleanup' "
    "if not order or (ARGV[14] ~= '1' and not asks) then "
    "  redis.call('HSET', KEYS[2], 'order', from) "
    "  if ARGV[13] ~= '' then redis.call('HSET', KEYS[2], 'protected', ARGV[13]) end "
    "end "
    "if ARGV[9] ~= '' then redis.call('HSET', '" KEY_RUN "' .. ARGV[9], 'approved_by', run) end "
    "if ARGV[11] ~= '' then "
    "  redis.call('HSET', KEYS[6], 'run', run, 'body', ARGV[12]) "
    "  redis.call('EXPIRE', KEYS[6], " TTL_RUN_KEY_TEXT ") "
    "end "
    "for _, old in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1 - " RUNS_KEPT_TEXT ")) do "
    "  redis.call('ZREM', KEYS[3], old) "
    "  redis.call('DEL', '" KEY_RUN "' .. old, '" KEY_RUN_LOG "' .. old) "
    "end "
    "return answer(0, run)";

static struct str flag(bool value)
{
    return value ? STR("1") : STR("0");
}

/* A number of enum run_submitted and, where there is one, the run. */
static int run_answer(struct redis_client *redis, struct arena *arena, const struct str *command, size_t count,
                      enum run_submitted *out, struct run *found, struct err *err)
{
    redisReply *reply = redis_run(redis, command, count, err);
    int rc = 0;

    *found = (struct run){0};
    if (!reply)
        return -1;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        rc = err_set(err, ERR_STORE_UNAVAILABLE, "Redis gave an unexpected answer about the run");
    } else {
        *out = (enum run_submitted)reply->element[0]->integer;
        if (reply->elements > 1 && run_parse(arena, reply->element[1], found, err) < 0)
            rc = -1;
    }
    freeReplyObject(reply);
    return rc;
}

int run_submit(struct redis_client *redis, struct arena *arena, const struct run_request *request,
               enum run_submitted *out, struct run *found, struct err *err)
{
    struct redis_name names[3];
    struct redis_number numbers[3];
    const struct str command[] = {STR("EVAL"),
                                  STR(submit_script),
                                  STR("6"),
                                  STR(KEY_RUN_CLUSTERS),
                                  redis_name(&names[0], KEY_RUN_CLUSTER, request->cluster),
                                  redis_name(&names[1], KEY_RUNS, request->cluster),
                                  STR(KEY_RUN_QUEUE),
                                  STR(KEY_RUNS_RUNNING),
                                  redis_name(&names[2], KEY_RUN_KEY, request->key),
                                  request->run,
                                  request->cluster,
                                  request->op,
                                  request->job_name,
                                  request->runner,
                                  request->order,
                                  request->created_by,
                                  request->request_id,
                                  request->approves,
                                  request->plan_hash,
                                  request->key,
                                  request->key_body,
                                  request->protect,
                                  flag(request->plan_only),
                                  flag(request->force),
                                  flag(request->creates),
                                  redis_number(&numbers[0], request->queue_max),
                                  redis_number(&numbers[1], request->running_max),
                                  redis_number(&numbers[2], request->now_ms),
                                  request->lock_id};

    return run_answer(redis, arena, command, sizeof(command) / sizeof(command[0]), out, found, err);
}

int run_find_repeated(struct redis_client *redis, struct arena *arena, struct str key, struct str key_body,
                      enum run_submitted *out, struct run *found, struct err *err)
{
    static const char script[] = "local seen = redis.call('HMGET', KEYS[1], 'run', 'body') "
                                 "if not seen[1] then return {6} end "
                                 "if seen[2] ~= ARGV[1] then return {2} end "
                                 "return {1, redis.call('HMGET', '" KEY_RUN "' .. seen[1], " RUN_HEAD_FIELDS ")}";
    struct redis_name name;
    const struct str command[] = {STR("EVAL"), STR(script), STR("1"), redis_name(&name, KEY_RUN_KEY, key), key_body};

    return run_answer(redis, arena, command, sizeof(command) / sizeof(command[0]), out, found, err);
}

/* KEYS: cluster, run, queue, clusters. ARGV: cluster, run, now. */
static const char cancel_script[] =
    "local found = redis.call('HMGET', KEYS[2], 'cluster', 'status', 'approved_by') "
    "if found[1] ~= ARGV[1] then return 3 end "
    "if found[2] == 'running' then redis.call('HSET', KEYS[2], 'cancel', '1') return 1 end "
    "if redis.call('ZREM', KEYS[3], ARGV[2]) == 1 then "
    "  redis.call('HSET', KEYS[1], 'active', '', 'changed_at', ARGV[3]) "
    "elseif found[2] ~= 'planned' or found[3] then return 2 end "
    "redis.call('HSET', KEYS[2], 'status', 'cancelled', 'cancel', '1', 'finished_at', ARGV[3]) "
    "redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1]) "
    "return 0";

int run_cancel(struct redis_client *redis, struct str cluster, struct str run, int64_t now_ms, enum run_cancelled *out,
               struct err *err)
{
    struct redis_name names[2];
    struct redis_number now;
    const struct str command[] = {STR("EVAL"),
                                  STR(cancel_script),
                                  STR("4"),
                                  redis_name(&names[0], KEY_RUN_CLUSTER, cluster),
                                  redis_name(&names[1], KEY_RUN, run),
                                  STR(KEY_RUN_QUEUE),
                                  STR(KEY_RUN_CLUSTERS),
                                  cluster,
                                  run,
                                  redis_number(&now, now_ms)};
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);

    if (!reply)
        return -1;
    *out = (enum run_cancelled)reply->integer;
    freeReplyObject(reply);
    return 0;
}

static const char protect_script[] = "if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end "
                                     "redis.call('HSET', KEYS[1], 'protected', ARGV[1]) "
                                     "return 1";

int run_cluster_protect(struct redis_client *redis, struct str name, bool is_protected, struct err *err)
{
    struct redis_name key;
    const struct str command[] = {STR("EVAL"), STR(protect_script), STR("1"), redis_name(&key, KEY_RUN_CLUSTER, name),
                                  flag(is_protected)};
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);
    int rc;

    if (!reply)
        return -1;
    rc = reply->integer == 1 ? REDIS_FOUND : REDIS_MISSING;
    freeReplyObject(reply);
    return rc;
}
