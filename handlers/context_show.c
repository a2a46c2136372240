/*
 * GET /api/contexts/:cluster: what a cluster says of itself. What it does not say is named beside the rest.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "cluster/discovery.h"
#include "cluster/gap.h"
#include "cluster/list.h"
#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/clusters.h"
#include "handlers/contexts.h"
#include "handlers/handlers.h"

#define NAMESPACES_MAX 20000
#define WITHIN_MS 60000

/* clang-format off */
static const struct field failure_shape[] = {
    {.name = "resource", .help = "what could not be read", .example = "namespaces"},
    {.name = "code", .help = "a reason of Kubernetes", .example = "Forbidden"},
    {.name = "message"},
    {.name = NULL},
};

static const struct field current_shape[] = {
    {.name = "name", .example = "staging"},
    {.name = "kubernetesVersion", .nullable = true, .example = "v1.33.5"},
    {.name = "platform", .nullable = true, .example = "linux/amd64"},
    {.name = "namespaces", .type = FIELD_TEXT_LIST, .help = "sorted", .example = "[\"default\"]"},
    {.name = "resources", .type = FIELD_OBJECT, .help = "by group and plural: name, groupVersion, kind, namespaced", .example = "{\"\":{\"pods\":{\"name\":\"pods\",\"groupVersion\":\"v1\",\"kind\":\"Pod\",\"namespaced\":true}}}"},
    {.name = NULL},
};

static const struct field show_shape[] = {
    {.name = "contexts", .type = FIELD_TEXT_LIST, .help = "the ids of all connections that the caller may know of", .example = "[\"staging\"]"},
    {.name = "currentContext", .type = FIELD_OBJECT, .children = current_shape},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = failure_shape, .help = "what of it could not be read"},
    {.name = NULL},
};

static const struct field namespaces_shape[] = {
    {.name = "currentContext", .example = "staging"},
    {.name = "namespaces", .type = FIELD_TEXT_LIST, .help = "sorted", .example = "[\"default\"]"},
    {.name = NULL},
};

const struct answer context_answers[] = {
    {200, "what could be read of it", show_shape},
    {0},
};

const struct answer context_namespaces_answers[] = {
    {200, "the names of its namespaces", namespaces_shape},
    {0},
};
/* clang-format on */

struct names {
    struct request *request;
    struct err *err;
    const char **names;
    size_t count;
    size_t room;
};

static int on_namespace(void *arg, const cJSON *item)
{
    struct names *all = arg;
    const char *name = json_find_text(item, "metadata.name");

    if (!name)
        return 0;
    if (all->count == all->room) {
        size_t room = all->room ? 2 * all->room : 256;
        const char **more = room <= NAMESPACES_MAX * 2 ? arena_alloc(all->request->arena, room * sizeof(*more)) : NULL;

        if (!more)
            return err_set(all->err, ERR_UPSTREAM_BROKEN, "the cluster has too many namespaces");
        if (all->count > 0)
            memcpy(more, all->names, all->count * sizeof(*more));
        all->names = more;
        all->room = room;
    }
    all->names[all->count] = arena_strdup(all->request->arena, name);
    return all->names[all->count++] ? 0 : err_set(all->err, ERR_INTERNAL, "there is no memory");
}

