/*
 * What kinds a cluster serves, from aggregated discovery (APIGroupDiscoveryList):
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
#ifndef EKSGATE_KUBE_DISCOVERY_H
#define EKSGATE_KUBE_DISCOVERY_H

#include "base/json.h"

#define KUBE_ACCEPT_DISCOVERY                                                                                          \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                                            \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

/* One kind, borrowed from the parsed group during the callback. */
struct kube_resource {
    const char *group; /* "" for the core group */
    const char *version;
    const char *plural;
    const char *kind;
    bool namespaced;
    const cJSON *verbs;
    const cJSON *short_names;
};

/* Calls on_resource for each kind of one group item, in its preferred (first) version and, for kinds that
 * only others serve, in those. Subresources are left out. 0, or -1 when the callback said stop. */
int kube_group_resources(const cJSON *group, int (*on_resource)(void *arg, const struct kube_resource *resource),
                         void *arg);

/* Calls on_stale for each version of the group whose own server did not answer the API server: what it tells of its
 * kinds is old, or nothing. */
void kube_group_stale(const cJSON *group, void (*on_stale)(void *arg, const char *group, const char *version),
                      void *arg);

/* True when the type ("plural" or "plural.group") names this kind. */
bool kube_resource_is(const struct kube_resource *resource, struct str type);

#endif
