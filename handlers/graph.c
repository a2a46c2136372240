/*
 * What in a cluster belongs to what: all of it as nodes and links, or as trees of workloads, of the network, of what
 * one pod has to do with. docs/graphs.md is for those who draw them.
 */
#include "handlers/graph.h"

#include "cluster/graph.h"
#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/dashboard.h"
#include "handlers/handlers.h"
#include "kube/name.h"

#define NODES_DEFAULT 100000

/* clang-format off */
const struct field graph_fields[] = {
    {.name = "include", .type = FIELD_TEXT, .min = 1, .max = 1024, .check = graph_check_kinds, .help = "only these kinds, with commas between; all that the graph knows when left out", .example = "Pod,Service,Ingress"},
    {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = NODES_DEFAULT, .help = "at most so many nodes; the answer says when there are more", .example = "5000"},
    {.name = NULL},
};

#define HEALTHS "ok|progressing|bad|unknown"
#define RELATIONS "owner|selects|routes|mounts|binds|scales|runs-on|uses"
#define STATE_SHAPE \
    {.name = "status", .optional = true, .help = "in a word, as kubectl says it", .example = "Running"}, \
    {.name = "health", .type = FIELD_CHOICE, .choices = HEALTHS, .example = "ok"}, \
    {.name = "missing", .type = FIELD_BOOLEAN, .optional = true, .help = "something names it, and it is not there", .example = "true"}, \
    {.name = "unread", .type = FIELD_BOOLEAN, .optional = true, .help = "something names it, and its kind could not be, or is not, read", .example = "true"}

static const struct field node_shape[] = {
    {.name = "id", .help = "unique: the uid; of a container its pod's and its name, of a Node its name", .example = "7c0cf3e9-6c1c-4d86-a8d0-5d3c4a0e5b7a"},
    {.name = "name", .help = "of a container: its image", .example = "web-0"},
    {.name = "kind", .example = "Pod"},
    {.name = "namespace", .example = "default"},
    {.name = "group", .help = "the Node that it is on", .example = "ip-10-0-1-7"},
    {.name = "labels", .help = "always empty", .example = ""},
    {.name = "container", .optional = true, .help = "the name of a container", .example = "main"},
    {.name = "apiVersion", .optional = true, .help = "of an owner of a kind that is not read", .example = "argoproj.io/v1alpha1"},
    STATE_SHAPE,
    {.name = NULL},
};

static const struct field path_shape[] = {
    {.name = "host", .example = "shop.example"},
    {.name = "path", .example = "/"},
    {.name = NULL},
};

static const struct field link_shape[] = {
    {.name = "source", .example = "7c0cf3e9-6c1c-4d86-a8d0-5d3c4a0e5b7a"},
    {.name = "target", .help = "always one of the nodes", .example = "ip-10-0-1-7"},
    {.name = "hidden", .type = FIELD_BOOLEAN, .help = "always false", .example = "false"},
    {.name = "kind", .help = "of the source", .example = "Pod"},
    {.name = "type", .type = FIELD_CHOICE, .choices = RELATIONS, .example = "runs-on"},
    {.name = "optional", .type = FIELD_BOOLEAN, .optional = true, .help = "the source can do without the target", .example = "true"},
    {.name = "paths", .type = FIELD_OBJECT_LIST, .optional = true, .children = path_shape, .help = "of an Ingress: what it routes there"},
    {.name = NULL},
};

static const struct field topology_shape[] = {
    {.name = "nodes", .type = FIELD_OBJECT_LIST, .children = node_shape},
    {.name = "links", .type = FIELD_OBJECT_LIST, .children = link_shape},
    {.name = "truncated", .type = FIELD_BOOLEAN, .help = "there is more", .example = "false"},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = gap_shape, .help = "what could not be read; the rest is here"},
    {.name = NULL},
};

static const struct field edge_shape[] = {
    {.name = "owner", .help = "the uid of what it hangs on", .example = "2f1d4b0a-53c5-4a1e-9f0e-0f5f7d1b7a10"},
    {.name = "type", .type = FIELD_CHOICE, .choices = RELATIONS, .example = "owner"},
    {.name = "line", .optional = true, .help = "of a route: where it leads by", .example = "shop.example (/cart) "},
    {.name = NULL},
};

static const struct field item_shape[] = {
    {.name = "uid", .help = "unique", .example = "7c0cf3e9-6c1c-4d86-a8d0-5d3c4a0e5b7a"},
    {.name = "name", .example = "web-0"},
    {.name = "apiVersion", .example = "v1"},
    {.name = "kind", .example = "Pod"},
    {.name = "namespace", .example = "default"},
    {.name = "line", .help = "in the network: of a pod its address, of a Service the last route to it", .example = ""},
    {.name = "owner", .help = "the uid of the item that it hangs on, or empty", .example = "2f1d4b0a-53c5-4a1e-9f0e-0f5f7d1b7a10"},
    STATE_SHAPE,
    {.name = "cyclic", .type = FIELD_BOOLEAN, .optional = true, .help = "its owners lead back to it", .example = "true"},
    {.name = "edges", .type = FIELD_OBJECT_LIST, .children = edge_shape, .help = "all that it hangs on"},
    {.name = NULL},
};

