/*
 * Where AWS's services are: partitions and host names.
 *
 * A region's text is spliced into a host name, so nothing but one host label is ever accepted.
 */
#ifndef EKSGATE_AWS_REGION_H
#define EKSGATE_AWS_REGION_H

#include "base/err.h"
#include "base/str.h"

#define AWS_REGION_SIZE 64
#define AWS_HOST_SIZE 128

enum aws_service {
    AWS_STS,
    AWS_EKS,
    AWS_SSO,
    AWS_SSO_OIDC,
    AWS_EC2,
    AWS_ELB, /* classic load balancers */
    AWS_ELBV2,
    AWS_IAM, /* one endpoint for a whole partition */
    AWS_KMS,
    AWS_S3,
    AWS_SERVICE__MAX
};

/* Which of a service's names is meant; they combine. */
enum aws_variant {
    AWS_FIPS = 1,
    AWS_DUALSTACK = 2,
    AWS_LEGACY_GLOBAL = 4 /* sts.amazonaws.com for the regions older than regional STS */
};

struct aws_partition {
    const char *name;   /* as in an ARN */
    const char *prefix; /* of its regions */
    const char *suffix;
    const char *dualstack_suffix; /* NULL where there is none */
    const char *home_region;      /* one that every account of it has */
};

struct aws_host {
    char name[AWS_HOST_SIZE];
    char signing_region[AWS_REGION_SIZE];
};

/* 0, or -1 with the field "region" in err. */
int aws_region_check(struct str region, struct err *err);

/* The partition that the region's name belongs to; "aws" when no other one fits. */
const struct aws_partition *aws_partition_of(struct str region);

/* A region of the partition of that name, for where none is given; NULL for an unknown one. */
const char *aws_partition_region(struct str name);

/* The name it signs with: "sts", "eks", ... */
const char *aws_service_name(enum aws_service service);

/* The host by the partition's rules alone, variants being an or of enum aws_variant. -1: ERR_INVALID. */
int aws_host_find(enum aws_service service, struct str region, unsigned variants, struct aws_host *out,
                  struct err *err);

#endif
