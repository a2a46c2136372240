#include "kube/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "kube/graph_parts.h"

/* Texts and nodes of all parts together; the tables and links for as many come to a third of it. */
#define GRAPH_MEMORY MIB(36)
#define PART_CHUNK KIB(256)

/* clang-format off */
const struct graph_source graph_sources[GRAPH_KIND__MAX] = {
    [GRAPH_POD] = {"Pod", "v1", "/api/v1", "pods", "pods", true, false},
    [GRAPH_CONTAINER] = {"Container", "v1", NULL, NULL, NULL, true, false},
    [GRAPH_CLUSTER] = {"Cluster", "v1", NULL, NULL, NULL, false, false},
    [GRAPH_NODE] = {"Node", "v1", "/api/v1", "nodes", "nodes", false, false},
    [GRAPH_DEPLOYMENT] = {"Deployment", "apps/v1", "/apis/apps/v1", "deployments", "deployments.apps", true, false},
    [GRAPH_DAEMONSET] = {"DaemonSet", "apps/v1", "/apis/apps/v1", "daemonsets", "daemonsets.apps", true, false},
    [GRAPH_REPLICASET] = {"ReplicaSet", "apps/v1", "/apis/apps/v1", "replicasets", "replicasets.apps", true, false},
    [GRAPH_STATEFULSET] = {"StatefulSet", "apps/v1", "/apis/apps/v1", "statefulsets", "statefulsets.apps", true, false},
    [GRAPH_JOB] = {"Job", "batch/v1", "/apis/batch/v1", "jobs", "jobs.batch", true, false},
    [GRAPH_CRONJOB] = {"CronJob", "batch/v1", "/apis/batch/v1", "cronjobs", "cronjobs.batch", true, false},
    [GRAPH_HPA] = {"HorizontalPodAutoscaler", "autoscaling/v2", "/apis/autoscaling/v2", "horizontalpodautoscalers", "horizontalpodautoscalers.autoscaling", true, false},
    [GRAPH_SERVICE] = {"Service", "v1", "/api/v1", "services", "services", true, false},
    [GRAPH_ENDPOINTS] = {"Endpoints", "v1", "/api/v1", "endpoints", "endpoints", true, true},
    [GRAPH_INGRESS] = {"Ingress", "networking.k8s.io/v1", "/apis/networking.k8s.io/v1", "ingresses", "ingresses.networking.k8s.io", true, false},
    [GRAPH_NETWORK_POLICY] = {"NetworkPolicy", "networking.k8s.io/v1", "/apis/networking.k8s.io/v1", "networkpolicies", "networkpolicies.networking.k8s.io", true, false},
    [GRAPH_PVC] = {"PersistentVolumeClaim", "v1", "/api/v1", "persistentvolumeclaims", "persistentvolumeclaims", true, false},
    [GRAPH_PV] = {"PersistentVolume", "v1", "/api/v1", "persistentvolumes", "persistentvolumes", false, false},
    [GRAPH_STORAGE_CLASS] = {"StorageClass", "storage.k8s.io/v1", "/apis/storage.k8s.io/v1", "storageclasses", "storageclasses.storage.k8s.io", false, true},
    [GRAPH_CONFIG_MAP] = {"ConfigMap", "v1", "/api/v1", "configmaps", "configmaps", true, true},
    [GRAPH_SECRET] = {"Secret", "v1", "/api/v1", "secrets", "secrets", true, true},
    [GRAPH_SERVICE_ACCOUNT] = {"ServiceAccount", "v1", "/api/v1", "serviceaccounts", "serviceaccounts", true, true},
    [GRAPH_OTHER] = {"Other", "", NULL, NULL, NULL, true, false},
    [GRAPH_SLICE] = {"EndpointSlice", "discovery.k8s.io/v1", "/apis/discovery.k8s.io/v1", "endpointslices", "endpointslices.discovery.k8s.io", true, false},
    [GRAPH_NAMESPACE] = {"Namespace", "v1", "/api/v1", "namespaces", "namespaces", false, true},
};
/* clang-format on */

#define NODES_ONLY (GRAPH_BIT(GRAPH_SLICE) - 1)
#define WORKLOADS                                                                                                      \
    (GRAPH_BIT(GRAPH_POD) | GRAPH_BIT(GRAPH_DEPLOYMENT) | GRAPH_BIT(GRAPH_DAEMONSET) | GRAPH_BIT(GRAPH_REPLICASET) |   \
     GRAPH_BIT(GRAPH_STATEFULSET) | GRAPH_BIT(GRAPH_JOB) | GRAPH_BIT(GRAPH_CRONJOB) | GRAPH_BIT(GRAPH_HPA) |           \
     GRAPH_BIT(GRAPH_OTHER))
#define NETWORK                                                                                                        \
    (GRAPH_BIT(GRAPH_POD) | GRAPH_BIT(GRAPH_SERVICE) | GRAPH_BIT(GRAPH_ENDPOINTS) | GRAPH_BIT(GRAPH_INGRESS) |         \
     GRAPH_BIT(GRAPH_NETWORK_POLICY))

uint32_t graph_view_kinds(enum graph_view view)
{
    static const uint32_t kinds[GRAPH_VIEW__MAX] = {
        [GRAPH_TOPOLOGY] = NODES_ONLY,
        [GRAPH_WORKLOADS] = WORKLOADS,
        [GRAPH_NETWORK] = NETWORK,
        [GRAPH_AROUND] = NODES_ONLY & ~GRAPH_BIT(GRAPH_CONTAINER) & ~GRAPH_BIT(GRAPH_CLUSTER),
    };

    return kinds[view];
}

