/* How an object is, in one word as kubectl says it, and whether that is well. */
#include <stdio.h>
#include <string.h>

#include "kube/graph_parts.h"
#include "kube/job.h"

const char *const graph_healths[GRAPH_HEALTH__MAX] = {
    [GRAPH_FINE] = "ok", [GRAPH_PROGRESSING] = "progressing", [GRAPH_BAD] = "bad", [GRAPH_UNKNOWN] = "unknown"};

#define WORD_SIZE 160

static bool is(const char *text, const char *other)
{
    return text && strcmp(text, other) == 0;
}

static int64_t number(const cJSON *object, const char *path, int64_t fallback)
{
    const cJSON *found = json_find(object, path);

    /* Beyond this no count means anything. */
    return cJSON_IsNumber(found) && found->valuedouble >= -1e15 && found->valuedouble <= 1e15
               ? (int64_t)found->valuedouble
               : fallback;
}

static const cJSON *find_condition(const cJSON *object, const char *type)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, json_find(object, "status.conditions"))
    {
        if (is(json_find_text(condition, "type"), type))
            return condition;
    }
    return NULL;
}

static bool condition_is(const cJSON *object, const char *type, const char *status)
{
    return is(json_find_text(find_condition(object, type), "status"), status);
}

/* Words that pass by themselves; every other one of a container that does not run is a fault. */
static bool is_passing(const char *word)
{
    static const char *const words[] = {"Pending",  "ContainerCreating", "PodInitializing", "Terminating",
                                        "NotReady", "SchedulingGated",   "PodInitialized"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    /* "Init:1/2", but not "Init:Error". */
    return strncmp(word, "Init:", 5) == 0 && word[5] >= '0' && word[5] <= '9';
}

/* Why a container that has ended did. */
static void ended_word(const cJSON *terminated, char *out)
{
    const char *reason = json_find_text(terminated, "reason");
    long long signal = (long long)number(terminated, "signal", 0);

    if (reason && *reason)
        snprintf(out, WORD_SIZE, "%.100s", reason);
    else if (signal != 0)
        snprintf(out, WORD_SIZE, "Signal:%lld", signal);
    else
        snprintf(out, WORD_SIZE, "ExitCode:%lld", (long long)number(terminated, "exitCode", 0));
}

/* The first init container that is not done yet says how the pod is. */
static bool init_word(const cJSON *pod, char *out)
{
    const cJSON *statuses = json_find(pod, "status.initContainerStatuses");
    const cJSON *status;
    int done = 0;

    cJSON_ArrayForEach(status, statuses)
    {
        const cJSON *terminated = json_find(status, "state.terminated");
        const char *waiting = json_find_text(status, "state.waiting.reason");
        char why[WORD_SIZE];

        done++;
        /* One that goes on beside the others has only to have started. */
        if (terminated ? number(terminated, "exitCode", 0) == 0 : cJSON_IsTrue(json_find(status, "started")))
            continue;
        if (terminated) {
            ended_word(terminated, why);
            snprintf(out, WORD_SIZE, "Init:%.100s", why);
        } else if (waiting && *waiting && !is(waiting, "PodInitializing")) {
            snprintf(out, WORD_SIZE, "Init:%.100s", waiting);
        } else {
            snprintf(out, WORD_SIZE, "Init:%d/%d", done - 1, cJSON_GetArraySize(json_find(pod, "spec.initContainers")));
        }
        return true;
    }
    return false;
}

/* The first container that does not run says how the pod is. */
static void containers_word(const cJSON *pod, char *out)
{
    const cJSON *status;
    bool running = false;
    bool told = false;

    cJSON_ArrayForEach(status, json_find(pod, "status.containerStatuses"))
    {
        const cJSON *terminated = json_find(status, "state.terminated");
        const char *waiting = json_find_text(status, "state.waiting.reason");

        running = running || (json_find(status, "state.running") && cJSON_IsTrue(json_find(status, "ready")));
        if (told || (!terminated && !(waiting && *waiting)))
            continue;
        if (terminated)
            ended_word(terminated, out);
        else
            snprintf(out, WORD_SIZE, "%.100s", waiting);
        told = true;
    }
    if (is(out, "Completed") && running)
        snprintf(out, WORD_SIZE, "%s", condition_is(pod, "Ready", "True") ? "Running" : "NotReady");
}

static enum graph_health pod_health(const cJSON *pod, const char *word)
{
    if (is(word, "Succeeded") || is(word, "Completed"))
        return GRAPH_FINE;
    if (is(word, "Running"))
        return condition_is(pod, "Ready", "False") ? GRAPH_PROGRESSING : GRAPH_FINE;
    if (is(word, "Pending") && is(json_find_text(find_condition(pod, "PodScheduled"), "reason"), "Unschedulable"))
        return GRAPH_BAD;
    if (!*word || is(word, "Unknown"))
        return GRAPH_UNKNOWN;
    return is_passing(word) ? GRAPH_PROGRESSING : GRAPH_BAD;
}

static void pod_status(struct graph_part *part, struct graph_node *node, const cJSON *pod)
{
    const char *phase = json_find_text(pod, "status.phase");
    const char *reason = json_find_text(pod, "status.reason");
    const char *gated = json_find_text(find_condition(pod, "PodScheduled"), "reason");
    char word[WORD_SIZE];

    snprintf(word, sizeof(word), "%.100s", reason && *reason ? reason : phase ? phase : "");
    if (is(gated, "SchedulingGated"))
        snprintf(word, sizeof(word), "SchedulingGated");
    if (!init_word(pod, word))
        containers_word(pod, word);
    if (json_find_text(pod, "metadata.deletionTimestamp") && !is(phase, "Succeeded") && !is(phase, "Failed"))
        snprintf(word, sizeof(word), "%s", is(reason, "NodeLost") ? "Unknown" : "Terminating");
    node->status = graph_text(part, word);
    node->health = (unsigned char)pod_health(pod, word);
}

void graph_read_container_status(struct graph_part *part, struct graph_node *node, const cJSON *status)
{
    const cJSON *terminated = json_find(status, "state.terminated");
    const char *waiting = json_find_text(status, "state.waiting.reason");
    char word[WORD_SIZE] = "";

    if (terminated)
        ended_word(terminated, word);
    else if (json_find(status, "state.running"))
        snprintf(word, sizeof(word), "Running");
    else if (waiting)
        snprintf(word, sizeof(word), "%.100s", waiting);
    node->status = graph_text(part, word);
    if (terminated)
        node->health = number(terminated, "exitCode", 0) == 0 ? GRAPH_FINE : GRAPH_BAD;
    else if (*word)
        node->health = is(word, "Running") ? GRAPH_FINE : is_passing(word) ? GRAPH_PROGRESSING : GRAPH_BAD;
}

/* "2/3": so many are ready of those that are wanted. */
static void ready_status(struct graph_part *part, struct graph_node *node, const cJSON *object, int64_t ready,
                         int64_t wanted)
{
    bool seen = number(object, "status.observedGeneration", INT64_MAX) >= number(object, "metadata.generation", 0);
    char word[WORD_SIZE];

    snprintf(word, sizeof(word), "%lld/%lld", (long long)ready, (long long)wanted);
    node->status = graph_text(part, word);
    node->health = ready >= wanted && seen ? GRAPH_FINE : GRAPH_PROGRESSING;
    if (condition_is(object, "ReplicaFailure", "True") || condition_is(object, "Progressing", "False"))
        node->health = GRAPH_BAD;
}

static void node_status(struct graph_part *part, struct graph_node *node, const cJSON *object)
{
    bool ready = condition_is(object, "Ready", "True");
    bool told = find_condition(object, "Ready") != NULL;
    bool cordoned = cJSON_IsTrue(json_find(object, "spec.unschedulable"));
    char word[WORD_SIZE];

    snprintf(word, sizeof(word), "%s%s",
             ready  ? "Ready"
             : told ? "NotReady"
                    : "Unknown",
             cordoned ? ",SchedulingDisabled" : "");
    node->status = graph_text(part, word);
    node->health = !told ? GRAPH_UNKNOWN : !ready ? GRAPH_BAD : cordoned ? GRAPH_PROGRESSING : GRAPH_FINE;
}

static void job_status(struct graph_part *part, struct graph_node *node, const cJSON *object)
{
    static const unsigned char healths[JOB_STATE__MAX] = {
        [JOB_UNKNOWN] = GRAPH_UNKNOWN, [JOB_PENDING] = GRAPH_PROGRESSING, [JOB_RUNNING] = GRAPH_FINE,
        [JOB_SUCCEEDED] = GRAPH_FINE,  [JOB_FAILED] = GRAPH_BAD,          [JOB_SUSPENDED] = GRAPH_PROGRESSING,
    };
    struct job job;

    job_read(object, &job);
    node->status = graph_text(part, job_state_name(job.state));
    node->health = healths[job.state];
}

/* Of claims and volumes. */
static void phase_status(struct graph_part *part, struct graph_node *node, const cJSON *object)
{
    const char *phase = json_find_text(object, "status.phase");

    node->status = graph_text(part, phase);
    if (is(phase, "Bound") || is(phase, "Available"))
        node->health = GRAPH_FINE;
    else if (is(phase, "Pending"))
        node->health = GRAPH_PROGRESSING;
    else if (is(phase, "Lost") || is(phase, "Failed"))
        node->health = GRAPH_BAD;
}

void graph_read_status(struct graph_part *part, struct graph_node *node, const cJSON *object)
{
    switch (node->kind) {
    case GRAPH_POD:
        pod_status(part, node, object);
        break;
    case GRAPH_NODE:
        node_status(part, node, object);
        break;
    case GRAPH_DEPLOYMENT:
    case GRAPH_REPLICASET:
    case GRAPH_STATEFULSET:
        ready_status(part, node, object, number(object, "status.readyReplicas", 0), number(object, "spec.replicas", 1));
        break;
    case GRAPH_DAEMONSET:
        ready_status(part, node, object, number(object, "status.numberReady", 0),
                     number(object, "status.desiredNumberScheduled", 0));
        break;
    case GRAPH_JOB:
        job_status(part, node, object);
        break;
    case GRAPH_CRONJOB:
        node->status = cJSON_IsTrue(json_find(object, "spec.suspend")) ? "suspended" : "scheduled";
        node->health = GRAPH_FINE;
        break;
    case GRAPH_PVC:
    case GRAPH_PV:
        phase_status(part, node, object);
        break;
    case GRAPH_SERVICE:
        node->status = graph_text(part, json_find_text(object, "spec.type"));
        node->health = GRAPH_FINE;
        break;
    default:
        node->health = GRAPH_FINE;
        break;
    }
}
