#include "cluster/pods.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "cluster/crew.h"
#include "cluster/list.h"
#include "cluster/object.h"
#include "kube/selector.h"
#include "kube/table.h"
#include "kube/workload.h"

#define LIST_WITHIN_MS 20000
#define OWNERS_MAX 2000  /* ReplicaSets of one Deployment */
#define KUBELETS_MAX 100 /* asked for the pods of one workload */
#define PODS_QUERY "pods?includeObject=%s"
#define ACCEPT_METADATA "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

const char pods_owners[] = "deployments|statefulsets|daemonsets|replicasets|jobs";

/* Those that control pods. */
struct owners {
    const char *uids[OWNERS_MAX];
    size_t count;
};

struct listing {
    struct arena *arena;
    bool (*is_gone)(void *arg);
    void *arg;
    struct err *err;
    const struct owners *owners; /* NULL: whosever they are */
    struct pods *pods;
    int ready; /* columns */
    int status;
    int node;
    struct pod *first;
    size_t count;
};

static bool is_gone(void *arg)
{
    const struct listing *l = arg;

    return l->is_gone(l->arg);
}

static int on_head(void *arg, const cJSON *head)
{
    struct listing *l = arg;

    if (l->ready >= 0)
        return 0;
    l->ready = table_column(head, "Ready");
    l->status = table_column(head, "Status");
    l->node = table_column(head, "Node");
    if (l->ready < 0 || l->status < 0)
        return err_set(l->err, ERR_UPSTREAM_BROKEN, "the cluster's Table of pods has no columns Ready and Status");
    return 0;
}

static bool is_owned(const struct owners *owners, const cJSON *object)
{
    const char *uid = owner_uid(object);

    for (size_t i = 0; uid && i < owners->count; i++)
        if (strcmp(owners->uids[i], uid) == 0)
            return true;
    return false;
}

static const char *copy(struct arena *arena, const char *text)
{
    return arena_strdup(arena, text ? text : "");
}

static int on_pod(void *arg, const cJSON *row)
{
    struct listing *l = arg;
    const cJSON *object = json_find(row, "object");
    struct pod *pod;

    if (l->owners && !is_owned(l->owners, object))
        return 0;
    if (l->pods->with_resources)
        resources_add_pod(object, &l->pods->resources);
    pod = arena_alloc(l->arena, sizeof(*pod));
    if (!pod)
        return err_set(l->err, ERR_INTERNAL, "there is no memory for the pods");
    pod->measured.namespace = copy(l->arena, json_find_text(object, "metadata.namespace"));
    pod->measured.name = copy(l->arena, json_find_text(object, "metadata.name"));
    pod->ready = copy(l->arena, table_cell(row, l->ready));
    pod->status = copy(l->arena, table_cell(row, l->status));
    pod->node = copy(l->arena, table_cell(row, l->node));
    if (!pod->measured.namespace || !pod->measured.name || !pod->ready || !pod->status || !pod->node)
        return err_set(l->err, ERR_INTERNAL, "there is no memory for the pods");
    pod->next = l->first;
    l->first = pod;
    l->count++;
    return 0;
}

/* What is asked for of the objects behind the rows. */
static const char *objects_of(const struct pods *pods)
{
    return pods->with_resources ? "Object" : "Metadata";
}

static int list_pods(struct worker *worker, struct cluster *cluster, struct listing *l, const char *path,
                     struct pods *out, struct err *err)
{
    struct list list = {.path = path,
                        .accept = KUBE_ACCEPT_TABLE,
                        .array = "rows",
                        .on_head = on_head,
                        .on_item = on_pod,
                        .is_gone = is_gone,
                        .arg = l};
    size_t i = 0;

    l->arena = worker->arena;
    l->err = err;
    l->pods = out;
    l->ready = l->status = l->node = -1;
    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    if (cluster_list_all(worker, cluster, &list, LIST_WITHIN_MS, err) < 0)
        return -1;
    out->count = l->count;
    out->items = arena_alloc(worker->arena, (l->count + 1) * sizeof(struct measured *));
    if (!out->items)
        return err_set(err, ERR_INTERNAL, "there is no memory for the pods");
    for (struct pod *pod = l->first; pod; pod = pod->next)
        out->items[i++] = &pod->measured;
    measured_sort(out->items, out->count);
    return 0;
}

