/*
 * GET .../dashboard: how many of what runs in a cluster are ready, and what is not.
 */
#include "handlers/dashboard.h"

#include "cluster/overview.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"

/* clang-format off */
static const struct field counts_shape[] = {
    {.name = "ready", .type = FIELD_INTEGER, .example = "2"},
    {.name = "available", .type = FIELD_INTEGER, .help = "all there are", .example = "3"},
    {.name = NULL},
};

static const struct field pod_counts_shape[] = {
    {.name = "ready", .type = FIELD_INTEGER, .help = "they run, and their condition Ready is true", .example = "11"},
    {.name = "available", .type = FIELD_INTEGER, .help = "all that have not succeeded", .example = "13"},
    {.name = "succeeded", .type = FIELD_INTEGER, .help = "they have done what they had to do", .example = "1"},
    {.name = NULL},
};

static const struct field fault_shape[] = {
    {.name = "kind", .type = FIELD_CHOICE, .choices = "Deployment|ReplicaSet|StatefulSet|DaemonSet|Pod", .example = "Pod"},
    {.name = "namespace", .example = "payments"},
    {.name = "name", .example = "ledger-7d9c5f-x2k4q"},
    {.name = "reason", .nullable = true, .help = "of a pod the word that kubectl prints", .example = "CrashLoopBackOff"},
    {.name = "message", .nullable = true, .example = "back-off 5m0s restarting failed container"},
    {.name = "since", .nullable = true, .example = "2026-11-21T08:00:00Z"},
    {.name = "ready", .type = FIELD_INTEGER, .nullable = true, .help = "pods of it; null of a pod", .example = "null"},
    {.name = "desired", .type = FIELD_INTEGER, .nullable = true, .example = "null"},
    {.name = "starting", .type = FIELD_BOOLEAN, .help = "it may need nothing but time", .example = "false"},
    {.name = NULL},
};

static const struct field dashboard_shape[] = {
    {.name = "daemonset", .type = FIELD_OBJECT, .nullable = true, .children = counts_shape, .help = "null, here and below: it could not be read, see errors"},
    {.name = "deployment", .type = FIELD_OBJECT, .nullable = true, .children = counts_shape},
    {.name = "pod", .type = FIELD_OBJECT, .nullable = true, .children = pod_counts_shape},
    {.name = "replicaset", .type = FIELD_OBJECT, .nullable = true, .children = counts_shape},
    {.name = "statefulset", .type = FIELD_OBJECT, .nullable = true, .children = counts_shape},
    {.name = "faults", .type = FIELD_OBJECT_LIST, .children = fault_shape, .help = "what is not ready, at most 100 of each kind, without the replica sets of deployments"},
    {.name = "faults_left_out", .type = FIELD_INTEGER, .help = "how many more there are", .example = "0"},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = gap_shape, .help = "what could not be read", .example = "[]"},
    {.name = NULL},
};

const struct field gap_shape[] = {
    {.name = "resource", .example = "pods"},
    {.name = "code", .help = "a reason, as a Status has it", .example = "Forbidden"},
    {.name = "message", .example = "pods is forbidden: User \"viewer\" cannot list resource \"pods\""},
    {.name = NULL},
};
/* clang-format on */

const struct answer dashboard_answers[] = {
    {200, "how it stands, as far as it could be read", dashboard_shape},
    {503, "nothing of the cluster could be read"},
    {0},
};

static const struct {
    enum workload_kind kind;
    const char *member;
    const char *name;
} members[] = {
    {WORKLOAD_DAEMONSET, "daemonset", "DaemonSet"},
    {WORKLOAD_DEPLOYMENT, "deployment", "Deployment"},
    {WORKLOAD_POD, "pod", "Pod"},
    {WORKLOAD_REPLICASET, "replicaset", "ReplicaSet"},
    {WORKLOAD_STATEFULSET, "statefulset", "StatefulSet"},
};

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static void write_counts(struct json *j, const char *member, const struct overview_kind *kind, bool has_over)
{
    if (!kind->is_known) {
        json_null(j, member);
        return;
    }
    json_object_open(j, member);
    json_int(j, "ready", kind->ready);
    json_int(j, "available", kind->available);
    if (has_over)
        json_int(j, "succeeded", kind->over);
    json_object_close(j);
}

static void write_text(struct json *j, const char *member, const char *text)
{
    json_text(j, member, *text ? text : NULL);
}

static void write_count(struct json *j, const char *member, int64_t count)
{
    if (count < 0)
        json_null(j, member);
    else
        json_int(j, member, count);
}

static void write_fault(struct json *j, const char *kind, const struct fault *fault)
{
    json_object_open(j, NULL);
    json_text(j, "kind", kind);
    json_text(j, "namespace", fault->namespace);
    json_text(j, "name", fault->name);
    write_text(j, "reason", fault->reason);
    write_text(j, "message", fault->message);
    write_text(j, "since", fault->since);
    write_count(j, "ready", fault->ready);
    write_count(j, "desired", fault->wanted);
    json_bool(j, "starting", fault->is_starting);
    json_object_close(j);
}

static size_t write_faults(struct json *j, const struct overview *overview)
{
    size_t left_out = 0;

    json_array_open(j, "faults");
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const struct overview_kind *kind = &overview->kinds[members[i].kind];

        for (size_t f = 0; f < kind->fault_count; f++)
            write_fault(j, members[i].name, &kind->faults[f]);
        left_out += kind->faults_left_out;
    }
    json_array_close(j);
    return left_out;
}

int dashboard_show(struct request *request)
{
    struct overview *overview;
    struct buf body;
    struct json j;

    if (cluster_overview(request->worker, request->cluster, is_gone, request, &overview, &request->err) < 0)
        return -1;
    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        write_counts(&j, members[i].member, &overview->kinds[members[i].kind], members[i].kind == WORKLOAD_POD);
    json_int(&j, "faults_left_out", (int64_t)write_faults(&j, overview));
    gaps_write(overview->gaps, &j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
