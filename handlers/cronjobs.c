/*
 * Cron jobs: listed, looked into with the jobs they made, suspended and resumed, started by hand, deleted.
 */
#include "handlers/cronjobs.h"

#include <string.h>

#include "cluster/job_quota.h"
#include "cluster/list.h"
#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/listing.h"
#include "kube/cronjob.h"
#include "kube/job.h"
#include "kube/name.h"

#define JOBS_SHOWN 100
#define WRITE_QUERY "?fieldManager=eksgate&fieldValidation=Strict"

/* clang-format off */
const struct field cronjob_list_query[] = {
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "only this namespace", .example = "default"},
    LISTING_FIELDS,
    {.name = NULL},
};

const struct field cronjob_delete_query[] = {
    {.name = "propagation", .type = FIELD_CHOICE, .choices = "Background|Foreground|Orphan", .help = "what becomes of its jobs: deleted after it (Background, when left out), before it, or kept"},
    {.name = NULL},
};

const struct field cronjob_trigger_query[] = {
    {.name = "job_name", .type = FIELD_TEXT, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_job, .help = "name of the job; the cron job's own, -manual- and five letters, when left out"},
    {.name = "dryRun", .type = FIELD_CHOICE, .choices = "All", .help = "the API server checks everything and stores nothing"},
    {.name = NULL},
};

const struct field cronjob_suspend_fields[] = {
    {.name = "suspend", .type = FIELD_BOOLEAN, .required = true, .help = "true: it starts no more jobs until false is said", .example = "true"},
    {.name = NULL},
};

#define COMMON_SHAPE \
    {.name = "cronjob_name", .example = "nightly"}, \
    {.name = "namespace", .example = "default"}, \
    {.name = "cluster", .example = "us-east-1_demo"}, \
    {.name = "schedule", .example = "0 3 * * *"}, \
    {.name = "time_zone", .nullable = true, .help = "null: that of the cluster's controller", .example = "Etc/UTC"}, \
    {.name = "suspended", .type = FIELD_BOOLEAN, .example = "false"}, \
    {.name = "active", .type = FIELD_INTEGER, .help = "jobs of it that run now", .example = "0"}, \
    {.name = "last_schedule_time", .format = "date-time", .nullable = true, .example = "2026-11-21T03:00:00Z"}, \
    {.name = "last_successful_time", .format = "date-time", .nullable = true, .example = "2026-11-21T03:00:05Z"}, \
    {.name = "concurrency_policy", .type = FIELD_CHOICE, .choices = "Allow|Forbid|Replace", .example = "Allow"}, \
    {.name = "creation_time", .format = "date-time", .nullable = true, .example = "2026-11-20T08:00:00Z"}

static const struct field cronjob_shape[] = {COMMON_SHAPE, {.name = NULL}};

static const struct field list_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = cronjob_shape},
    LISTING_SHAPE,
    {.name = NULL},
};

static const struct field shown_shape[] = {
    COMMON_SHAPE,
    {.name = "jobs", .type = FIELD_OBJECT_LIST, .children = job_shape, .help = "that it made and that are still there, the newest first, at most 100"},
    {.name = NULL},
};

static const struct field deleted_shape[] = {
    {.name = "message", .example = "the cron job is deleted, and its jobs with it"},
    {.name = "cronjob_name", .example = "nightly"},
    {.name = "namespace", .example = "default"},
    {.name = NULL},
};
/* clang-format on */

const struct answer cronjob_list_answers[] = {
    {200, "the cron jobs, by namespace and name", list_shape},
    {410, "the continue token is too old: begin again"},
    {0},
};

const struct answer cronjob_show_answers[] = {
    {200, "the cron job and its jobs", shown_shape},
    {404, "there is no such cron job"},
    {0},
};

const struct answer cronjob_suspend_answers[] = {
    {200, "the cron job, as it is now", cronjob_shape},
    {404, "there is no such cron job"},
    {0},
};

