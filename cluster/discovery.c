#include "cluster/discovery.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "kube/items.h"

typedef int on_resource_fn(void *arg, const struct kube_resource *resource);

struct walk {
    struct kube_items items;
    on_resource_fn *on_resource;
    void *arg;
    struct gaps *gaps; /* or NULL */
    bool stopped;      /* by the callback: it has what it wants */
};

static void on_stale(void *arg, const char *group, const char *version)
{
    char name[320];
    struct err err;

    snprintf(name, sizeof(name), "%s/%s", group, version);
    err_set(&err, ERR_UPSTREAM_UNREACHABLE,
            "the server of the API group %s does not answer the cluster; kinds of it may be missing", name);
    gaps_add(arg, name, &err);
}

static int on_group(void *arg, struct str text)
{
    struct walk *walk = arg;
    const char *why;
    cJSON *group = json_tree(text, LIMIT_JSON_DEPTH, &why);
    int rc;

    if (!group)
        return 0;
    rc = kube_group_resources(group, walk->on_resource, walk->arg);
    if (walk->gaps)
        kube_group_stale(group, on_stale, walk->gaps);
    cJSON_Delete(group);
    walk->stopped = rc < 0;
    return rc;
}

static int on_head(void *arg, const struct http_head *head)
{
    (void)arg;
    (void)head;
    return 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    return kube_items_feed(&((struct walk *)arg)->items, data, len);
}

static int walk_root(struct worker *worker, struct cluster *cluster, struct str path, struct walk *walk,
                     struct err *err)
{
    const struct http_sink sink = {on_head, on_body, NULL, walk};
    const struct kube_request request = {
        .method = "GET",
        .path = path,
        .headers = kube_own_headers(worker->arena, KUBE_ACCEPT_DISCOVERY, worker->request_id),
        .timeout_ms = 15000,
        .sink = &sink,
    };
    struct http_reply reply;
    int rc;

    walk->items = (struct kube_items){.array = "items", .on_item = on_group, .arg = walk};
    kube_items_init(&walk->items);
    rc = cluster_call(worker, cluster, &request, &reply, err);
    if (walk->stopped) {
        err_clear(err);
        rc = 0;
    } else if (rc < 0 && walk->items.fault) {
        err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\": its discovery can not be read: %s",
                STR_FMT(cluster->id), walk->items.fault);
    }
    kube_items_free(&walk->items);
    return rc;
}

int cluster_discover(struct worker *worker, struct cluster *cluster, on_resource_fn *on_resource, void *arg,
                     struct gaps *gaps, struct err *err)
{
    struct walk walk = {.on_resource = on_resource, .arg = arg, .gaps = gaps};

    if (walk_root(worker, cluster, STR("/api"), &walk, err) < 0)
        return -1;
    return walk.stopped ? 0 : walk_root(worker, cluster, STR("/apis"), &walk, err);
}

struct search {
    struct arena *arena;
    struct str type;
    struct resource_location *out;
    bool found;
    bool no_memory;
};

static int on_candidate(void *arg, const struct kube_resource *r)
{
    struct search *s = arg;

    if (!kube_resource_is(r, s->type))
        return 0;
    s->out->root = *r->group ? arena_printf(s->arena, "/apis/%s/%s", r->group, r->version)
                             : arena_printf(s->arena, "/api/%s", r->version);
    s->out->plural = arena_strdup(s->arena, r->plural);
    s->out->namespaced = r->namespaced;
    s->found = true;
    s->no_memory = !s->out->root || !s->out->plural;
    return -1;
}

/* Kinds that every cluster serves, always, in the same place: no need to ask. */
static const struct {
    struct str type;
    struct resource_location location;
} known[] = {
    {STR("pods"), {"/api/v1", "pods", true}},
    {STR("services"), {"/api/v1", "services", true}},
    {STR("nodes"), {"/api/v1", "nodes", false}},
    {STR("namespaces"), {"/api/v1", "namespaces", false}},
    {STR("events"), {"/api/v1", "events", true}},
    {STR("deployments"), {"/apis/apps/v1", "deployments", true}},
    {STR("deployments.apps"), {"/apis/apps/v1", "deployments", true}},
};

int cluster_find_resource(struct worker *worker, struct cluster *cluster, struct str type,
                          struct resource_location *out, struct err *err)
{
    struct search search = {.arena = worker->arena, .type = type, .out = out};
    struct walk walk = {.on_resource = on_candidate, .arg = &search};
    bool in_group = str_contains(type, '.');

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (str_equal(known[i].type, type)) {
            *out = known[i].location;
            return 0;
        }
    }
    if (!in_group && walk_root(worker, cluster, STR("/api"), &walk, err) < 0)
        return -1;
    if (!search.found && walk_root(worker, cluster, STR("/apis"), &walk, err) < 0)
        return -1;
    if (search.no_memory)
        return err_set(err, ERR_INTERNAL, "there is no memory for the kind");
    if (!search.found)
        return err_set(err, ERR_NOT_FOUND,
                       "cluster \"%.*s\" serves no resource type \"%.*s\": GET /api/clusters/%.*s/resources lists "
                       "those it serves",
                       STR_FMT(cluster->id), (int)(type.len > 100 ? 100 : type.len), type.ptr, STR_FMT(cluster->id));
    return 0;
}
