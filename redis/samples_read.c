/*
 * Samples, read as series of points.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "redis/keys.h"
#include "redis/name.h"
#include "redis/sample_values.h"
#include "redis/samples.h"

/* ARGV: prefix, cluster, first and last time, step, then lines of names. Times without any of them are left out. */
static const char read_script[] = "local names, out = {}, {} "
                                  "for name in string.gmatch(ARGV[6], '([^\\n]*)\\n') do names[#names + 1] = name end "
                                  "for at = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]) do "
                                  "  local key = ARGV[1] .. string.format('%.0f', at) .. ':' .. ARGV[2] "
                                  "  local values = redis.call('HMGET', key, unpack(names)) "
                                  "  for i = 1, #names do "
                                  "    if values[i] then out[#out + 1] = {at, values} break end "
                                  "  end "
                                  "end "
                                  "return out";

#define NAMES_TEXT_MAX KIB(512)

/* Which samples are read, and how they become points. */
struct range {
    const char *prefix;
    int64_t from;
    int64_t to;
    int64_t stored; /* from one sample to the next */
    int64_t step;   /* from one point to the next */
};

static int64_t round_up(int64_t value, int64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static void find_range(const struct config *config, const struct samples_query *query, struct range *out)
{
    int64_t now = clock_now();
    int64_t reach = now - config->usage_kept;
    int64_t from = query->from > 0 ? query->from : reach;
    int64_t to = query->to > 0 && query->to < now ? query->to : now;
    bool is_long =
        query->subject != SAMPLES_PODS && (from < reach - config->usage_step || query->step >= config->usage_long_step);

    out->prefix = is_long ? KEY_SAMPLES_LONG : KEY_SAMPLES;
    out->stored = is_long ? config->usage_long_step : config->usage_step;
    out->step = query->step > 0 ? round_up(query->step, out->stored) : out->stored;
    if (is_long)
        reach = now - config->usage_long_kept;
    if (from < reach - out->stored)
        from = reach - out->stored;
    out->from = from - from % out->step; /* with the step that it lies in */
    out->to = to < out->from ? to : to - to % out->step + out->step - out->stored;
}

struct figures {
    int64_t cpu;
    int64_t memory;
    int64_t count; /* of what was taken together: 0, there is none */
};

static void fold(struct figures *into, int64_t cpu, int64_t memory, enum samples_aggregate how)
{
    if (into->count++ == 0) {
        into->cpu = cpu;
        into->memory = memory;
    } else if (how == SAMPLES_MAX) {
        into->cpu = cpu > into->cpu ? cpu : into->cpu;
        into->memory = memory > into->memory ? memory : into->memory;
    } else if (how == SAMPLES_MIN) {
        into->cpu = cpu < into->cpu ? cpu : into->cpu;
        into->memory = memory < into->memory ? memory : into->memory;
    } else {
        into->cpu = samples_add(into->cpu, cpu);
        into->memory = samples_add(into->memory, memory);
    }
}

static void take_mean(struct figures *figures)
{
    if (figures->count > 1) {
        figures->cpu /= figures->count;
        figures->memory /= figures->count;
    }
}

/* Of the whole cluster: the nodes were taken together when they were sampled. */
static void read_cluster(struct str value, enum samples_aggregate how, struct figures *out)
{
    int64_t n[CLUSTER_NUMBERS];
    int64_t parts;

    if (samples_numbers(&value, n, CLUSTER_NUMBERS) < CLUSTER_NUMBERS || n[SAMPLES] == 0 || n[NODES] == 0)
        return;
    parts = how == SAMPLES_AVG ? n[NODES] : n[SAMPLES];
    if (how == SAMPLES_MAX)
        *out = (struct figures){n[CPU_MAX] / parts, n[MEMORY_MAX] / parts, 1};
    else if (how == SAMPLES_MIN)
        *out = (struct figures){n[CPU_MIN] / parts, n[MEMORY_MIN] / parts, 1};
    else
        *out = (struct figures){n[CPU] / parts, n[MEMORY] / parts, 1};
}

static void read_node(struct str value, struct figures *out)
{
    int64_t n[NODE_NUMBERS];

    if (samples_numbers(&value, n, NODE_NUMBERS) == NODE_NUMBERS && n[NODE_SAMPLES] > 0)
        *out = (struct figures){n[NODE_CPU] / n[NODE_SAMPLES], n[NODE_MEMORY] / n[NODE_SAMPLES], 1};
}

static void read_pod(struct str value, struct str container, struct figures *out)
{
    int64_t n[2];

    while (samples_numbers(&value, n, 2) == 2) {
        struct str name = str_cut(&value, ' ');

        if (container.len == 0 || str_equal(container, name))
            fold(out, n[0], n[1], SAMPLES_SUM);
    }
}

static struct figures read_values(const struct samples_query *query, redisReply *const *values, size_t count)
{
    struct figures all = {0};

    for (size_t i = 0; i < count; i++) {
        struct str value = {values[i]->str, values[i]->len};
        struct figures one = {0};

        if (values[i]->type != REDIS_REPLY_STRING)
            continue;
        if (query->subject == SAMPLES_CLUSTER)
            read_cluster(value, query->aggregate, &one);
        else if (query->subject == SAMPLES_NODES)
            read_node(value, &one);
        else
            read_pod(value, query->container, &one);
        if (one.count > 0)
            fold(&all, one.cpu, one.memory, query->aggregate);
    }
    if (query->aggregate == SAMPLES_AVG)
        take_mean(&all);
    return all;
}

/* Samples that fall into one point's step: their mean, or their most or least. */
static size_t make_points(const struct samples_query *query, const struct range *range, const redisReply *reply,
                          struct samples_point *points)
{
    bool is_mean = query->aggregate == SAMPLES_SUM || query->aggregate == SAMPLES_AVG;
    struct figures step = {0};
    size_t count = 0;

    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *entry = reply->element[i];
        struct figures one;
        int64_t at;

        if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
            continue;
        one = read_values(query, entry->element[1]->element, entry->element[1]->elements);
        if (one.count == 0)
            continue;
        at = entry->element[0]->integer - entry->element[0]->integer % range->step;
        if (count == 0 || points[count - 1].at != at) {
            points[count++].at = at;
            step = (struct figures){0};
        }
        fold(&step, one.cpu, one.memory, query->aggregate);
        points[count - 1].cpu = is_mean ? step.cpu / step.count : step.cpu;
        points[count - 1].memory = is_mean ? step.memory / step.count : step.memory;
    }
    return count;
}

