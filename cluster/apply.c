#include "cluster/apply.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"

#define TIMEOUT_MS 65000 /* the API server's own limit is 60 s */
#define DEFINED_WITHIN_MS 15000
#define DEFINED_POLL_MS 100
#define TYPE_APPLY "application/apply-patch+yaml" /* JSON is YAML */

/* Secrets may be among the objects. */
static void wipe_buf(void *buf)
{
    buf_wipe(buf);
}

static void release_arena(void *arena)
{
    arena_free(arena);
}

static int write_query(struct applier *a, struct err *err)
{
    const struct apply_options *o = &a->options;
    struct buf query;

    buf_init(&query, KIB(2));
    buf_add_str(&query, STR("?fieldManager="));
    encode_percent(&query, o->field_manager);
    buf_add_str(&query, STR("&fieldValidation="));
    encode_percent(&query, o->field_validation);
    if (o->dry_run)
        buf_add_str(&query, STR("&dryRun=All"));
    a->query.len = query.len;
    a->query.ptr = query.failed ? NULL : arena_strndup(a->worker->arena, query.ptr, query.len);
    buf_free(&query);
    return a->query.ptr ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the query");
}

int applier_init(struct applier *a, struct worker *worker, struct cluster *cluster, const struct manifests *manifests,
                 const struct apply_options *options, struct err *err)
{
    *a = (struct applier){.worker = worker,
                          .cluster = cluster,
                          .manifests = manifests,
                          .options = *options,
                          .scratch = arena_new(LIMIT_KUBE_OBJECT + MIB(1))};
    buf_init(&a->body, LIMIT_KUBE_OBJECT);
    if (!a->scratch || arena_defer(worker->arena, release_arena, a->scratch) < 0 ||
        arena_defer(worker->arena, wipe_buf, &a->body) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for the objects");
    return write_query(a, err);
}

/* Another object of the same request brings this kind. */
static bool is_defined_here(const struct applier *a, const struct manifest *object)
{
    struct str group = str_from(object->api_version);

    group = str_cut(&group, '/');
    for (size_t i = 0; i < a->manifests->count; i++) {
        const struct manifest *m = &a->manifests->objects[i];

        if (str_equal(group, str_from(m->defines_group)) && strcmp(object->kind, m->defines_kind) == 0)
            return !a->options.dry_run;
    }
    return false;
}

/* The API server lists a new kind when its definition is established, which takes a moment. */
static int find_kind(struct applier *a, const struct manifest *object, const struct kind **kind, struct err *err)
{
    int64_t until = clock_monotonic_ms() + (is_defined_here(a, object) ? DEFINED_WITHIN_MS : 0);
    bool again = is_defined_here(a, object);

    for (;;) {
        if (kinds_find(&a->kinds, a->worker, a->cluster, a->scratch, object->api_version, object->kind, again, kind,
                       err) < 0)
            return -1;
        if (*kind)
            return 0;
        if (a->options.is_gone && a->options.is_gone(a->options.arg))
            return err_set(err, ERR_CLIENT_GONE, "the client is gone");
        if (clock_monotonic_ms() >= until)
            return err_set(err, ERR_NOT_FOUND,
                           "cluster \"%.*s\" serves no kind \"%.64s\" in \"%.128s\": apply its "
                           "CustomResourceDefinition first",
                           STR_FMT(a->cluster->id), object->kind, object->api_version);
        clock_sleep_ms(DEFINED_POLL_MS);
        arena_reset(a->scratch);
    }
}

int apply_locate(struct applier *a, const struct manifest *object, struct apply_target *out, struct err *err)
{
    const struct kind *kind;
    struct buf path;

    arena_reset(a->scratch);
    if (find_kind(a, object, &kind, err) < 0)
        return -1;
    *out = (struct apply_target){.creates = a->options.mode == APPLY_CREATE || !*object->name};
    out->method = out->creates ? "POST" : a->options.mode == APPLY_REPLACE ? "PUT" : "PATCH";
    buf_init(&path, LIMIT_URI);
    buf_printf(&path, "%s/%s", strchr(object->api_version, '/') ? "/apis" : "/api", object->api_version);
    if (kind->namespaced) {
        out->namespace = *object->namespace ? str_from(object->namespace) : a->options.namespace;
        buf_add_str(&path, STR("/namespaces/"));
        encode_percent(&path, out->namespace);
    }
    buf_printf(&path, "/%s", kind->plural);
    if (!out->creates) {
        buf_add_char(&path, '/');
        encode_percent(&path, str_from(object->name));
    }
    out->path = path.failed ? NULL : arena_strndup(a->scratch, path.ptr, path.len);
    buf_free(&path);
    return out->path ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the path");
}

static int on_head(void *arg, const struct http_head *head)
{
    (void)head;
    buf_reset(&((struct applier *)arg)->body);
    return 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    return buf_add(&((struct applier *)arg)->body, data, len);
}

static bool is_gone(void *arg)
{
    const struct apply_options *options = &((struct applier *)arg)->options;

    return options->is_gone && options->is_gone(options->arg);
}

static const char *const *headers(struct applier *a, const struct apply_target *target)
{
    const char *const *own = kube_own_headers(a->scratch, KUBE_ACCEPT_JSON, a->worker->request_id);
    const char **lines = arena_alloc(a->scratch, 6 * sizeof(*lines));
    size_t n = 0;

    if (!own || !lines)
        return NULL;
    for (; own[n]; n++)
        lines[n] = own[n];
    lines[n] = strcmp(target->method, "PATCH") == 0 ? "Content-Type: " TYPE_APPLY : "Content-Type: application/json";
    return lines;
}

/* The version that is there now: without one the object replaces whatever is there. */
static int read_version(struct applier *a, const struct apply_target *target, const char **version, struct err *err)
{
    const struct kube_request request = {
        .method = "GET",
        .path = str_from(target->path),
        .headers = kube_own_headers(a->scratch, KUBE_ACCEPT_JSON, a->worker->request_id),
        .timeout_ms = TIMEOUT_MS,
        .max_body = LIMIT_KUBE_OBJECT,
        .arena = a->scratch,
    };
    struct http_reply reply;
    const char *why;
    cJSON *object;

    if (cluster_call(a->worker, a->cluster, &request, &reply, err) < 0)
        return -1;
    object = json_tree(reply.body, LIMIT_MANIFEST_DEPTH, &why);
    *version = object ? arena_strdup(a->scratch, json_find_text(object, "metadata.resourceVersion")) : NULL;
    cJSON_Delete(object);
    return *version ? 0
                    : err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\" gave an object without a version",
                              STR_FMT(a->cluster->id));
}

