/*
 * GET .../nodes: the nodes of a cluster, what they have, what is used of it and what is wrong with them.
 */
#include "handlers/nodes.h"

#include <inttypes.h>
#include <stdio.h>

#include "cluster/nodes.h"
#include "fcgi/response.h"
#include "handlers/dashboard.h"
#include "handlers/handlers.h"

/* clang-format off */
#define AMOUNTS(cpu_, memory_, storage_, pods_) \
    {.name = "cpu", .type = FIELD_INTEGER, .nullable = true, .help = "millicores", .example = (cpu_)}, \
    {.name = "memory", .type = FIELD_INTEGER, .nullable = true, .help = "bytes", .example = (memory_)}, \
    {.name = "storage", .type = FIELD_INTEGER, .nullable = true, .help = "bytes of the kubelet's file system", .example = (storage_)}, \
    {.name = "pods", .type = FIELD_INTEGER, .nullable = true, .help = "in use: those that have not ended", .example = (pods_)}, \
    {.name = NULL}

static const struct field allocatable_shape[] = {AMOUNTS("3920", "8283750400", "85886742528", "29")};
static const struct field usage_shape[] = {AMOUNTS("124", "1073741824", "5123456789", "11")};

static const struct field percent_shape[] = {
    {.name = "cpu", .type = FIELD_NUMBER, .nullable = true, .example = "3.16"},
    {.name = "memory", .type = FIELD_NUMBER, .nullable = true, .example = "12.96"},
    {.name = "storage", .type = FIELD_NUMBER, .nullable = true, .example = "5.97"},
    {.name = "pods", .type = FIELD_NUMBER, .nullable = true, .example = "37.93"},
    {.name = NULL},
};

static const struct field metrics_shape[] = {
    {.name = "allocatable", .type = FIELD_OBJECT, .children = allocatable_shape},
    {.name = "usage", .type = FIELD_OBJECT, .children = usage_shape, .help = "null, each: it could not be read, see errors"},
    {.name = "percent", .type = FIELD_OBJECT, .children = percent_shape},
    {.name = NULL},
};

static const struct field problem_shape[] = {
    {.name = "type", .help = "a condition that is not as it should be", .example = "Ready"},
    {.name = "reason", .nullable = true, .example = "NodeStatusUnknown"},
    {.name = "message", .nullable = true, .example = "Kubelet stopped posting node status."},
    {.name = "since", .nullable = true, .example = "2026-11-21T07:00:00Z"},
    {.name = NULL},
};

static const struct field node_shape[] = {
    {.name = "role", .example = "<none>"},
    {.name = "address", .nullable = true, .example = "10.0.1.7"},
    {.name = "version", .nullable = true, .help = "of its kubelet", .example = "v1.33.1"},
    {.name = "status", .type = FIELD_CHOICE, .choices = "Ready|NotReady|Unknown", .example = "Ready"},
    {.name = "creationTimestamp", .nullable = true, .example = "2026-11-20T08:00:00Z"},
    {.name = "schedulable", .type = FIELD_BOOLEAN, .help = "false: it is cordoned", .example = "true"},
    {.name = "problems", .type = FIELD_OBJECT_LIST, .children = problem_shape, .example = "[]"},
    {.name = "metrics", .type = FIELD_OBJECT, .children = metrics_shape},
    {.name = NULL},
};

static const struct field by_name_shape[] = {
    {.name = FIELD_ANY_NAME, .type = FIELD_OBJECT, .optional = true, .children = node_shape, .help = "a node, by its name"},
    {.name = NULL},
};

static const struct field nodes_shape[] = {
    {.name = "nodes", .type = FIELD_OBJECT, .children = by_name_shape},
    {.name = "summary", .type = FIELD_OBJECT, .children = metrics_shape, .help = "of all nodes; usage and percent of those that it is known of"},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = gap_shape, .help = "what could not be read", .example = "[]"},
    {.name = NULL},
};
/* clang-format on */

const struct answer nodes_answers[] = {
    {200, "the nodes, with what is used as far as it could be read", nodes_shape},
    {0},
};

enum amount { CPU, MEMORY, STORAGE, PODS, AMOUNT__MAX };

static const char *const amounts[AMOUNT__MAX] = {"cpu", "memory", "storage", "pods"};

/* -1: not known. */
struct balance {
    int64_t allocatable[AMOUNT__MAX];
    int64_t usage[AMOUNT__MAX];
    int64_t of[AMOUNT__MAX]; /* what the usage is to be held against */
};

static void write_amounts(struct json *j, const char *key, const int64_t values[AMOUNT__MAX])
{
    json_object_open(j, key);
    for (size_t i = 0; i < AMOUNT__MAX; i++) {
        if (values[i] < 0)
            json_null(j, amounts[i]);
        else
            json_int(j, amounts[i], values[i]);
    }
    json_object_close(j);
}

