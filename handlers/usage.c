/*
 * What clusters, nodes and pods used, from the samples of the agent.
 */
#include "handlers/usage.h"

#include <string.h>

#include "base/duration.h"
#include "fcgi/response.h"
#include "kube/name.h"
#include "redis/samples.h"

#define BODY_MAX MIB(8)
#define LONGEST (366L * 86400)

/* A time, Unix seconds, or so long ago. -1 for what is none. */
static int read_time(struct str value, int64_t *out)
{
    int64_t number;
    long seconds;

    if (str_to_long(value, 1, INT32_MAX * 100L, &seconds) == 0)
        *out = seconds;
    else if (clock_parse(value, &number) == 0)
        *out = number;
    else if (duration_parse(value, &number) == 0)
        *out = clock_now() - number / 1000;
    else
        return -1;
    return 0;
}

static const char *check_time(struct str value)
{
    int64_t ignored;

    return read_time(value, &ignored) == 0 ? NULL
                                           : "must be a duration like 15m, a time like 2026-11-21T08:00:00Z, or Unix "
                                             "seconds";
}

static const char *check_step(struct str value)
{
    int64_t ms;

    return duration_parse(value, &ms) == 0 && ms >= 1000 && ms <= LONGEST * 1000 ? NULL
                                                                                 : "must be a duration like 5m, of a "
                                                                                   "second at least";
}

/* clang-format off */
#define TIME_FIELDS \
    {.name = "from", .type = FIELD_TEXT, .min = 1, .max = 64, .check = check_time, .help = "the first moment: so long ago, a time, or Unix seconds; as far as short steps are kept, when left out", .example = "15m"}, \
    {.name = "to", .type = FIELD_TEXT, .min = 1, .max = 64, .check = check_time, .help = "the last one; now, when left out"}, \
    {.name = "step", .type = FIELD_TEXT, .min = 1, .max = 64, .check = check_step, .help = "from one point to the next, rounded up to whole steps that are kept: the points between are taken together", .example = "5m"}, \
    {.name = "metric", .type = FIELD_CHOICE, .choices = "cpu|memory|all", .help = "only one of them; both, when left out"}

#define AGGREGATE_FIELD \
    {.name = "agg", .type = FIELD_CHOICE, .choices = "sum|avg|max|min", .help = "how nodes or pods are taken together: their sum, when left out", .example = "sum"}

#define CONTAINER_FIELD \
    {.name = "container", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "only this container of each pod", .example = "main"}

const struct field usage_query[] = {TIME_FIELDS, AGGREGATE_FIELD, {.name = NULL}};
const struct field usage_pods_query[] = {TIME_FIELDS, AGGREGATE_FIELD, CONTAINER_FIELD, {.name = NULL}};
const struct field usage_pods_op_query[] = {TIME_FIELDS, CONTAINER_FIELD, {.name = NULL}};

static const struct field point_shape[] = {
    {.name = "timestamp", .help = "begin of the step", .example = "2026-11-21T03:54:00Z"},
    {.name = "cpu", .type = FIELD_INTEGER, .optional = true, .help = "millicores", .example = "374"},
    {.name = "memory", .type = FIELD_INTEGER, .optional = true, .help = "bytes", .example = "2147483648"},
    {.name = NULL},
};

static const struct field sampling_shape[] = {
    {.name = "state", .type = FIELD_CHOICE, .choices = "sampled|absent|forbidden|unavailable|unknown|off", .help = "absent: the cluster has no metrics API; unavailable: no sample could be taken; unknown: no agent has tried of late", .example = "sampled"},
    {.name = "source", .nullable = true, .help = "metrics-server, or kubelets where there is none", .example = "metrics-server"},
    {.name = "message", .help = "why there is no sample, or what is missing in it", .example = ""},
    {.name = "attempted_at", .nullable = true, .example = "2026-11-21T03:54:12Z"},
    {.name = "sampled_at", .nullable = true, .help = "the last step with a sample", .example = "2026-11-21T03:54:00Z"},
    {.name = "nodes", .type = FIELD_INTEGER, .help = "in the last sample", .example = "3"},
    {.name = "containers", .type = FIELD_INTEGER, .example = "21"},
    {.name = "left_out", .type = FIELD_INTEGER, .help = "containers beyond EKSGATE_USAGE_CONTAINERS", .example = "0"},
    {.name = "step_seconds", .type = FIELD_INTEGER, .example = "60"},
    {.name = "kept_seconds", .type = FIELD_INTEGER, .example = "900"},
    {.name = "long_step_seconds", .type = FIELD_INTEGER, .help = "of clusters and nodes", .example = "300"},
    {.name = "long_kept_seconds", .type = FIELD_INTEGER, .example = "86400"},
    {.name = NULL},
};
/* clang-format on */

const struct answer usage_answers[] = {
    {200, "the points that there are, the oldest first: a step without a sample has none", point_shape, NULL, true},
    {0},
};

const struct answer sampling_answers[] = {
    {200, "what became of the last attempt", sampling_shape},
    {0},
};

