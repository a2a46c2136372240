/*
 * What a cluster, a node and a workload have used, as the agent has sampled it, beside what they have or ask for. Where
 * nothing was sampled, there is one point: what is used now.
 */
#include "handlers/charts.h"

#include "cluster/nodes.h"
#include "cluster/object.h"
#include "cluster/pods.h"
#include "fcgi/response.h"
#include "handlers/dashboard.h"
#include "handlers/handlers.h"
#include "kube/name.h"
#include "redis/samples.h"

#define NODE_WITHIN_MS 20000

/* clang-format off */
#define AMOUNT(cpu_, memory_) {.name = "cpu", .type = FIELD_INTEGER, .nullable = true, .help = "millicores", .example = (cpu_)}, \
    {.name = "memory", .type = FIELD_INTEGER, .nullable = true, .help = "bytes", .example = (memory_)}, {.name = NULL}

static const struct field have_shape[] = {AMOUNT("5850", "16567500800")};
static const struct field request_shape[] = {AMOUNT("200", "134217728")};
static const struct field limit_shape[] = {AMOUNT("400", "268435456")};

static const struct field point_shape[] = {
    {.name = "cpu", .type = FIELD_INTEGER, .help = "millicores", .example = "374"},
    {.name = "memory", .type = FIELD_INTEGER, .help = "bytes", .example = "2147483648"},
    {.name = "timestamp", .example = "2026-11-21T08:00:00Z"},
    {.name = NULL},
};

#define POINTS {.name = "source", .type = FIELD_CHOICE, .choices = "samples|now", .nullable = true, .help = "of the points: what the agent has sampled, or where there is none one reading taken for this answer; null: there are none", .example = "samples"}, \
    {.name = "metrics", .type = FIELD_OBJECT_LIST, .children = point_shape, .help = "the oldest first; where nothing was sampled there is no point"}, \
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = gap_shape, .help = "what could not be read, and why nothing is sampled", .example = "[]"}, {.name = NULL}

static const struct field capacity_metrics_shape[] = {
    {.name = "allocatable", .type = FIELD_OBJECT, .children = have_shape, .help = "what pods may have; null, here and below: not known"},
    {.name = "capacity", .type = FIELD_OBJECT, .children = have_shape},
    POINTS,
};

static const struct field workload_metrics_shape[] = {
    {.name = "limits", .type = FIELD_OBJECT, .children = limit_shape, .help = "of all pods together, as the points are; null: a container has none"},
    {.name = "requests", .type = FIELD_OBJECT, .children = request_shape},
    POINTS,
};
/* clang-format on */

const struct answer cluster_metrics_answers[] = {
    {200, "what its nodes have, and what they have used together", capacity_metrics_shape},
    {0},
};

const struct answer node_metrics_answers[] = {
    {200, "what it has, and what it has used", capacity_metrics_shape},
    {404, "there is no such node"},
    {0},
};

const struct answer workload_metrics_answers[] = {
    {200, "what its pods ask for, and what those that are there now have used together", workload_metrics_shape},
    {404, "there is no such pod or workload, or it is of another kind: pods, deployments, statefulsets, daemonsets, "
          "replicasets, jobs"},
    {0},
};

struct series {
    struct samples_query query;
    struct samples_point *points;
    size_t count;
    struct gaps *gaps;
    bool is_now; /* one point, of now */
    struct samples_point now;
};

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static int series_init(struct request *request, struct series *series, enum samples_subject subject)
{
    *series = (struct series){.query = {.cluster = request->cluster->id, .subject = subject},
                              .gaps = gaps_new(request->arena)};
    return series->gaps ? 0 : err_set(&request->err, ERR_INTERNAL, "there is no memory for the samples");
}

