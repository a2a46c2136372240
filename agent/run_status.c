#include "agent/run_status.h"

#include <stdio.h>
#include <string.h>

static const cJSON *condition(const cJSON *object, const char *type, const char *status)
{
    const cJSON *each;

    cJSON_ArrayForEach(each, json_find(object, "status.conditions"))
    {
        const char *is_type = json_find_text(each, "type");
        const char *is_status = json_find_text(each, "status");

        if (is_type && is_status && strcmp(is_type, type) == 0 && strcmp(is_status, status) == 0)
            return each;
    }
    return NULL;
}

static const cJSON *newest(const cJSON *pods)
{
    const cJSON *found = NULL;
    const char *found_at = "";
    const cJSON *each;

    cJSON_ArrayForEach(each, json_find(pods, "items"))
    {
        const char *at = json_find_text(each, "metadata.creationTimestamp");

        if (!found || (at && strcmp(at, found_at) > 0)) {
            found = each;
            found_at = at ? at : "";
        }
    }
    return found;
}

static void say(struct run_status *out, const char *reason, const char *message)
{
    if (reason && message && *message)
        snprintf(out->message, sizeof(out->message), "%s: %s", reason, message);
    else
        snprintf(out->message, sizeof(out->message), "%s", reason ? reason : message ? message : "");
}

/* What is on its way is no reason. */
static bool is_ordinary(const char *reason)
{
    return strcmp(reason, "ContainerCreating") == 0 || strcmp(reason, "PodInitializing") == 0;
}

static void read_container(const cJSON *pod, struct run_status *out)
{
    const cJSON *container = cJSON_GetArrayItem(json_find(pod, "status.containerStatuses"), 0);
    const cJSON *ended = json_find(container, "state.terminated");
    const char *waiting = json_find_text(container, "state.waiting.reason");
    const char *why = json_find_text(ended, "reason");

    out->has_ended = ended != NULL;
    out->has_log = ended || json_find(container, "state.running");
    if (ended)
        out->exit_code = (int)json_find_int(ended, "exitCode", -1);
    if (why && strcmp(why, "OOMKilled") == 0)
        say(out, why, "the worker needed more memory than its limit");
    if (waiting && !is_ordinary(waiting))
        say(out, waiting, json_find_text(container, "state.waiting.message"));
}

static void read_pod(const cJSON *pod, struct run_status *out)
{
    const char *phase = json_find_text(pod, "status.phase");
    const cJSON *unscheduled = condition(pod, "PodScheduled", "False");

    out->pod = json_find_text(pod, "metadata.name");
    if (phase && strcmp(phase, "Running") == 0)
        out->phase = "Running";
    else if (phase && strcmp(phase, "Failed") == 0)
        out->phase = "Failed";
    else if (phase && strcmp(phase, "Succeeded") == 0)
        out->phase = "Succeeded";
    if (unscheduled)
        say(out, json_find_text(unscheduled, "reason"), json_find_text(unscheduled, "message"));
    if (json_find_text(pod, "status.reason"))
        say(out, json_find_text(pod, "status.reason"), json_find_text(pod, "status.message"));
    read_container(pod, out);
}

static void read_job(const cJSON *job, struct run_status *out)
{
    const cJSON *failed = condition(job, "Failed", "True");
    const char *reason = json_find_text(failed, "reason");

    if (failed || condition(job, "Complete", "True")) {
        out->has_finished = true;
        out->has_succeeded = failed == NULL;
        out->phase = failed ? "Failed" : "Succeeded";
        if (!failed)
            out->message[0] = '\0';
    }
    if (reason && strcmp(reason, "DeadlineExceeded") == 0)
        say(out, reason, "the run took longer than its Job may");
    else if (failed && out->exit_code < 0 && out->message[0] == '\0')
        say(out, reason, json_find_text(failed, "message"));
    if (!out->has_finished && condition(job, "Suspended", "True"))
        say(out, "Suspended", "somebody has suspended the Job");
}

void run_status_read(const cJSON *job, const cJSON *pods, struct run_status *out)
{
    const cJSON *pod = newest(pods);

    *out = (struct run_status){.phase = "Pending", .exit_code = -1};
    if (pod)
        read_pod(pod, out);
    read_job(job, out);
}
