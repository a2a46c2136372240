/* Nodes, and pods with all their containers, as the metrics API and kubelets tell of them, one by one. */
#ifndef EKSGATE_KUBE_USAGE_WALK_H
#define EKSGATE_KUBE_USAGE_WALK_H

#include "kube/usage.h"

struct usage_sink {
    int (*on_node)(void *arg, const char *name, const struct usage *usage);
    /* containers: "cpu memory name" for each, with blanks between. Both texts are valid during the call. */
    int (*on_pod)(void *arg, const char *namespace, const char *name, struct str containers, size_t count);
    void *arg;
};

/* One item of a NodeMetricsList or a PodMetricsList. What has no usage yet, or a name that none can have, is passed
 * over. 0, or what the sink returned. */
int usage_read_node(const cJSON *item, const struct usage_sink *sink);
int usage_read_pod(const cJSON *item, const struct usage_sink *sink);

/* A kubelet's stats/summary: its node, then its pods. The node is called as the cluster does. */
int usage_read_summary(const cJSON *summary, const char *node, const struct usage_sink *sink);

#endif
