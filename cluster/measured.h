/*
 * What is used in a cluster now: of nodes and pods, as metrics.k8s.io tells, and as the kubelets tell where it does
 * not.
 */
#ifndef EKSGATE_CLUSTER_MEASURED_H
#define EKSGATE_CLUSTER_MEASURED_H

#include "cluster/cluster.h"
#include "cluster/gap.h"
#include "kube/usage.h"

#define USAGE_WITHIN_MS 10000 /* of metrics.k8s.io */
#define KUBELET_WITHIN_MS 5000
#define KUBELETS_WITHIN_MS 15000 /* of all of them together */

/* One that is measured. */
struct measured {
    const char *namespace; /* "" of a node */
    const char *name;
    bool has_usage;
    struct usage usage;
};

/* Sorts them by namespace and name, as measured_find() needs them. */
void measured_sort(struct measured **items, size_t count);
struct measured *measured_find(struct measured *const *items, size_t count, const char *namespace, const char *name);

/* Fills in what metrics.k8s.io knows; what it does not keeps has_usage false. path: of its list, with a query, if only
 * "?". 0, or -1 with err, which says so when there is no such API. */
int measured_read(struct worker *worker, struct cluster *cluster, const char *path, struct measured *const *items,
                  size_t count, struct err *err);

/* A kubelet's summary of its node, until the worker's arena is reset. */
int kubelet_read_summary(struct worker *worker, struct cluster *cluster, const char *node, long timeout_ms, cJSON **out,
                         struct err *err);

#endif
