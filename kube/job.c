#include "kube/job.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "kube/selector.h"

static const char *const state_names[JOB_STATE__MAX] = {
    [JOB_UNKNOWN] = "unknown",     [JOB_PENDING] = "pending", [JOB_RUNNING] = "running",
    [JOB_SUCCEEDED] = "succeeded", [JOB_FAILED] = "failed",   [JOB_SUSPENDED] = "suspended",
};

const char *job_state_name(enum job_state state)
{
    return state_names[state];
}

enum job_state job_state_find(struct str name)
{
    unsigned state = 0;

    while (state < JOB_STATE__MAX && !str_equal(name, str_from(state_names[state])))
        state++;
    return (enum job_state)state;
}

bool job_state_is_final(enum job_state state)
{
    return state == JOB_SUCCEEDED || state == JOB_FAILED;
}

static bool says(const cJSON *object, const char *path, const char *text)
{
    const char *found = json_find_text(object, path);

    return found && strcmp(found, text) == 0;
}

static int64_t count_of(const cJSON *object, const char *path, int64_t fallback)
{
    const cJSON *count = json_find(object, path);

    return cJSON_IsNumber(count) ? (int64_t)count->valuedouble : fallback;
}

static const cJSON *find_condition(const cJSON *object, const char *type)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, json_find(object, "status.conditions"))
    {
        if (says(condition, "type", type) && says(condition, "status", "True"))
            return condition;
    }
    return NULL;
}

static bool is_suspended(const cJSON *object)
{
    return cJSON_IsTrue(json_find(object, "spec.suspend"));
}

/* Its pods have ended, and are not counted yet. */
static bool is_counting(const cJSON *object)
{
    return cJSON_GetArraySize(json_find(object, "status.uncountedTerminatedPods.succeeded")) > 0 ||
           cJSON_GetArraySize(json_find(object, "status.uncountedTerminatedPods.failed")) > 0;
}

/* A pod that has been made but waits, for its image or a node, is not ready; with the count of those that are, the Job
 * itself tells the two apart. A job whose pods run, or have, or are to be tried again, is under way. */
static enum job_state state_of(const cJSON *object)
{
    if (!json_find(object, "metadata") || !json_find(object, "spec"))
        return JOB_UNKNOWN;
    if (find_condition(object, "Complete"))
        return JOB_SUCCEEDED;
    if (find_condition(object, "Failed"))
        return JOB_FAILED;
    if (is_suspended(object))
        return JOB_SUSPENDED;
    if (count_of(object, "status.ready", 0) > 0 || count_of(object, "status.succeeded", 0) > 0 ||
        count_of(object, "status.failed", 0) > 0 || is_counting(object))
        return JOB_RUNNING;
    return count_of(object, "status.active", 0) > 0 && !json_find(object, "status.ready") ? JOB_RUNNING : JOB_PENDING;
}

static const char *label_of(const cJSON *object, const char *label)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json_find(object, "metadata.labels"), label));
}

static const char *cronjob_of(const cJSON *object)
{
    const cJSON *owner;

    cJSON_ArrayForEach(owner, json_find(object, "metadata.ownerReferences"))
    {
        if (says(owner, "kind", "CronJob"))
            return json_find_text(owner, "name");
    }
    return NULL;
}

void job_read(const cJSON *object, struct job *out)
{
    *out = (struct job){
        .object = object,
        .uid = json_find_text(object, "metadata.uid"),
        .name = json_find_text(object, "metadata.name"),
        .namespace = json_find_text(object, "metadata.namespace"),
        .state = state_of(object),
        .created_at = json_find_text(object, "metadata.creationTimestamp"),
        .started_at = json_find_text(object, "status.startTime"),
        .completed_at = json_find_text(object, "status.completionTime"),
        .failure = find_condition(object, "Failed"),
        .template_name = label_of(object, JOB_LABEL_TEMPLATE),
        .template_version = label_of(object, JOB_LABEL_TEMPLATE_VERSION),
        .cronjob = cronjob_of(object),
    };
    if (out->state == JOB_SUCCEEDED)
        out->finished_at = out->completed_at;
    else if (out->state == JOB_FAILED)
        out->finished_at = json_find_text(out->failure, "lastTransitionTime");
}

int64_t job_duration(const struct job *job)
{
    int64_t from;
    int64_t to;

    if (!job->started_at || !job->finished_at || clock_parse(str_from(job->started_at), &from) < 0 ||
        clock_parse(str_from(job->finished_at), &to) < 0 || to < from)
        return -1;
    return to - from;
}

static void write_conditions(struct json *j, const cJSON *object)
{
    const cJSON *condition;

    json_array_open(j, "conditions");
    cJSON_ArrayForEach(condition, json_find(object, "status.conditions"))
    {
        json_object_open(j, NULL);
        json_text(j, "type", json_find_text(condition, "type"));
        json_text(j, "status", json_find_text(condition, "status"));
        json_text(j, "reason", json_find_text(condition, "reason"));
        json_text(j, "message", json_find_text(condition, "message"));
        json_text(j, "last_transition_time", json_find_text(condition, "lastTransitionTime"));
        json_object_close(j);
    }
    json_array_close(j);
}

/* "BackoffLimitExceeded: Job has reached the specified backoff limit" */
static void write_failure(struct json *j, const cJSON *failure)
{
    const char *reason = json_find_text(failure, "reason");
    const char *message = json_find_text(failure, "message");
    struct buf text;

    if (!failure) {
        json_null(j, "failure_reason");
        return;
    }
    buf_init(&text, 64 * 1024);
    buf_add_str(&text, str_from(reason ? reason : "Failed"));
    if (message && *message) {
        buf_add_str(&text, STR(": "));
        buf_add_str(&text, str_from(message));
    }
    json_str(j, "failure_reason", buf_str(&text));
    buf_free(&text);
}