/* With four decimals of the share. */
static void write_percent(struct json *j, const char *key, int64_t usage, int64_t of)
{
    double share;
    int64_t parts; /* of ten thousand */
    char text[48];

    if (usage < 0 || of < 0) {
        json_null(j, key);
        return;
    }
    share = of == 0 ? 0 : (double)usage / (double)of;
    parts = share < 1e9 ? (int64_t)(share * 10000 + 0.5) : 0;
    snprintf(text, sizeof(text), "%" PRId64 ".%02" PRId64, parts / 100, parts % 100);
    json_raw(j, key, str_from(text));
}

static void write_balance(struct json *j, const char *key, const struct balance *b)
{
    json_object_open(j, key);
    write_amounts(j, "allocatable", b->allocatable);
    write_amounts(j, "usage", b->usage);
    json_object_open(j, "percent");
    for (size_t i = 0; i < AMOUNT__MAX; i++)
        write_percent(j, amounts[i], b->usage[i], b->of[i]);
    json_object_close(j);
    json_object_close(j);
}

static struct balance balance_of(const struct node *node)
{
    const struct measured *m = &node->measured;
    struct balance b = {
        .allocatable = {node->allocatable.cpu, node->allocatable.memory, node->storage_capacity,
                        node->pods_allocatable},
        .usage = {m->has_usage ? m->usage.cpu : -1, m->has_usage ? m->usage.memory : -1, node->storage_used,
                  node->pods},
    };

    for (size_t i = 0; i < AMOUNT__MAX; i++)
        b.of[i] = b.allocatable[i];
    return b;
}

static void add(int64_t *sum, int64_t value)
{
    if (value < 0)
        return;
    if (__builtin_add_overflow(*sum < 0 ? 0 : *sum, value, sum))
        *sum = INT64_MAX;
}

/* What is used of some nodes is a part of what those have, not of all. */
static void add_balance(struct balance *sum, const struct balance *b)
{
    for (size_t i = 0; i < AMOUNT__MAX; i++) {
        add(&sum->allocatable[i], b->allocatable[i]);
        if (b->usage[i] < 0 || b->allocatable[i] < 0)
            continue;
        add(&sum->usage[i], b->usage[i]);
        add(&sum->of[i], b->allocatable[i]);
    }
}

static void write_problems(struct json *j, const struct node *node)
{
    json_array_open(j, "problems");
    for (const struct node_problem *p = node->problems; p; p = p->next) {
        json_object_open(j, NULL);
        json_text(j, "type", p->type);
        json_text(j, "reason", p->reason);
        json_text(j, "message", p->message);
        json_text(j, "since", p->since);
        json_object_close(j);
    }
    json_array_close(j);
}

static void write_node(struct json *j, const struct node *node, const struct balance *b)
{
    json_object_open(j, node->measured.name);
    json_text(j, "role", node->role);
    json_text(j, "address", node->address);
    json_text(j, "version", node->version);
    json_text(j, "status", node->status);
    json_text(j, "creationTimestamp", node->created_at);
    json_bool(j, "schedulable", node->is_schedulable);
    write_problems(j, node);
    write_balance(j, "metrics", b);
    json_object_close(j);
}

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static int answer(struct request *request, const struct nodes *nodes, const struct gaps *gaps, struct buf *out)
{
    struct balance sum;
    struct json j;

    for (size_t i = 0; i < AMOUNT__MAX; i++)
        sum.allocatable[i] = sum.usage[i] = sum.of[i] = nodes->count == 0 ? 0 : -1;
    json_init(&j, out);
    json_object_open(&j, NULL);
    json_object_open(&j, "nodes");
    for (size_t i = 0; i < nodes->count; i++) {
        const struct node *node = node_of(nodes->items[i]);
        struct balance b = balance_of(node);

        write_node(&j, node, &b);
        add_balance(&sum, &b);
        if (response_stream(request, out, false) < 0)
            return -1;
    }
    json_object_close(&j);
    write_balance(&j, "summary", &sum);
    gaps_write(gaps, &j);
    json_object_close(&j);
    buf_add_char(out, '\n');
    return response_stream(request, out, true);
}

int nodes_show(struct request *request)
{
    struct gaps *gaps = gaps_new(request->arena);
    struct nodes nodes;
    struct buf out;
    int rc;

    if (!gaps)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the nodes");
    if (nodes_list(request->worker, request->cluster, is_gone, request, &nodes, &request->err) < 0)
        return -1;
    nodes_measure(request->worker, request->cluster, &nodes, gaps);
    buf_init(&out, MIB(1));
    rc = answer(request, &nodes, gaps, &out);
    buf_free(&out);
    return rc;
}
