#include "handlers/job_json.h"

#include "fcgi/response.h"
#include "kube/job.h"

/* clang-format off */
static const struct field condition_shape[] = {
    {.name = "type", .nullable = true, .example = "Complete"},
    {.name = "status", .nullable = true, .example = "True"},
    {.name = "reason", .nullable = true, .example = "CompletionsReached"},
    {.name = "message", .nullable = true, .example = "Reached expected number of succeeded pods"},
    {.name = "last_transition_time", .format = "date-time", .nullable = true, .example = "2026-11-21T08:00:05Z"},
    {.name = NULL},
};

static const struct field waiting_shape[] = {
    {.name = "pod", .nullable = true, .help = "null: it can not be made, for the reason given", .example = "nightly-x2x9k"},
    {.name = "container", .nullable = true, .help = "null: no node has taken the pod", .example = "report"},
    {.name = "reason", .nullable = true, .example = "ImagePullBackOff"},
    {.name = "message", .nullable = true, .example = "Back-off pulling image \"busybox:none\""},
    {.name = NULL},
};

static const struct field template_shape[] = {
    {.name = "name", .example = "report"},
    {.name = "version", .type = FIELD_INTEGER, .nullable = true, .example = "3"},
    {.name = NULL},
};

const struct field job_shape[] = {
    {.name = "job_name", .example = "nightly"},
    {.name = "namespace", .example = "default"},
    {.name = "cluster", .example = "us-east-1_demo"},
    {.name = "state", .type = FIELD_CHOICE, .choices = JOB_STATE_CHOICES, .help = "pending: none of its pods has come to run yet", .example = "succeeded"},
    {.name = "active", .type = FIELD_INTEGER, .help = "pods that are there and have not ended", .example = "0"},
    {.name = "succeeded", .type = FIELD_INTEGER, .help = "pods", .example = "1"},
    {.name = "failed", .type = FIELD_INTEGER, .help = "pods", .example = "0"},
    {.name = "completions", .type = FIELD_INTEGER, .nullable = true, .help = "pods that are to succeed; null: any one", .example = "1"},
    {.name = "parallelism", .type = FIELD_INTEGER, .example = "1"},
    {.name = "backoff_limit", .type = FIELD_INTEGER, .example = "6"},
    {.name = "suspended", .type = FIELD_BOOLEAN, .example = "false"},
    {.name = "creation_time", .format = "date-time", .nullable = true, .example = "2026-11-21T08:00:00Z"},
    {.name = "start_time", .format = "date-time", .nullable = true, .example = "2026-11-21T08:00:00Z"},
    {.name = "completion_time", .format = "date-time", .nullable = true, .help = "of a job that succeeded", .example = "2026-11-21T08:00:05Z"},
    {.name = "duration_seconds", .type = FIELD_INTEGER, .nullable = true, .help = "from its start until it succeeded or failed", .example = "5"},
    {.name = "conditions", .type = FIELD_OBJECT_LIST, .children = condition_shape},
    {.name = "failure_reason", .nullable = true, .example = "null"},
    {.name = "template", .type = FIELD_OBJECT, .nullable = true, .children = template_shape, .help = "that it was made from here"},
    {.name = "cronjob", .nullable = true, .help = "that made it", .example = "null"},
    {.name = "labels", .type = FIELD_OBJECT, .example = "{\"app\":\"eks-api\",\"job-id\":\"nightly\"}"},
    {.name = "waiting", .type = FIELD_OBJECT_LIST, .optional = true, .children = waiting_shape, .help = "why pods do not run; in the answer for a single job"},
    {.name = NULL},
};
/* clang-format on */

#define JOB_PATH "/api/clusters/:cluster/jobs/:namespace/:name"
#define JOB_PARTS "cluster=cluster namespace=namespace name=job_name"

const struct link job_links[] = {
    {"job", METHOD_GET, JOB_PATH, JOB_PARTS},
    {"logs", METHOD_GET, JOB_PATH "/logs", JOB_PARTS},
    {"rerun", METHOD_POST, JOB_PATH "/rerun", JOB_PARTS},
    {"delete", METHOD_DELETE, JOB_PATH, JOB_PARTS},
    {NULL},
};

const char *job_caller(const struct request *request)
{
    return *request->caller.id ? request->caller.id : "anonymous";
}

int job_answer(struct request *request, int status, const cJSON *object, const cJSON *pods, const cJSON *events)
{
    struct buf body;
    struct json j;
    struct job job;

    job_read(object, &job);
    buf_init(&body, LIMIT_KUBE_OBJECT);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    job_write_members(&j, &job, request->cluster->id);
    json_array_open(&j, "waiting");
    job_write_waiting(&j, pods);
    job_write_refusal(&j, events);
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, status, &body);
}
