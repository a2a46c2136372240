#include "cluster/kinds.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"

static const struct kind *find(const struct kinds *kinds, const char *api_version, const char *name)
{
    for (const struct kind *k = kinds->first; k; k = k->next)
        if (strcmp(k->api_version, api_version) == 0 && strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

static int add(struct kinds *kinds, struct arena *arena, const char *api_version, const char *name, const char *plural,
               bool namespaced)
{
    struct kind *kind;

    if (find(kinds, api_version, name))
        return 0;
    kind = arena_alloc(arena, sizeof(*kind));
    if (!kind)
        return -1;
    *kind = (struct kind){kinds->first, arena_strdup(arena, api_version), arena_strdup(arena, name),
                          arena_strdup(arena, plural), namespaced};
    if (!kind->api_version || !kind->name || !kind->plural)
        return -1;
    kinds->first = kind;
    return 0;
}

/* https://kubernetes.io/docs/reference/using-api/api-concepts/#unaggregated-discovery: a subresource has a "/" in its
 * name. */
static int add_all(struct kinds *kinds, struct arena *arena, const char *api_version, const cJSON *list)
{
    const cJSON *resource;

    cJSON_ArrayForEach(resource, json_find(list, "resources"))
    {
        const char *plural = json_find_text(resource, "name");
        const char *name = json_find_text(resource, "kind");

        if (plural && name && !strchr(plural, '/') &&
            add(kinds, arena, api_version, name, plural, cJSON_IsTrue(json_find(resource, "namespaced"))) < 0)
            return -1;
    }
    return add(kinds, arena, api_version, "", "", false);
}

/* 0, also when the cluster knows no such version. */
static int ask(struct kinds *kinds, struct worker *worker, struct cluster *cluster, struct arena *scratch,
               const char *api_version, struct err *err)
{
    const char *path = arena_printf(scratch, "%s/%s", strchr(api_version, '/') ? "/apis" : "/api", api_version);
    const struct kube_request request = {
        .method = "GET",
        .path = str_from(path),
        .headers = kube_own_headers(scratch, KUBE_ACCEPT_JSON, worker->request_id),
        .timeout_ms = 15000,
        .max_body = LIMIT_KUBE_OBJECT,
        .arena = scratch,
    };
    struct http_reply reply = {0};
    const char *why;
    cJSON *list;
    int rc;

    if (!path || !request.headers)
        return err_set(err, ERR_INTERNAL, "there is no memory for the request");
    if (cluster_call(worker, cluster, &request, &reply, err) < 0) {
        if (reply.head.status != 404)
            return -1;
        err_clear(err);
        rc = add(kinds, worker->arena, api_version, "", "", false);
    } else {
        list = json_tree(reply.body, LIMIT_JSON_DEPTH, &why);
        if (!list)
            return err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\": its discovery can not be read: %s",
                           STR_FMT(cluster->id), why);
        rc = add_all(kinds, worker->arena, api_version, list);
        cJSON_Delete(list);
    }
    return rc < 0 ? err_set(err, ERR_INTERNAL, "there is no memory for the kinds") : 0;
}

int kinds_find(struct kinds *kinds, struct worker *worker, struct cluster *cluster, struct arena *scratch,
               const char *api_version, const char *name, bool again, const struct kind **out, struct err *err)
{
    *out = find(kinds, api_version, name);
    if (*out || (find(kinds, api_version, "") && !again))
        return 0;
    if (ask(kinds, worker, cluster, scratch, api_version, err) < 0)
        return -1;
    *out = find(kinds, api_version, name);
    return 0;
}
