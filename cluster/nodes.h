/*
 * The nodes of a cluster: what they are, what they have and what of it is used.
 */
#ifndef EKSGATE_CLUSTER_NODES_H
#define EKSGATE_CLUSTER_NODES_H

#include <stddef.h>

#include "cluster/measured.h"

struct node_problem {
    const char *type; /* "Ready", "DiskPressure" */
    const char *reason;
    const char *message;
    const char *since;
    struct node_problem *next;
};

/* Texts are NULL where nothing is known, amounts -1. */
struct node {
    struct measured measured; /* its name, and what it uses */
    const char *role;         /* "control-plane,worker", or "<none>" */
    const char *address;
    const char *version;
    const char *status; /* "Ready", "NotReady", "Unknown" */
    const char *created_at;
    bool is_schedulable;
    struct node_problem *problems;
    struct usage allocatable;
    struct usage capacity;
    int64_t pods_allocatable;
    int64_t pods; /* that are not over */
    int64_t storage_capacity;
    int64_t storage_used;
    bool has_stats; /* the kubelet's own word */
    struct usage stats;
    struct node *next;
};

struct nodes {
    struct measured **items; /* by name; node_of() each */
    size_t count;
};

static inline struct node *node_of(struct measured *measured)
{
    return (struct node *)((char *)measured - offsetof(struct node, measured));
}

/* Reads one object, in the arena. NULL without memory. */
struct node *node_read(struct arena *arena, const cJSON *object);

/* All nodes, in the worker's arena. */
int nodes_list(struct worker *worker, struct cluster *cluster, bool (*is_gone)(void *arg), void *arg, struct nodes *out,
               struct err *err);

/* Fills in what is used, all at once; what could not be read is among the gaps. */
void nodes_measure(struct worker *worker, struct cluster *cluster, const struct nodes *nodes, struct gaps *gaps);

#endif
