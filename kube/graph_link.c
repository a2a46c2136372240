/*
 * From what objects say of others to links between nodes. All links of one source are made together, so that the mark
 * which a target keeps of its last link is enough to know one that is there already.
 */
#include <stdlib.h>
#include <string.h>

#include "kube/graph_parts.h"

#define LINKS_MAX 400000

const char *const graph_relations[GRAPH_RELATION__MAX] = {
    [GRAPH_OWNER] = "owner", [GRAPH_SELECTS] = "selects", [GRAPH_ROUTES] = "routes",   [GRAPH_MOUNTS] = "mounts",
    [GRAPH_BINDS] = "binds", [GRAPH_SCALES] = "scales",   [GRAPH_RUNS_ON] = "runs-on", [GRAPH_USES] = "uses",
};

static int grow_links(struct graph *g)
{
    size_t room = g->link_room ? 2 * g->link_room : 1024;
    struct graph_link *links = realloc(g->links, room * sizeof(*links));

    if (!links)
        return -1;
    g->links = links;
    g->link_room = room;
    return 0;
}

static void note_need(struct graph_node *target, bool optional)
{
    target->reached = true;
    target->needed = target->needed || !optional;
}

static void add_link(struct graph *g, struct graph_node *source, struct graph_node *target,
                     enum graph_relation relation, bool optional)
{
    unsigned bit = 1u << relation;

    if (!source || !target)
        return;
    note_need(target, optional);
    if (target->mark == source && target->mark_relations & bit) {
        if (g->links[target->mark_link].relation == relation)
            g->links[target->mark_link].optional = g->links[target->mark_link].optional && optional;
        return;
    }
    if (g->link_count == LINKS_MAX) {
        g->truncated = true;
        return;
    }
    if (g->link_count == g->link_room && grow_links(g) < 0) {
        g->failed = true;
        return;
    }
    target->mark_relations = (unsigned char)(target->mark == source ? target->mark_relations | bit : bit);
    target->mark = source;
    target->mark_link = g->link_count;
    g->links[g->link_count++] = (struct graph_link){
        .source = source, .target = target, .relation = (unsigned char)relation, .optional = optional};
}

/* A node for what is not there, or could not be read. */
static struct graph_node *add_stub(struct graph *g, const struct graph_node *source, const struct graph_ref *ref,
                                   const char *namespace)
{
    struct graph_node *node = graph_node_new(&g->own, ref->kind);

    if (!node) {
        g->truncated = true;
        return NULL;
    }
    node->id = node->uid = ref->uid;
    node->name = ref->name;
    node->namespace = namespace;
    node->place = *namespace ? namespace : source->place;
    node->kind_name = ref->kind_name;
    node->api_version = ref->api_version;
    node->missing = ref->kind != GRAPH_OTHER && g->parts[ref->kind].reading == GRAPH_COMPLETE;
    node->unread = !node->missing;
    if (ref->kind == GRAPH_NODE)
        node->id = node->group = node->name;
    if (graph_index(g, &g->own, node) < 0) {
        g->failed = true;
        return NULL;
    }
    graph_append(&g->own, node);
    return node;
}

/* What a ref means; NULL when it is not shown, or may be behind what was read. */
static struct graph_node *resolve(struct graph *g, const struct graph_node *source, const struct graph_ref *ref)
{
    const char *namespace = graph_sources[ref->kind].namespaced ? source->namespace : "";
    enum graph_reading reading = g->parts[ref->kind].reading;
    struct graph_node *found = graph_find_uid(g, ref->uid);

    if (!found && !*ref->uid)
        found = graph_find_name(g, ref->kind, ref->kind_name, namespace, ref->name);
    if (found || !graph_shows(g, ref->kind))
        return found;
    if (reading == GRAPH_PARTIAL || (reading == GRAPH_NOT_ASKED && ref->kind != GRAPH_OTHER))
        return NULL;
    /* An Endpoints without its Service is not a fault: others keep some too. */
    if (source->kind == GRAPH_ENDPOINTS)
        return NULL;
    return add_stub(g, source, ref, namespace);
}

static void link_refs(struct graph *g, struct graph_node *node, unsigned relations)
{
    for (const struct graph_ref *ref = node->refs; ref; ref = ref->next)
        if (relations & 1u << ref->relation)
            add_link(g, node, resolve(g, node, ref), (enum graph_relation)ref->relation, ref->optional);
}

/* The links that the original has, in its order: each pod's, its containers', then the nodes'. */
static void link_places(struct graph *g)
{
    struct graph_node *cluster = g->parts[GRAPH_CLUSTER].first;

    for (struct graph_node *node = g->parts[GRAPH_POD].first; node; node = node->next) {
        if (node->kind == GRAPH_POD)
            link_refs(g, node, 1u << GRAPH_RUNS_ON);
        else if (graph_shows(g, GRAPH_POD))
            add_link(g, node, node->owner, GRAPH_OWNER, false);
    }
    for (struct graph_node *node = g->parts[GRAPH_NODE].first; node; node = node->next)
        add_link(g, node, cluster, GRAPH_OWNER, false);
}