const struct answer cronjob_delete_answers[] = {
    {200, "it is being deleted", deleted_shape},
    {404, "there is no such cron job"},
    {0},
};

const struct answer cronjob_trigger_answers[] = {
    {201, "the job, made", job_shape, .links = job_links},
    {403, "exceeded quota: the namespace, or the caller, has as many jobs that have not finished as it may have"},
    {404, "there is no such cron job"},
    {409, "a job of that name is there already"},
    {0},
};

static void write_item(struct json *j, const struct request *request, const cJSON *object)
{
    cronjob_write_members(j, object, request->cluster->id);
}

int cronjobs_list(struct request *request)
{
    struct str namespace = request_query(request, "namespace");
    const char *path = namespace.ptr
                           ? arena_printf(request->arena, "/apis/batch/v1/namespaces/%.*s/cronjobs", STR_FMT(namespace))
                           : "/apis/batch/v1/cronjobs";

    if (!path)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return listing_answer(request, path, write_item);
}

/* Which cron job a request is about. */
struct cronjob_name {
    struct str namespace;
    struct str name;
    const char *path;
};

static int find_name(struct request *request, struct cronjob_name *out)
{
    out->namespace = request_name(request, "namespace", name_check_label);
    if (!out->namespace.ptr)
        return -1;
    out->name = request_name(request, "name", name_check_subdomain);
    if (!out->name.ptr)
        return -1;
    out->path = arena_printf(request->arena, "/apis/batch/v1/namespaces/%.*s/cronjobs/%.*s", STR_FMT(out->namespace),
                             STR_FMT(out->name));
    return out->path ? 0 : err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
}

static int call(struct request *request, const char *method, const char *path, const cJSON *body, cJSON **out)
{
    if (!path)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return object_call(request->worker, request->cluster, method, path, body, out, &request->err);
}

/* One of its jobs, written while the list passes by. */
struct made {
    char created_at[CLOCK_TEXT_SIZE];
    struct buf text;
};

struct history {
    struct request *request;
    const cJSON *cronjob;
    struct made made[JOBS_SHOWN]; /* the newest first */
    size_t count;
};

/* Where a job of that age goes: behind those that are newer, or as new. */
static size_t place_of(const struct history *h, const char *created_at)
{
    size_t i = h->count;

    while (i > 0 && strcmp(h->made[i - 1].created_at, created_at) < 0)
        i--;
    return i;
}

static int on_job(void *arg, const cJSON *object)
{
    struct history *h = arg;
    struct made made = {.text = {0}};
    struct job job;
    struct json j;
    size_t place;

    job_read(object, &job);
    if (!cronjob_owns(h->cronjob, object))
        return 0;
    snprintf(made.created_at, sizeof(made.created_at), "%s", job.created_at ? job.created_at : "");
    place = place_of(h, made.created_at);
    if (place == JOBS_SHOWN)
        return 0;
    buf_init(&made.text, LIMIT_KUBE_OBJECT);
    json_init(&j, &made.text);
    json_object_open(&j, NULL);
    job_write_members(&j, &job, h->request->cluster->id);
    json_object_close(&j);
    if (h->count == JOBS_SHOWN)
        buf_free(&h->made[--h->count].text);
    memmove(&h->made[place + 1], &h->made[place], (h->count - place) * sizeof(made));
    h->made[place] = made;
    h->count++;
    return 0;
}

static bool history_is_gone(void *arg)
{
    return request_is_gone(((struct history *)arg)->request);
}

static int read_history(struct request *request, struct history *h, const struct cronjob_name *name)
{
    struct list list = {
        .accept = KUBE_ACCEPT_JSON,
        .array = "items",
        .on_item = on_job,
        .is_gone = history_is_gone,
        .arg = h,
        .path = arena_printf(request->arena, "/apis/batch/v1/namespaces/%.*s/jobs?", STR_FMT(name->namespace))};

    if (!list.path)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    do {
        if (cluster_list_page(request->worker, request->cluster, &list, LIST_PAGE, &request->err) < 0)
            return -1;
    } while (*list.token);
    return 0;
}

