/*
 * What is used, as metrics.k8s.io and the kubelets' own summary (/stats/summary) tell of nodes and containers.
 * https://kubernetes.io/docs/reference/external-api/metrics.v1beta1/
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
#ifndef EKSGATE_KUBE_USAGE_H
#define EKSGATE_KUBE_USAGE_H

#include "base/json.h"

struct usage {
    int64_t cpu;    /* millicores, any fraction rounded up */
    int64_t memory; /* bytes */
};

/* The member "usage" of a NodeMetrics or of one of the containers of a PodMetrics, or a list of resources of an object,
 * such as "allocatable". False when either amount is missing or is none. */
bool usage_of_resources(const cJSON *resources, struct usage *out);

/* The containers of a PodMetrics, added up. False when it has none, or of one nothing is known. */
bool usage_of_pod_metrics(const cJSON *pod, struct usage *out);

/* The "node", or one of the "containers" of a pod, of a kubelet's summary. */
bool usage_of_stats(const cJSON *stats, struct usage *out);

/* One of the "pods" of a summary, added up as above. */
bool usage_of_pod_stats(const cJSON *pod, struct usage *out);

#endif
