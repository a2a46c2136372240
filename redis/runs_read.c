/*
 * Runs and clusters, read for people.
 */
#include "redis/keys.h"
#include "redis/run_fields.h"
#include "redis/runs.h"

#define CLUSTER_FIELDS                                                                                                 \
    "'order', 'applied', 'active', 'connection', 'outputs', 'state', 'protected', 'created_at', 'changed_at'"
#define CLUSTER_FIELD_COUNT 9
#define CLUSTER_PARTS 4 /* the name, its fields, the last run and the last drift run */

/* KEYS: run. ARGV: cluster. */
static const char read_script[] = "local found = redis.call('HMGET', KEYS[1], " RUN_BODY_FIELDS ") "
                                  "if ARGV[1] ~= '' and found[2] ~= ARGV[1] then return {} end "
                                  "return found";

static int read_run(struct redis_client *redis, struct arena *arena, struct str cluster, struct str run,
                    struct run *out, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("EVAL"), STR(read_script), STR("1"), redis_name(&name, KEY_RUN, run), cluster};

    return run_ask(redis, arena, command, sizeof(command) / sizeof(command[0]), out, err);
}

int run_read(struct redis_client *redis, struct arena *arena, struct str cluster, struct str run, struct run *out,
             struct err *err)
{
    return cluster.len > 0 ? read_run(redis, arena, cluster, run, out, err) : REDIS_MISSING;
}

int run_find(struct redis_client *redis, struct arena *arena, struct str run, struct run *out, struct err *err)
{
    return read_run(redis, arena, STR(""), run, out, err);
}

int run_plan_read(struct redis_client *redis, struct arena *arena, struct str cluster, struct str run, struct str *plan,
                  struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("HMGET"), redis_name(&name, KEY_RUN, run), STR("cluster"), STR("plan")};
    redisReply *reply = redis_run(redis, command, 4, err);
    int rc = REDIS_MISSING;

    if (!reply)
        return -1;
    if (reply->elements == 2 && str_equal(run_text(reply->element[0]), cluster) &&
        reply->element[1]->type == REDIS_REPLY_STRING) {
        *plan =
            (struct str){arena_strndup(arena, reply->element[1]->str, reply->element[1]->len), reply->element[1]->len};
        rc = plan->ptr ? REDIS_FOUND : err_set(err, ERR_INTERNAL, "there is no memory for the plan");
    }
    freeReplyObject(reply);
    return rc;
}

static const char list_script[] = "local out = {} "
                                  "for i, run in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do "
                                  "  out[i] = redis.call('HMGET', '" KEY_RUN "' .. run, " RUN_HEAD_FIELDS ") "
                                  "end "
                                  "return out";

static int take_run(struct arena *arena, const redisReply *reply, void *out, struct err *err)
{
    return run_parse(arena, reply, out, err);
}

int runs_list(struct redis_client *redis, struct arena *arena, struct str cluster, struct run **runs, size_t *count,
              struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("EVAL"), STR(list_script), STR("1"), redis_name(&name, KEY_RUNS, cluster)};
    void *found;
    int rc = run_ask_list(redis, arena, command, 4, sizeof(**runs), take_run, &found, count, err);

    *runs = found;
    return rc;
}

/* ARGV: a name, or none for all clusters. */
static const char clusters_script[] =
    "local out = {} "
    "for i, name in ipairs(ARGV[1] and {ARGV[1]} or redis.call('ZREVRANGE', KEYS[1], 0, -1)) do "
    "  local key = '" KEY_RUN_CLUSTER "' .. name "
    "  local runs = redis.call('HMGET', key, 'last', 'drift') "
    "  out[i] = {name, redis.call('HMGET', key, " CLUSTER_FIELDS "), "
    "    redis.call('HMGET', '" KEY_RUN "' .. (runs[1] or ''), " RUN_HEAD_FIELDS "), "
    "    redis.call('HMGET', '" KEY_RUN "' .. (runs[2] or ''), " RUN_HEAD_FIELDS ")} "
    "end "
    "return out";

static int64_t number_of(const redisReply *reply)
{
    long number = 0;

    str_to_long(run_text(reply), 0, INT64_MAX, &number);
    return number;
}

static int take_cluster(struct arena *arena, const redisReply *reply, void *place, struct err *err)
{
    struct run_cluster *out = place;
    struct str *const texts[] = {&out->order,      &out->applied, &out->active,
                                 &out->connection, &out->outputs, &out->state};
    const redisReply *name;
    redisReply *const *fields;

    *out = (struct run_cluster){0};
    if (reply->elements != CLUSTER_PARTS || reply->element[1]->elements != CLUSTER_FIELD_COUNT ||
        reply->element[1]->element[5]->type != REDIS_REPLY_STRING)
        return REDIS_MISSING;
    name = reply->element[0];
    fields = reply->element[1]->element;
    out->name = (struct str){arena_strndup(arena, name->str, name->len), name->len};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct str text = run_text(fields[i]);

        *texts[i] = (struct str){arena_strndup(arena, text.ptr, text.len), text.len};
        if (!texts[i]->ptr || !out->name.ptr)
            return err_set(err, ERR_INTERNAL, "there is no memory for the cluster");
    }
    out->is_protected = str_equal(run_text(fields[6]), STR("1"));
    out->created_at = number_of(fields[7]);
    out->changed_at = number_of(fields[8]);
    return run_parse(arena, reply->element[2], &out->last, err) < 0 ||
                   run_parse(arena, reply->element[3], &out->drift, err) < 0
               ? -1
               : REDIS_FOUND;
}

static int read_clusters(struct redis_client *redis, struct arena *arena, const struct str *name,
                         struct run_cluster **clusters, size_t *count, struct err *err)
{
    const struct str command[] = {STR("EVAL"), STR(clusters_script), STR("1"), STR(KEY_RUN_CLUSTERS),
                                  name ? *name : STR("")};
    void *found;
    int rc = run_ask_list(redis, arena, command, name ? 5 : 4, sizeof(**clusters), take_cluster, &found, count, err);

    *clusters = found;
    return rc;
}

int run_cluster_read(struct redis_client *redis, struct arena *arena, struct str name, struct run_cluster *out,
                     struct err *err)
{
    struct run_cluster *found;
    size_t count;

    if (read_clusters(redis, arena, &name, &found, &count, err) < 0)
        return -1;
    if (count == 0)
        return REDIS_MISSING;
    *out = found[0];
    return REDIS_FOUND;
}

int run_clusters_list(struct redis_client *redis, struct arena *arena, struct run_cluster **clusters, size_t *count,
                      struct err *err)
{
    return read_clusters(redis, arena, NULL, clusters, count, err);
}

int runs_load_read(struct redis_client *redis, struct runs_load *out, struct err *err)
{
    /* KEYS: those that run, those that wait, the agent's lease. */
    static const char script[] = "return {redis.call('SCARD', KEYS[1]), redis.call('ZCARD', KEYS[2]), "
                                 "redis.call('EXISTS', KEYS[3])}";
    const struct str command[] = {STR("EVAL"),           STR(script),        STR("3"),
                                  STR(KEY_RUNS_RUNNING), STR(KEY_RUN_QUEUE), STR(KEY_AGENT_LEASE)};
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);

    if (!reply)
        return -1;
    *out = (struct runs_load){
        .running = (long)reply->element[0]->integer,
        .waiting = (long)reply->element[1]->integer,
        .has_agent = reply->element[2]->integer == 1,
    };
    freeReplyObject(reply);
    return 0;
}