int pods_of_node(struct worker *worker, struct cluster *cluster, struct str node, bool (*gone)(void *arg), void *arg,
                 struct pods *out, struct err *err)
{
    struct listing l = {.is_gone = gone, .arg = arg};
    const char *path = arena_printf(worker->arena, "/api/v1/" PODS_QUERY "&fieldSelector=spec.nodeName%%3D%.*s",
                                    objects_of(out), STR_FMT(node));

    /* It selects by labels only, and a node has none that its pods have too. */
    out->metrics_path = "/apis/metrics.k8s.io/v1beta1/pods?";
    return list_pods(worker, cluster, &l, path, out, err);
}

int pods_of_name(struct worker *worker, struct cluster *cluster, struct str namespace, struct str name,
                 bool (*gone)(void *arg), void *arg, struct pods *out, struct err *err)
{
    struct listing l = {.is_gone = gone, .arg = arg};
    const char *path =
        arena_printf(worker->arena, "/api/v1/namespaces/%.*s/" PODS_QUERY "&fieldSelector=metadata.name%%3D%.*s",
                     STR_FMT(namespace), objects_of(out), STR_FMT(name));

    out->metrics_path =
        arena_printf(worker->arena, "/apis/metrics.k8s.io/v1beta1/namespaces/%.*s/pods?", STR_FMT(namespace));
    if (!out->metrics_path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    return list_pods(worker, cluster, &l, path, out, err);
}

/* Where a workload is found, what it selects, and what controls its pods. */
struct workload {
    struct str namespace;
    const char *selector; /* percent-encoded */
    struct owners owners;
    struct arena *arena;
    struct err *err;
};

static const char *root_of(struct str resource)
{
    struct str rest = str_from(pods_owners);

    while (rest.ptr)
        if (str_equal(str_cut(&rest, '|'), resource))
            return str_equal(resource, STR("jobs")) ? "/apis/batch/v1" : "/apis/apps/v1";
    return NULL;
}

static int add_owner(struct workload *w, const char *uid)
{
    uid = uid ? arena_strdup(w->arena, uid) : NULL;
    if (!uid || w->owners.count == OWNERS_MAX)
        return err_set(w->err, ERR_INTERNAL, "there is no memory for what controls the pods");
    w->owners.uids[w->owners.count++] = uid;
    return 0;
}

static int read_workload(struct worker *worker, struct cluster *cluster, const char *path, struct workload *w)
{
    cJSON *object;
    struct buf selector;
    int rc;

    if (!path)
        return err_set(w->err, ERR_INTERNAL, "there is no memory for the path");
    if (object_read(worker, cluster, path, LIST_WITHIN_MS, &object, w->err) < 0)
        return -1;
    buf_init(&selector, LIMIT_URI);
    rc = selector_write(json_find(object, "spec.selector"), &selector);
    w->selector = rc == 0 ? arena_strndup(worker->arena, selector.ptr, selector.len) : NULL;
    buf_free(&selector);
    if (!w->selector)
        return err_set(w->err, ERR_UPSTREAM_BROKEN, "its selector can not be read");
    return add_owner(w, json_find_text(object, "metadata.uid"));
}

static int on_replicaset(void *arg, const cJSON *object)
{
    struct workload *w = arg;
    const char *controller = owner_uid(object);

    if (!controller || strcmp(controller, w->owners.uids[0]) != 0)
        return 0;
    return add_owner(w, json_find_text(object, "metadata.uid"));
}

/* A Deployment controls ReplicaSets, and these the pods. */
static int read_replicasets(struct worker *worker, struct cluster *cluster, struct workload *w)
{
    struct list list = {.path =
                            arena_printf(worker->arena, "/apis/apps/v1/namespaces/%.*s/replicasets?labelSelector=%s",
                                         STR_FMT(w->namespace), w->selector),
                        .accept = ACCEPT_METADATA,
                        .array = "items",
                        .on_item = on_replicaset,
                        .arg = w};

    if (!list.path)
        return err_set(w->err, ERR_INTERNAL, "there is no memory for the path");
    return cluster_list_all(worker, cluster, &list, LIST_WITHIN_MS, w->err);
}

int pods_of_workload(struct worker *worker, struct cluster *cluster, struct str namespace, struct str resource,
                     struct str name, bool (*gone)(void *arg), void *arg, struct pods *out, struct err *err)
{
    struct workload *w = arena_alloc(worker->arena, sizeof(*w));
    const char *root = root_of(resource);
    struct listing l = {.is_gone = gone, .arg = arg};

    if (!w)
        return err_set(err, ERR_INTERNAL, "there is no memory for the workload");
    if (!root)
        return err_set(err, ERR_NOT_FOUND, "\"%.*s\" have no pods: there are those of %s",
                       (int)(resource.len < 100 ? resource.len : 100), resource.ptr, pods_owners);
    w->namespace = namespace;
    w->arena = worker->arena;
    w->err = err;
    l.owners = &w->owners;
    if (read_workload(worker, cluster,
                      arena_printf(worker->arena, "%s/namespaces/%.*s/%.*s/%.*s", root, STR_FMT(namespace),
                                   STR_FMT(resource), STR_FMT(name)),
                      w) < 0)
        return -1;
    if (str_equal(resource, STR("deployments")) && read_replicasets(worker, cluster, w) < 0)
        return -1;
    out->metrics_path =
        arena_printf(worker->arena, "/apis/metrics.k8s.io/v1beta1/namespaces/%.*s/pods?labelSelector=%s",
                     STR_FMT(namespace), w->selector);
    if (!out->metrics_path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    return list_pods(worker, cluster, &l,
                     arena_printf(worker->arena, "/api/v1/namespaces/%.*s/" PODS_QUERY "&labelSelector=%s",
                                  STR_FMT(namespace), objects_of(out), w->selector),
                     out, err);
}

/* The kubelets of some pods, each asked once. */
struct kubelets {
    const struct pods *pods;
    struct gaps *gaps;
    int64_t end_ms;
    const char *nodes[KUBELETS_MAX];
    size_t count;
};

static void add_node(struct kubelets *k, const char *node)
{
    for (size_t i = 0; i < k->count; i++)
        if (strcmp(k->nodes[i], node) == 0)
            return;
    if (k->count < KUBELETS_MAX && *node && *node != '<')
        k->nodes[k->count++] = node;
}

static void ask_kubelet(struct worker *worker, struct cluster *cluster, void *arg, size_t index)
{
    const struct kubelets *k = arg;
    const char *node = k->nodes[index];
    int64_t left_ms = k->end_ms - clock_monotonic_ms();
    char resource[320];
    cJSON *summary;
    const cJSON *stats;
    struct err err;

    snprintf(resource, sizeof(resource), "nodes/%s/stats", node);
    if (left_ms < 1)
        left_ms = 1;
    if (kubelet_read_summary(worker, cluster, node, left_ms < KUBELET_WITHIN_MS ? left_ms : KUBELET_WITHIN_MS, &summary,
                             &err) < 0) {
        gaps_add(k->gaps, resource, &err);
        return;
    }
    cJSON_ArrayForEach(stats, json_find(summary, "pods"))
    {
        struct measured *m = measured_find(k->pods->items, k->pods->count, json_find_text(stats, "podRef.namespace"),
                                           json_find_text(stats, "podRef.name"));

        /* Another thread fills in the pods of another node. */
        if (m && strcmp(pod_of(m)->node, node) == 0)
            m->has_usage = usage_of_pod_stats(stats, &m->usage);
    }
}

void pods_measure(struct worker *worker, struct cluster *cluster, const struct pods *pods, struct gaps *gaps)
{
    struct kubelets *k = arena_alloc(worker->arena, sizeof(*k));
    struct err err;

    if (pods->count == 0)
        return;
    if (measured_read(worker, cluster, pods->metrics_path, pods->items, pods->count, &err) == 0)
        return;
    gaps_add(gaps, "pods.metrics.k8s.io", &err);
    if (!k)
        return;
    k->pods = pods;
    k->gaps = gaps;
    k->end_ms = clock_monotonic_ms() + KUBELETS_WITHIN_MS;
    for (size_t i = 0; i < pods->count; i++)
        add_node(k, pod_of(pods->items[i])->node);
    crew_run(&(struct crew){.worker = worker, .cluster = cluster, .count = k->count, .call = ask_kubelet, .arg = k});
}