static const char *const aggregates[] = {
    [SAMPLES_SUM] = "sum", [SAMPLES_AVG] = "avg", [SAMPLES_MAX] = "max", [SAMPLES_MIN] = "min"};

#define AGGREGATES (sizeof(aggregates) / sizeof(aggregates[0]))

static int find_aggregate(struct str name)
{
    for (size_t i = 0; i < AGGREGATES; i++)
        if (str_equal_ignore_case(name, str_from(aggregates[i])))
            return (int)i;
    return -1;
}

static const char *check_op(struct str op)
{
    return find_aggregate(op) >= 0 ? NULL : "must be sum, avg, max or min";
}

static const char *check_names(struct str list)
{
    size_t count = 0;

    while (list.ptr) {
        struct str name = str_cut(&list, ',');

        if (name_check_subdomain(name) || ++count > SAMPLES_NAMES_MAX)
            return "must be names of Kubernetes objects with commas between, at most 1000";
    }
    return NULL;
}

static int read_names(struct request *request, const char *part, struct samples_query *query)
{
    struct str list = request_name(request, part, check_names);
    struct str *names = arena_alloc(request->arena, SAMPLES_NAMES_MAX * sizeof(*names));

    if (!list.ptr)
        return -1;
    if (!names)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the names");
    while (list.ptr)
        names[query->name_count++] = str_cut(&list, ',');
    query->names = names;
    return 0;
}

static void read_range(struct request *request, struct samples_query *query)
{
    struct str from = request_query(request, "from");
    struct str to = request_query(request, "to");
    struct str step = request_query(request, "step");
    int64_t ms = 0;

    if (from.ptr)
        read_time(from, &query->from);
    if (to.ptr)
        read_time(to, &query->to);
    if (step.ptr && duration_parse(step, &ms) == 0)
        query->step = ms / 1000;
}

static int answer(struct request *request, const struct samples_point *points, size_t count)
{
    struct str metric = request_query(request, "metric");
    struct buf body;
    struct json j;

    buf_init(&body, BODY_MAX);
    json_init(&j, &body);
    json_array_open(&j, NULL);
    for (size_t i = 0; i < count; i++) {
        json_object_open(&j, NULL);
        json_time(&j, "timestamp", points[i].at);
        if (!str_equal(metric, STR("memory")))
            json_int(&j, "cpu", points[i].cpu);
        if (!str_equal(metric, STR("cpu")))
            json_int(&j, "memory", points[i].memory);
        json_object_close(&j);
    }
    json_array_close(&j);
    return response_json(request, 200, &body);
}

static int read_and_answer(struct request *request, struct samples_query *query)
{
    struct str aggregate = request_query(request, "agg");
    struct samples_point *points;
    size_t count;

    query->cluster = request->cluster->id;
    if (aggregate.ptr)
        query->aggregate = (enum samples_aggregate)find_aggregate(aggregate);
    read_range(request, query);
    if (samples_read(request->worker->redis, request->arena, request->worker->config, query, &points, &count,
                     &request->err) < 0)
        return -1;
    return answer(request, points, count);
}

int usage_of_cluster(struct request *request)
{
    struct samples_query query = {.subject = SAMPLES_CLUSTER};

    return read_and_answer(request, &query);
}

int usage_of_nodes(struct request *request)
{
    struct samples_query query = {.subject = SAMPLES_NODES};

    return read_names(request, "nodes", &query) < 0 ? -1 : read_and_answer(request, &query);
}

int usage_of_pods(struct request *request)
{
    struct samples_query query = {.subject = SAMPLES_PODS};
    struct str op;

    query.namespace = request_name(request, "namespace", name_check_label);
    if (!query.namespace.ptr || read_names(request, "pods", &query) < 0)
        return -1;
    query.container = request_query(request, "container");
    if (route_segment(&request->match, "op").len > 0) {
        op = request_name(request, "op", check_op);
        if (!op.ptr)
            return -1;
        query.aggregate = (enum samples_aggregate)find_aggregate(op);
    }
    return read_and_answer(request, &query);
}

int usage_sampling(struct request *request)
{
    const struct config *config = request->worker->config;
    struct samples_state state;
    struct buf body;
    struct json j;

    if (samples_state_read(request->worker->redis, request->arena, request->cluster->id, &state, &request->err) < 0)
        return -1;
    if (config->usage_step == 0)
        state.state = STR("off");
    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "state", state.state);
    if (state.source.len > 0)
        json_str(&j, "source", state.source);
    else
        json_null(&j, "source");
    json_str(&j, "message", state.message);
    json_time(&j, "attempted_at", state.attempted_at);
    json_time(&j, "sampled_at", state.sampled_at);
    json_int(&j, "nodes", state.nodes);
    json_int(&j, "containers", state.containers);
    json_int(&j, "left_out", state.left_out);
    json_int(&j, "step_seconds", config->usage_step);
    json_int(&j, "kept_seconds", config->usage_kept);
    json_int(&j, "long_step_seconds", config->usage_long_step);
    json_int(&j, "long_kept_seconds", config->usage_long_kept);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
