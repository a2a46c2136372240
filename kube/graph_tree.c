#include "kube/graph_tree.h"

#include <stdlib.h>
#include <string.h>

struct growth {
    struct graph *g;
    struct graph_tree *tree;
};

static void add_edge(struct growth *w, struct graph_node *child, struct graph_node *parent, unsigned relation)
{
    struct graph_edge *edge = graph_alloc(&w->g->own, sizeof(*edge));

    if (!edge) {
        w->g->truncated = true;
        return;
    }
    edge->parent = parent;
    edge->relation = (unsigned char)relation;
    edge->route = relation == GRAPH_ROUTES && parent->kind == GRAPH_INGRESS ? parent : NULL;
    if (child->last_edge)
        child->last_edge->next = edge;
    else
        child->edges = edge;
    child->last_edge = edge;
}

static void add_item(struct growth *w, struct graph_node *node)
{
    if (node->walk || !node->shown)
        return;
    node->walk = 1;
    w->tree->items[w->tree->count++] = node;
}

static void add_part(struct growth *w, struct graph_part *part, bool only_linked)
{
    for (struct graph_node *node = part->first; node; node = node->next)
        if (!only_linked || node->edges)
            add_item(w, node);
}

static void add_kind(struct growth *w, enum graph_kind kind)
{
    add_part(w, &w->g->parts[kind], false);
}