static uint32_t parse_kind(struct str name)
{
    for (unsigned kind = 0; kind <= GRAPH_OTHER; kind++)
        if (str_equal_ignore_case(name, str_from(graph_sources[kind].kind)))
            return GRAPH_BIT(kind);
    return 0;
}

const char *graph_check_kinds(struct str list)
{
    struct str rest = list;

    while (rest.ptr)
        if (parse_kind(str_cut(&rest, ',')) == 0)
            return "must be kinds with commas between: Pod, Container, Cluster, Node, Deployment, DaemonSet, "
                   "ReplicaSet, StatefulSet, Job, CronJob, HorizontalPodAutoscaler, Service, Endpoints, ...";
    return NULL;
}

uint32_t graph_parse_kinds(struct str list)
{
    struct str rest = list;
    uint32_t kinds = 0;

    while (rest.ptr)
        kinds |= parse_kind(str_cut(&rest, ','));
    return kinds;
}

struct graph *graph_new(const struct graph_wanted *wanted)
{
    struct graph *g = calloc(1, sizeof(*g));
    bool made = g != NULL;

    if (!g)
        return NULL;
    g->wanted = *wanted;
    for (unsigned kind = 0; kind <= GRAPH_KIND__MAX; kind++) {
        struct graph_part *part = kind < GRAPH_KIND__MAX ? &g->parts[kind] : &g->own;

        part->graph = g;
        part->arena = arena_new_of(2 * GRAPH_MEMORY, kind == GRAPH_POD ? PART_CHUNK : PART_CHUNK / 16);
        made = made && part->arena;
    }
    if (made) {
        g->cluster = arena_strndup(g->own.arena, wanted->cluster.ptr, wanted->cluster.len);
        g->namespace = arena_strndup(g->own.arena, wanted->namespace.ptr, wanted->namespace.len);
    }
    if (g->cluster && g->namespace)
        return g;
    graph_free(g);
    return NULL;
}

void graph_free(struct graph *g)
{
    if (!g)
        return;
    for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++) {
        arena_free(g->parts[kind].arena);
        free(g->parts[kind].texts);
    }
    arena_free(g->own.arena);
    free(g->own.texts);
    free(g->by_uid.slots);
    free(g->by_name.slots);
    free(g->by_id.slots);
    free(g->pods);
    free(g->links);
    free(g);
}

uint32_t graph_needs(const struct graph *g)
{
    uint32_t shown = g->wanted.kinds;
    uint32_t needs = 0;

    if (shown & GRAPH_BIT(GRAPH_CONTAINER))
        shown |= GRAPH_BIT(GRAPH_POD);
    if (shown & GRAPH_BIT(GRAPH_SERVICE) && shown & GRAPH_BIT(GRAPH_POD))
        shown |= GRAPH_BIT(GRAPH_SLICE);
    if (g->wanted.view == GRAPH_WORKLOADS || g->wanted.view == GRAPH_NETWORK)
        shown |= *g->namespace ? 0 : GRAPH_BIT(GRAPH_NAMESPACE);
    for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++)
        if (shown & GRAPH_BIT(kind) && graph_sources[kind].root)
            needs |= GRAPH_BIT(kind);
    return needs;
}

void graph_set_reading(struct graph *g, enum graph_kind kind, enum graph_reading reading)
{
    g->parts[kind].reading = reading;
}

bool graph_is_truncated(const struct graph *g)
{
    return g->truncated;
}

void *graph_alloc(struct graph_part *part, size_t size)
{
    void *room = NULL;

    if (atomic_fetch_add(&part->graph->used, size) + size <= GRAPH_MEMORY)
        room = arena_alloc(part->arena, size);
    if (!room)
        part->full = true;
    return room;
}

static const char **find_text(const char **texts, size_t room, const char *text)
{
    size_t i = str_hash(str_from(text), 0) & (room - 1);

    while (texts[i] && strcmp(texts[i], text) != 0)
        i = (i + 1) & (room - 1);
    return &texts[i];
}

static int grow_texts(struct graph_part *part)
{
    size_t room = part->text_room ? 2 * part->text_room : 256;
    const char **texts = calloc(room, sizeof(*texts));

    if (!texts)
        return -1;
    for (size_t i = 0; i < part->text_room; i++)
        if (part->texts[i])
            *find_text(texts, room, part->texts[i]) = part->texts[i];
    free(part->texts);
    part->texts = texts;
    part->text_room = room;
    return 0;
}

const char *graph_text(struct graph_part *part, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    const char **slot;
    char *copy;

    if (!text || !*text)
        return "";
    if (2 * part->text_count >= part->text_room && grow_texts(part) < 0) {
        part->full = true;
        return "";
    }
    slot = find_text(part->texts, part->text_room, text);
    if (*slot)
        return *slot;
    copy = graph_alloc(part, size + sizeof(*part->texts));
    if (!copy)
        return "";
    memcpy(copy, text, size);
    part->text_count++;
    return *slot = copy;
}

struct graph_node *graph_node_new(struct graph_part *part, enum graph_kind kind)
{
    struct graph_node *node = graph_alloc(part, sizeof(*node));

    if (!node)
        return NULL;
    node->id = node->uid = node->name = node->namespace = node->place = "";
    node->group = node->status = node->address = node->container = "";
    node->kind_name = node->api_version = "";
    node->kind = (unsigned char)kind;
    node->health = GRAPH_UNKNOWN;
    return node;
}

void graph_append(struct graph_part *part, struct graph_node *node)
{
    if (part->last)
        part->last->next = node;
    else
        part->first = node;
    part->last = node;
    part->count++;
}
