/*
 * Which clusters exist in AWS, over several regions and roles at once: each region is listed with each role, then
 * every cluster is described, in parallel with a cap, and a long scan is paced, so that a hundred clusters neither
 * take a hundred round trips nor storm the API.
 */
#ifndef EKSGATE_CLUSTER_AVAILABLE_H
#define EKSGATE_CLUSTER_AVAILABLE_H

#include "cluster/cluster.h"

#define AVAILABLE_REGIONS_MAX 40
#define AVAILABLE_ROLES_MAX 8
#define AVAILABLE_CLUSTERS_MAX 2000

/* One region seen with one role. */
struct available_place {
    struct str region;
    const char *role_arn; /* NULL: the identity itself */
    const struct aws_credentials *credentials;
    const struct err *err; /* why it could not be listed, or NULL */
};

struct available_cluster {
    const struct available_place *place;
    struct eks_cluster cluster; /* only the name when it could not be described */
    const struct err *err;      /* and then why */
};

struct available {
    struct str regions[AVAILABLE_REGIONS_MAX]; /* asked for */
    size_t region_count;
    const char *roles[AVAILABLE_ROLES_MAX]; /* asked for; none: the identity itself */
    size_t role_count;
    struct available_place *places; /* every region with every role */
    size_t place_count;
    struct available_cluster *clusters;
    size_t cluster_count;
};

/* Fills places and clusters. 0 when at least one place answered; -1 with the first one's err when none did. */
int clusters_find_available(struct worker *worker, const struct aws_auth *auth, struct available *out, struct err *err);

#endif
