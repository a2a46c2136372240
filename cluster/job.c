#include "cluster/job.h"

#include <stdio.h>
#include <string.h>

#include "aws/random.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/status.h"
#include "cluster/job_quota.h"
#include "cluster/object.h"
#include "kube/job.h"
#include "kube/strict.h"

#define NAMES_TRIED 8 /* as the API server does for a generateName */
#define WRITE_QUERY "?fieldManager=eksgate&fieldValidation=Strict"

static const char *write_query(bool dry_run)
{
    return dry_run ? WRITE_QUERY "&dryRun=All" : WRITE_QUERY;
}

/* A refusal that names fields in its message only becomes one with causes. */
static int explain(struct worker *worker, struct err *err)
{
    const char *message = json_find_text(object_error_status(worker, err), "message");
    struct err explained = {0};

    if (err->code == 400 && message && kube_strict_explain(str_from(message), &explained))
        *err = explained;
    return -1;
}

static int build_namespace(struct str name, const cJSON *labels, cJSON **out)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(object, "metadata");
    cJSON *all = labels ? cJSON_Duplicate(labels, true) : cJSON_CreateObject();
    char text[64];

    *out = object;
    snprintf(text, sizeof(text), "%.*s", STR_FMT(name));
    if (!cJSON_AddItemToObject(metadata, "labels", all)) {
        cJSON_Delete(all);
        return -1;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(all, JOB_LABEL_APP);
    return cJSON_AddStringToObject(metadata, "name", text) && cJSON_AddStringToObject(all, JOB_LABEL_APP, JOB_APP) ? 0
                                                                                                                   : -1;
}

int namespace_create(struct worker *worker, struct cluster *cluster, struct str name, const cJSON *labels, bool dry_run,
                     cJSON **namespace, struct err *err)
{
    const char *path = arena_printf(worker->arena, "/api/v1/namespaces%s", write_query(dry_run));
    cJSON *object = NULL;
    int rc;

    if (!path || build_namespace(name, labels, &object) < 0)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the namespace");
    else
        rc = object_call(worker, cluster, "POST", path, object, namespace, err);
    cJSON_Delete(object);
    return rc;
}

static int post_job(struct worker *worker, struct cluster *cluster, const struct job_order *order, cJSON **job,
                    struct err *err)
{
    struct str namespace = str_from(json_find_text(order->manifest, "metadata.namespace"));
    const char *path = arena_printf(worker->arena, "/apis/batch/v1/namespaces/%.*s/jobs%s", STR_FMT(namespace),
                                    write_query(order->dry_run));

    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the job");
    return object_call(worker, cluster, "POST", path, order->manifest, job, err);
}

static int choose_name(struct job_order *order, struct err *err)
{
    unsigned chance[JOB_NAME_CHANCE];
    char name[JOB_NAME_SIZE];

    for (size_t i = 0; i < JOB_NAME_CHANCE; i++)
        chance[i] = aws_random_below(1u << 16);
    job_manifest_generate(order->manifest, chance, name);
    return job_manifest_set_name(order->manifest, name, err);
}

/* A name that is ours to choose is chosen again when it is taken. */
static int send_named(struct worker *worker, struct cluster *cluster, struct job_order *order, bool has_name,
                      cJSON **job, struct err *err)
{
    if (has_name)
        return post_job(worker, cluster, order, job, err);
    for (unsigned i = 0; i < NAMES_TRIED; i++) {
        if (choose_name(order, err) < 0)
            return -1;
        if (post_job(worker, cluster, order, job, err) == 0)
            return 0;
        if (err->code != 409)
            return -1;
    }
    return -1;
}

/* The cluster's own word for a namespace that is not there. */
static bool lacks_namespace(struct worker *worker, const struct err *err)
{
    const char *kind = json_find_text(object_error_status(worker, err), "details.kind");

    return err->code == 404 && kind && strcmp(kind, "namespaces") == 0;
}

/* A request that broke off may have been carried out. */
static bool is_uncertain(const struct err *err)
{
    return err->kind == ERR_UPSTREAM_TIMEOUT || err->kind == ERR_UPSTREAM_BROKEN || err->kind == ERR_CLIENT_GONE;
}

static int add_created(cJSON *status, const char *namespace)
{
    cJSON *details = cJSON_GetObjectItemCaseSensitive(status, "details");
    cJSON *created;
    cJSON *one;

    if (!details)
        details = cJSON_AddObjectToObject(status, "details");
    created = cJSON_AddArrayToObject(details, "created");
    one = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(created, one)) {
        cJSON_Delete(one);
        return -1;
    }
    return cJSON_AddStringToObject(one, "kind", "Namespace") && cJSON_AddStringToObject(one, "name", namespace) ? 0
                                                                                                                : -1;
}