static bool is_gone(void *arg)
{
    return request_is_gone(((struct names *)arg)->request);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_namespaces(struct names *all, struct err *err)
{
    struct request *request = all->request;
    struct list list = {.path = "/api/v1/namespaces?",
                        .accept = KUBE_ACCEPT_JSON,
                        .array = "items",
                        .on_item = on_namespace,
                        .is_gone = is_gone,
                        .arg = all,
                        .token = ""};

    all->err = err;
    if (cluster_list_all(request->worker, request->cluster, &list, WITHIN_MS, err) < 0)
        return -1;
    if (all->count > 0)
        qsort(all->names, all->count, sizeof(*all->names), compare);
    return 0;
}

static void write_names(struct json *j, const struct names *all)
{
    json_array_open(j, "namespaces");
    for (size_t i = 0; i < all->count; i++)
        json_text(j, NULL, all->names[i]);
    json_array_close(j);
}

int contexts_namespaces(struct request *request)
{
    struct names all = {.request = request};
    struct buf body;
    struct json j;

    if (read_namespaces(&all, &request->err) < 0)
        return -1;
    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "currentContext", request->cluster->id);
    write_names(&j, &all);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

struct kinds {
    struct buf text;
    struct json json;
    char group[256]; /* whose object is open */
    bool any;
};

/* Discovery tells the kinds of one group behind each other. */
static int on_kind(void *arg, const struct kube_resource *r)
{
    struct kinds *kinds = arg;
    struct json *j = &kinds->json;
    char version[512];

    if (!kinds->any || strcmp(kinds->group, r->group) != 0) {
        if (kinds->any)
            json_object_close(j);
        json_object_open(j, r->group);
        snprintf(kinds->group, sizeof(kinds->group), "%s", r->group);
        kinds->any = true;
    }
    snprintf(version, sizeof(version), "%s%s%s", r->group, *r->group ? "/" : "", r->version);
    json_object_open(j, r->plural);
    json_text(j, "name", r->plural);
    json_text(j, "groupVersion", version);
    json_text(j, "kind", r->kind);
    json_bool(j, "namespaced", r->namespaced);
    json_object_close(j);
    return 0;
}

static int read_kinds(struct request *request, struct kinds *kinds, struct gaps *gaps, struct err *err)
{
    *kinds = (struct kinds){.any = false};
    buf_init(&kinds->text, MIB(4));
    json_init(&kinds->json, &kinds->text);
    json_object_open(&kinds->json, NULL);
    if (cluster_discover(request->worker, request->cluster, on_kind, kinds, gaps, err) < 0)
        return -1;
    if (kinds->any)
        json_object_close(&kinds->json);
    json_object_close(&kinds->json);
    return kinds->text.failed ? err_set(err, ERR_UPSTREAM_BROKEN, "the cluster has too many kinds") : 0;
}

/* A context's version is not known before it is asked for it; the list shows what it said last. */
static void remember_version(struct request *request, const char *version)
{
    struct description *d = &request->cluster->description;
    struct err ignored;

    if (strcmp(request->cluster->connection.source, SOURCE_KUBECONFIG) != 0 || !version || strlen(version) > 64 ||
        strcmp(version, d->version) == 0)
        return;
    d->version = version;
    d->described_at = clock_now();
    d->asked_ms = clock_now_ms();
    description_write(request->worker->redis, &request->cluster->connection, d, &ignored);
}

/* What a cluster says of itself, as far as it does. */
struct view {
    struct names names;
    struct kinds kinds;
    cJSON *version;
    bool has_kinds;
    struct gaps gaps;
};

static int answer(struct request *request, const struct view *view)
{
    struct buf body;
    struct json j;

    buf_init(&body, MIB(8));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    if (clusters_write_ids(request, &j) < 0) {
        buf_free(&body);
        return -1;
    }
    json_object_open(&j, "currentContext");
    json_str(&j, "name", request->cluster->id);
    json_text(&j, "kubernetesVersion", json_find_text(view->version, "gitVersion"));
    json_text(&j, "platform", json_find_text(view->version, "platform"));
    write_names(&j, &view->names);
    json_raw(&j, "resources", view->has_kinds ? buf_str(&view->kinds.text) : STR("{}"));
    json_object_close(&j);
    gaps_write(&view->gaps, &j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void release(void *view)
{
    struct view *v = view;

    buf_free(&v->kinds.text);
    gaps_free(&v->gaps);
}

static struct view *view_new(struct request *request)
{
    struct view *view = arena_alloc(request->arena, sizeof(*view));

    if (view) {
        view->names.request = request;
        gaps_init(&view->gaps);
        if (arena_defer(request->arena, release, view) == 0)
            return view;
    }
    err_set(&request->err, ERR_INTERNAL, "there is no memory for the answer");
    return NULL;
}

int contexts_show(struct request *request)
{
    struct view *view = view_new(request);
    struct err err = {0};
    bool has_version;
    bool has_names;

    if (!view)
        return -1;
    has_version =
        object_call(request->worker, request->cluster, "GET", "/version", NULL, &view->version, &request->err) == 0;
    if (!has_version)
        gaps_add(&view->gaps, "version", &request->err);
    has_names = read_namespaces(&view->names, &err) == 0;
    if (!has_names)
        gaps_add(&view->gaps, "namespaces", &err);
    view->has_kinds = read_kinds(request, &view->kinds, &view->gaps, &err) == 0;
    if (!view->has_kinds)
        gaps_add(&view->gaps, "resources", &err);
    if (!has_version && !has_names && !view->has_kinds)
        return -1;
    err_clear(&request->err);
    remember_version(request, json_find_text(view->version, "gitVersion"));
    return answer(request, view);
}
