/* Amazon EC2, as far as an order of a cluster needs it: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ */
#ifndef EKSGATE_AWS_EC2_H
#define EKSGATE_AWS_EC2_H

#include "aws/credentials.h"

/* All strings live in the client's arena. */
struct ec2_type {
    const char *name;
    bool is_x86_64;
    bool is_arm64;
    bool is_mac; /* no Linux */
    int64_t vcpus;
    int64_t memory_mib;
    int64_t gpus;
    bool has_nvidia;  /* of those */
    int64_t neurons;  /* AWS's own accelerators */
    int64_t max_pods; /* with an address each, as the VPC CNI gives them without prefixes; 0: not known */
    bool is_xen;      /* of the generations before Nitro, which prefixes of addresses, and so IPv6 pods, need */
};

#define EC2_TYPES_MAX 4000

/* The instance types of the region, in AWS's order: all, or the one of that name where the region has it. 0, or -1 with
 * err. */
int ec2_types_list(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                   struct str name, struct ec2_type **out, size_t *count, struct err *err);

/* In how many zones of the region the type can be had. 0, or -1 with err. */
int ec2_type_zones(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                   struct str type, size_t *zones, struct err *err);

#endif
