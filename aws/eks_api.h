/*
 * The operations of the EKS API, as one table: each is a method, a path and the member of its answer. Their answers
 * are passed on as JSON; what the gateway itself decides on is in aws/eks.h.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html
 */
#ifndef EKSGATE_AWS_EKS_API_H
#define EKSGATE_AWS_EKS_API_H

#include "aws/credentials.h"
#include "base/json.h"

/* In braces: what the path's labels are. */
enum eks_operation {
    EKS_LIST_CLUSTERS,
    EKS_DESCRIBE_CLUSTER, /* {cluster} */
    EKS_DESCRIBE_CLUSTER_VERSIONS,
    EKS_LIST_NODEGROUPS,    /* {cluster} */
    EKS_DESCRIBE_NODEGROUP, /* {cluster, nodegroup} */
    EKS_LIST_ADDONS,        /* {cluster} */
    EKS_DESCRIBE_ADDON,     /* {cluster, addon} */
    EKS_DESCRIBE_ADDON_VERSIONS,
    EKS_LIST_FARGATE_PROFILES,             /* {cluster} */
    EKS_DESCRIBE_FARGATE_PROFILE,          /* {cluster, profile} */
    EKS_LIST_ACCESS_ENTRIES,               /* {cluster} */
    EKS_DESCRIBE_ACCESS_ENTRY,             /* {cluster, principal's ARN} */
    EKS_LIST_ASSOCIATED_ACCESS_POLICIES,   /* {cluster, principal's ARN} */
    EKS_LIST_INSIGHTS,                     /* {cluster} */
    EKS_DESCRIBE_INSIGHT,                  /* {cluster, id} */
    EKS_LIST_UPDATES,                      /* {cluster} */
    EKS_DESCRIBE_UPDATE,                   /* {cluster, id} */
    EKS_LIST_POD_IDENTITY_ASSOCIATIONS,    /* {cluster} */
    EKS_DESCRIBE_POD_IDENTITY_ASSOCIATION, /* {cluster, id} */
    EKS_LIST_TAGS,                         /* {resource's ARN} */

    EKS_CREATE_ACCESS_ENTRY,        /* {cluster} */
    EKS_UPDATE_ACCESS_ENTRY,        /* {cluster, principal's ARN} */
    EKS_DELETE_ACCESS_ENTRY,        /* {cluster, principal's ARN} */
    EKS_ASSOCIATE_ACCESS_POLICY,    /* {cluster, principal's ARN} */
    EKS_DISASSOCIATE_ACCESS_POLICY, /* {cluster, principal's ARN, policy's ARN} */
    EKS_UPDATE_CLUSTER_VERSION,     /* {cluster} */
    EKS_UPDATE_CLUSTER_CONFIG,      /* {cluster} */
    EKS_UPDATE_NODEGROUP_CONFIG,    /* {cluster, nodegroup} */
    EKS_UPDATE_NODEGROUP_VERSION,   /* {cluster, nodegroup} */
    EKS_CREATE_ADDON,               /* {cluster} */
    EKS_UPDATE_ADDON,               /* {cluster, addon} */
    EKS_DELETE_ADDON,               /* {cluster, addon} */
    EKS_TAG_RESOURCE,               /* {resource's ARN} */
    EKS_UNTAG_RESOURCE,             /* {resource's ARN}, query tagKeys */
    EKS_OPERATION__MAX
};

#define EKS_LABELS_MAX 3
#define EKS_PARAMETERS_MAX 8

/* A name may be there several times: lists repeat it. */
struct eks_parameter {
    const char *name;
    struct str value;
};

struct eks_wish {
    enum eks_operation operation;
    struct str labels[EKS_LABELS_MAX];
    struct eks_parameter query[EKS_PARAMETERS_MAX];
    size_t query_count;
    const cJSON *body; /* an object; or NULL */
    bool is_urgent;    /* what was said before does not do */
};

/* "eks:ListNodegroups", as policies of IAM call it. */
const char *eks_operation_name(enum eks_operation operation);

/* One page of a list: its items go over into items; *next is its successor's token, in the arena, or "". -1:
 * ERR_UPSTREAM_BROKEN when it is none. */
int eks_answer_page(struct arena *arena, enum eks_operation operation, struct str body, cJSON *items, const char **next,
                    struct err *err);

/* The answer's member ("nodegroups", "cluster", ...), of a list all pages together, in the client's arena; NULL when
 * the operation answers with none. Reads are kept for a moment (aws/eks_cache.h); a write voids what is kept about
 * its cluster and may be repeated safely, since it carries an idempotency token where EKS takes one.
 * -1: ERR_INVALID for an empty label, else as aws_call(); throttling is ERR_AWS with code 429. */
int eks_perform(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                const struct eks_wish *wish, const cJSON **out, struct err *err);

#endif