/* Half of what was asked for has been done: the error says which half exists now. */
static int tell_created(struct worker *worker, const char *namespace, struct err *err)
{
    bool uncertain = err->upstream_status.len == 0 && is_uncertain(err);
    struct buf text;
    const char *why;
    const char *message;
    cJSON *status;
    struct json j;

    buf_init(&text, MIB(1));
    if (err->upstream_status.len > 0)
        buf_add_str(&text, err->upstream_status);
    else
        status_write(&text, err);
    status = json_tree(buf_str(&text), LIMIT_JSON_DEPTH, &why);
    buf_reset(&text);
    message = json_find_text(status, "message");
    message = arena_printf(worker->arena, "%s. The namespace \"%s\" was created and exists now; %s",
                           message ? message : "the job was refused", namespace,
                           uncertain ? "whether the job does is not known: ask for it" : "the job does not");
    if (message && status) {
        cJSON_DeleteItemFromObjectCaseSensitive(status, "message");
        if (cJSON_AddStringToObject(status, "message", message) && add_created(status, namespace) == 0) {
            json_init(&j, &text);
            json_value(&j, NULL, status);
        }
    }
    cJSON_Delete(status);
    if (text.len > 0 && !text.failed) {
        err->upstream_status = (struct str){arena_strndup(worker->arena, text.ptr, text.len), text.len};
        err->upstream_type = STR("application/json");
    }
    buf_free(&text);
    return err->upstream_status.ptr ? -1 : err_set(err, ERR_INTERNAL, "there is no memory for the error");
}

/* Nothing is made, so what can be checked is checked where there is a namespace. */
static int try_elsewhere(struct worker *worker, struct cluster *cluster, struct job_order *order, bool has_name,
                         cJSON **job, struct err *err)
{
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(order->manifest, "metadata");
    const char *wanted = arena_strdup(worker->arena, json_find_text(metadata, "namespace"));

    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "namespace");
    if (!wanted || !cJSON_AddStringToObject(metadata, "namespace", "default"))
        return err_set(err, ERR_INTERNAL, "there is no memory for the job");
    if (send_named(worker, cluster, order, has_name, job, err) < 0)
        return -1;
    metadata = cJSON_GetObjectItemCaseSensitive(*job, "metadata");
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "namespace");
    return cJSON_AddStringToObject(metadata, "namespace", wanted)
               ? 0
               : err_set(err, ERR_INTERNAL, "there is no memory for the job");
}

static int create_with_namespace(struct worker *worker, struct cluster *cluster, struct job_order *order, bool has_name,
                                 cJSON **job, struct err *err)
{
    bool made = namespace_create(worker, cluster, order->namespace, NULL, order->dry_run, NULL, err) == 0;

    if (!made && err->code != 409)
        return -1;
    if (made && order->dry_run)
        return try_elsewhere(worker, cluster, order, has_name, job, err);
    if (send_named(worker, cluster, order, has_name, job, err) == 0)
        return 0;
    explain(worker, err);
    return made ? tell_created(worker, order->namespace.ptr, err) : -1;
}

/* Of a manifest that is complete. */
static int make_job(struct worker *worker, struct cluster *cluster, struct job_order *order, cJSON **job,
                    struct err *err)
{
    const char *name = job_manifest_name(order->manifest);
    int rc;

    if (name) {
        name = arena_strdup(worker->arena, name);
        if (!name)
            return err_set(err, ERR_INTERNAL, "there is no memory for the job");
        if (job_manifest_set_name(order->manifest, name, err) < 0)
            return -1;
    }
    rc = send_named(worker, cluster, order, name != NULL, job, err);
    if (rc < 0 && lacks_namespace(worker, err))
        return create_with_namespace(worker, cluster, order, name != NULL, job, err);
    return rc < 0 ? explain(worker, err) : 0;
}

int job_create(struct worker *worker, struct cluster *cluster, const struct job_order *given, cJSON **job,
               struct err *err)
{
    struct job_order order = *given;
    struct turn turn;
    int rc;

    if (job_manifest_complete(order.manifest, &order.origin, &order.namespace, err) < 0 ||
        job_quota_enter(worker, cluster, order.namespace, order.origin.key, &turn, err) < 0)
        return -1;
    rc = make_job(worker, cluster, &order, job, err);
    job_quota_leave(worker, &turn);
    return rc;
}
