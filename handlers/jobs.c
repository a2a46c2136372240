/*
 * Jobs: made, read and deleted, in the default cluster or a named one.
 */
#include "handlers/jobs.h"

#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_order.h"
#include "handlers/job_wait.h"
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
    {201, "the job, made", job_shape, .links = job_links},
    {403, "exceeded quota: the namespace, or the caller, has as many jobs that have not finished as it may have"},
    {409, "a job of that name is there already"},
    {0},
};

const struct answer job_show_answers[] = {
    {200, "the job", job_shape},
    {404, "there is no such job"},
    {0},
};

const struct answer job_watch_answers[] = {
    {200, "the job", job_shape},
    {200, "with stream=true: the job, a line of JSON now and whenever it changes", NULL, "application/x-ndjson"},
    {404, "there is no such job, or it was deleted while it was waited for"},
    {0},
};

const struct answer job_rerun_answers[] = {
    {201, "one more job like it, made", job_shape, .links = job_links},
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
    return job_answer(request, 201, job, NULL, NULL);
}

/* A list at a path, if it has one. */
static int read_list(struct request *request, const cJSON *job, int (*find)(const cJSON *job, struct buf *path),
                     cJSON **out, struct err *err)
{
    struct buf path;
    int rc = 0;

    buf_init(&path, LIMIT_URI);
    if (find(job, &path) == 0)
        rc = object_call(request->worker, request->cluster, "GET", path.ptr, NULL, out, err);
    buf_free(&path);
    return rc;
}

int jobs_show(struct request *request)
{
    struct job_name name;
    cJSON *object;
    cJSON *pods = NULL;
    cJSON *events = NULL;
    struct err ignored; /* events may be hidden from who sees jobs */
    struct job job;

    if (job_name_find(request, &name) < 0 || job_read_named(request, &name, &object) < 0)
        return -1;
    job_read(object, &job);
    if (job_wait_wanted(request, job_state_is_final(job.state)))
        return job_wait(request, &name);
    if (!job_state_is_final(job.state) && read_list(request, object, job_pods_path, &pods, &request->err) < 0)
        return -1;
    if (read_list(request, object, job_events_path, &events, &ignored) < 0)
        events = NULL;
    return job_answer(request, 200, object, pods, events);
}

static void release_tree(void *tree)
{
    cJSON_Delete(tree);
}

int jobs_rerun(struct request *request)
{
    struct job_order order = {.origin = {.key = job_caller(request)}};
    struct job_name name;
    struct job job;
    cJSON *object;

    if (job_name_find(request, &name) < 0 || job_read_named(request, &name, &object) < 0)
        return -1;
    job_read(object, &job);
    order.manifest = job_manifest_again(object);
    order.origin.template_name = job.template_name;
    order.origin.template_version = job.template_version;
    if (!order.manifest || arena_defer(request->arena, release_tree, order.manifest) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the job");
    if (job_create(request->worker, request->cluster, &order, &object, &request->err) < 0)
        return -1;
    return job_answer(request, 201, object, NULL, NULL);
}

int jobs_delete(struct request *request)
{
    struct str propagation = request_query(request, "propagation");
    struct job_name name;
    struct buf body;
    const char *path;
    struct json j;

    if (!propagation.ptr)
        propagation = STR("Background");
    if (job_name_find(request, &name) < 0)
        return -1;
    path = arena_printf(request->arena, "?propagationPolicy=%.*s", STR_FMT(propagation));
    path = path ? job_name_path(request, &name, path) : NULL;
    if (!path || object_call(request->worker, request->cluster, "DELETE", path, NULL, NULL, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message",
              str_equal(propagation, STR("Orphan")) ? "the job is deleted; its pods are kept"
                                                    : "the job is deleted, and its pods with it");
    json_str(&j, "job_name", name.name);
    json_str(&j, "namespace", name.namespace);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
