/*
 * Where calls of AWS's APIs go: the partition's hosts, or what the operator has set instead, in the environment or
 * in the profile that the call is made with (NULL: the environment's). EKS tokens never follow such settings
 * (aws/region.h): their verifier would refuse them.
 */
#ifndef EKSGATE_AWS_ENDPOINT_H
#define EKSGATE_AWS_ENDPOINT_H

#include "aws/region.h"

struct aws_endpoint {
    char scheme[6];           /* "https", or "http" for an override on a loopback address */
    char host[AWS_HOST_SIZE]; /* lower-case, with the port when it is not the scheme's own */
    char prefix[128];         /* of every path, without a final "/" */
    char signing_region[AWS_REGION_SIZE];
    char ca_bundle[1024]; /* path of the only trusted roots (AWS_CA_BUNDLE, ca_bundle); "" for the system's */
    bool is_override;
};

/* The override is the first of AWS_ENDPOINT_URL_STS (_EKS, _EC2, ...), AWS_ENDPOINT_URL, the service's part of
 * the profile's services section, the profile's endpoint_url; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true passes over
 * all of them. Without one the host follows from AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and
 * AWS_STS_REGIONAL_ENDPOINTS, each also a key of the profile. -1: ERR_INVALID with the field at fault. */
int aws_endpoint_find(enum aws_service service, struct str region, const char *profile, struct aws_endpoint *out,
                      struct err *err);

/* The region where nobody names one, as botocore finds it: AWS_DEFAULT_REGION, then the profile's; STS has a global
 * endpoint beyond these. -1: ERR_INVALID. */
int aws_region_default(enum aws_service service, const char *profile, char out[AWS_REGION_SIZE], struct err *err);

#endif
