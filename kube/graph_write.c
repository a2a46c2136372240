#include <string.h>

#include "base/limits.h"
#include "kube/graph_tree.h"

static void write_state(struct json *j, const struct graph_node *node)
{
    if (*node->status)
        json_text(j, "status", node->status);
    json_text(j, "health", graph_healths[node->health]);
    if (node->missing)
        json_bool(j, "missing", true);
    if (node->unread)
        json_bool(j, "unread", true);
}

static void write_node(struct json *j, const struct graph_node *node)
{
    json_object_open(j, NULL);
    json_text(j, "id", node->id);
    json_text(j, "name", node->name);
    json_text(j, "kind", graph_kind_name(node));
    json_text(j, "namespace", node->namespace);
    json_text(j, "group", node->group);
    json_text(j, "labels", "");
    if (*node->container)
        json_text(j, "container", node->container);
    if (node->kind == GRAPH_OTHER)
        json_text(j, "apiVersion", node->api_version);
    write_state(j, node);
    json_object_close(j);
}

static bool is_route(const struct graph_ref *ref, const struct graph_node *service)
{
    return ref->relation == GRAPH_ROUTES && strcmp(ref->name, service->name) == 0;
}

static void write_paths(struct json *j, const struct graph_link *link)
{
    json_array_open(j, "paths");
    for (const struct graph_ref *ref = link->source->refs; ref; ref = ref->next) {
        if (!is_route(ref, link->target))
            continue;
        json_object_open(j, NULL);
        json_text(j, "host", ref->host);
        json_text(j, "path", ref->path);
        json_object_close(j);
    }
    json_array_close(j);
}

static void write_link(struct json *j, const struct graph_link *link)
{
    json_object_open(j, NULL);
    json_text(j, "source", link->source->id);
    json_text(j, "target", link->target->id);
    json_bool(j, "hidden", false);
    json_text(j, "kind", graph_kind_name(link->source));
    json_text(j, "type", graph_relations[link->relation]);
    if (link->optional)
        json_bool(j, "optional", true);
    if (link->relation == GRAPH_ROUTES)
        write_paths(j, link);
    json_object_close(j);
}

int graph_write_links(struct graph *g, struct json *j, int (*flush)(void *arg), void *arg)
{
    json_array_open(j, "nodes");
    for (unsigned kind = 0; kind <= GRAPH_OTHER + 1; kind++) {
        const struct graph_part *part = kind <= GRAPH_OTHER ? &g->parts[kind] : &g->own;

        for (const struct graph_node *node = part->first; node; node = node->next) {
            if (!node->shown)
                continue;
            write_node(j, node);
            if (flush(arg) < 0)
                return -1;
        }
    }
    json_array_close(j);
    json_array_open(j, "links");
    for (size_t i = 0; i < g->link_count; i++) {
        if (!g->links[i].source->shown || !g->links[i].target->shown)
            continue;
        write_link(j, &g->links[i]);
        if (flush(arg) < 0)
            return -1;
    }
    json_array_close(j);
    return 0;
}

/* As the original says where an Ingress leads to a Service by: "host (path) ", of its last route. */
static void write_line(struct json *j, const struct graph_node *ingress, const struct graph_node *service)
{
    const struct graph_ref *route = NULL;
    struct buf line;

    for (const struct graph_ref *ref = ingress->refs; ref; ref = ref->next)
        if (is_route(ref, service))
            route = ref;
    buf_init(&line, LIMIT_KUBE_OBJECT);
    buf_add_str(&line, str_from(!route || !*route->host ? "-" : route->host));
    if (route && *route->path && strcmp(route->path, "/") != 0)
        buf_printf(&line, " (%s) ", route->path);
    json_str(j, "line", buf_str(&line));
    buf_free(&line);
}

static void write_edge_line(struct json *j, const struct graph *g, const struct graph_node *node,
                            const struct graph_node *parent)
{
    if (parent && parent->kind == GRAPH_INGRESS && node->kind == GRAPH_SERVICE)
        write_line(j, parent, node);
    else if (parent && node->kind == GRAPH_INGRESS && parent->kind == GRAPH_SERVICE)
        write_line(j, node, parent);
    else
        json_text(j, "line", node->kind == GRAPH_POD && g->wanted.view == GRAPH_NETWORK ? node->address : "");
}

static void write_item(struct json *j, const struct graph *g, const struct graph_node *node)
{
    const char *version = node->kind == GRAPH_OTHER ? node->api_version : graph_sources[node->kind].api_version;

    json_object_open(j, NULL);
    json_text(j, "uid", node->id);
    json_text(j, "name", node->name);
    json_text(j, "apiVersion", version);
    json_text(j, "kind", graph_kind_name(node));
    json_text(j, "namespace", node->namespace);
    write_edge_line(j, g, node, node->owner);
    json_text(j, "owner", node->owner ? node->owner->id : "");
    write_state(j, node);
    if (node->cyclic)
        json_bool(j, "cyclic", true);
    json_array_open(j, "edges");
    for (const struct graph_edge *edge = node->edges; edge; edge = edge->next) {
        json_object_open(j, NULL);
        json_text(j, "owner", edge->parent->id);
        json_text(j, "type", graph_relations[edge->relation]);
        if (edge->relation == GRAPH_ROUTES)
            write_edge_line(j, g, node, edge->parent);
        json_object_close(j);
    }
    json_array_close(j);
    json_object_close(j);
}

int graph_write_trees(struct graph *g, struct json *j, int (*flush)(void *arg), void *arg)
{
    struct graph_tree tree = {0};
    int rc = graph_tree_grow(g, &tree);
    size_t i = 0;

    for (size_t n = 0; n < tree.namespace_count && rc == 0; n++) {
        json_array_open(j, tree.namespaces[n]);
        for (; i < tree.count && strcmp(tree.items[i]->place, tree.namespaces[n]) == 0 && rc == 0; i++) {
            write_item(j, g, tree.items[i]);
            rc = flush(arg);
        }
        json_array_close(j);
    }
    graph_tree_free(&tree);
    return rc;
}
