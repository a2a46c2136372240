/*
 * What is in a namespace: how many objects of each kind, so that whoever deletes it knows what goes with it.
 */
#ifndef EKSGATE_CLUSTER_CONTENTS_H
#define EKSGATE_CLUSTER_CONTENTS_H

#include "cluster/cluster.h"

struct content {
    const char *type; /* "pods", "widgets.example.com" */
    int64_t count;    /* -1: it may not be asked, or could not */
};

/* Counts what is there of every kind, in the arena, without what Kubernetes itself keeps in every namespace and what it
 * makes of other objects. is_gone: nobody wants to know any more. 0, or -1 with err. */
int cluster_count_contents(struct worker *worker, struct cluster *cluster, struct str namespace,
                           bool (*is_gone)(void *arg), void *arg, struct content **out, size_t *count, struct err *err);

#endif
