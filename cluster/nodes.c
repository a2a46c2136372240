#include "cluster/nodes.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cluster/crew.h"
#include "cluster/list.h"
#include "kube/quantity.h"
#include "kube/table.h"
#include "kube/workload.h"

#define LIST_WITHIN_MS 20000
#define ROLES_MAX 16
#define ROLE_LABEL "node-role.kubernetes.io/"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_role(const char **roles, size_t *count, const char *role)
{
    if (!role || !*role || *count == ROLES_MAX)
        return;
    for (size_t i = 0; i < *count; i++)
        if (strcmp(roles[i], role) == 0)
            return;
    roles[(*count)++] = role;
}

static const char *read_role(struct arena *arena, const cJSON *object)
{
    const char *roles[ROLES_MAX];
    const char *text = NULL;
    const cJSON *label;
    size_t count = 0;

    cJSON_ArrayForEach(label, json_find(object, "metadata.labels"))
    {
        if (str_starts_with(str_from(label->string), STR(ROLE_LABEL)))
            add_role(roles, &count, label->string + strlen(ROLE_LABEL));
        else if (strcmp(label->string, "kubernetes.io/role") == 0)
            add_role(roles, &count, cJSON_GetStringValue(label));
    }
    if (count == 0)
        return "<none>";
    qsort(roles, count, sizeof(roles[0]), by_text);
    for (size_t i = 0; i < count; i++)
        text = text ? arena_printf(arena, "%s,%s", text, roles[i]) : arena_strdup(arena, roles[i]);
    return text;
}

static const char *copy(struct arena *arena, const cJSON *object, const char *path)
{
    const char *text = json_find_text(object, path);

    return text ? arena_strdup(arena, text) : NULL;
}

static int64_t read_amount(const cJSON *object, const char *path)
{
    const char *text = json_find_text(object, path);
    struct err err;
    int64_t value;

    return text && kube_quantity_bytes(str_from(text), &value, &err) == 0 ? value : -1;
}

/* Ready is to be true, all others false. */
static bool is_problem(const cJSON *condition)
{
    const char *type = json_find_text(condition, "type");
    bool is_ready = type && strcmp(type, "Ready") == 0;

    return type && !condition_is(condition, is_ready ? "True" : "False");
}

static void read_conditions(struct arena *arena, const cJSON *object, struct node *node)
{
    const cJSON *ready = condition_find(object, "Ready");
    const cJSON *condition;

    node->status = !ready ? "Unknown" : condition_is(ready, "True") ? "Ready" : "NotReady";
    cJSON_ArrayForEach(condition, json_find(object, "status.conditions"))
    {
        struct node_problem *problem = is_problem(condition) ? arena_alloc(arena, sizeof(*problem)) : NULL;

        if (!problem)
            continue;
        *problem = (struct node_problem){.type = copy(arena, condition, "type"),
                                         .reason = copy(arena, condition, "reason"),
                                         .message = copy(arena, condition, "message"),
                                         .since = copy(arena, condition, "lastTransitionTime"),
                                         .next = node->problems};
        node->problems = problem;
    }
}

struct node *node_read(struct arena *arena, const cJSON *object)
{
    struct node *node = arena_alloc(arena, sizeof(*node));
    const cJSON *addresses = json_find(object, "status.addresses");

    if (!node)
        return NULL;
    node->measured = (struct measured){.namespace = "", .name = copy(arena, object, "metadata.name")};
    node->role = read_role(arena, object);
    node->address = copy(arena, cJSON_GetArrayItem(addresses, 0), "address");
    node->version = copy(arena, object, "status.nodeInfo.kubeletVersion");
    node->created_at = copy(arena, object, "metadata.creationTimestamp");
    node->is_schedulable = !cJSON_IsTrue(json_find(object, "spec.unschedulable"));
    read_conditions(arena, object, node);
    if (!usage_of_resources(json_find(object, "status.allocatable"), &node->allocatable))
        node->allocatable = (struct usage){-1, -1};
    if (!usage_of_resources(json_find(object, "status.capacity"), &node->capacity))
        node->capacity = (struct usage){-1, -1};
    node->pods_allocatable = read_amount(object, "status.allocatable.pods");
    node->pods = node->storage_capacity = node->storage_used = -1;
    return node->measured.name ? node : NULL;
}

struct listing {
    struct arena *arena;
    bool (*is_gone)(void *arg);
    void *arg;
    struct err *err;
    struct node *first;
    size_t count;
};

static int on_node(void *arg, const cJSON *object)
{
    struct listing *l = arg;
    struct node *node = node_read(l->arena, object);

    if (!node)
        return err_set(l->err, ERR_INTERNAL, "there is no memory for the nodes");
    node->next = l->first;
    l->first = node;
    l->count++;
    return 0;
}

static bool is_gone(void *arg)
{
    const struct listing *l = arg;

    return l->is_gone(l->arg);
}

int nodes_list(struct worker *worker, struct cluster *cluster, bool (*gone)(void *arg), void *arg, struct nodes *out,
               struct err *err)
{
    struct listing l = {.arena = worker->arena, .is_gone = gone, .arg = arg, .err = err};
    struct list list = {.path = "/api/v1/nodes?",
                        .accept = KUBE_ACCEPT_JSON,
                        .array = "items",
                        .on_item = on_node,
                        .is_gone = is_gone,
                        .arg = &l};
    size_t i = 0;

