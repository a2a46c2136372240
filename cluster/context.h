/*
 * Clusters that were not found in EKS but given: contexts of a kubeconfig, and the cluster that the gateway itself runs
 * in. Where they are and whom they trust is what was given, and AWS is not asked about it.
 */
#ifndef EKSGATE_CLUSTER_CONTEXT_H
#define EKSGATE_CLUSTER_CONTEXT_H

#include "cluster/cluster.h"
#include "kube/kubeconfig.h"

/* A context that may be stored. */
struct context_draft {
    struct connection connection;
    struct description description;
    struct str sealed; /* empty when nothing secret was given */
};

/* Checks all that can be checked without the cluster: names, endpoint, certificates; for EKS, that there are AWS
 * credentials, and whose they are. 0, or -1 with err, causes in the kubeconfig's own words. */
int context_check(struct worker *worker, const struct kubeconfig_context *given, struct context_draft *out,
                  struct err *err);

/* Stores it. *created is false when it was there and has been renewed. ERR_CONFLICT when something else has its name
 * and is not to be replaced. */
int context_store(struct worker *worker, const struct context_draft *draft, bool replace, bool *created,
                  struct err *err);

#define CONTEXT_VERSION_SIZE 16

/* Asks a stored one for its version, "1.33", and notes it for the lists. 0, or -1 with err. */
int context_learn_version(struct worker *worker, struct str id, long within_ms, char version[CONTEXT_VERSION_SIZE],
                          struct err *err);

/* What cluster_open(), cluster_renew() and cluster_refresh() do for these. */
int context_open(struct worker *worker, struct cluster *cluster, struct err *err);
int context_renew(struct worker *worker, struct cluster *cluster, struct err *err);
int context_refresh(struct worker *worker, struct cluster *cluster, struct err *err);

/* Its token or certificate was given once: there is no other. */
bool context_is_fixed(const struct cluster *cluster);

#endif
