/* One object becomes a node, and what it says of others refs. */
#include <string.h>

#include "kube/graph_parts.h"

struct graph_ref **graph_add_ref(struct graph_part *part, struct graph_ref **tail, enum graph_relation relation,
                                 enum graph_kind kind, const char *name, bool optional)
{
    struct graph_ref *ref;

    if (!name || !*name)
        return tail;
    ref = graph_alloc(part, sizeof(*ref));
    if (!ref)
        return tail;
    ref->name = graph_text(part, name);
    ref->uid = ref->kind_name = ref->api_version = ref->host = ref->path = "";
    ref->kind = (unsigned char)kind;
    ref->relation = (unsigned char)relation;
    ref->optional = optional;
    *tail = ref;
    return &ref->next;
}

/* Versions of a group tell of the same objects. */
static bool same_group(const char *a, const char *b)
{
    const char *slash_a = strchr(a, '/');
    const char *slash_b = strchr(b, '/');
    size_t n = slash_a ? (size_t)(slash_a - a) : 0;

    return n == (slash_b ? (size_t)(slash_b - b) : 0) && memcmp(a, b, n) == 0;
}

static enum graph_kind find_kind(const char *api_version, const char *name)
{
    for (unsigned kind = 0; kind < GRAPH_OTHER; kind++)
        if (graph_sources[kind].root && strcmp(graph_sources[kind].kind, name) == 0 &&
            same_group(graph_sources[kind].api_version, api_version))
            return (enum graph_kind)kind;
    return GRAPH_OTHER;
}

/* The owner that manages it, else the first. */
static const cJSON *find_owner(const cJSON *object)
{
    const cJSON *owners = json_find(object, "metadata.ownerReferences");
    const cJSON *owner;

    cJSON_ArrayForEach(owner, owners)
    {
        if (cJSON_IsTrue(json_find(owner, "controller")))
            return owner;
    }
    return owners && cJSON_IsArray(owners) ? owners->child : NULL;
}

static struct graph_ref **read_owner(struct graph_part *part, struct graph_ref **tail, const cJSON *object)
{
    const cJSON *owner = find_owner(object);
    const char *uid = json_find_text(owner, "uid");
    const char *kind = json_find_text(owner, "kind");
    const char *version = json_find_text(owner, "apiVersion");
    struct graph_ref **at = tail;

    if (!uid || !kind || !version)
        return tail;
    tail = graph_add_ref(part, tail, GRAPH_OWNER, find_kind(version, kind), json_find_text(owner, "name"), false);
    if (tail != at) {
        (*at)->uid = graph_text(part, uid);
        (*at)->kind_name = graph_text(part, kind);
        (*at)->api_version = graph_text(part, version);
    }
    return tail;
}

/* Of one backend; those that are no Services lead to nothing that is drawn. */
static struct graph_ref **read_backend(struct graph_part *part, struct graph_ref **tail, const cJSON *backend,
                                       const char *host, const char *path)
{
    struct graph_ref **at = tail;

    tail = graph_add_ref(part, tail, GRAPH_ROUTES, GRAPH_SERVICE, json_find_text(backend, "service.name"), false);
    if (tail != at) {
        (*at)->host = graph_text(part, host);
        (*at)->path = graph_text(part, path);
    }
    return tail;
}

static void read_ingress(struct graph_part *part, struct graph_ref **tail, const cJSON *object)
{
    const cJSON *rule;
    const cJSON *path;

    tail = read_backend(part, tail, json_find(object, "spec.defaultBackend"), NULL, NULL);
    cJSON_ArrayForEach(rule, json_find(object, "spec.rules"))
    {
        cJSON_ArrayForEach(path, json_find(rule, "http.paths"))
        {
            tail = read_backend(part, tail, json_find(path, "backend"), json_find_text(rule, "host"),
                                json_find_text(path, "path"));
        }
    }
}

static void read_scaled(struct graph_part *part, struct graph_ref **tail, const cJSON *object)
{
    const cJSON *target = json_find(object, "spec.scaleTargetRef");
    const char *kind = json_find_text(target, "kind");
    const char *version = json_find_text(target, "apiVersion");
    struct graph_ref **at = tail;

    if (!kind)
        return;
    version = version ? version : "";
    tail = graph_add_ref(part, tail, GRAPH_SCALES, find_kind(version, kind), json_find_text(target, "name"), false);
    if (tail != at) {
        (*at)->kind_name = graph_text(part, kind);
        (*at)->api_version = graph_text(part, version);
    }
}

