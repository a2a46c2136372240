#include "redis/samples.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "redis/keys.h"
#include "redis/name.h"
#include "redis/sample_values.h"

#define LED_SCRIPT "if redis.call('GET', '" KEY_AGENT_LEASE "') ~= ARGV[1] then return 3 end "
#define NEW_LIFE "300" /* of a sample that never came to its end */
#define STATE_FIELDS 8
#define CELLS_MAX MIB(8)

struct name_of_step {
    char text[64 + LIMIT_CLUSTER_ID];
};

static struct str name_step(struct name_of_step *name, const char *prefix, int64_t at, struct str cluster)
{
    int n = snprintf(name->text, sizeof(name->text), "%s%lld:%.*s", prefix, (long long)at, STR_FMT(cluster));

    return (struct str){name->text, (size_t)n < sizeof(name->text) ? (size_t)n : sizeof(name->text) - 1};
}

int64_t samples_step_of(const struct config *config, int64_t now)
{
    return config->usage_step > 0 ? now - now % config->usage_step : now;
}

static int run(struct redis_client *redis, const struct str *command, size_t count, enum samples_written *out,
               struct err *err)
{
    int64_t written;

    if (redis_integer(redis, command, count, &written, err) < 0)
        return -1;
    *out = (enum samples_written)written;
    return 0;
}

/* KEYS: the sample, the new one. ARGV: holder. */
static const char begin_script[] = LED_SCRIPT "redis.call('DEL', KEYS[2]) "
                                              "return redis.call('EXISTS', KEYS[1]) == 1 and 2 or 1";

int samples_begin(struct redis_client *redis, const char *holder, const struct samples_place *place,
                  enum samples_written *out, struct err *err)
{
    struct name_of_step step;
    struct redis_name name;
    const struct str command[] = {STR("EVAL"),
                                  STR(begin_script),
                                  STR("2"),
                                  name_step(&step, KEY_SAMPLES, place->at, place->cluster),
                                  redis_name(&name, KEY_SAMPLES_NEW, place->cluster),
                                  str_from(holder)};

    return run(redis, command, sizeof(command) / sizeof(command[0]), out, err);
}

/* Names and values are one text of lines in turn: there may be thousands. In a script it is ARGV[2]. */
#define EACH_CELL_SCRIPT "for name, value in string.gmatch(ARGV[2], '([^\\n]*)\\n([^\\n]*)\\n') do "

static void add_cell(struct buf *cells, const char *prefix, struct str name, struct str value)
{
    buf_add_str(cells, str_from(prefix));
    buf_add_str(cells, name);
    buf_add_char(cells, '\n');
    buf_add_str(cells, value);
    buf_add_char(cells, '\n');
}

static int check_cells(const struct buf *cells, struct err *err)
{
    return cells->failed ? err_set(err, ERR_INTERNAL, "there is no memory for a sample") : 0;
}

/* KEYS: the new sample. ARGV: holder, cells. */
static const char add_script[] = LED_SCRIPT EACH_CELL_SCRIPT "redis.call('HSET', KEYS[1], name, value) end "
                                                             "redis.call('EXPIRE', KEYS[1], " NEW_LIFE ") "
                                                             "return 1";

int samples_add_pods(struct redis_client *redis, const char *holder, const struct samples_place *place,
                     const struct samples_cell *pods, size_t count, enum samples_written *out, struct err *err)
{
    struct redis_name name;
    struct buf cells;
    int rc;

    *out = SAMPLES_WRITTEN;
    if (count == 0)
        return 0;
    buf_init(&cells, CELLS_MAX);
    for (size_t i = 0; i < count; i++)
        add_cell(&cells, "p:", pods[i].name, pods[i].value);
    rc = check_cells(&cells, err);
    if (rc == 0)
        rc = run(redis,
                 (const struct str[]){STR("EVAL"), STR(add_script), STR("1"),
                                      redis_name(&name, KEY_SAMPLES_NEW, place->cluster), str_from(holder),
                                      buf_str(&cells)},
                 6, out, err);
    buf_free(&cells);
    return rc;
}

/*
 * KEYS: the sample, the new one, the long one. ARGV: holder, cells, the lives of both. All values are numbers with
 * blanks between, which are added up one by one over the longer step.
 */
static const char end_script[] =
    LED_SCRIPT "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DEL', KEYS[2]) return 2 end "
               "if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end " EACH_CELL_SCRIPT
               "  redis.call('HSET', KEYS[1], name, value) "
               "  local old = redis.call('HGET', KEYS[3], name) "
               "  if old then "
               "    local sums, n = {}, 0 "
               "    for word in string.gmatch(old, '%S+') do sums[#sums + 1] = tonumber(word) end "
               "    value = string.gsub(value, '%S+', function(word) "
               "      n = n + 1 return string.format('%.0f', tonumber(word) + (sums[n] or 0)) end) "
               "  end "
               "  redis.call('HSET', KEYS[3], name, value) "
               "end "
               "redis.call('EXPIRE', KEYS[1], ARGV[3]) "
               "redis.call('EXPIRE', KEYS[3], ARGV[4]) "
               "return 1";

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void sum_up(const struct samples_cell *nodes, size_t count, int64_t sums[CLUSTER_NUMBERS])
{
    memset(sums, 0, CLUSTER_NUMBERS * sizeof(*sums));
    sums[SAMPLES] = 1;
    for (size_t i = 0; i < count; i++) {
        struct str value = nodes[i].value;
        int64_t node[NODE_NUMBERS];

        if (samples_numbers(&value, node, NODE_NUMBERS) < NODE_NUMBERS)
            continue;
        sums[CPU_MIN] = sums[NODES] ? least(sums[CPU_MIN], node[NODE_CPU]) : node[NODE_CPU];
        sums[MEMORY_MIN] = sums[NODES] ? least(sums[MEMORY_MIN], node[NODE_MEMORY]) : node[NODE_MEMORY];
        sums[CPU_MAX] = most(sums[CPU_MAX], node[NODE_CPU]);
        sums[MEMORY_MAX] = most(sums[MEMORY_MAX], node[NODE_MEMORY]);
        sums[CPU] = samples_add(sums[CPU], node[NODE_CPU]);
        sums[MEMORY] = samples_add(sums[MEMORY], node[NODE_MEMORY]);
        sums[NODES]++;
    }
}

