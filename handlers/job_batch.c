/*
 * POST .../jobs-batch: many jobs made, or many deleted, a few at a time. Each ends for itself: the answer has a status
 * for every one, in the order of the request.
 */
#include "handlers/job_batch.h"

#include "base/status.h"
#include "cluster/crew.h"
#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/job_json.h"
#include "handlers/job_order.h"
#include "kube/job.h"
#include "kube/name.h"

#define BATCH_MAX 100

/* clang-format off */
static const struct field delete_fields[] = {
    {.name = "namespace", .type = FIELD_TEXT, .required = true, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "of the job", .example = "default"},
    {.name = "job_name", .type = FIELD_TEXT, .required = true, .min = 1, .max = NAME_SUBDOMAIN_MAX, .check = name_check_subdomain, .help = "its name", .example = "nightly"},
    {.name = NULL},
};

const struct field job_batch_fields[] = {
    {.name = "create", .type = FIELD_OBJECT_LIST, .min = 1, .max = BATCH_MAX, .children = job_create_fields, .help = "jobs to make, each as POST .../jobs takes one. This, or delete"},
    {.name = "delete", .type = FIELD_OBJECT_LIST, .min = 1, .max = BATCH_MAX, .children = delete_fields, .help = "jobs to delete, and their pods"},
    {.name = NULL},
};

static const struct field item_shape[] = {
    {.name = "index", .type = FIELD_INTEGER, .help = "of the job in the request", .example = "0"},
    {.name = "status", .type = FIELD_INTEGER, .help = "what a request for this job alone would have been answered with", .example = "201"},
    {.name = "job_name", .nullable = true, .help = "null of a job that was refused before it had one", .example = "nightly"},
    {.name = "namespace", .nullable = true, .example = "default"},
    {.name = "job", .type = FIELD_OBJECT, .optional = true, .children = job_shape, .help = "of a job that was made"},
    {.name = "error", .type = FIELD_OBJECT, .optional = true, .help = "a metav1.Status, of a job that was not made or not deleted"},
    {.name = NULL},
};

static const struct field batch_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = item_shape},
    {.name = NULL},
};
/* clang-format on */

const struct answer job_batch_answers[] = {
    {207, "how each of them ended, in the order of the request", batch_shape},
    {0},
};

struct batch {
    struct request *request;
    const cJSON *items[BATCH_MAX];
    struct buf results[BATCH_MAX]; /* what stands behind the index; each is written by one call */
    size_t count;
    bool deletes;
};

static void write_error(struct json *j, const struct err *err)
{
    struct buf status;

    if (err->upstream_status.len > 0) {
        json_raw(j, "error", err->upstream_status);
        return;
    }
    buf_init(&status, KIB(32));
    status_write(&status, err);
    json_raw(j, "error", buf_str(&status));
    buf_free(&status);
}

/* job: that was made, or NULL; err: why it was not, or NULL when all is well. */
static void write_result(struct batch *batch, size_t index, int status, const cJSON *job, const struct err *err)
{
    const cJSON *item = batch->items[index];
    const char *name = json_find_text(job ? job : json_find(item, "job_manifest"), "metadata.name");
    const char *namespace = json_find_text(job ? job : json_find(item, "job_manifest"), "metadata.namespace");
    struct buf *out = &batch->results[index];
    struct job made;
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_int(&j, "index", (int64_t)index);
    json_int(&j, "status", status);
    json_text(&j, "job_name", name ? name : json_find_text(item, "job_name"));
    json_text(&j, "namespace", namespace ? namespace : json_find_text(item, "namespace"));
    if (job) {
        job_read(job, &made);
        json_object_open(&j, "job");
        job_write_members(&j, &made, batch->request->cluster->id);
        json_object_close(&j);
    }
    if (err)
        write_error(&j, err);
    json_object_close(&j);
}

static int create_one(struct worker *worker, struct cluster *cluster, struct batch *batch, size_t index, cJSON **job,
                      struct err *err)
{
    struct job_order order;

    if (job_order_read(worker, batch->items[index], job_caller(batch->request), &order, err) < 0)
        return -1;
    return job_create(worker, cluster, &order, job, err);
}

static int delete_one(struct worker *worker, struct cluster *cluster, const cJSON *item, struct err *err)
{
    const char *path = arena_printf(worker->arena, "/apis/batch/v1/namespaces/%s/jobs/%s?propagationPolicy=Background",
                                    json_find_text(item, "namespace"), json_find_text(item, "job_name"));

    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    return object_call(worker, cluster, "DELETE", path, NULL, NULL, err);
}

static void end_one(struct worker *worker, struct cluster *cluster, void *arg, size_t index)
{
    struct batch *batch = arg;
    struct err err = {0};
    cJSON *job = NULL;
    int rc;

    if (request_is_gone(batch->request))
        rc = err_set(&err, ERR_CLIENT_GONE, "the client is gone");
    else if (batch->deletes)
        rc = delete_one(worker, cluster, batch->items[index], &err);
    else
        rc = create_one(worker, cluster, batch, index, &job, &err);
    if (rc < 0)
        write_result(batch, index, err.code, NULL, &err);
    else
        write_result(batch, index, batch->deletes ? 200 : 201, job, NULL);
}

static int read_batch(struct request *request, struct batch *batch)
{
    const cJSON *create = json_find(request->json, "create");
    const cJSON *list = json_find(request->json, "delete");
    const cJSON *item;

    batch->request = request;
    batch->deletes = cJSON_IsArray(list);
    if (batch->deletes && cJSON_IsArray(create))
        return err_field(&request->err, "delete", CAUSE_UNKNOWN, "a batch makes jobs or deletes them, not both");
    if (!batch->deletes && !cJSON_IsArray(create))
        return err_field(&request->err, "create", CAUSE_REQUIRED, "is required, or delete");
    list = batch->deletes ? list : create;
    cJSON_ArrayForEach(item, list)
    {
        buf_init(&batch->results[batch->count], LIMIT_KUBE_OBJECT);
        batch->items[batch->count++] = item;
    }
    return 0;
}

static int answer_batch(struct batch *batch)
{
    struct err lost = {0};
    struct buf body;
    struct json j;

    err_set(&lost, ERR_INTERNAL, "there was no memory for this job");
    buf_init(&body, LIMIT_REQUEST_ARENA);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, "items");
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->results[i].len == 0) {
            buf_reset(&batch->results[i]);
            write_result(batch, i, lost.code, NULL, &lost);
        }
        json_raw(&j, NULL, buf_str(&batch->results[i]));
    }
    json_array_close(&j);
    json_object_close(&j);
    return response_json(batch->request, 207, &body);
}

int jobs_batch(struct request *request)
{
    struct batch *batch = arena_alloc(request->arena, sizeof(*batch));
    int rc;

    if (!batch)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the batch");
    rc = read_batch(request, batch);
    if (rc == 0) {
        crew_run(&(struct crew){.worker = request->worker,
                                .cluster = request->cluster,
                                .count = batch->count,
                                .call = end_one,
                                .arg = batch});
        rc = answer_batch(batch);
    }
    for (size_t i = 0; i < batch->count; i++)
        buf_free(&batch->results[i]);
    return rc;
}