/* Which pods stand behind a Service. */
static void read_slice(struct graph_part *part, struct graph_node *node, const cJSON *object)
{
    const cJSON *service = json_find(object, "metadata.labels");
    struct graph_ref **tail = &node->refs;
    const cJSON *endpoint;

    service = cJSON_GetObjectItemCaseSensitive(service, "kubernetes.io/service-name");
    node->name = graph_text(part, cJSON_GetStringValue(service));
    cJSON_ArrayForEach(endpoint, json_find(object, "endpoints"))
    {
        const char *kind = json_find_text(endpoint, "targetRef.kind");
        struct graph_ref **at = tail;

        if (!kind || strcmp(kind, "Pod") != 0)
            continue;
        tail = graph_add_ref(part, tail, GRAPH_SELECTS, GRAPH_POD, json_find_text(endpoint, "targetRef.name"), false);
        if (tail != at)
            (*at)->uid = graph_text(part, json_find_text(endpoint, "targetRef.uid"));
    }
}

static void read_claim(struct graph_part *part, struct graph_ref **tail, const cJSON *object)
{
    const char *volume = json_find_text(object, "spec.volumeName");

    tail = graph_add_ref(part, tail, GRAPH_BINDS, GRAPH_PV, volume, false);
    /* Bound, its volume leads on to the class; until then it waits for the class itself. */
    if (!volume || !*volume)
        graph_add_ref(part, tail, GRAPH_BINDS, GRAPH_STORAGE_CLASS, json_find_text(object, "spec.storageClassName"),
                      false);
}

static void read_kind(struct graph_part *part, struct graph_node *node, const cJSON *object)
{
    struct graph_ref **tail = read_owner(part, &node->refs, object);

    switch (node->kind) {
    case GRAPH_POD:
        node->group = graph_text(part, json_find_text(object, "spec.nodeName"));
        node->address = graph_text(part, json_find_text(object, "status.podIP"));
        graph_read_labels(part, node, json_find(object, "metadata.labels"));
        graph_read_pod_refs(part, tail, object);
        break;
    case GRAPH_NODE:
        node->id = node->group = node->name;
        break;
    case GRAPH_SERVICE:
        graph_read_pairs(part, node, json_find(object, "spec.selector"));
        break;
    case GRAPH_NETWORK_POLICY:
        graph_read_selector(part, node, json_find(object, "spec.podSelector"));
        break;
    case GRAPH_ENDPOINTS:
        graph_add_ref(part, tail, GRAPH_OWNER, GRAPH_SERVICE, node->name, true);
        break;
    case GRAPH_INGRESS:
        read_ingress(part, tail, object);
        break;
    case GRAPH_HPA:
        read_scaled(part, tail, object);
        break;
    case GRAPH_SLICE:
        read_slice(part, node, object);
        break;
    case GRAPH_PVC:
        read_claim(part, tail, object);
        break;
    case GRAPH_PV:
        graph_add_ref(part, tail, GRAPH_BINDS, GRAPH_STORAGE_CLASS, json_find_text(object, "spec.storageClassName"),
                      true);
        break;
    default:
        break;
    }
}

static bool has_room(const struct graph_part *part, enum graph_kind kind)
{
    return !part->full && (kind > GRAPH_OTHER || part->count < part->graph->wanted.limit);
}

int graph_add(struct graph *g, enum graph_kind kind, const cJSON *object)
{
    struct graph_part *part = &g->parts[kind];
    const char *name = json_find_text(object, "metadata.name");
    struct graph_node *containers = NULL;
    struct graph_node *node;

    if (!name || !*name)
        return 0; /* not an object */
    node = has_room(part, kind) ? graph_node_new(part, kind) : NULL;
    part->full = !node;
    if (!node)
        return -1;
    node->id = node->uid = graph_text(part, json_find_text(object, "metadata.uid"));
    node->name = graph_text(part, name);
    if (graph_sources[kind].namespaced)
        node->namespace = node->place = graph_text(part, json_find_text(object, "metadata.namespace"));
    read_kind(part, node, object);
    graph_read_status(part, node, object);
    if (kind == GRAPH_POD && graph_shows(g, GRAPH_CONTAINER))
        containers = graph_read_containers(part, node, object);
    /* Half an object is none. */
    if (part->full)
        return -1;
    if (kind != GRAPH_POD || graph_shows(g, GRAPH_POD))
        graph_append(part, node);
    while (containers) {
        struct graph_node *next = containers->next;

        containers->next = NULL;
        graph_append(part, containers);
        containers = next;
    }
    return 0;
}
