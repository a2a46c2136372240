/*
 * Several calls to one cluster at the same time, for one request: each thread has a worker of its own.
 */
#ifndef EKSGATE_CLUSTER_CREW_H
#define EKSGATE_CLUSTER_CREW_H

#include "cluster/cluster.h"

#define CREW_MAX 4

struct crew {
    const struct worker *worker;   /* the request's */
    const struct cluster *cluster; /* opened */
    size_t count;
    /* The worker's arena is reset after each call, so results are copied; those of different calls to different
     * places. cluster is the call's own. */
    void (*call)(struct worker *worker, struct cluster *cluster, void *arg, size_t index);
    void *arg;
};

/* Makes the call for every index below count and returns when all have ended. Without memory for a worker calls are
 * left out: who needs to know marks those that were made. */
void crew_run(const struct crew *crew);

#endif
