/* Amazon EKS API (rest-json): https://docs.aws.amazon.com/eks/latest/APIReference/ */
#ifndef EKSGATE_AWS_EKS_H
#define EKSGATE_AWS_EKS_H

#include "aws/credentials.h"

/* All strings live in the client's arena; an absent member is "". */
struct eks_cluster {
    const char *name;
    const char *arn;
    const char *status; /* CREATING ACTIVE DELETING FAILED UPDATING PENDING */
    const char *version;
    const char *platform_version;
    const char *endpoint; /* "" while the cluster is being created */
    struct str ca_pem;    /* decoded certificateAuthority.data */
    int64_t created_at;   /* Unix seconds, 0 when unknown */
};

/* Several threads that ask for the same cluster at the same time share one answer; who is not in urgent need takes one
 * of the last half minute. */
int eks_cluster_describe(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                         struct str name, bool is_urgent, struct eks_cluster *out, struct err *err);

/* More clusters of one region are not listed; the log tells. */
#define EKS_CLUSTERS_MAX 1000

/* The names of all clusters of a region, over all pages, as EKS said at most 15 seconds ago. */
int eks_clusters_list(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                      const char ***names, size_t *count, struct err *err);

#endif