static int answer_history(struct request *request, const struct history *h)
{
    struct buf body;
    struct json j;

    buf_init(&body, 2 * LIMIT_KUBE_OBJECT);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_item(&j, request, h->cronjob);
    json_array_open(&j, "jobs");
    for (size_t i = 0; i < h->count; i++)
        if (!h->made[i].text.failed)
            json_raw(&j, NULL, buf_str(&h->made[i].text));
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int cronjobs_show(struct request *request)
{
    struct history *h = arena_alloc(request->arena, sizeof(*h));
    struct cronjob_name name;
    cJSON *cronjob = NULL;
    int rc;

    if (!h)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the jobs");
    if (find_name(request, &name) < 0 || call(request, "GET", name.path, NULL, &cronjob) < 0)
        return -1;
    h->request = request;
    h->cronjob = cronjob;
    rc = read_history(request, h, &name);
    if (rc == 0)
        rc = answer_history(request, h);
    for (size_t i = 0; i < h->count; i++)
        buf_free(&h->made[i].text);
    return rc;
}

int cronjobs_suspend(struct request *request)
{
    cJSON *patch = cJSON_CreateObject();
    cJSON *spec = cJSON_AddObjectToObject(patch, "spec");
    struct cronjob_name name;
    cJSON *cronjob = NULL;
    struct buf body;
    struct json j;
    int rc = -1;

    if (!cJSON_AddBoolToObject(spec, "suspend", cJSON_IsTrue(json_find(request->json, "suspend"))))
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the patch");
    else if (find_name(request, &name) == 0)
        rc = call(request, "PATCH", arena_printf(request->arena, "%s" WRITE_QUERY, name.path), patch, &cronjob);
    cJSON_Delete(patch);
    if (rc < 0)
        return -1;
    buf_init(&body, KIB(64));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_item(&j, request, cronjob);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int cronjobs_trigger(struct request *request)
{
    struct str job_name = request_query(request, "job_name");
    struct cronjob_name name;
    const char *path;
    cJSON *cronjob = NULL;
    cJSON *wanted;
    cJSON *job = NULL;
    struct turn turn;
    int rc;

    if (find_name(request, &name) < 0 || call(request, "GET", name.path, NULL, &cronjob) < 0)
        return -1;
    wanted = cronjob_make_job(cronjob, job_name.ptr, job_caller(request));
    if (!wanted)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the job");
    path = arena_printf(request->arena, "/apis/batch/v1/namespaces/%.*s/jobs" WRITE_QUERY "%s", STR_FMT(name.namespace),
                        request_query(request, "dryRun").ptr ? "&dryRun=All" : "");
    rc = job_quota_enter(request->worker, request->cluster, name.namespace, job_caller(request), &turn, &request->err);
    if (rc == 0) {
        rc = call(request, "POST", path, wanted, &job);
        job_quota_leave(request->worker, &turn);
    }
    cJSON_Delete(wanted);
    return rc < 0 ? -1 : job_answer(request, 201, job, NULL, NULL);
}

int cronjobs_delete(struct request *request)
{
    struct str propagation = request_query(request, "propagation");
    struct cronjob_name name;
    struct buf body;
    struct json j;

    if (!propagation.ptr)
        propagation = STR("Background");
    if (find_name(request, &name) < 0 ||
        call(request, "DELETE",
             arena_printf(request->arena, "%s?propagationPolicy=%.*s", name.path, STR_FMT(propagation)), NULL,
             NULL) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message",
              str_equal(propagation, STR("Orphan")) ? "the cron job is deleted; its jobs are kept"
                                                    : "the cron job is deleted, and its jobs with it");
    json_str(&j, "cronjob_name", name.name);
    json_str(&j, "namespace", name.namespace);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
