/*
 * Jobs: made, read and deleted, in the default cluster or a named one.
 */
#include "handlers/jobs.h"

#include "base/encode.h"
#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_order.h"
#include "kube/job.h"
#include "kube/name.h"

/* clang-format off */
#define CLUSTER {.name = "cluster", .type = FIELD_TEXT, .min = 1, .max = LIMIT_CLUSTER_ID, .help = "id of a connected cluster; the default cluster when left out", .example = "us-east-1_demo"}
#define DRY_RUN {.name = "dryRun", .type = FIELD_CHOICE, .choices = "All", .help = "the API server checks everything and stores nothing"}
#define JOB_NAME {.name = "job_name", .type = FIELD_TEXT, .required = true, .min = 1, .max = NAME_SUBDOMAIN_MAX, .check = name_check_subdomain, .help = "name of the job", .example = "nightly"}
#define NAMESPACE {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "namespace of the job; default when left out", .example = "default"}
#define PROPAGATION {.name = "propagation", .type = FIELD_CHOICE, .choices = "Background|Foreground|Orphan", .help = "what becomes of its pods: deleted after it (Background, when left out), before it, or kept"}

const struct field job_create_query[] = {DRY_RUN, {.name = NULL}};
const struct field job_create_default_query[] = {CLUSTER, DRY_RUN, {.name = NULL}};
const struct field job_delete_query[] = {PROPAGATION, {.name = NULL}};
const struct field job_delete_default_query[] = {CLUSTER, JOB_NAME, NAMESPACE, PROPAGATION, {.name = NULL}};
const struct field job_show_default_query[] = {CLUSTER, JOB_NAME, NAMESPACE, {.name = NULL}};

static const struct field deleted_shape[] = {
    {.name = "message", .example = "the job is deleted, and its pods with it"},
    {.name = "job_name", .example = "nightly"},
    {.name = "namespace", .example = "default"},
    {.name = NULL},
};
/* clang-format on */

const struct answer job_create_answers[] = {
    {201, "the job, made", job_shape},
    {403, "exceeded quota: the namespace, or the caller, has as many jobs that have not finished as it may have"},
    {409, "a job of that name is there already"},
    {0},
};

const struct answer job_show_answers[] = {
    {200, "the job", job_shape},
    {404, "there is no such job"},
    {0},
};

const struct answer job_delete_answers[] = {
    {200, "it is being deleted", deleted_shape},
    {404, "there is no such job"},
    {0},
};

int jobs_create(struct request *request)
{
    struct job_order order;
    cJSON *job;

    if (job_order_read(request->worker, request->json, job_caller(request), &order, &request->err) < 0)
        return -1;
    order.dry_run = order.dry_run || request_query(request, "dryRun").ptr;
    if (job_create(request->worker, request->cluster, &order, &job, &request->err) < 0)
        return -1;
    return job_answer(request, 201, job, NULL);
}

/* Which job a request is about. */
struct job_name {
    struct str namespace;
    struct str name;
};

static int find_name(struct request *request, struct job_name *out)
{
    if (route_segment(&request->match, "name").len > 0) {
        out->namespace = request_name(request, "namespace", name_check_label);
        out->name = out->namespace.ptr ? request_name(request, "name", name_check_subdomain) : out->namespace;
        return out->name.ptr ? 0 : -1;
    }
    out->name = request_query(request, "job_name");
    out->namespace = request_query(request, "namespace");
    if (!out->namespace.ptr)
        out->namespace = STR("default");
    return 0;
}

static const char *job_path(struct request *request, const struct job_name *job, const char *query)
{
    const char *path = arena_printf(request->arena, "/apis/batch/v1/namespaces/%.*s/jobs/%.*s%s",
                                    STR_FMT(job->namespace), STR_FMT(job->name), query);

    if (!path)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return path;
}

/* The selector of its pods, as a query. NULL with request->err. */
static const char *pods_path(struct request *request, const struct job_name *name, const cJSON *job)
{
    struct str between = STR("");
    const cJSON *label;
    const char *path;
    struct buf text;

    buf_init(&text, LIMIT_URI);
    buf_printf(&text, "/api/v1/namespaces/%.*s/pods?limit=%d&labelSelector=", STR_FMT(name->namespace), LIST_PAGE);
    cJSON_ArrayForEach(label, json_find(job, "spec.selector.matchLabels"))
    {
        buf_add_str(&text, between);
        between = STR("%2C");
        encode_percent(&text, str_from(label->string));
        buf_add_str(&text, STR("%3D"));
        encode_percent(&text, str_from(cJSON_GetStringValue(label)));
    }
    path = text.failed ? NULL : arena_strndup(request->arena, text.ptr, text.len);
    buf_free(&text);
    if (!path)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return path;
}

int jobs_show(struct request *request)
{
    struct job_name name;
    const char *path;
    cJSON *object;
    cJSON *pods = NULL;
    struct job job;

    if (find_name(request, &name) < 0)
        return -1;
    path = job_path(request, &name, "");
    if (!path || object_call(request->worker, request->cluster, "GET", path, NULL, &object, &request->err) < 0)
        return -1;
    job_read(object, &job);
    if (!job_state_is_final(job.state) && json_find(object, "spec.selector.matchLabels")) {
        path = pods_path(request, &name, object);
        if (!path || object_call(request->worker, request->cluster, "GET", path, NULL, &pods, &request->err) < 0)
            return -1;
    }
    return job_answer(request, 200, object, pods);
}

int jobs_delete(struct request *request)
{
    struct str propagation = request_query(request, "propagation");
    struct job_name name;
    struct buf body;
    const char *path;
    struct json j;

    if (find_name(request, &name) < 0)
        return -1;
    path = arena_printf(request->arena, "?propagationPolicy=%.*s", (int)(propagation.ptr ? propagation.len : 10),
                        propagation.ptr ? propagation.ptr : "Background");
    path = path ? job_path(request, &name, path) : NULL;
    if (!path || object_call(request->worker, request->cluster, "DELETE", path, NULL, NULL, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message",
              propagation.ptr && str_equal(propagation, STR("Orphan")) ? "the job is deleted; its pods are kept"
                                                                       : "the job is deleted, and its pods with it");
    json_str(&j, "job_name", name.name);
    json_str(&j, "namespace", name.namespace);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
