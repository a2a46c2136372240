/*
 * The pod of a shell on the cluster: it holds nothing of its own, may do nothing to its node, and ends by itself when
 * nobody is left who would delete it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "cluster/list.h"
#include "cluster/object.h"
#include "cluster/shell.h"

/* It sleeps until it is deleted, or its time is over; the shell is an exec beside that. */
#define SLEEP "trap 'exit 0' TERM INT; sleep \"$1\" & wait"

#define LATE_SECONDS 60 /* behind its deadline, before we take it for left behind */
#define SWEPT_AT_ONCE 200
#define SWEEP_WITHIN_MS 10000

static void write_metadata(struct json *j, const char *caller)
{
    json_object_open(j, "metadata");
    json_text(j, "generateName", "shell-");
    json_object_open(j, "labels");
    json_text(j, "app.kubernetes.io/managed-by", "eksgate");
    json_text(j, SHELL_LABEL, "cluster");
    json_object_close(j);
    json_object_open(j, "annotations");
    json_text(j, "eksgate/caller", caller);
    json_object_close(j);
    json_object_close(j);
}

static void write_container(struct json *j, const struct config *config)
{
    char seconds[24];

    snprintf(seconds, sizeof(seconds), "%ld", config->terminal_life);
    json_object_open(j, NULL);
    json_text(j, "name", SHELL_CONTAINER_NAME);
    json_text(j, "image", config->terminal_image);
    json_array_open(j, "command");
    json_text(j, NULL, "/bin/sh");
    json_text(j, NULL, "-c");
    json_text(j, NULL, SLEEP);
    json_text(j, NULL, "sh");
    json_text(j, NULL, seconds);
    json_array_close(j);
    json_text(j, "workingDir", "/tmp");
    json_raw(j, "env", STR("[{\"name\":\"HOME\",\"value\":\"/tmp\"}]"));
    json_raw(
        j, "resources",
        STR("{\"requests\":{\"cpu\":\"20m\",\"memory\":\"64Mi\"},\"limits\":{\"cpu\":\"1\",\"memory\":\"512Mi\"}}"));
    json_raw(j, "securityContext",
             STR("{\"allowPrivilegeEscalation\":false,\"privileged\":false,\"readOnlyRootFilesystem\":true,"
                 "\"capabilities\":{\"drop\":[\"ALL\"]}}"));
    json_raw(j, "volumeMounts", STR("[{\"name\":\"tmp\",\"mountPath\":\"/tmp\"}]"));
    json_object_close(j);
}

static void write_pod(struct json *j, const struct config *config, struct str account, const char *caller)
{
    json_object_open(j, NULL);
    json_text(j, "apiVersion", "v1");
    json_text(j, "kind", "Pod");
    write_metadata(j, caller);
    json_object_open(j, "spec");
    json_text(j, "restartPolicy", "Never");
    json_int(j, "activeDeadlineSeconds", config->terminal_life);
    json_int(j, "terminationGracePeriodSeconds", 1);
    json_bool(j, "enableServiceLinks", false);
    json_str(j, "serviceAccountName", account);
    json_raw(j, "securityContext",
             STR("{\"runAsNonRoot\":true,\"runAsUser\":65532,\"runAsGroup\":65532,\"fsGroup\":65532,"
                 "\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}"));
    json_array_open(j, "containers");
    write_container(j, config);
    json_array_close(j);
    json_raw(j, "volumes", STR("[{\"name\":\"tmp\",\"emptyDir\":{\"sizeLimit\":\"64Mi\"}}]"));
    json_object_close(j);
    json_object_close(j);
}

bool shell_pod_has_expired(const cJSON *pod, int64_t now)
{
    const char *phase = json_find_text(pod, "status.phase");
    const cJSON *deadline = json_find(pod, "spec.activeDeadlineSeconds");
    int64_t created;

    if (json_find_text(pod, "metadata.deletionTimestamp"))
        return false;
    if (phase && (strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0))
        return true;
    /* One that no node has taken has no deadline to the cluster. */
    return cJSON_IsNumber(deadline) &&
           clock_parse(str_from(json_find_text(pod, "metadata.creationTimestamp")), &created) == 0 &&
           (double)(now - created) > deadline->valuedouble + LATE_SECONDS;
}

struct left {
    const char *name;
    const char *uid;
    struct left *next;
};

struct sweep {
    struct arena *arena;
    struct left *first;
    size_t count;
    int64_t now;
};

static int on_pod(void *arg, const cJSON *pod)
{
    struct sweep *sweep = arg;
    const char *name = json_find_text(pod, "metadata.name");
    const char *uid = json_find_text(pod, "metadata.uid");
    struct left *left;

    if (!name || !uid || sweep->count >= SWEPT_AT_ONCE || !shell_pod_has_expired(pod, sweep->now))
        return 0;
    left = arena_alloc(sweep->arena, sizeof(*left));
    if (!left)
        return 0;
    *left = (struct left){arena_strdup(sweep->arena, name), arena_strdup(sweep->arena, uid), sweep->first};
    sweep->first = left;
    sweep->count++;
    return 0;
}

/* That pod, and none that has its name by now. */
static int delete_left(struct worker *worker, struct cluster *cluster, const struct left *left, struct err *err)
{
    const char *path = arena_printf(worker->arena, "/api/v1/namespaces/%s/pods/%s", worker->config->terminal_namespace,
                                    left->name ? left->name : "");
    cJSON *order = cJSON_CreateObject();
    cJSON *uid = order ? cJSON_AddObjectToObject(order, "preconditions") : NULL;
    int rc = -1;

    if (path && left->name && left->uid && uid && cJSON_AddStringToObject(uid, "uid", left->uid) &&
        cJSON_AddNumberToObject(order, "gracePeriodSeconds", 0))
        rc = object_call(worker, cluster, "DELETE", path, order, NULL, err);
    else
        err_set(err, ERR_INTERNAL, "there is no memory for the pod");
    cJSON_Delete(order);
    if (rc == 0)
        log_info("a shell's pod that was left behind is deleted", LOG_STR("cluster", cluster->id),
                 LOG_TEXT("pod", left->name));
    return rc;
}

