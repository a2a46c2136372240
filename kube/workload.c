#include "kube/workload.h"

#include <string.h>

const cJSON *condition_find(const cJSON *object, const char *type)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, json_find(object, "status.conditions"))
    {
        const char *name = json_find_text(condition, "type");

        if (name && strcmp(name, type) == 0)
            return condition;
    }
    return NULL;
}

bool condition_is(const cJSON *condition, const char *status)
{
    const char *word = json_find_text(condition, "status");

    return word && strcmp(word, status) == 0;
}

const char *owner_uid(const cJSON *object)
{
    const cJSON *owner;

    cJSON_ArrayForEach(owner, json_find(object, "metadata.ownerReferences"))
    {
        if (cJSON_IsTrue(json_find(owner, "controller")))
            return json_find_text(owner, "uid");
    }
    return NULL;
}

/* An empty text says nothing. */
static const char *text_of(const cJSON *object, const char *path)
{
    const char *text = json_find_text(object, path);

    return text && *text ? text : NULL;
}

static void take_condition(const cJSON *condition, struct workload_state *out)
{
    out->reason = text_of(condition, "reason");
    out->message = text_of(condition, "message");
    out->since = text_of(condition, "lastTransitionTime");
}

/* The one that says most comes first. */
static void find_why(const cJSON *object, struct workload_state *out)
{
    static const struct {
        const char *type;
        const char *status;
    } conditions[] = {{"ReplicaFailure", "True"}, {"Progressing", "False"}, {"Available", "False"}};

    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        const cJSON *condition = condition_find(object, conditions[i].type);

        if (!condition_is(condition, conditions[i].status))
            continue;
        take_condition(condition, out);
        return;
    }
}

static void read_replicas(enum workload_kind kind, const cJSON *object, struct workload_state *out)
{
    bool is_seen =
        json_find_int(object, "status.observedGeneration", 0) >= json_find_int(object, "metadata.generation", 0);

    if (kind == WORKLOAD_DAEMONSET) {
        out->wanted = json_find_int(object, "status.desiredNumberScheduled", 0);
        out->ready = json_find_int(object, "status.numberReady", 0);
    } else {
        out->wanted = json_find_int(object, "spec.replicas", 1);
        out->ready = json_find_int(object, "status.readyReplicas", 0);
    }
    out->is_ready = is_seen && out->ready >= out->wanted;
    if (!out->is_ready)
        find_why(object, out);
}

/* Of the containers, those that must end before the others first. */
static const char *container_message(const cJSON *pod)
{
    static const char *const lists[] = {"status.initContainerStatuses", "status.containerStatuses"};
    const cJSON *container;

    for (size_t i = 0; i < 2; i++) {
        cJSON_ArrayForEach(container, json_find(pod, lists[i]))
        {
            const char *message = text_of(container, "state.waiting.message");

            if (!message)
                message = text_of(container, "state.terminated.message");
            if (message)
                return message;
        }
    }
    return NULL;
}

static bool is_word(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

/* "Init:0/2" is under way, "Init:Error" is not. */
static bool sounds_like_a_start(const char *word)
{
    static const char *const words[] = {"Pending",  "ContainerCreating", "PodInitializing", "Running",
                                        "NotReady", "Terminating",       "SchedulingGated", NULL};

    return is_word(word, words) || (strncmp(word, "Init:", 5) == 0 && word[5] >= '0' && word[5] <= '9');
}

static void read_pod(const cJSON *pod, const char *status, struct workload_state *out)
{
    const cJSON *ready = condition_find(pod, "Ready");
    const cJSON *scheduled = condition_find(pod, "PodScheduled");
    const char *phase = text_of(pod, "status.phase");

    out->ready = out->wanted = -1;
    out->is_over = phase && strcmp(phase, "Succeeded") == 0;
    out->is_ready = phase && strcmp(phase, "Running") == 0 && condition_is(ready, "True");
    if (out->is_ready || out->is_over)
        return;
    if (!status)
        status = phase ? phase : "Unknown";
    out->is_starting = sounds_like_a_start(status);
    if (condition_is(scheduled, "False"))
        take_condition(scheduled, out);
    else if (ready && !condition_is(ready, "True"))
        take_condition(ready, out);
    /* "Running" is no reason. */
    if (strcmp(status, "Running") != 0)
        out->reason = status;
    else if (!out->reason)
        out->reason = "NotReady";
    if (container_message(pod))
        out->message = container_message(pod);
    else if (text_of(pod, "status.message"))
        out->message = text_of(pod, "status.message");
    if (!out->since)
        out->since = text_of(pod, "metadata.creationTimestamp");
}

void workload_read(enum workload_kind kind, const cJSON *object, const char *status, struct workload_state *out)
{
    *out = (struct workload_state){.is_ready = false};
    if (kind == WORKLOAD_POD)
        read_pod(object, status, out);
    else
        read_replicas(kind, object, out);
}