/* Nothing was sampled: the agent has said why, or there is none. */
static void explain_absence(struct request *request, struct series *series)
{
    struct samples_state state;
    struct err err;

    if (samples_state_read(request->worker->redis, request->arena, request->cluster->id, &state, &err) == 0) {
        if (str_equal(state.state, STR("sampled")))
            return;
        if (state.attempted_at == 0)
            err_set(&err, ERR_NOT_FOUND, "nothing has been sampled yet: does eksgate agent run?");
        else
            err_set(&err, ERR_UPSTREAM_BROKEN, "nothing could be sampled: %.*s", (int)state.message.len,
                    state.message.len > 0 ? state.message.ptr : "");
    }
    gaps_add(series->gaps, "metrics", &err);
}

static void read_points(struct request *request, struct series *series)
{
    struct worker *worker = request->worker;
    struct err err;

    if (series->query.subject != SAMPLES_CLUSTER && series->query.name_count == 0)
        return;
    if (samples_read(worker->redis, request->arena, worker->config, &series->query, &series->points, &series->count,
                     &err) < 0)
        gaps_add(series->gaps, "metrics", &err);
    else if (series->count == 0)
        explain_absence(request, series);
}

static void add(struct usage *sum, const struct usage *one)
{
    if (one->cpu < 0 || one->memory < 0)
        return;
    if (__builtin_add_overflow(sum->cpu, one->cpu, &sum->cpu))
        sum->cpu = INT64_MAX;
    if (__builtin_add_overflow(sum->memory, one->memory, &sum->memory))
        sum->memory = INT64_MAX;
}

/* Some of them may be too new to have been measured: then their sum is said to be a part. */
static void take_now(struct series *series, const char *resource, struct measured *const *items, size_t count)
{
    struct usage sum = {0, 0};
    size_t known = 0;
    struct err err;

    for (size_t i = 0; i < count; i++) {
        if (!items[i]->has_usage)
            continue;
        add(&sum, &items[i]->usage);
        known++;
    }
    if (known == 0)
        return;
    if (known < count) {
        err_set(&err, ERR_NOT_FOUND, "of %zu only %zu have been measured: the point is what these use", count, known);
        gaps_add(series->gaps, resource, &err);
    }
    series->now = (struct samples_point){.at = clock_now(), .cpu = sum.cpu, .memory = sum.memory};
    series->points = &series->now;
    series->count = 1;
    series->is_now = true;
}

static void read_nodes_now(struct request *request, struct series *series, struct measured *const *items, size_t count)
{
    struct err err;

    if (series->count > 0 || count == 0)
        return;
    if (measured_read(request->worker, request->cluster, "/apis/metrics.k8s.io/v1beta1/nodes?", items, count, &err) < 0)
        gaps_add(series->gaps, "nodes.metrics.k8s.io", &err);
    take_now(series, "nodes.metrics.k8s.io", items, count);
}

static void read_pods_now(struct request *request, struct series *series, const struct pods *pods)
{
    if (series->count > 0)
        return;
    pods_measure(request->worker, request->cluster, pods, series->gaps);
    take_now(series, "pods.metrics.k8s.io", pods->items, pods->count);
}

static void write_amount(struct json *j, const char *key, int64_t amount)
{
    if (amount < 0)
        json_null(j, key);
    else
        json_int(j, key, amount);
}

static void write_amounts(struct json *j, const char *key, const struct usage *amounts)
{
    json_object_open(j, key);
    write_amount(j, "cpu", amounts->cpu);
    write_amount(j, "memory", amounts->memory);
    json_object_close(j);
}

