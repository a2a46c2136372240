#include "cluster/object.h"

#include <string.h>

#include "base/limits.h"

#define TIMEOUT_MS 65000 /* the API server's own limit is 60 s */

static void release_tree(void *tree)
{
    cJSON_Delete(tree);
}

/* A PATCH is a merge patch (RFC 7386). */
static const char *const *headers(struct arena *arena, const char *request_id, const char *method, bool has_body)
{
    const char *const *own = kube_own_headers(arena, KUBE_ACCEPT_JSON, request_id);
    const char **lines = arena_alloc(arena, 6 * sizeof(*lines));
    size_t n = 0;

    if (!own || !lines)
        return NULL;
    for (; own[n]; n++)
        lines[n] = own[n];
    if (has_body)
        lines[n] = strcmp(method, "PATCH") == 0 ? "Content-Type: application/merge-patch+json"
                                                : "Content-Type: application/json";
    return lines;
}

/* The error outlives the memory of its call. */
static int keep_error(struct worker *worker, struct err *err)
{
    struct str *parts[] = {&err->upstream_status, &err->upstream_type};

    for (size_t i = 0; i < 2; i++) {
        if (parts[i]->len == 0)
            continue;
        parts[i]->ptr = arena_strndup(worker->arena, parts[i]->ptr, parts[i]->len);
        if (!parts[i]->ptr)
            return err_set(err, ERR_INTERNAL, "there is no memory for the cluster's answer");
    }
    return -1;
}

static int read_answer(struct worker *worker, const struct cluster *cluster, struct str body, cJSON **out,
                       struct err *err)
{
    const char *why;
    cJSON *tree = json_tree(body, LIMIT_MANIFEST_DEPTH, &why);

    if (!tree)
        return err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\": its answer can not be read: %s",
                       STR_FMT(cluster->id), why);
    if (arena_defer(worker->arena, release_tree, tree) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for the cluster's answer");
    *out = tree;
    return 0;
}

static int call_within(struct worker *worker, struct cluster *cluster, const char *method, const char *path,
                       const cJSON *body, long timeout_ms, cJSON **out, struct err *err)
{
    struct arena *scratch = arena_new(LIMIT_KUBE_OBJECT + MIB(1));
    struct kube_request request = {
        .method = method, .path = str_from(path), .timeout_ms = timeout_ms, .max_body = LIMIT_KUBE_OBJECT};
    struct http_reply reply;
    struct buf text;
    struct json j;
    int rc = -1;

    buf_init(&text, LIMIT_KUBE_OBJECT);
    json_init(&j, &text);
    if (body)
        json_value(&j, NULL, body);
    request.headers = scratch ? headers(scratch, worker->request_id, method, body) : NULL;
    request.body = buf_str(&text);
    request.has_body = body != NULL;
    request.arena = scratch;
    if (!request.headers || text.failed) {
        err_set(err, ERR_INTERNAL, "there is no memory for the request");
        goto out;
    }
    rc = cluster_call(worker, cluster, &request, &reply, err);
    if (rc < 0)
        keep_error(worker, err);
    else if (out)
        rc = read_answer(worker, cluster, reply.body, out, err);
out:
    buf_wipe(&text);
    arena_free(scratch);
    return rc;
}

int object_call(struct worker *worker, struct cluster *cluster, const char *method, const char *path, const cJSON *body,
                cJSON **out, struct err *err)
{
    return call_within(worker, cluster, method, path, body, TIMEOUT_MS, out, err);
}

int object_read(struct worker *worker, struct cluster *cluster, const char *path, long timeout_ms, cJSON **out,
                struct err *err)
{
    return call_within(worker, cluster, "GET", path, NULL, timeout_ms, out, err);
}

const cJSON *object_error_status(struct worker *worker, const struct err *err)
{
    const char *why;
    cJSON *status = err->upstream_status.len > 0 ? json_tree(err->upstream_status, LIMIT_JSON_DEPTH, &why) : NULL;

    if (status && arena_defer(worker->arena, release_tree, status) < 0)
        return NULL;
    return status;
}
