#include "cluster/overview.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cluster/crew.h"
#include "cluster/list.h"
#include "kube/table.h"

#define WITHIN_MS 20000 /* of all pages of one kind */

static const struct {
    const char *resource;
    const char *path;
} kinds[WORKLOAD__MAX] = {
    [WORKLOAD_DEPLOYMENT] = {"deployments", "/apis/apps/v1/deployments?"},
    [WORKLOAD_REPLICASET] = {"replicasets", "/apis/apps/v1/replicasets?"},
    [WORKLOAD_STATEFULSET] = {"statefulsets", "/apis/apps/v1/statefulsets?"},
    [WORKLOAD_DAEMONSET] = {"daemonsets", "/apis/apps/v1/daemonsets?"},
    /* As a Table, because kubectl's word for the state of a pod is in it, and with the objects. */
    [WORKLOAD_POD] = {"pods", "/api/v1/pods?includeObject=Object"},
};

struct survey {
    struct overview *overview;
    bool (*is_gone)(void *arg);
    void *arg;
};

/* One kind, in a thread of its own. */
struct reading {
    const struct survey *survey;
    enum workload_kind kind;
    struct overview_kind *found;
    int status_column;
};

const char *overview_resource(enum workload_kind kind)
{
    return kinds[kind].resource;
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

/* When there is no room, what fails takes the place of what may only be starting. */
static struct fault *fault_place(struct overview_kind *found, bool is_starting)
{
    if (found->fault_count < OVERVIEW_FAULTS)
        return &found->faults[found->fault_count++];
    found->faults_left_out++;
    for (size_t i = 0; !is_starting && i < found->fault_count; i++)
        if (found->faults[i].is_starting)
            return &found->faults[i];
    return NULL;
}

static void add_fault(struct overview_kind *found, const cJSON *object, const struct workload_state *state)
{
    struct fault *fault = fault_place(found, state->is_starting);

    if (!fault)
        return;
    copy(fault->namespace, sizeof(fault->namespace), json_find_text(object, "metadata.namespace"));
    copy(fault->name, sizeof(fault->name), json_find_text(object, "metadata.name"));
    copy(fault->uid, sizeof(fault->uid), json_find_text(object, "metadata.uid"));
    copy(fault->owner_uid, sizeof(fault->owner_uid), owner_uid(object));
    copy(fault->reason, sizeof(fault->reason), state->reason);
    copy(fault->message, sizeof(fault->message), state->message);
    copy(fault->since, sizeof(fault->since), state->since);
    fault->ready = state->ready;
    fault->wanted = state->wanted;
    fault->is_starting = state->is_starting;
}

static int on_head(void *arg, const cJSON *head)
{
    struct reading *reading = arg;

    if (reading->status_column < 0)
        reading->status_column = table_column(head, "Status");
    return 0;
}

static int on_item(void *arg, const cJSON *item)
{
    struct reading *reading = arg;
    struct overview_kind *found = reading->found;
    const cJSON *row_object = json_find(item, "object");
    const cJSON *object = row_object ? row_object : item;
    struct workload_state state;

    workload_read(reading->kind, object, table_cell(item, reading->status_column), &state);
    if (state.is_over) {
        found->over++;
        return 0;
    }
    found->available++;
    found->ready += state.is_ready;
    /* A ReplicaSet of a Deployment is the Deployment's own affair. */
    if (!state.is_ready && !(reading->kind == WORKLOAD_REPLICASET && owner_uid(object)))
        add_fault(found, object, &state);
    return 0;
}

static bool is_gone(void *arg)
{
    const struct survey *survey = ((const struct reading *)arg)->survey;

    return survey->is_gone(survey->arg);
}

static void read_kind(struct worker *worker, struct cluster *cluster, void *arg, size_t index)
{
    const struct survey *survey = arg;
    /* Pods take longest, so they come first. */
    enum workload_kind kind = (enum workload_kind)(WORKLOAD__MAX - 1 - index);
    struct reading reading = {
        .survey = survey, .kind = kind, .found = &survey->overview->kinds[kind], .status_column = -1};
    struct list list = {.path = kinds[kind].path,
                        .accept = kind == WORKLOAD_POD ? KUBE_ACCEPT_TABLE : KUBE_ACCEPT_JSON,
                        .array = kind == WORKLOAD_POD ? "rows" : "items",
                        .other_array = kind == WORKLOAD_POD ? "items" : NULL,
                        .on_head = on_head,
                        .on_item = on_item,
                        .is_gone = is_gone,
                        .arg = &reading};
    struct err err;

    reading.found->is_asked = true;
    if (cluster_list_all(worker, cluster, &list, WITHIN_MS, &err) < 0)
        gaps_add(survey->overview->gaps, kinds[kind].resource, &err);
    else
        reading.found->is_known = true;
}

/* What has no time of its own has been so at least since the first of its pods. */
static void date_by_pods(struct fault *fault, const struct overview_kind *pods)
{
    for (size_t i = 0; i < pods->fault_count; i++) {
        const struct fault *pod = &pods->faults[i];

        if (*fault->uid && strcmp(pod->owner_uid, fault->uid) == 0 && *pod->since &&
            (!*fault->since || strcmp(pod->since, fault->since) < 0))
            copy(fault->since, sizeof(fault->since), pod->since);
    }
}

static void date_faults(struct overview *overview)
{
    for (size_t kind = 0; kind < WORKLOAD_POD; kind++) {
        struct overview_kind *found = &overview->kinds[kind];

        for (size_t i = 0; i < found->fault_count; i++)
            if (!*found->faults[i].since)
                date_by_pods(&found->faults[i], &overview->kinds[WORKLOAD_POD]);
    }
}

static bool is_any_known(struct overview *overview)
{
    bool any = false;
    struct err err;

    err_set(&err, ERR_INTERNAL, "there is no memory to ask for them");
    for (size_t i = 0; i < WORKLOAD__MAX; i++) {
        if (!overview->kinds[i].is_asked)
            gaps_add(overview->gaps, kinds[i].resource, &err);
        any = any || overview->kinds[i].is_known;
    }
    return any;
}

static struct overview *overview_new(struct arena *arena)
{
    struct overview *overview = arena_alloc(arena, sizeof(*overview));

    if (!overview)
        return NULL;
    overview->gaps = gaps_new(arena);
    if (!overview->gaps)
        return NULL;
    for (size_t i = 0; i < WORKLOAD__MAX; i++) {
        overview->kinds[i].faults = arena_alloc(arena, OVERVIEW_FAULTS * sizeof(struct fault));
        if (!overview->kinds[i].faults)
            return NULL;
    }
    return overview;
}

int cluster_overview(struct worker *worker, struct cluster *cluster, bool (*gone)(void *arg), void *arg,
                     struct overview **out, struct err *err)
{
    struct survey survey = {.overview = overview_new(worker->arena), .is_gone = gone, .arg = arg};

    if (!survey.overview)
        return err_set(err, ERR_INTERNAL, "there is no memory for the overview");
    crew_run(&(struct crew){
        .worker = worker, .cluster = cluster, .count = WORKLOAD__MAX, .call = read_kind, .arg = &survey});
    if (!is_any_known(survey.overview))
        return err_set(err, ERR_UPSTREAM_UNREACHABLE, "nothing of the cluster could be read: %.400s",
                       survey.overview->gaps->items[0].message);
    date_faults(survey.overview);
    *out = survey.overview;
    return 0;
}