/* The two pairs of amounts, then the points. */
static int answer(struct request *request, const struct series *series, const char *first, const struct usage *a,
                  const char *second, const struct usage *b)
{
    struct buf body;
    struct json j;

    buf_init(&body, MIB(8));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_amounts(&j, first, a);
    write_amounts(&j, second, b);
    json_text(&j, "source", series->count == 0 ? NULL : series->is_now ? "now" : "samples");
    json_array_open(&j, "metrics");
    for (size_t i = 0; i < series->count; i++) {
        json_object_open(&j, NULL);
        json_int(&j, "cpu", series->points[i].cpu);
        json_int(&j, "memory", series->points[i].memory);
        json_time(&j, "timestamp", series->points[i].at);
        json_object_close(&j);
    }
    json_array_close(&j);
    gaps_write(series->gaps, &j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* A cluster that does not answer may have been sampled when it did. */
static int answer_capacity(struct request *request, struct series *series, struct measured *const *items, size_t count,
                           const struct usage *allocatable, const struct usage *capacity)
{
    struct err failed = request->err;

    read_points(request, series);
    if (failed.kind == ERR_NONE) {
        read_nodes_now(request, series, items, count);
        return answer(request, series, "allocatable", allocatable, "capacity", capacity);
    }
    if (series->count == 0)
        return -1;
    gaps_add(series->gaps, "nodes", &failed);
    err_clear(&request->err);
    return answer(request, series, "allocatable", &(struct usage){-1, -1}, "capacity", &(struct usage){-1, -1});
}

int cluster_metrics_show(struct request *request)
{
    struct usage allocatable = {0, 0};
    struct usage capacity = {0, 0};
    struct nodes nodes = {.count = 0};
    struct series series;

    if (series_init(request, &series, SAMPLES_CLUSTER) < 0)
        return -1;
    nodes_list(request->worker, request->cluster, is_gone, request, &nodes, &request->err);
    for (size_t i = 0; i < nodes.count; i++) {
        add(&allocatable, &node_of(nodes.items[i])->allocatable);
        add(&capacity, &node_of(nodes.items[i])->capacity);
    }
    return answer_capacity(request, &series, nodes.items, nodes.count, &allocatable, &capacity);
}

int node_metrics_show(struct request *request)
{
    struct str name = request_name(request, "name", name_check_subdomain);
    struct usage unknown = {-1, -1};
    struct node *node = NULL;
    struct measured *measured;
    struct series series;
    const char *path;
    cJSON *object;

    if (!name.ptr || series_init(request, &series, SAMPLES_NODES) < 0)
        return -1;
    series.query.names = &name;
    series.query.name_count = 1;
    path = arena_printf(request->arena, "/api/v1/nodes/%.*s", STR_FMT(name));
    if (!path)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    else if (object_read(request->worker, request->cluster, path, NODE_WITHIN_MS, &object, &request->err) == 0)
        node = node_read(request->arena, object);
    measured = node ? &node->measured : NULL;
    return answer_capacity(request, &series, &measured, node ? 1 : 0, node ? &node->allocatable : &unknown,
                           node ? &node->capacity : &unknown);
}

static int name_pods(struct request *request, struct series *series, const struct pods *pods)
{
    struct str *names = arena_alloc(request->arena, (pods->count + 1) * sizeof(*names));

    if (!names)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the pods");
    for (size_t i = 0; i < pods->count; i++)
        names[i] = str_from(pods->items[i]->name);
    series->query.names = names;
    series->query.name_count = pods->count;
    return 0;
}

static int find_pods(struct request *request, struct str namespace, struct str name, struct pods *pods)
{
    struct str resource = request_segment(request, "resource");

    if (!resource.ptr)
        return -1;
    if (!str_equal(resource, STR("pods")))
        return pods_of_workload(request->worker, request->cluster, namespace, resource, name, is_gone, request, pods,
                                &request->err);
    if (pods_of_name(request->worker, request->cluster, namespace, name, is_gone, request, pods, &request->err) < 0)
        return -1;
    if (pods->count == 0)
        return err_set(&request->err, ERR_NOT_FOUND, "pods \"%.*s\" not found", STR_FMT(name));
    return 0;
}

int workload_metrics_show(struct request *request)
{
    struct str namespace = request_name(request, "namespace", name_check_label);
    struct str name = namespace.ptr ? request_name(request, "name", name_check_subdomain) : namespace;
    struct pods pods = {.with_resources = true};
    struct series series;

    if (!name.ptr || find_pods(request, namespace, name, &pods) < 0 ||
        series_init(request, &series, SAMPLES_PODS) < 0 || name_pods(request, &series, &pods) < 0)
        return -1;
    series.query.namespace = namespace;
    read_points(request, &series);
    read_pods_now(request, &series, &pods);
    return answer(request, &series, "limits", &pods.resources.limits, "requests", &pods.resources.requests);
}