    if (cluster_list_all(worker, cluster, &list, LIST_WITHIN_MS, err) < 0)
        return -1;
    *out = (struct nodes){.items = arena_alloc(worker->arena, (l.count + 1) * sizeof(struct measured *)),
                          .count = l.count};
    if (!out->items)
        return err_set(err, ERR_INTERNAL, "there is no memory for the nodes");
    for (struct node *node = l.first; node; node = node->next)
        out->items[i++] = &node->measured;
    measured_sort(out->items, out->count);
    return 0;
}

/* What the threads of one measurement share; each fills in members of its own. */
struct measurement {
    const struct nodes *nodes;
    struct gaps *gaps;
    int64_t end_ms;
    atomic_bool is_forbidden; /* to ask the kubelets */
    int column;
};

static int on_pods_head(void *arg, const cJSON *head)
{
    struct measurement *m = arg;

    if (m->column < 0)
        m->column = table_column(head, "Node");
    return 0;
}

static int on_pod(void *arg, const cJSON *row)
{
    const struct measurement *m = arg;
    const char *name = table_cell(row, m->column);
    struct measured *node = measured_find(m->nodes->items, m->nodes->count, "", name);

    if (node)
        node_of(node)->pods++;
    return 0;
}

/* Without their objects, for the node of a pod is a cell of the Table. */
static void count_pods(struct worker *worker, struct cluster *cluster, struct measurement *m)
{
    struct list list = {.path = "/api/v1/pods?includeObject=None&fieldSelector=status.phase%21%3DSucceeded%2C"
                                "status.phase%21%3DFailed",
                        .accept = KUBE_ACCEPT_TABLE,
                        .array = "rows",
                        .on_head = on_pods_head,
                        .on_item = on_pod,
                        .arg = m};
    bool is_known;
    struct err err;

    for (size_t i = 0; i < m->nodes->count; i++)
        node_of(m->nodes->items[i])->pods = 0;
    is_known = cluster_list_all(worker, cluster, &list, LIST_WITHIN_MS, &err) == 0;
    if (!is_known)
        gaps_add(m->gaps, "pods", &err);
    for (size_t i = 0; i < m->nodes->count && !is_known; i++)
        node_of(m->nodes->items[i])->pods = -1;
}

static void read_metrics(struct worker *worker, struct cluster *cluster, const struct measurement *m)
{
    struct err err;

    if (measured_read(worker, cluster, "/apis/metrics.k8s.io/v1beta1/nodes?", m->nodes->items, m->nodes->count, &err) <
        0)
        gaps_add(m->gaps, "nodes.metrics.k8s.io", &err);
}

/* A right that is missing is missing for every node. */
static void note_summary(struct measurement *m, const struct node *node, const struct err *err)
{
    char resource[320];

    if (err->code == 403) {
        if (!atomic_exchange(&m->is_forbidden, true))
            gaps_add(m->gaps, "nodes/proxy", err);
        return;
    }
    snprintf(resource, sizeof(resource), "nodes/%s/stats", node->measured.name);
    gaps_add(m->gaps, resource, err);
}

static void read_summary(struct worker *worker, struct cluster *cluster, struct measurement *m, struct node *node)
{
    int64_t left_ms = m->end_ms - clock_monotonic_ms();
    cJSON *summary;
    struct err err;

    if (atomic_load(&m->is_forbidden))
        return;
    if (left_ms <= 0) {
        err_set(&err, ERR_UPSTREAM_TIMEOUT, "there was no time left to ask its kubelet");
        note_summary(m, node, &err);
        return;
    }
    if (kubelet_read_summary(worker, cluster, node->measured.name,
                             left_ms < KUBELET_WITHIN_MS ? left_ms : KUBELET_WITHIN_MS, &summary, &err) < 0) {
        note_summary(m, node, &err);
        return;
    }
    node->storage_capacity = json_find_int(summary, "node.fs.capacityBytes", -1);
    node->storage_used = json_find_int(summary, "node.fs.usedBytes", -1);
    node->has_stats = usage_of_stats(json_find(summary, "node"), &node->stats);
}

static void measure(struct worker *worker, struct cluster *cluster, void *arg, size_t index)
{
    struct measurement *m = arg;

    if (index == 0)
        count_pods(worker, cluster, m);
    else if (index == 1)
        read_metrics(worker, cluster, m);
    else
        read_summary(worker, cluster, m, node_of(m->nodes->items[index - 2]));
}

void nodes_measure(struct worker *worker, struct cluster *cluster, const struct nodes *nodes, struct gaps *gaps)
{
    struct measurement m = {
        .nodes = nodes, .gaps = gaps, .end_ms = clock_monotonic_ms() + KUBELETS_WITHIN_MS, .column = -1};

    crew_run(
        &(struct crew){.worker = worker, .cluster = cluster, .count = nodes->count + 2, .call = measure, .arg = &m});
    for (size_t i = 0; i < nodes->count; i++) {
        struct node *node = node_of(nodes->items[i]);

        if (!node->measured.has_usage && node->has_stats) {
            node->measured.usage = node->stats;
            node->measured.has_usage = true;
        }
    }
}