static void write_template(struct json *j, const struct job *job)
{
    long version;

    if (!job->template_name) {
        json_null(j, "template");
        return;
    }
    json_object_open(j, "template");
    json_text(j, "name", job->template_name);
    if (job->template_version && str_to_long(str_from(job->template_version), 1, 1L << 31, &version) == 0)
        json_int(j, "version", version);
    else
        json_null(j, "version");
    json_object_close(j);
}

static void write_labels(struct json *j, const cJSON *object)
{
    const cJSON *labels = json_find(object, "metadata.labels");

    if (cJSON_IsObject(labels))
        json_value(j, "labels", labels);
    else
        json_raw(j, "labels", STR("{}"));
}

void job_write_members(struct json *j, const struct job *job, struct str cluster)
{
    const cJSON *object = job->object;
    int64_t duration = job_duration(job);

    json_text(j, "job_name", job->name);
    json_text(j, "namespace", job->namespace);
    json_str(j, "cluster", cluster);
    json_text(j, "state", job_state_name(job->state));
    json_int(j, "active", count_of(object, "status.active", 0));
    json_int(j, "succeeded", count_of(object, "status.succeeded", 0));
    json_int(j, "failed", count_of(object, "status.failed", 0));
    json_value(j, "completions", json_find(object, "spec.completions")); /* null: one success of any pod ends it */
    json_int(j, "parallelism", count_of(object, "spec.parallelism", 1));
    json_int(j, "backoff_limit", count_of(object, "spec.backoffLimit", 6));
    json_bool(j, "suspended", is_suspended(object));
    json_text(j, "creation_time", job->created_at);
    json_text(j, "start_time", job->started_at);
    json_text(j, "completion_time", job->completed_at);
    if (duration >= 0)
        json_int(j, "duration_seconds", duration);
    else
        json_null(j, "duration_seconds");
    write_conditions(j, object);
    write_failure(j, job->failure);
    write_template(j, job);
    json_text(j, "cronjob", job->cronjob);
    write_labels(j, object);
}

int job_pods_path(const cJSON *job, struct buf *path)
{
    const char *namespace = json_find_text(job, "metadata.namespace");

    buf_printf(path, "/api/v1/namespaces/%s/pods?labelSelector=", namespace ? namespace : "");
    return selector_write(json_find(job, "spec.selector"), path);
}

/* Of those that it may have at once, and has yet to bring to an end. */
static bool is_missing_pods(const cJSON *job)
{
    int64_t most = count_of(job, "spec.parallelism", 1);
    int64_t left = count_of(job, "spec.completions", most) - count_of(job, "status.succeeded", 0);

    return count_of(job, "status.active", 0) < (left < most ? left : most);
}

int job_events_path(const cJSON *job, struct buf *path)
{
    const char *namespace = json_find_text(job, "metadata.namespace");
    const char *uid = json_find_text(job, "metadata.uid");
    enum job_state state = state_of(job);

    if (!namespace || !uid || (state != JOB_PENDING && state != JOB_RUNNING) || !is_missing_pods(job))
        return -1;
    buf_printf(path, "/api/v1/namespaces/%s/events?fieldSelector=reason%%3DFailedCreate%%2CinvolvedObject.uid%%3D",
               namespace);
    encode_percent(path, str_from(uid));
    return path->failed ? -1 : 0;
}

static void write_wait(struct json *j, const cJSON *pod, const char *container, const cJSON *why)
{
    json_object_open(j, NULL);
    json_text(j, "pod", json_find_text(pod, "metadata.name"));
    json_text(j, "container", container);
    json_text(j, "reason", json_find_text(why, "reason"));
    json_text(j, "message", json_find_text(why, "message"));
    json_object_close(j);
}

static void write_containers_waiting(struct json *j, const cJSON *pod, const char *statuses)
{
    const cJSON *status;

    cJSON_ArrayForEach(status, json_find(pod, statuses))
    {
        const cJSON *waiting = json_find(status, "state.waiting");

        if (cJSON_IsObject(waiting))
            write_wait(j, pod, json_find_text(status, "name"), waiting);
    }
}

/* No node has taken it: what the scheduler says. */
static void write_unscheduled(struct json *j, const cJSON *pod)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, json_find(pod, "status.conditions"))
    {
        if (says(condition, "type", "PodScheduled") && says(condition, "status", "False"))
            write_wait(j, pod, NULL, condition);
    }
}

void job_write_waiting(struct json *j, const cJSON *pods)
{
    const cJSON *pod;

    cJSON_ArrayForEach(pod, json_find(pods, "items"))
    {
        if (says(pod, "status.phase", "Succeeded") || says(pod, "status.phase", "Failed"))
            continue;
        write_unscheduled(j, pod);
        write_containers_waiting(j, pod, "status.initContainerStatuses");
        write_containers_waiting(j, pod, "status.containerStatuses");
    }
}

/* Written in the series' newer form, or in the older one. */
static const char *time_of(const cJSON *event)
{
    static const char *const places[] = {"lastTimestamp", "series.lastObservedTime", "eventTime"};
    const char *time = NULL;

    for (size_t i = 0; !time && i < sizeof(places) / sizeof(places[0]); i++)
        time = json_find_text(event, places[i]);
    return time ? time : "";
}

void job_write_refusal(struct json *j, const cJSON *events)
{
    const cJSON *newest = NULL;
    const cJSON *event;

    cJSON_ArrayForEach(event, json_find(events, "items"))
    {
        if (!newest || strcmp(time_of(event), time_of(newest)) >= 0)
            newest = event;
    }
    if (newest)
        write_wait(j, NULL, NULL, newest);
}
