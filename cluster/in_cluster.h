/*
 * The cluster in which the gateway is a pod, under the id that is reserved for it. It is nowhere stored: the service
 * account that Kubernetes mounts is read each time, for its token changes.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
#ifndef EKSGATE_CLUSTER_IN_CLUSTER_H
#define EKSGATE_CLUSTER_IN_CLUSTER_H

#include "cluster/cluster.h"

#define IN_CLUSTER_ID "kubernetes@in-cluster"

/* True for that id where there is such a cluster. */
bool in_cluster_is(const struct config *config, struct str id);

/* As cluster_load(). */
int in_cluster_load(struct worker *worker, struct cluster *out, struct err *err);

/* The token of this moment becomes its target's. */
int in_cluster_take_token(struct worker *worker, struct cluster *cluster, struct err *err);

/* All connections that there are, with this one where there is one, sorted by id. */
int cluster_entries(struct worker *worker, struct connection_entry **entries, size_t *count, struct err *err);

/* Their ids, in the arena. */
int cluster_ids(const struct config *config, struct redis_client *redis, struct arena *arena, struct str **ids,
                size_t *count, struct err *err);

#endif
