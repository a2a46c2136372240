/*
 * The pods of a node or of a workload, with what they use.
 */
#ifndef EKSGATE_CLUSTER_PODS_H
#define EKSGATE_CLUSTER_PODS_H

#include <stddef.h>

#include "cluster/measured.h"
#include "kube/resources.h"

/* Texts as kubectl prints them. */
struct pod {
    struct measured measured;
    const char *ready; /* "1/2" */
    const char *status;
    const char *node; /* "<none>" */
    struct pod *next;
};

struct pods {
    bool with_resources;        /* asked for: that resources is filled in */
    struct resources resources; /* of all of them together */
    struct measured **items;    /* by namespace and name; pod_of() each */
    size_t count;
    const char *metrics_path; /* where metrics.k8s.io has them */
};

static inline struct pod *pod_of(struct measured *measured)
{
    return (struct pod *)((char *)measured - offsetof(struct pod, measured));
}

/* What pods_of_workload() knows: "deployments", ... */
extern const char pods_owners[];

/* Both in the worker's arena; is_gone: nobody wants to know any more. 0, or -1 with err. */
int pods_of_node(struct worker *worker, struct cluster *cluster, struct str node, bool (*is_gone)(void *arg), void *arg,
                 struct pods *out, struct err *err);

/* Those that it controls, or that what it controls controls: what its selector selects may be another's. ERR_NOT_FOUND
 * for a resource that is none of the above. */
int pods_of_workload(struct worker *worker, struct cluster *cluster, struct str namespace, struct str resource,
                     struct str name, bool (*is_gone)(void *arg), void *arg, struct pods *out, struct err *err);

/* One pod, or none. */
int pods_of_name(struct worker *worker, struct cluster *cluster, struct str namespace, struct str name,
                 bool (*is_gone)(void *arg), void *arg, struct pods *out, struct err *err);

/* Fills in what they use; what could not be read is among the gaps. */
void pods_measure(struct worker *worker, struct cluster *cluster, const struct pods *pods, struct gaps *gaps);

#endif
