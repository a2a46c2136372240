/*
 * A cluster read into a graph (kube/graph.h): lists of the kinds that it needs, several at a time, page by page.
 */
#ifndef EKSGATE_CLUSTER_GRAPH_H
#define EKSGATE_CLUSTER_GRAPH_H

#include "cluster/cluster.h"
#include "cluster/gap.h"
#include "kube/graph.h"

struct graph_reading_order {
    struct graph *graph;
    struct str namespace; /* only this one; empty: all */
    const cJSON *pod;     /* only what one pod may have to do with (and it itself, which is added); or NULL */
    /* Nobody wants it any more; called in several threads. */
    bool (*is_gone)(void *arg);
    void *arg;
};

/* Reads, and tells what could not be: gaps is initialised. 0; -1 with err when nothing could, or nobody wants it any
 * more. */
int cluster_read_graph(struct worker *worker, struct cluster *cluster, const struct graph_reading_order *order,
                       struct gaps *gaps, struct err *err);

#endif
