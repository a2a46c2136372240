#include "cluster/shell.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "cluster/object.h"

#define PROBE                                                                                                          \
    "TERM=xterm-256color; export TERM; command -v bash >/dev/null 2>&1 && exec bash; exec sh" /* of POSIX sh only */
#define DEFAULT_CONTAINER "kubectl.kubernetes.io/default-container"

static const char *const type_names[] = {
    [SHELL_CLUSTER] = "cluster", [SHELL_POD] = "pod", [SHELL_CONTAINER] = "container"};

const char *shell_type_name(enum shell_type type)
{
    return type_names[type];
}

int shell_type_parse(struct str name, enum shell_type *out)
{
    for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
        if (str_equal(name, str_from(type_names[i]))) {
            *out = (enum shell_type)i;
            return 0;
        }
    return -1;
}

int shell_explain(struct worker *worker, struct err *err)
{
    const char *message = json_find_text(object_error_status(worker, err), "message");

    if (message)
        snprintf(err->message, sizeof(err->message), "%s", message);
    return -1;
}

static cJSON *new_review(const struct shell_place *place, const char *resource, const char *subresource)
{
    cJSON *review = cJSON_CreateObject();
    cJSON *attributes;

    cJSON_AddStringToObject(review, "apiVersion", "authorization.k8s.io/v1");
    cJSON_AddStringToObject(review, "kind", "SelfSubjectAccessReview");
    attributes = cJSON_AddObjectToObject(cJSON_AddObjectToObject(review, "spec"), "resourceAttributes");
    cJSON_AddStringToObject(attributes, "namespace", place->namespace.ptr);
    if (place->pod.len > 0)
        cJSON_AddStringToObject(attributes, "name", place->pod.ptr);
    cJSON_AddStringToObject(attributes, "verb", "create");
    cJSON_AddStringToObject(attributes, "resource", resource);
    /* The last one is looked at: without memory, it or an object around it is missing. */
    if (cJSON_AddStringToObject(attributes, "subresource", subresource))
        return review;
    cJSON_Delete(review);
    return NULL;
}

static int review_one(struct worker *worker, struct cluster *cluster, const struct shell_place *place,
                      const char *resource, const char *subresource, struct err *err)
{
    cJSON *review = new_review(place, resource, subresource);
    cJSON *answer;
    int rc;

    if (!review)
        return err_set(err, ERR_INTERNAL, "there is no memory for the access review");
    rc = object_call(worker, cluster, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, &answer,
                     err);
    cJSON_Delete(review);
    if (rc < 0)
        return -1;
    if (cJSON_IsTrue(json_find(answer, "status.allowed")))
        return 0;
    return err_set(err, ERR_FORBIDDEN,
                   "eksgate: the cluster does not let this connection create %s%s%s in the namespace \"%s\"", resource,
                   *subresource ? "/" : "", subresource, place->namespace.ptr);
}

int shell_review(struct worker *worker, struct cluster *cluster, enum shell_type type, const struct shell_place *place,
                 struct err *err)
{
    if (type == SHELL_CLUSTER && place->pod.len == 0 && review_one(worker, cluster, place, "pods", "", err) < 0)
        return -1;
    return review_one(worker, cluster, place, "pods", "exec", err);
}

static const char *pod_path(struct arena *arena, const struct shell_place *place)
{
    return arena_printf(arena, "/api/v1/namespaces/%s/pods/%s", place->namespace.ptr, place->pod.ptr);
}

static int get_pod(struct worker *worker, struct cluster *cluster, const struct shell_place *place, cJSON **pod,
                   struct err *err)
{
    const char *path = pod_path(worker->arena, place);

    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    return object_call(worker, cluster, "GET", path, NULL, pod, err);
}

static bool has_container(const cJSON *pod, struct str name)
{
    static const char *const lists[] = {"spec.containers", "spec.initContainers", "spec.ephemeralContainers"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const cJSON *container;

        cJSON_ArrayForEach(container, json_find(pod, lists[i]))
        {
            if (str_equal(str_from(json_find_text(container, "name")), name))
                return true;
        }
    }
    return false;
}

/* As kubectl chooses it. */
static struct str choose_container(const cJSON *pod)
{
    const cJSON *annotations = json_find(pod, "metadata.annotations");
    const cJSON *named = cJSON_GetObjectItemCaseSensitive(annotations, DEFAULT_CONTAINER);

    if (cJSON_IsString(named) && has_container(pod, str_from(named->valuestring)))
        return str_from(named->valuestring);
    return str_from(json_find_text(cJSON_GetArrayItem(json_find(pod, "spec.containers"), 0), "name"));
}

int shell_find(struct worker *worker, struct cluster *cluster, struct shell_place *place, struct err *err)
{
    const char *phase;
    cJSON *pod;

    if (get_pod(worker, cluster, place, &pod, err) < 0)
        return -1;
    phase = json_find_text(pod, "status.phase");
    if (place->container.len == 0)
        place->container = choose_container(pod);
    else if (!has_container(pod, place->container))
        return err_set(err, ERR_NOT_FOUND, "the pod \"%s\" has no container \"%s\"", place->pod.ptr,
                       place->container.ptr);
    if (phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0))
        return err_set(err, ERR_CONFLICT, "the pod \"%s\" has ended (%s): there is nothing to open a shell in",
                       place->pod.ptr, phase);
    return 0;
}

int shell_exec(struct arena *arena, const struct shell_place *place, struct str *path, struct str *query)
{
    static const char *const command[] = {"/bin/sh", "-c", PROBE};
    struct buf out;
    int rc = -1;

    buf_init(&out, KIB(4));
    buf_printf(&out, "container=%s&stdin=true&stdout=true&tty=true", place->container.ptr);
    for (size_t i = 0; i < sizeof(command) / sizeof(command[0]); i++) {
        buf_add_str(&out, STR("&command="));
        encode_percent(&out, str_from(command[i]));
    }
    *path = str_from(arena_printf(arena, "/api/v1/namespaces/%s/pods/%s/exec", place->namespace.ptr, place->pod.ptr));
    *query = out.failed ? STR("") : str_from(arena_strndup(arena, out.ptr, out.len));
    if (path->len > 0 && query->len > 0)
        rc = 0;
    buf_free(&out);
    return rc;
}
