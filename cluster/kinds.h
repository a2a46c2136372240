/*
 * Where objects of a kind live, by apiVersion and kind: asked of the cluster once for each apiVersion of a request.
 */
#ifndef EKSGATE_CLUSTER_KINDS_H
#define EKSGATE_CLUSTER_KINDS_H

#include "cluster/cluster.h"

struct kind {
    const struct kind *next;
    const char *api_version;
    const char *name; /* "" in the entry that says that this apiVersion has been asked about */
    const char *plural;
    bool namespaced;
};

struct kinds {
    const struct kind *first; /* in the worker's arena */
};

/* 0 with *out; NULL there when the cluster does not serve it. again: it may by now, ask once more. scratch: for what
 * is only needed meanwhile. -1 with err when it can not be asked. */
int kinds_find(struct kinds *kinds, struct worker *worker, struct cluster *cluster, struct arena *scratch,
               const char *api_version, const char *name, bool again, const struct kind **out, struct err *err);

#endif
