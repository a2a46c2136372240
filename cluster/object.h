/*
 * Single objects, read from a cluster and written to it, as trees.
 */
#ifndef EKSGATE_CLUSTER_OBJECT_H
#define EKSGATE_CLUSTER_OBJECT_H

#include "base/json.h"
#include "cluster/cluster.h"

/* method and path (with its query) as on the wire; body: NULL for none, a merge patch with PATCH. *out, which may be
 * NULL: the object of the answer, until the worker's arena is reset. 0, or -1 with err; nothing of the call itself
 * stays in the arena but a Status of the cluster. */
int object_call(struct worker *worker, struct cluster *cluster, const char *method, const char *path, const cJSON *body,
                cJSON **out, struct err *err);

/* A GET that ends within that time. */
int object_read(struct worker *worker, struct cluster *cluster, const char *path, long timeout_ms, cJSON **out,
                struct err *err);

/* The Status that the cluster's error came with, until the arena is reset; NULL when it is none. */
const cJSON *object_error_status(struct worker *worker, const struct err *err);

#endif