static void add_names(struct buf *out, const struct samples_query *query)
{
    if (query->subject == SAMPLES_CLUSTER)
        buf_add_str(out, STR("c\n"));
    else
        for (size_t i = 0; i < query->name_count; i++) {
            struct str name = query->names[i];

            if (query->subject == SAMPLES_NODES)
                buf_printf(out, "n:%.*s\n", STR_FMT(name));
            else
                buf_printf(out, "p:%.*s/%.*s\n", STR_FMT(query->namespace), STR_FMT(name));
        }
}

/* NULL with err. */
static redisReply *run(struct redis_client *redis, const struct samples_query *query, const struct range *range,
                       struct err *err)
{
    struct redis_number numbers[3];
    redisReply *reply;
    struct buf names;

    buf_init(&names, NAMES_TEXT_MAX);
    add_names(&names, query);
    if (names.failed) {
        err_set(err, ERR_INTERNAL, "there is no memory for the samples");
        return NULL;
    }
    reply =
        redis_run(redis,
                  (const struct str[]){STR("EVAL"), STR(read_script), STR("0"), str_from(range->prefix), query->cluster,
                                       redis_number(&numbers[0], range->from), redis_number(&numbers[1], range->to),
                                       redis_number(&numbers[2], range->stored), buf_str(&names)},
                  9, err);
    buf_free(&names);
    return reply;
}

int samples_read(struct redis_client *redis, struct arena *arena, const struct config *config,
                 const struct samples_query *query, struct samples_point **points, size_t *count, struct err *err)
{
    size_t names = query->subject == SAMPLES_CLUSTER ? 1 : query->name_count;
    struct range range;
    redisReply *reply;

    *points = NULL;
    *count = 0;
    if (config->usage_step == 0 || names == 0)
        return 0;
    find_range(config, query, &range);
    if (range.to < range.from)
        return 0;
    if (names > SAMPLES_NAMES_MAX || (size_t)((range.to - range.from) / range.stored + 1) > SAMPLES_CELLS_MAX / names)
        return err_set(err, ERR_BAD_REQUEST, "that is too much at once: ask for fewer names, or for a shorter time");
    reply = run(redis, query, &range, err);
    if (!reply)
        return -1;
    *points = arena_alloc(arena, (reply->elements + 1) * sizeof(**points));
    if (*points)
        *count = make_points(query, &range, reply, *points);
    freeReplyObject(reply);
    return *points ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the samples");
}