/* The object's JSON, with that version put into its metadata. */
static int with_version(struct applier *a, const struct manifest *object, const char *version, struct buf *out,
                        struct err *err)
{
    struct str json = manifest_json(a->manifests, object);

    buf_add(out, json.ptr, object->metadata);
    buf_add_str(out, STR("\"resourceVersion\":"));
    json_quote(out, str_from(version));
    buf_add_char(out, ',');
    buf_add_str(out, str_skip(json, object->metadata));
    return out->failed ? err_set(err, ERR_INTERNAL, "there is no memory for the object") : 0;
}

static int send_body(struct applier *a, const struct apply_target *target, struct str body, struct http_reply *reply,
                     struct err *err)
{
    const struct http_sink sink = {on_head, on_body, is_gone, a};
    const char *path = arena_printf(a->scratch, "%s%.*s%s", target->path, STR_FMT(a->query),
                                    a->options.force && strcmp(target->method, "PATCH") == 0 ? "&force=true" : "");
    const struct kube_request request = {
        .method = target->method,
        .path = str_from(path),
        .headers = headers(a, target),
        .body = body,
        .has_body = true,
        .timeout_ms = TIMEOUT_MS,
        .sink = &sink,
        .relay = true,
        .arena = a->scratch,
    };

    if (!path || !request.headers)
        return err_set(err, ERR_INTERNAL, "there is no memory for the request");
    if (cluster_call(a->worker, a->cluster, &request, reply, err) == 0)
        return 0;
    if (a->body.failed)
        err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\": its answer is too large",
                STR_FMT(a->cluster->id));
    return -1;
}

/* "404 page not found": this API server does not serve the kind yet, though another may. */
static bool is_served_later(const struct applier *a, const struct manifest *object, const struct http_head *head)
{
    return head->status == 404 && is_defined_here(a, object) &&
           !str_starts_with(http_head_get(head, "Content-Type"), STR("application/json"));
}

/* A kind of this same request may be known to one API server of a cluster before it is to the next. */
static int send_until_served(struct applier *a, const struct manifest *object, const struct apply_target *target,
                             struct str body, struct http_reply *reply, struct err *err)
{
    int64_t until = clock_monotonic_ms() + DEFINED_WITHIN_MS;

    for (;;) {
        if (send_body(a, target, body, reply, err) < 0)
            return -1;
        if (!is_served_later(a, object, &reply->head) || clock_monotonic_ms() >= until || is_gone(a))
            return 0;
        clock_sleep_ms(DEFINED_POLL_MS);
    }
}

int apply_send(struct applier *a, const struct manifest *object, const struct apply_target *target,
               struct apply_answer *out, struct err *err)
{
    struct str json = manifest_json(a->manifests, object);
    struct http_reply *reply = arena_alloc(a->scratch, sizeof(*reply));
    const char *version;
    struct buf body;
    int rc = 0;

    if (!reply)
        return err_set(err, ERR_INTERNAL, "there is no memory for the answer");
    buf_reset(&a->body);
    buf_init(&body, json.len + KIB(1));
    if (strcmp(target->method, "PUT") == 0 && !*object->resource_version) {
        rc = read_version(a, target, &version, err);
        if (rc == 0)
            rc = with_version(a, object, version, &body, err);
        json = buf_str(&body);
    }
    if (rc == 0)
        rc = send_until_served(a, object, target, json, reply, err);
    buf_wipe(&body);
    if (rc < 0)
        return -1;
    *out = (struct apply_answer){&reply->head, buf_str(&a->body),
                                 str_starts_with(http_head_get(&reply->head, "Content-Type"), STR("application/json"))};
    return 0;
}
