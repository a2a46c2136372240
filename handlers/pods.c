/*
 * The pods of a node, and those of a workload, with what they use.
 */
#include "handlers/pods.h"

#include "cluster/pods.h"
#include "fcgi/response.h"
#include "handlers/dashboard.h"
#include "handlers/handlers.h"
#include "kube/name.h"

/* clang-format off */
static const struct field usage_shape[] = {
    {.name = "cpu", .type = FIELD_INTEGER, .help = "millicores", .example = "4"},
    {.name = "memory", .type = FIELD_INTEGER, .help = "bytes", .example = "10485760"},
    {.name = NULL},
};

static const struct field pod_shape[] = {
    {.name = "name", .example = "web-7d9c5f-x2k4q"},
    {.name = "namespace", .example = "default"},
    {.name = "ready", .help = "containers that are, of all", .example = "1/1"},
    {.name = "status", .help = "as kubectl prints it", .example = "Running"},
    {.name = "metrics", .type = FIELD_OBJECT, .nullable = true, .children = usage_shape, .help = "what it uses; null: not known"},
    {.name = NULL},
};

static const struct field pods_shape[] = {
    {.name = "pods", .type = FIELD_OBJECT_LIST, .children = pod_shape, .help = "by namespace and name"},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = gap_shape, .help = "what could not be read", .example = "[]"},
    {.name = NULL},
};
/* clang-format on */

const struct answer node_pods_answers[] = {
    {200, "the pods; none where there is no such node", pods_shape},
    {0},
};

const struct answer workload_pods_answers[] = {
    {200, "the pods", pods_shape},
    {404, "there is no such workload, or it is of another kind than those that have pods: deployments, statefulsets, "
          "daemonsets, replicasets, jobs"},
    {0},
};

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static void write_pod(struct json *j, const struct pod *pod)
{
    const struct measured *m = &pod->measured;

    json_object_open(j, NULL);
    json_text(j, "name", m->name);
    json_text(j, "namespace", m->namespace);
    json_text(j, "ready", pod->ready);
    json_text(j, "status", pod->status);
    if (m->has_usage) {
        json_object_open(j, "metrics");
        json_int(j, "cpu", m->usage.cpu);
        json_int(j, "memory", m->usage.memory);
        json_object_close(j);
    } else {
        json_null(j, "metrics");
    }
    json_object_close(j);
}

static int write_answer(struct request *request, const struct pods *pods, const struct gaps *gaps, struct buf *out)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_array_open(&j, "pods");
    for (size_t i = 0; i < pods->count; i++) {
        write_pod(&j, pod_of(pods->items[i]));
        if (response_stream(request, out, false) < 0)
            return -1;
    }
    json_array_close(&j);
    gaps_write(gaps, &j);
    json_object_close(&j);
    buf_add_char(out, '\n');
    return response_stream(request, out, true);
}

static int answer(struct request *request, const struct pods *pods)
{
    struct gaps *gaps = gaps_new(request->arena);
    struct buf out;
    int rc;

    if (!gaps)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the pods");
    pods_measure(request->worker, request->cluster, pods, gaps);
    buf_init(&out, MIB(1));
    rc = write_answer(request, pods, gaps, &out);
    buf_free(&out);
    return rc;
}

int node_pods_show(struct request *request)
{
    struct str name = request_name(request, "name", name_check_subdomain);
    struct pods pods = {.with_resources = false};

    if (!name.ptr || pods_of_node(request->worker, request->cluster, name, is_gone, request, &pods, &request->err) < 0)
        return -1;
    return answer(request, &pods);
}

int workload_pods_show(struct request *request)
{
    struct str namespace = request_name(request, "namespace", name_check_label);
    struct str resource = namespace.ptr ? request_segment(request, "resource") : namespace;
    struct str name = resource.ptr ? request_name(request, "name", name_check_subdomain) : resource;
    struct pods pods = {.with_resources = false};

    if (!name.ptr || pods_of_workload(request->worker, request->cluster, namespace, resource, name, is_gone, request,
                                      &pods, &request->err) < 0)
        return -1;
    return answer(request, &pods);
}
