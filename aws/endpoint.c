#include "aws/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/profile.h"
#include "base/config.h"

#define GLOBAL "aws-global"

static const struct {
    const char *variable;
    const char *section; /* in a profile's services */
} services[AWS_SERVICE__MAX] = {
    [AWS_STS] = {"AWS_ENDPOINT_URL_STS", "sts"},
    [AWS_EKS] = {"AWS_ENDPOINT_URL_EKS", "eks"},
    [AWS_SSO] = {"AWS_ENDPOINT_URL_SSO", "sso"},
    [AWS_SSO_OIDC] = {"AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"},
    [AWS_EC2] = {"AWS_ENDPOINT_URL_EC2", "ec2"},
    [AWS_ELB] = {"AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING", "elastic_load_balancing"},
    [AWS_ELBV2] = {"AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "elastic_load_balancing_v2"},
    [AWS_IAM] = {"AWS_ENDPOINT_URL_IAM", "iam"},
    [AWS_KMS] = {"AWS_ENDPOINT_URL_KMS", "kms"},
    [AWS_S3] = {"AWS_ENDPOINT_URL_S3", "s3"},
};

/* The environment and a profile; the profile's sections are NULL where there is none. */
struct settings {
    struct aws_files files;
    struct aws_profile profile;
};

/* An override that was found, and where. */
struct override {
    struct str url; /* empty: none */
    const char *field;
};

static int settings_load(struct settings *settings, const char *profile, struct err *err)
{
    char why[AWS_WHY_SIZE];

    if (aws_files_load(&settings->files, why) < 0)
        return err_field(err, "AWS_CONFIG_FILE", CAUSE_INVALID, "%s", why);
    /* That a named profile is not there is told where credentials are looked for. */
    aws_profile_find(&settings->files, profile ? str_from(profile) : aws_profile_name(), &settings->profile);
    return 0;
}

static struct str option(const struct settings *settings, const char *key)
{
    struct str value;

    return aws_profile_get(&settings->profile, key, &value) ? value : STR("");
}

/* The variable where it is set, else the profile's option. */
static struct str setting(const struct settings *settings, const char *variable, const char *key)
{
    struct str value = str_from(getenv(variable));

    return value.len > 0 ? value : option(settings, key);
}

static bool is_true(struct str text)
{
    return str_equal_ignore_case(text, STR("true"));
}

/* Overrides */

/* "eks =" with an indented "endpoint_url = ..." in the section that the profile names. */
static int find_in_services(const struct settings *settings, enum aws_service service, struct str *url, struct err *err)
{
    struct str name = option(settings, "services");
    const struct ini_section *section;
    struct ini_option nested;
    struct str block;

    if (name.len == 0)
        return 0;
    section = ini_find(&settings->files.config, INI_SERVICES, name);
    if (!section)
        return err_field(err, "services", CAUSE_INVALID, "the AWS profile names a services section that is not there");
    if (!ini_get(&settings->files.config, section, services[service].section, &block))
        return 0;
    while (ini_nested_next(&block, &nested))
        if (str_equal(nested.key, STR("endpoint_url")) && nested.value.ptr)
            *url = nested.value;
    return 0;
}

static int find_override(const struct settings *settings, enum aws_service service, struct override *out,
                         struct err *err)
{
    const char *const variables[] = {services[service].variable, "AWS_ENDPOINT_URL"};

    *out = (struct override){0};
    if (is_true(setting(settings, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")))
        return 0;
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && out->url.len == 0; i++) {
        out->field = variables[i];
        out->url = str_from(getenv(variables[i]));
    }
    if (out->url.len > 0)
        return 0;
    out->field = "endpoint_url";
    if (find_in_services(settings, service, &out->url, err) < 0)
        return -1;
    if (out->url.len == 0)
        out->url = option(settings, "endpoint_url");
    return 0;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
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

static int use_override(const struct override *override, enum aws_service service, struct str region,
                        struct aws_endpoint *out, struct err *err)
{
    struct str signing_region = service == AWS_IAM ? str_from(aws_partition_of(region)->home_region) : region;

    out->is_override = true;
    snprintf(out->signing_region, sizeof(out->signing_region), "%.*s", STR_FMT(signing_region));
    if (parse_override(override->url, out) < 0)
        return err_field(err, override->field, CAUSE_INVALID,
                         "must be https://host[:port][/path]; http:// is possible on a loopback address only");
    return 0;
}

/* Hosts of AWS */

static int read_variants(const struct settings *settings, unsigned *variants, struct err *err)
{
    struct str legacy = setting(settings, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints");

    *variants = 0;
    if (is_true(setting(settings, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")))
        *variants |= AWS_FIPS;
    if (is_true(setting(settings, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")))
        *variants |= AWS_DUALSTACK;
    if (str_equal_ignore_case(legacy, STR("legacy")))
        *variants |= AWS_LEGACY_GLOBAL;
    else if (legacy.len > 0 && !str_equal_ignore_case(legacy, STR("regional")))
        return err_field(err, "AWS_STS_REGIONAL_ENDPOINTS", CAUSE_NOT_SUPPORTED, "must be regional or legacy");
    return 0;
}

/* "fips-us-east-1" and "us-east-1-fips" are older ways to ask for a FIPS endpoint. */
static struct str without_fips(struct str region, unsigned *variants)
{
    if (str_starts_with(region, STR("fips-")))
        region = str_skip(region, strlen("fips-"));
    else if (str_ends_with(region, STR("-fips")))
        region.len -= strlen("-fips");
    else
        return region;
    *variants = (*variants | AWS_FIPS) & ~(unsigned)AWS_LEGACY_GLOBAL;
    return region;
}

static int use_host(const struct settings *settings, enum aws_service service, struct str region,
                    struct aws_endpoint *out, struct err *err)
{
    struct aws_host host;
    unsigned variants;

    if (read_variants(settings, &variants, err) < 0)
        return -1;
    region = without_fips(region, &variants);
    if (variants == 0 && str_equal(region, STR(GLOBAL)))
        variants = AWS_LEGACY_GLOBAL;
    if (aws_host_find(service, region, variants, &host, err) < 0)
        return -1;
    memcpy(out->scheme, "https", sizeof("https"));
    memcpy(out->host, host.name, sizeof(out->host));
    memcpy(out->signing_region, host.signing_region, sizeof(out->signing_region));
    return 0;
}

static int find(const struct settings *settings, enum aws_service service, struct str region, struct aws_endpoint *out,
                struct err *err)
{
    struct str ca_bundle = setting(settings, "AWS_CA_BUNDLE", "ca_bundle");
    struct override override;

    if (ca_bundle.len >= sizeof(out->ca_bundle))
        return err_field(err, "AWS_CA_BUNDLE", CAUSE_TOO_LONG, "is longer than %zu bytes", sizeof(out->ca_bundle) - 1);
    if (ca_bundle.len > 0)
        memcpy(out->ca_bundle, ca_bundle.ptr, ca_bundle.len);
    if (find_override(settings, service, &override, err) < 0)
        return -1;
    return override.url.len > 0 ? use_override(&override, service, region, out, err)
                                : use_host(settings, service, region, out, err);
}

int aws_endpoint_find(enum aws_service service, struct str region, const char *profile, struct aws_endpoint *out,
                      struct err *err)
{
    struct settings settings;
    int result;

    memset(out, 0, sizeof(*out));
    if (aws_region_check(region, err) < 0 || settings_load(&settings, profile, err) < 0)
        return -1;
    result = find(&settings, service, region, out, err);
    aws_files_free(&settings.files);
    return result;
}

int aws_region_default(enum aws_service service, const char *profile, char out[AWS_REGION_SIZE], struct err *err)
{
    struct settings settings;
    struct str region;
    int result;

    if (settings_load(&settings, profile, err) < 0)
        return -1;
    region = setting(&settings, "AWS_DEFAULT_REGION", "region");
    if (region.len == 0 && service == AWS_STS)
        region = STR(GLOBAL);
    result = aws_region_check(region, err);
    if (result == 0)
        snprintf(out, AWS_REGION_SIZE, "%.*s", STR_FMT(region));
    aws_files_free(&settings.files);
    return result;
}
