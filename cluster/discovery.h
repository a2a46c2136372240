/*
 * Which kinds a cluster serves, asked of it at the time of the request: a custom resource made a second ago is
 * found, and nothing is cached that could be stale.
 */
#ifndef EKSGATE_CLUSTER_DISCOVERY_H
#define EKSGATE_CLUSTER_DISCOVERY_H

#include "cluster/cluster.h"
#include "cluster/gap.h"
#include "kube/discovery.h"

/* Calls on_resource for every kind. Groups whose own server does not answer are added to gaps, unless that is NULL. 0,
 * or -1 with err. */
int cluster_discover(struct worker *worker, struct cluster *cluster,
                     int (*on_resource)(void *arg, const struct kube_resource *resource), void *arg, struct gaps *gaps,
                     struct err *err);

/* Where one kind is listed: "/api/v1" or "/apis/GROUP/VERSION", its plural, and whether it lives in
 * namespaces. */
struct resource_location {
    const char *root;
    const char *plural;
    bool namespaced;
};

/* Finds "plural" or "plural.group". ERR_NOT_FOUND with what to do when the cluster does not serve it. */
int cluster_find_resource(struct worker *worker, struct cluster *cluster, struct str type,
                          struct resource_location *out, struct err *err);

#endif