static const struct field tree_shape[] = {
    {.name = FIELD_ANY_NAME, .type = FIELD_OBJECT_LIST, .optional = true, .children = item_shape, .help = "a namespace, with what is in it"},
    {.name = "_truncated", .type = FIELD_BOOLEAN, .optional = true, .help = "there is more", .example = "true"},
    {.name = "_errors", .type = FIELD_OBJECT_LIST, .optional = true, .children = gap_shape, .help = "what could not be read; the rest is here"},
    {.name = NULL},
};
/* clang-format on */

const struct answer graph_answers[] = {{200, "the graph", topology_shape}, {0}};
const struct answer graph_tree_answers[] = {{200, "the trees", tree_shape}, {0}};
const struct answer graph_pod_answers[] = {
    {200, "the tree", tree_shape},
    {404, "there is no such pod"},
    {0},
};

/* An answer on its way. */
struct drawing {
    struct request *request;
    struct graph *graph;
    bool tree; /* its members are namespaces: what is said besides has names that none of these can have */
    struct gaps *gaps;
    struct buf out;
    struct json j;
};

static int flush(void *arg)
{
    struct drawing *d = arg;

    return response_stream(d->request, &d->out, false);
}

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static int write_graph(struct drawing *d)
{
    bool truncated;
    int rc;

    json_object_open(&d->j, NULL);
    rc = d->tree ? graph_write_trees(d->graph, &d->j, flush, d) : graph_write_links(d->graph, &d->j, flush, d);
    if (rc < 0)
        return d->request->err.kind != ERR_NONE
                   ? -1
                   : err_set(&d->request->err, ERR_INTERNAL, "there is no memory for the graph");
    truncated = graph_is_truncated(d->graph);
    if (truncated || !d->tree)
        json_bool(&d->j, d->tree ? "_truncated" : "truncated", truncated);
    if (d->gaps->count > 0 || !d->tree)
        gaps_write_as(d->gaps, &d->j, d->tree ? "_errors" : "errors");
    json_object_close(&d->j);
    buf_add_char(&d->out, '\n');
    return response_stream(d->request, &d->out, true);
}

static int draw(struct request *request, enum graph_view view, struct str namespace, const cJSON *pod)
{
    struct str include = request_query(request, "include");
    struct str limit_text = request_query(request, "limit");
    struct graph_wanted wanted = {
        .view = view, .kinds = graph_view_kinds(view), .cluster = request->cluster->id, .namespace = namespace};
    struct drawing d = {.request = request, .tree = view != GRAPH_TOPOLOGY, .gaps = gaps_new(request->arena)};
    struct graph_reading_order order = {.namespace = namespace, .pod = pod, .is_gone = is_gone, .arg = request};
    long limit = NODES_DEFAULT;
    int rc = -1;

    if (limit_text.ptr)
        str_to_long(limit_text, 1, NODES_DEFAULT, &limit);
    if (include.ptr)
        wanted.kinds &= graph_parse_kinds(include);
    wanted.limit = (size_t)limit;
    order.graph = d.graph = d.gaps ? graph_new(&wanted) : NULL;
    if (!d.graph)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the graph");
    buf_init(&d.out, LIMIT_KUBE_OBJECT + MIB(1));
    json_init(&d.j, &d.out);
    if (cluster_read_graph(request->worker, request->cluster, &order, d.gaps, &request->err) == 0)
        rc = graph_link(d.graph) == 0 ? write_graph(&d)
                                      : err_set(&request->err, ERR_INTERNAL, "there is no memory for the graph");
    buf_free(&d.out);
    graph_free(d.graph);
    return rc;
}

static int draw_space(struct request *request, enum graph_view view)
{
    struct str namespace = {"", 0};

    if (route_segment(&request->match, "namespace").len > 0) {
        namespace = request_name(request, "namespace", name_check_label);
        if (!namespace.ptr)
            return -1;
    }
    return draw(request, view, namespace, NULL);
}

int graph_topology(struct request *request)
{
    return draw_space(request, GRAPH_TOPOLOGY);
}

int graph_workloads(struct request *request)
{
    return draw_space(request, GRAPH_WORKLOADS);
}

int graph_network(struct request *request)
{
    return draw_space(request, GRAPH_NETWORK);
}

int graph_pod(struct request *request)
{
    struct str namespace = request_name(request, "namespace", name_check_label);
    struct str name = namespace.ptr ? request_name(request, "name", name_check_subdomain) : namespace;
    const char *path;
    cJSON *pod;

    if (!name.ptr)
        return -1;
    path = arena_printf(request->arena, "/api/v1/namespaces/%.*s/pods/%.*s", STR_FMT(namespace), STR_FMT(name));
    if (!path)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    if (object_call(request->worker, request->cluster, "GET", path, NULL, &pod, &request->err) < 0)
        return -1;
    return draw(request, GRAPH_AROUND, namespace, pod);
}