/* What was made hangs on what made it; an autoscaler on what it scales. */
static void grow_workloads(struct growth *w)
{
    static const enum graph_kind kinds[] = {GRAPH_DEPLOYMENT,  GRAPH_DAEMONSET, GRAPH_REPLICASET, GRAPH_POD,
                                            GRAPH_STATEFULSET, GRAPH_JOB,       GRAPH_CRONJOB,    GRAPH_HPA};

    for (size_t i = 0; i < w->g->link_count; i++) {
        struct graph_link *link = &w->g->links[i];

        if (link->source->shown && link->target->shown &&
            (link->relation == GRAPH_OWNER || link->relation == GRAPH_SCALES))
            add_edge(w, link->source, link->target, link->relation);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        add_kind(w, kinds[i]);
    add_part(w, &w->g->own, false);
}

/* The last edge that routes: of several Ingresses the last one has the Service, as in the original. */
static const struct graph_node *router_of(const struct graph_node *service)
{
    const struct graph_node *last = NULL;

    for (const struct graph_edge *edge = service->edges; edge; edge = edge->next)
        last = edge->route ? edge->route : last;
    return last;
}

static void add_services(struct growth *w)
{
    for (struct graph_node *node = w->g->parts[GRAPH_SERVICE].first; node; node = node->next) {
        if (!router_of(node))
            add_item(w, node);
        for (size_t i = node->links_from; i < node->links_to; i++)
            if (w->g->links[i].relation == GRAPH_SELECTS)
                add_item(w, w->g->links[i].target);
    }
}

static void add_ingresses(struct growth *w)
{
    for (struct graph_node *node = w->g->parts[GRAPH_INGRESS].first; node; node = node->next) {
        add_item(w, node);
        for (size_t i = node->links_from; i < node->links_to; i++)
            if (router_of(w->g->links[i].target) == node)
                add_item(w, w->g->links[i].target);
    }
}

/* What is entered through hangs on where it is entered from: pods on Services, these on Ingresses. */
static void grow_network(struct growth *w)
{
    struct graph *g = w->g;

    for (size_t i = 0; i < g->link_count; i++) {
        struct graph_link *link = &g->links[i];

        if (!link->source->shown || !link->target->shown)
            continue;
        if (link->relation == GRAPH_SELECTS || link->relation == GRAPH_ROUTES)
            add_edge(w, link->target, link->source, link->relation);
        else if (link->source->kind == GRAPH_ENDPOINTS)
            add_edge(w, link->source, link->target, link->relation);
    }
    add_services(w);
    add_ingresses(w);
    add_kind(w, GRAPH_ENDPOINTS);
    add_kind(w, GRAPH_NETWORK_POLICY);
    add_part(w, &g->parts[GRAPH_POD], true);
    add_part(w, &g->own, false);
}

/* Grows from one node to another and hangs that one on it. */
static void visit(struct growth *w, struct graph_node *from, struct graph_node *to, unsigned relation)
{
    if (!to->shown || to == from)
        return;
    if (!to->walk)
        add_item(w, to);
    add_edge(w, to, from, relation);
}

static void visit_targets(struct growth *w, struct graph_node *from, unsigned relation)
{
    for (size_t i = 0; i < w->g->link_count; i++)
        if (w->g->links[i].source == from && w->g->links[i].relation == relation)
            visit(w, from, w->g->links[i].target, relation);
}

static void visit_sources(struct growth *w, struct graph_node *from, unsigned relation, enum graph_kind kind)
{
    for (size_t i = 0; i < w->g->link_count; i++)
        if (w->g->links[i].target == from && w->g->links[i].relation == relation && w->g->links[i].source->kind == kind)
            visit(w, from, w->g->links[i].source, relation);
}

/* The owners of the owners, until there are none, or they come back. */
static void visit_owners(struct growth *w, struct graph_node *pod)
{
    struct graph_node *from = pod;
    size_t before;

    do {
        before = w->tree->count;
        visit_targets(w, from, GRAPH_OWNER);
        visit_sources(w, from, GRAPH_SCALES, GRAPH_HPA);
        for (size_t i = before; i < w->tree->count; i++)
            if (w->tree->items[i]->kind != GRAPH_HPA)
                from = w->tree->items[i];
    } while (w->tree->count > before);
}

/* Outwards from the pod, in the order of the original, then what it does not have. */
static void grow_around(struct growth *w)
{
    struct graph_node *pod = w->g->parts[GRAPH_POD].first;
    size_t from;

    if (!pod)
        return;
    add_item(w, pod);
    visit_owners(w, pod);
    visit_targets(w, pod, GRAPH_USES);
    from = w->tree->count;
    visit_sources(w, pod, GRAPH_SELECTS, GRAPH_SERVICE);
    for (size_t i = from, services = w->tree->count; i < services; i++) {
        visit_sources(w, w->tree->items[i], GRAPH_ROUTES, GRAPH_INGRESS);
        visit_sources(w, w->tree->items[i], GRAPH_OWNER, GRAPH_ENDPOINTS);
    }
    visit_sources(w, pod, GRAPH_SELECTS, GRAPH_NETWORK_POLICY);
    from = w->tree->count;
    visit_targets(w, pod, GRAPH_MOUNTS);
    for (size_t i = from; i < w->tree->count; i++)
        visit_targets(w, w->tree->items[i], GRAPH_BINDS);
    visit_targets(w, pod, GRAPH_RUNS_ON);
    for (size_t i = 0; i < w->tree->count; i++)
        w->tree->items[i]->place = pod->place;
}

/* Of what a node hangs on, the one that a tree can show. */
static void choose_owner(struct graph_node *node)
{
    node->owner = NULL;
    for (const struct graph_edge *edge = node->edges; edge; edge = edge->next)
        if (edge->parent->walk && (!node->owner || edge->route))
            node->owner = edge->parent;
}

enum { IN_TREE = 1, ON_THE_WAY, DONE };

/* Owners that lead back to where they began make no tree: the first that is met of a circle becomes a root. */
static void cut_circle(struct graph_node *start)
{
    struct graph_node *node = start;
    struct graph_node *back;

    while (node && node->walk == IN_TREE) {
        node->walk = ON_THE_WAY;
        node = node->owner;
    }
    back = node && node->walk == ON_THE_WAY ? node : NULL;
    for (node = start; node && node->walk == ON_THE_WAY; node = node->owner)
        node->walk = DONE;
    if (back) {
        back->owner = NULL;
        back->cyclic = true;
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those that there are, and those that something is in. */
static int list_namespaces(struct graph *g, struct graph_tree *tree)
{
    size_t most = tree->count + g->parts[GRAPH_NAMESPACE].count + 1;
    size_t kept = 0;

    tree->namespaces = calloc(most, sizeof(*tree->namespaces));
    if (!tree->namespaces)
        return -1;
    for (struct graph_node *node = g->parts[GRAPH_NAMESPACE].first; node; node = node->next)
        tree->namespaces[tree->namespace_count++] = node->name;
    if (*g->namespace)
        tree->namespaces[tree->namespace_count++] = g->namespace;
    for (size_t i = 0; i < tree->count; i++)
        tree->namespaces[tree->namespace_count++] = tree->items[i]->place;
    qsort(tree->namespaces, tree->namespace_count, sizeof(*tree->namespaces), compare_texts);
    for (size_t i = 0; i < tree->namespace_count; i++)
        if (kept == 0 || strcmp(tree->namespaces[kept - 1], tree->namespaces[i]) != 0)
            tree->namespaces[kept++] = tree->namespaces[i];
    tree->namespace_count = kept;
    return 0;
}

static size_t place_of(const struct graph_tree *tree, const struct graph_node *node)
{
    const char **found =
        bsearch(&node->place, tree->namespaces, tree->namespace_count, sizeof(*tree->namespaces), compare_texts);

    return (size_t)(found - tree->namespaces);
}

/* Items by namespace, each in the order that it has. */
static int sort_items(struct graph_tree *tree)
{
    struct graph_node **sorted = calloc(tree->count + 1, sizeof(struct graph_node *));
    size_t *starts = calloc(tree->namespace_count + 2, sizeof(*starts));

    if (!sorted || !starts) {
        free(sorted);
        free(starts);
        return -1;
    }
    for (size_t i = 0; i < tree->count; i++)
        starts[place_of(tree, tree->items[i]) + 1]++;
    for (size_t i = 1; i <= tree->namespace_count; i++)
        starts[i] += starts[i - 1];
    for (size_t i = 0; i < tree->count; i++)
        sorted[starts[place_of(tree, tree->items[i])]++] = tree->items[i];
    free(starts);
    free(tree->items);
    tree->items = sorted;
    return 0;
}

static size_t count_nodes(const struct graph *g)
{
    size_t count = g->own.count;

    for (unsigned kind = 0; kind <= GRAPH_OTHER; kind++)
        count += g->parts[kind].count;
    return count;
}

int graph_tree_grow(struct graph *g, struct graph_tree *tree)
{
    static void (*const grow[GRAPH_VIEW__MAX])(struct growth * w) = {
        [GRAPH_WORKLOADS] = grow_workloads, [GRAPH_NETWORK] = grow_network, [GRAPH_AROUND] = grow_around};
    struct growth w = {.g = g, .tree = tree};

    tree->items = calloc(count_nodes(g) + 1, sizeof(struct graph_node *));
    if (!tree->items)
        return -1;
    grow[g->wanted.view](&w);
    for (size_t i = 0; i < tree->count; i++)
        choose_owner(tree->items[i]);
    for (size_t i = 0; i < tree->count; i++)
        cut_circle(tree->items[i]);
    return list_namespaces(g, tree) < 0 || sort_items(tree) < 0 ? -1 : 0;
}

void graph_tree_free(struct graph_tree *tree)
{
    free(tree->items);
    free(tree->namespaces);
    *tree = (struct graph_tree){0};
}
