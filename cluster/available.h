/*
 * Which clusters exist in AWS, over several regions at once: listed by region, then described in parallel
 * with a cap, so that a hundred clusters neither take a hundred round trips nor storm the API.
 */
#ifndef EKSGATE_CLUSTER_AVAILABLE_H
#define EKSGATE_CLUSTER_AVAILABLE_H

#include "cluster/cluster.h"

#define AVAILABLE_REGIONS_MAX 40
#define AVAILABLE_CLUSTERS_MAX 2000

struct available_cluster {
    struct str region;
    struct eks_cluster cluster; /* only the name when it could not be described */
    const struct err *err;      /* and then why */
};

struct available_region {
    struct str region;
    bool failed;
    struct err err;
};

struct available {
    struct available_region regions[AVAILABLE_REGIONS_MAX];
    size_t region_count;
    struct available_cluster *clusters; /* in the order of regions, then as EKS lists them */
    size_t cluster_count;
};

/* Fills *out, whose regions are set by the caller. 0 when at least one region answered; -1 with the first
 * region's err when none did. */
int clusters_find_available(struct worker *worker, const struct aws_auth *auth, struct available *out, struct err *err);

#endif