int shell_pods_sweep(struct worker *worker, struct cluster *cluster, struct err *err)
{
    struct sweep sweep = {.arena = worker->arena, .now = clock_now()};
    struct list list = {.accept = KUBE_ACCEPT_JSON, .array = "items", .on_item = on_pod, .arg = &sweep};
    int rc = 0;

    list.path = arena_printf(worker->arena,
                             "/api/v1/namespaces/%s/pods?labelSelector=eksgate%%2Fterminal%%3Dcluster"
                             "%%2Capp.kubernetes.io%%2Fmanaged-by%%3Deksgate",
                             worker->config->terminal_namespace);
    if (!list.path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    if (cluster_list_all(worker, cluster, &list, SWEEP_WITHIN_MS, err) < 0)
        return -1;
    for (const struct left *left = sweep.first; left; left = left->next)
        if (delete_left(worker, cluster, left, err) < 0)
            rc = -1;
    return rc;
}

int shell_pod_make(struct worker *worker, struct cluster *cluster, struct str account, const char *caller,
                   struct shell_place *out, struct err *err)
{
    const char *namespace = worker->config->terminal_namespace;
    const char *path = arena_printf(worker->arena, "/api/v1/namespaces/%s/pods?fieldManager=eksgate", namespace);
    struct buf text;
    struct json j;
    const char *why;
    cJSON *wanted;
    cJSON *made = NULL;
    const char *name;
    int rc = -1;

    buf_init(&text, KIB(16));
    json_init(&j, &text);
    write_pod(&j, worker->config, account, caller);
    wanted = text.failed ? NULL : json_tree(buf_str(&text), LIMIT_JSON_DEPTH, &why);
    if (path && wanted)
        rc = object_call(worker, cluster, "POST", path, wanted, &made, err);
    else
        err_set(err, ERR_INTERNAL, "there is no memory for the pod");
    cJSON_Delete(wanted);
    buf_free(&text);
    if (rc < 0)
        return -1;
    name = json_find_text(made, "metadata.name");
    if (!name)
        return err_set(err, ERR_UPSTREAM_BROKEN, "the cluster made a pod without a name");
    *out = (struct shell_place){str_from(namespace), str_from(name), STR(SHELL_CONTAINER_NAME)};
    return 0;
}

static const char *condition_reason(const cJSON *pod, const char *type, bool *is_true)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, json_find(pod, "status.conditions"))
    {
        const char *status = json_find_text(condition, "status");

        if (!str_equal(str_from(json_find_text(condition, "type")), str_from(type)))
            continue;
        *is_true = status && strcmp(status, "True") == 0;
        return json_find_text(condition, "reason");
    }
    *is_true = false;
    return NULL;
}

/* A pod has a reason of its own where it was put out; what ended by itself is told of its container. */
static int fail_ended(const cJSON *pod, const struct shell_place *place, const char *phase, struct err *err)
{
    const cJSON *container = cJSON_GetArrayItem(json_find(pod, "status.containerStatuses"), 0);
    const cJSON *ended = json_find(container, "state.terminated");
    const char *reason = json_find_text(pod, "status.reason");
    const char *message = json_find_text(ended, "message");

    if (reason || !ended)
        return err_set(err, ERR_UPSTREAM_BROKEN, "the pod \"%s\" has ended: %s", place->pod.ptr,
                       reason ? reason : phase);
    reason = json_find_text(ended, "reason");
    return err_set(err, ERR_UPSTREAM_BROKEN, "the pod \"%s\" has ended: %s, exit code %d%s%.200s", place->pod.ptr,
                   reason ? reason : phase, (int)json_find_int(ended, "exitCode", -1), message ? ": " : "",
                   message ? message : "");
}

int shell_pod_look(struct worker *worker, struct cluster *cluster, const struct shell_place *place, bool *ready,
                   char waits_for[64], struct err *err)
{
    const char *path =
        arena_printf(worker->arena, "/api/v1/namespaces/%s/pods/%s", place->namespace.ptr, place->pod.ptr);
    const char *phase;
    const char *reason;
    bool scheduled;
    cJSON *pod;

    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    if (object_call(worker, cluster, "GET", path, NULL, &pod, err) < 0)
        return -1;
    condition_reason(pod, "Ready", ready);
    phase = json_find_text(pod, "status.phase");
    if (phase && (strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0))
        return fail_ended(pod, place, phase, err);
    reason = json_find_text(cJSON_GetArrayItem(json_find(pod, "status.containerStatuses"), 0), "state.waiting.reason");
    if (!reason)
        reason = condition_reason(pod, "PodScheduled", &scheduled);
    snprintf(waits_for, 64, "%s", reason ? reason : phase ? phase : "Pending");
    return 0;
}

int shell_pod_delete(struct worker *worker, struct cluster *cluster, const struct shell_place *place, struct err *err)
{
    const char *path = arena_printf(worker->arena, "/api/v1/namespaces/%s/pods/%s?gracePeriodSeconds=0",
                                    place->namespace.ptr, place->pod.ptr);

    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    return object_call(worker, cluster, "DELETE", path, NULL, NULL, err);
}