static void add_cluster(struct buf *cells, const struct samples_cell *nodes, size_t count)
{
    int64_t sums[CLUSTER_NUMBERS];

    sum_up(nodes, count, sums);
    buf_add_str(cells, STR("c\n"));
    for (size_t i = 0; i < CLUSTER_NUMBERS; i++)
        buf_printf(cells, "%s%lld", i > 0 ? " " : "", (long long)sums[i]);
    buf_add_char(cells, '\n');
}

int samples_end(struct redis_client *redis, const struct config *config, const char *holder,
                const struct samples_place *place, const struct samples_cell *nodes, size_t count,
                enum samples_written *out, struct err *err)
{
    int64_t long_at = place->at - place->at % config->usage_long_step;
    struct name_of_step steps[2];
    struct redis_number lives[2];
    struct redis_name name;
    struct buf cells;
    int rc;

    buf_init(&cells, CELLS_MAX);
    if (count > 0)
        add_cluster(&cells, nodes, count);
    for (size_t i = 0; i < count; i++)
        add_cell(&cells, "n:", nodes[i].name, nodes[i].value);
    rc = check_cells(&cells, err);
    if (rc == 0)
        rc = run(redis,
                 (const struct str[]){STR("EVAL"), STR(end_script), STR("3"),
                                      name_step(&steps[0], KEY_SAMPLES, place->at, place->cluster),
                                      redis_name(&name, KEY_SAMPLES_NEW, place->cluster),
                                      name_step(&steps[1], KEY_SAMPLES_LONG, long_at, place->cluster), str_from(holder),
                                      buf_str(&cells), redis_number(&lives[0], config->usage_kept),
                                      redis_number(&lives[1], config->usage_long_kept)},
                 10, out, err);
    buf_free(&cells);
    return rc;
}

static const char *const state_fields[STATE_FIELDS] = {"state",      "source", "message",    "attempted_at",
                                                       "sampled_at", "nodes",  "containers", "left_out"};

/* KEYS: the state. ARGV: holder, its life, then names and values; a number that is empty stays as it is. */
static const char state_script[] = LED_SCRIPT "for i = 3, #ARGV, 2 do "
                                              "  if ARGV[i + 1] ~= '' or i <= 7 then "
                                              "    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end "
                                              "end "
                                              "redis.call('EXPIRE', KEYS[1], ARGV[2]) "
                                              "return 1";

int samples_state_write(struct redis_client *redis, const struct config *config, const char *holder, struct str cluster,
                        const struct samples_state *state, enum samples_written *out, struct err *err)
{
    const int64_t numbers[] = {state->attempted_at, state->sampled_at, state->nodes, state->containers,
                               state->left_out};
    const struct str texts[] = {state->state, state->source, state->message};
    struct redis_name name;
    struct redis_number printed[6];
    struct str command[6 + 2 * STATE_FIELDS] = {
        STR("EVAL"),      STR(state_script),
        STR("1"),         redis_name(&name, KEY_SAMPLES_STATE, cluster),
        str_from(holder), redis_number(&printed[5], config->usage_kept + 3 * config->usage_step)};

    for (size_t i = 0; i < STATE_FIELDS; i++) {
        command[6 + 2 * i] = str_from(state_fields[i]);
        if (i < 3)
            command[7 + 2 * i] = texts[i].ptr ? texts[i] : STR("");
        else if (i == 4 && state->sampled_at == 0)
            command[7 + 2 * i] = STR("");
        else
            command[7 + 2 * i] = redis_number(&printed[i - 3], numbers[i - 3]);
    }
    return run(redis, command, sizeof(command) / sizeof(command[0]), out, err);
}

int samples_state_read(struct redis_client *redis, struct arena *arena, struct str cluster, struct samples_state *out,
                       struct err *err)
{
    struct redis_name name;
    struct str command[2 + STATE_FIELDS] = {STR("HMGET"), redis_name(&name, KEY_SAMPLES_STATE, cluster)};
    struct str values[STATE_FIELDS] = {{0}};
    int64_t *const numbers[] = {&out->attempted_at, &out->sampled_at, &out->nodes, &out->containers, &out->left_out};
    redisReply *reply;

    *out = (struct samples_state){.state = STR("unknown")};
    for (size_t i = 0; i < STATE_FIELDS; i++)
        command[2 + i] = str_from(state_fields[i]);
    reply = redis_run(redis, command, 2 + STATE_FIELDS, err);
    if (!reply)
        return -1;
    for (size_t i = 0; i < STATE_FIELDS && i < reply->elements; i++)
        if (reply->element[i]->type == REDIS_REPLY_STRING)
            values[i] = (struct str){arena_strndup(arena, reply->element[i]->str, reply->element[i]->len),
                                     reply->element[i]->len};
    freeReplyObject(reply);
    if (!values[0].ptr)
        return 0;
    out->state = values[0];
    out->source = values[1];
    out->message = values[2];
    for (size_t i = 3; i < STATE_FIELDS; i++) {
        long number;

        if (values[i].ptr && str_to_long(values[i], 0, INT64_MAX, &number) == 0)
            *numbers[i - 3] = number;
    }
    return 0;
}
