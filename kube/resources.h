/*
 * What pods ask for and may use at most, from their containers' resources.
 * https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
#ifndef EKSGATE_KUBE_RESOURCES_H
#define EKSGATE_KUBE_RESOURCES_H

#include "kube/usage.h"

struct resources {
    struct usage requests;
    struct usage limits; /* -1: at least one container has none, so the whole has none */
};

/* Adds what a pod has that is not over: of its containers, and of those init containers that run beside them. */
void resources_add_pod(const cJSON *pod, struct resources *sum);

#endif
