#include "aws/region.h"

#include <stdio.h>
#include <string.h>

/* The last row is the one that every other region falls back to. */
static const struct aws_partition partitions[] = {
    {"aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-north-1"},
    {"aws-us-gov", "us-gov", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    {"aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe", "cloud.adc-e.uk", NULL, "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof", "csp.hci.ic.gov", NULL, "us-isof-south-1"},
    {"aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
};

#define PARTITION_COUNT (sizeof(partitions) / sizeof(partitions[0]))

static const struct {
    const char *name;
    const char *fips;     /* what stands before the region */
    const char *fips_aws; /* the same in partition aws */
} services[AWS_SERVICE__MAX] = {
    [AWS_STS] = {"sts", "sts-fips", "sts-fips"},
    [AWS_EKS] = {"eks", "eks-fips", "fips.eks"},
    [AWS_SSO] = {"portal.sso", "portal.sso-fips", "portal.sso-fips"},
    [AWS_SSO_OIDC] = {"oidc", "oidc-fips", "oidc-fips"},
    [AWS_EC2] = {"ec2", "ec2-fips", "ec2-fips"},
    [AWS_ELB] = {"elasticloadbalancing", "elasticloadbalancing-fips", "elasticloadbalancing-fips"},
    [AWS_ELBV2] = {"elasticloadbalancing", "elasticloadbalancing-fips", "elasticloadbalancing-fips"},
    [AWS_IAM] = {"iam", "iam-fips", "iam-fips"},
    [AWS_KMS] = {"kms", "kms-fips", "kms-fips"},
    [AWS_S3] = {"s3", "s3-fips", "s3-fips"},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_host_label(struct str s)
{
    bool all_digits = true;

    if (s.len < 1 || s.len > 63 || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-')
            return false;
        all_digits = all_digits && is_digit(s.ptr[i]);
    }
    return !all_digits;
}

int aws_region_check(struct str region, struct err *err)
{
    if (region.len == 0)
        return err_field(err, "region", CAUSE_REQUIRED, "name an AWS region, such as eu-west-1");
    if (!is_host_label(region))
        return err_field(err, "region", CAUSE_INVALID,
                         "must be the name of an AWS region, such as eu-west-1: 1 to 63 letters, digits and \"-\"");
    return 0;
}

/* "west-1": what stands behind a partition's prefix. */
static bool is_area_and_number(struct str s)
{
    struct str area = str_cut(&s, '-');
    long number;

    for (size_t i = 0; i < area.len; i++)
        if (!is_alnum(area.ptr[i]))
            return false;
    return area.len > 0 && s.ptr && str_to_long(s, 0, 999999999, &number) == 0;
}

const struct aws_partition *aws_partition_of(struct str region)
{
    for (size_t i = 0; i + 1 < PARTITION_COUNT; i++) {
        struct str prefix = str_from(partitions[i].prefix);

        if (region.len > prefix.len && str_starts_with(region, prefix) && region.ptr[prefix.len] == '-' &&
            is_area_and_number(str_skip(region, prefix.len + 1)))
            return &partitions[i];
    }
    return &partitions[PARTITION_COUNT - 1];
}

const char *aws_partition_region(struct str name)
{
    for (size_t i = 0; i < PARTITION_COUNT; i++)
        if (str_equal(name, str_from(partitions[i].name)))
            return partitions[i].home_region;
    return NULL;
}

const char *aws_service_name(enum aws_service service)
{
    return services[service].name;
}

static bool has_legacy_global_sts(struct str region)
{
    static const char *const older[] = {
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1",
        "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",  "sa-east-1",
        "us-east-1",      "us-east-2",  "us-west-1",      "us-west-2",
    };

    for (size_t i = 0; i < sizeof(older) / sizeof(older[0]); i++)
        if (str_equal(region, str_from(older[i])))
            return true;
    return false;
}

static const char *host_prefix(enum aws_service service, const struct aws_partition *partition, unsigned variants)
{
    bool dualstack = variants & AWS_DUALSTACK;

    if (!(variants & AWS_FIPS))
        return services[service].name;
    if (dualstack)
        return services[service].fips;
    if (strcmp(partition->name, "aws-us-gov") == 0) /* its plain endpoints are FIPS endpoints */
        return services[service].name;
    return strcmp(partition->name, "aws") == 0 ? services[service].fips_aws : services[service].fips;
}

/* IAM is one for all regions of a partition, and signs with its home region. */
static int find_iam(const struct aws_partition *partition, unsigned variants, struct aws_host *out)
{
    const char *name = variants & AWS_FIPS ? "iam-fips" : "iam";

    if (strcmp(partition->name, "aws") == 0)
        snprintf(out->name, sizeof(out->name), "%s.%s", name, partition->suffix);
    else if (strcmp(partition->name, "aws-us-gov") == 0)
        snprintf(out->name, sizeof(out->name), "iam.us-gov.%s", partition->suffix);
    else
        snprintf(out->name, sizeof(out->name), "iam.%s.%s", partition->home_region, partition->suffix);
    snprintf(out->signing_region, sizeof(out->signing_region), "%s", partition->home_region);
    return 0;
}

int aws_host_find(enum aws_service service, struct str region, unsigned variants, struct aws_host *out, struct err *err)
{
    const struct aws_partition *partition;
    const char *suffix;

    if (aws_region_check(region, err) < 0)
        return -1;
    if (service == AWS_STS && variants == AWS_LEGACY_GLOBAL && has_legacy_global_sts(region)) {
        *out = (struct aws_host){"sts.amazonaws.com", "us-east-1"};
        return 0;
    }
    partition = aws_partition_of(region);
    if (service == AWS_IAM)
        return find_iam(partition, variants, out);
    suffix = variants & AWS_DUALSTACK ? partition->dualstack_suffix : partition->suffix;
    if (!suffix)
        return err_field(err, "region", CAUSE_NOT_SUPPORTED, "partition %s has no dual-stack endpoints",
                         partition->name);
    if (service == AWS_S3 && variants & AWS_DUALSTACK)
        snprintf(out->name, sizeof(out->name), "%s.dualstack.%.*s.%s", host_prefix(service, partition, variants),
                 STR_FMT(region), partition->suffix);
    else
        snprintf(out->name, sizeof(out->name), "%s.%.*s.%s", host_prefix(service, partition, variants), STR_FMT(region),
                 suffix);
    snprintf(out->signing_region, sizeof(out->signing_region), "%.*s", STR_FMT(region));
    return 0;
}
