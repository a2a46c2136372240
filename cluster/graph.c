#include "cluster/graph.h"

#include <stdio.h>

#include "base/limits.h"
#include "cluster/crew.h"
#include "cluster/list.h"

#define ACCEPT_METADATA "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

/* Where a pod's own kinds are named by it, only those are read. */
struct selection {
    const char *name; /* NULL: all of the kind */
    bool none;
};

struct reader {
    const struct graph_reading_order *order;
    enum graph_kind kinds[GRAPH_KIND__MAX];
    struct selection selections[GRAPH_KIND__MAX];
    size_t count;
    struct err errors[GRAPH_KIND__MAX]; /* of the kinds */
    bool made[GRAPH_KIND__MAX];
    struct gaps *gaps;
};

/* One list on its way. */
struct reading {
    const struct graph_reading_order *order;
    enum graph_kind kind;
    bool full;
};

static int on_item(void *arg, const cJSON *item)
{
    struct reading *r = arg;

    r->full = graph_add(r->order->graph, r->kind, item) < 0;
    return r->full ? -1 : 0;
}

static bool is_gone(void *arg)
{
    const struct graph_reading_order *order = ((struct reading *)arg)->order;

    return order->is_gone(order->arg);
}

static const char *list_path(struct arena *arena, const struct reader *reader, size_t index)
{
    const struct graph_source *source = &graph_sources[reader->kinds[index]];
    const char *name = reader->selections[index].name;
    struct str namespace = reader->order->namespace;

    return arena_printf(arena, "%s%s%.*s/%s?%s%s", source->root,
                        namespace.len > 0 && source->namespaced ? "/namespaces/" : "",
                        source->namespaced ? (int)namespace.len : 0, namespace.len > 0 ? namespace.ptr : "",
                        source->plural, name ? "fieldSelector=metadata.name%3D" : "", name ? name : "");
}

static void read_kind(struct worker *worker, struct cluster *cluster, void *arg, size_t index)
{
    struct reader *reader = arg;
    enum graph_kind kind = reader->kinds[index];
    struct reading reading = {.order = reader->order, .kind = kind};
    struct err *err = &reader->errors[index];
    struct list list = {
        .path = list_path(worker->arena, reader, index),
        .accept = graph_sources[kind].metadata ? ACCEPT_METADATA : KUBE_ACCEPT_JSON,
        .array = "items",
        .on_item = on_item,
        .is_gone = is_gone,
        .arg = &reading,
    };

    reader->made[index] = true;
    err_clear(err);
    if (!list.path)
        err_set(err, ERR_INTERNAL, "there is no memory for the list");
    while (list.path && cluster_list_page(worker, cluster, &list, LIST_PAGE, err) == 0 && *list.token)
        continue;
    if (reading.full)
        err_clear(err);
    graph_set_reading(reader->order->graph, kind,
                      reading.full            ? GRAPH_PARTIAL
                      : err->kind != ERR_NONE ? GRAPH_UNREAD
                                              : GRAPH_COMPLETE);
    if (err->kind != ERR_NONE)
        gaps_add(reader->gaps, graph_sources[kind].type, err);
    err->upstream_status = (struct str){0}; /* it dies with the worker's arena */
}

static bool has_claims(const cJSON *pod)
{
    const cJSON *volume;

    cJSON_ArrayForEach(volume, json_find(pod, "spec.volumes"))
    {
        if (json_find(volume, "persistentVolumeClaim") || json_find(volume, "ephemeral"))
            return true;
    }
    return false;
}

static struct selection select_for_pod(enum graph_kind kind, const cJSON *pod)
{
    struct selection selection = {0};

    if (kind == GRAPH_NODE)
        selection.name = json_find_text(pod, "spec.nodeName");
    if (kind == GRAPH_SERVICE_ACCOUNT)
        selection.name = json_find_text(pod, "spec.serviceAccountName");
    if (kind == GRAPH_NODE || kind == GRAPH_SERVICE_ACCOUNT)
        selection.none = !selection.name || !*selection.name;
    if (kind == GRAPH_PVC || kind == GRAPH_PV || kind == GRAPH_STORAGE_CLASS)
        selection.none = !has_claims(pod);
    selection.none = selection.none || kind == GRAPH_POD;
    return selection;
}

static void choose_kinds(struct reader *reader)
{
    uint32_t needs = graph_needs(reader->order->graph);
    const cJSON *pod = reader->order->pod;

    for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++) {
        struct selection selection = pod ? select_for_pod((enum graph_kind)kind, pod) : (struct selection){0};

        if (!(needs & GRAPH_BIT(kind)) || selection.none)
            continue;
        reader->kinds[reader->count] = (enum graph_kind)kind;
        reader->selections[reader->count++] = selection;
    }
}

/* When nothing could be read, what was said first is the answer. */
static int judge(const struct reader *reader, struct err *err)
{
    for (size_t i = 0; i < reader->count; i++)
        if (reader->errors[i].kind == ERR_NONE)
            return 0;
    if (reader->count == 0)
        return 0;
    *err = reader->errors[0];
    snprintf(err->message, sizeof(err->message), "%s", reader->gaps->items[0].message);
    return -1;
}

/* Kinds that a thread without memory left out. */
static void note_unread(struct reader *reader)
{
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->made[i])
            continue;
        err_set(&reader->errors[i], ERR_INTERNAL, "there is no memory for the list");
        gaps_add(reader->gaps, graph_sources[reader->kinds[i]].type, &reader->errors[i]);
        graph_set_reading(reader->order->graph, reader->kinds[i], GRAPH_UNREAD);
    }
}

int cluster_read_graph(struct worker *worker, struct cluster *cluster, const struct graph_reading_order *order,
                       struct gaps *gaps, struct err *err)
{
    struct reader *reader = arena_alloc(worker->arena, sizeof(*reader));

    if (!reader)
        return err_set(err, ERR_INTERNAL, "there is no memory for the graph");
    reader->order = order;
    reader->gaps = gaps;
    if (order->pod) {
        graph_add(order->graph, GRAPH_POD, order->pod);
        graph_set_reading(order->graph, GRAPH_POD, GRAPH_PARTIAL);
    }
    choose_kinds(reader);
    if (reader->count > 0)
        crew_run(&(struct crew){
            .worker = worker, .cluster = cluster, .count = reader->count, .call = read_kind, .arg = reader});
    if (order->is_gone(order->arg))
        return err_set(err, ERR_CLIENT_GONE, "the client is gone");
    note_unread(reader);
    return judge(reader, err);
}
