#include "aws/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"

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
    const char *fips;         /* what stands before the region */
    const char *fips_aws;     /* the same in partition aws */
    const char *url_variable; /* of an override */
} services[AWS_SERVICE__MAX] = {
    [AWS_STS] = {"sts", "sts-fips", "sts-fips", "AWS_ENDPOINT_URL_STS"},
    [AWS_EKS] = {"eks", "eks-fips", "fips.eks", "AWS_ENDPOINT_URL_EKS"},
    [AWS_SSO] = {"portal.sso", "portal.sso-fips", "portal.sso-fips", "AWS_ENDPOINT_URL_SSO"},
    [AWS_SSO_OIDC] = {"oidc", "oidc-fips", "oidc-fips", "AWS_ENDPOINT_URL_SSO_OIDC"},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
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
    static const char *const regions[] = {
        "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1",
        "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",  "sa-east-1",
        "us-east-1",      "us-east-2",  "us-west-1",      "us-west-2",
    };

    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
        if (str_equal(region, str_from(regions[i])))
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
    suffix = variants & AWS_DUALSTACK ? partition->dualstack_suffix : partition->suffix;
    if (!suffix)
        return err_field(err, "region", CAUSE_NOT_SUPPORTED, "partition %s has no dual-stack endpoints",
                         partition->name);
    snprintf(out->name, sizeof(out->name), "%s.%.*s.%s", host_prefix(service, partition, variants), STR_FMT(region),
             suffix);
    snprintf(out->signing_region, sizeof(out->signing_region), "%.*s", STR_FMT(region));
    return 0;
}

static bool is_true(const char *variable)
{
    return str_equal_ignore_case(str_from(getenv(variable)), STR("true"));
}

static int read_variants(unsigned *variants, struct err *err)
{
    struct str legacy = str_from(getenv("AWS_STS_REGIONAL_ENDPOINTS"));

    *variants = 0;
    if (is_true("AWS_USE_FIPS_ENDPOINT"))
        *variants |= AWS_FIPS;
    if (is_true("AWS_USE_DUALSTACK_ENDPOINT"))
        *variants |= AWS_DUALSTACK;
    if (str_equal_ignore_case(legacy, STR("legacy")))
        *variants |= AWS_LEGACY_GLOBAL;
    else if (legacy.len > 0 && !str_equal_ignore_case(legacy, STR("regional")))
        return err_field(err, "AWS_STS_REGIONAL_ENDPOINTS", CAUSE_NOT_SUPPORTED, "must be regional or legacy");
    return 0;
}

/* The override's variable and value, or NULL. */
static const char *find_override(enum aws_service service, const char **variable)
{
    const char *const names[] = {services[service].url_variable, "AWS_ENDPOINT_URL"};

    if (is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))
        return NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *url = getenv(names[i]);

        *variable = names[i];
        if (url && *url)
            return url;
    }
    return NULL;
}

static bool is_plain_url_text(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f || strchr("@?#\\\"<>", s.ptr[i]))
            return false;
    return true;
}

static struct str without_default_port(struct str authority, bool tls)
{
    struct str port = tls ? STR(":443") : STR(":80");

    if (str_ends_with(authority, port))
        authority.len -= port.len;
    return authority;
}

static int parse_override(struct str url, struct aws_endpoint *out)
{
    bool tls = str_starts_with(url, STR("https://"));
    struct str rest = str_skip(url, tls ? 8 : 7);
    struct str authority = str_cut(&rest, '/');

    if ((!tls && !str_starts_with(url, STR("http://"))) || authority.len == 0 || !is_plain_url_text(url))
        return -1;
    if (!tls && !config_is_loopback(authority))
        return -1;
    authority = without_default_port(authority, tls);
    while (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
        rest.len--;
    if (authority.len >= sizeof(out->host) || rest.len + 1 >= sizeof(out->prefix))
        return -1;
    snprintf(out->scheme, sizeof(out->scheme), "%s", tls ? "https" : "http");
    for (size_t i = 0; i < authority.len; i++)
        out->host[i] = lower(authority.ptr[i]);
    if (rest.len > 0)
        snprintf(out->prefix, sizeof(out->prefix), "/%.*s", STR_FMT(rest));
    return 0;
}

int aws_endpoint_find(enum aws_service service, struct str region, struct aws_endpoint *out, struct err *err)
{
    const char *variable;
    const char *override = find_override(service, &variable);
    struct aws_host host;
    unsigned variants;

    memset(out, 0, sizeof(*out));
    if (aws_region_check(region, err) < 0)
        return -1;
    if (override) {
        out->is_override = true;
        snprintf(out->signing_region, sizeof(out->signing_region), "%.*s", STR_FMT(region));
        if (parse_override(str_from(override), out) < 0)
            return err_field(err, variable, CAUSE_INVALID,
                             "must be https://host[:port][/path]; http:// is possible on a loopback address only");
        return 0;
    }
    if (read_variants(&variants, err) < 0 || aws_host_find(service, region, variants, &host, err) < 0)
        return -1;
    memcpy(out->scheme, "https", sizeof("https"));
    memcpy(out->host, host.name, sizeof(out->host));
    memcpy(out->signing_region, host.signing_region, sizeof(out->signing_region));
    return 0;
}