static int by_namespace(const void *a, const void *b)
{
    const struct graph_node *x = *(struct graph_node *const *)a;
    const struct graph_node *y = *(struct graph_node *const *)b;
    int order = strcmp(x->namespace, y->namespace);

    return order ? order : strcmp(x->name, y->name);
}

static int sort_pods(struct graph *g)
{
    g->pods = calloc(g->parts[GRAPH_POD].count + 1, sizeof(struct graph_node *));
    if (!g->pods)
        return -1;
    for (struct graph_node *node = g->parts[GRAPH_POD].first; node; node = node->next)
        if (node->kind == GRAPH_POD)
            g->pods[g->pod_count++] = node;
    qsort(g->pods, g->pod_count, sizeof(struct graph_node *), by_namespace);
    return 0;
}

static void link_selected(struct graph *g, struct graph_node *node)
{
    size_t low = 0;
    size_t high = g->pod_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(g->pods[middle]->namespace, node->namespace) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < g->pod_count && strcmp(g->pods[low]->namespace, node->namespace) == 0; low++)
        if (graph_rules_match(node->rules, g->pods[low]))
            add_link(g, node, g->pods[low], GRAPH_SELECTS, false);
}

/* What the cluster itself found behind a Service is right also where it has no selector. */
static void link_service(struct graph *g, struct graph_node *service)
{
    if (!graph_shows(g, GRAPH_POD))
        return;
    for (struct graph_node *slice = service->slices; slice; slice = slice->slices)
        for (const struct graph_ref *ref = slice->refs; ref; ref = ref->next)
            add_link(g, service, resolve(g, service, ref), GRAPH_SELECTS, false);
    if (!service->slices && service->selects)
        link_selected(g, service);
}

/* Each slice goes to its Service, in the order in which they came. */
static void hand_out_slices(struct graph *g)
{
    for (struct graph_node *slice = g->parts[GRAPH_SLICE].first; slice; slice = slice->next) {
        struct graph_node *service = graph_find_name(g, GRAPH_SERVICE, "", slice->namespace, slice->name);

        if (!service)
            continue;
        if (service->last_slice)
            service->last_slice->slices = slice;
        else
            service->slices = slice;
        service->last_slice = slice;
    }
}

/* Of one namespace only those volumes and classes are shown that it uses. */
static bool is_foreign(const struct graph *g, const struct graph_node *node)
{
    return *g->namespace && (node->kind == GRAPH_PV || node->kind == GRAPH_STORAGE_CLASS) && !node->reached;
}

static void link_part(struct graph *g, struct graph_part *part)
{
    for (struct graph_node *node = part->first; node; node = node->next) {
        if (is_foreign(g, node))
            continue;
        node->links_from = g->link_count;
        link_refs(g, node, ~(1u << GRAPH_RUNS_ON));
        if (node->kind == GRAPH_SERVICE)
            link_service(g, node);
        else if (node->kind == GRAPH_NETWORK_POLICY && node->selects)
            link_selected(g, node);
        node->links_to = g->link_count;
    }
}

static int add_cluster(struct graph *g)
{
    struct graph_part *part = &g->parts[GRAPH_CLUSTER];
    struct graph_node *node;

    if (!graph_shows(g, GRAPH_CLUSTER))
        return 0;
    node = graph_node_new(part, GRAPH_CLUSTER);
    if (!node)
        return -1;
    node->name = g->cluster;
    node->id = arena_printf(part->arena, "cluster-%s", g->cluster);
    node->health = GRAPH_FINE;
    if (!node->id)
        return -1;
    graph_append(part, node);
    return 0;
}

static int index_part(struct graph *g, struct graph_part *part)
{
    for (struct graph_node *node = part->first; node; node = node->next)
        if (graph_index(g, part, node) < 0)
            return -1;
    return 0;
}

/* The answer's order decides what a limit leaves out. */
static void show(struct graph *g)
{
    size_t count = 0;

    for (unsigned kind = 0; kind <= GRAPH_OTHER + 1; kind++) {
        struct graph_part *part = kind <= GRAPH_OTHER ? &g->parts[kind] : &g->own;

        for (struct graph_node *node = part->first; node; node = node->next) {
            if (is_foreign(g, node))
                continue;
            node->shown = count < g->wanted.limit;
            g->truncated = g->truncated || !node->shown;
            count += node->shown;
            if (node->missing)
                node->health = node->needed ? GRAPH_BAD : GRAPH_UNKNOWN;
        }
    }
}

int graph_link(struct graph *g)
{
    if (add_cluster(g) < 0)
        return -1;
    for (unsigned kind = 0; kind <= GRAPH_OTHER; kind++)
        if (index_part(g, &g->parts[kind]) < 0)
            return -1;
    for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++)
        g->truncated = g->truncated || g->parts[kind].full;
    if (sort_pods(g) < 0)
        return -1;
    hand_out_slices(g);
    link_places(g);
    for (unsigned kind = 0; kind <= GRAPH_OTHER && !g->failed; kind++)
        link_part(g, &g->parts[kind]);
    show(g);
    return g->failed ? -1 : 0;
}
