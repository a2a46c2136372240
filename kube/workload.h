/*
 * Whether what runs in a cluster is ready, and why not: deployments and their like as their own status tells, pods by
 * their condition Ready. All texts are borrowed from the object.
 * https://kubernetes.io/docs/concepts/workloads/
 */
#ifndef EKSGATE_KUBE_WORKLOAD_H
#define EKSGATE_KUBE_WORKLOAD_H

#include "base/json.h"

enum workload_kind {
    WORKLOAD_DEPLOYMENT,
    WORKLOAD_REPLICASET,
    WORKLOAD_STATEFULSET,
    WORKLOAD_DAEMONSET,
    WORKLOAD_POD,
    WORKLOAD__MAX
};

struct workload_state {
    bool is_ready;
    bool is_over;     /* a pod that has succeeded: neither ready nor not */
    bool is_starting; /* a pod that may need nothing but time */
    int64_t ready;    /* pods; -1 of a pod */
    int64_t wanted;
    const char *reason; /* of what is not ready, in one word; NULL when nothing says */
    const char *message;
    const char *since;
};

/* status: the word that kubectl prints of a pod, as the API server's Table has it; NULL of the others. */
void workload_read(enum workload_kind kind, const cJSON *object, const char *status, struct workload_state *out);

/* The entry of an object's status.conditions, or NULL. */
const cJSON *condition_find(const cJSON *object, const char *type);
bool condition_is(const cJSON *condition, const char *status);

/* The uid of what controls an object, or NULL. */
const char *owner_uid(const cJSON *object);

#endif
