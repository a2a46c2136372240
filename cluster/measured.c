#include "cluster/measured.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cluster/list.h"
#include "cluster/object.h"

struct reading {
    struct measured *const *items;
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct measured *x = *(struct measured *const *)a;
    const struct measured *y = *(struct measured *const *)b;
    int order = strcmp(x->namespace, y->namespace);

    return order != 0 ? order : strcmp(x->name, y->name);
}

void measured_sort(struct measured **items, size_t count)
{
    if (count > 0)
        qsort(items, count, sizeof(struct measured *), compare);
}

struct measured *measured_find(struct measured *const *items, size_t count, const char *namespace, const char *name)
{
    struct measured wanted = {.namespace = namespace ? namespace : "", .name = name ? name : ""};
    struct measured *key = &wanted;
    struct measured *const *found = count > 0 ? bsearch(&key, items, count, sizeof(struct measured *), compare) : NULL;

    return found ? *found : NULL;
}

/* A NodeMetrics has "usage" itself. */
static int on_metrics(void *arg, const cJSON *item)
{
    const struct reading *reading = arg;
    struct measured *m = measured_find(reading->items, reading->count, json_find_text(item, "metadata.namespace"),
                                       json_find_text(item, "metadata.name"));
    const cJSON *usage = json_find(item, "usage");

    if (m)
        m->has_usage = usage ? usage_of_resources(usage, &m->usage) : usage_of_pod_metrics(item, &m->usage);
    return 0;
}

int measured_read(struct worker *worker, struct cluster *cluster, const char *path, struct measured *const *items,
                  size_t count, struct err *err)
{
    struct reading reading = {.items = items, .count = count};
    struct list list = {
        .path = path, .accept = KUBE_ACCEPT_JSON, .array = "items", .on_item = on_metrics, .arg = &reading};

    if (cluster_list_all(worker, cluster, &list, USAGE_WITHIN_MS, err) == 0)
        return 0;
    if (list.status == 404)
        err_set(err, ERR_NOT_FOUND, "the cluster has no metrics API (metrics.k8s.io): metrics-server is not installed");
    return -1;
}

int kubelet_read_summary(struct worker *worker, struct cluster *cluster, const char *node, long timeout_ms, cJSON **out,
                         struct err *err)
{
    const char *path = arena_printf(worker->arena, "/api/v1/nodes/%s/proxy/stats/summary", node);

    if (!path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the path");
    return object_read(worker, cluster, path, timeout_ms, out, err);
}
