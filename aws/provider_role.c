/*
 * A profile with role_arn: the credentials of another profile (source_profile) or of another place
 * (credential_source) are used to assume that role.
 */
#include <string.h>

#include "aws/provider.h"
#include "aws/region.h"
#include "aws/sts.h"

/* Names of credential_source; upper and lower case are told apart. */
static const struct {
    const char *name;
    provider_find *find;
} sources[] = {
    {"Environment", environment_keys},
    {"EcsContainer", provider_container},
    {"Ec2InstanceMetadata", provider_imds},
};

static enum found from_place(const struct search *s, struct str name)
{
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        enum found found;

        if (!str_equal(name, str_from(sources[i].name)))
            continue;
        found = sources[i].find(s);
        if (found == PROVIDER_NONE)
            return provider_refuse(s, "the AWS profile \"%.*s\" has credential_source = %.*s, where there are none",
                                   STR_FMT(s->name), STR_FMT(name));
        return found;
    }
    return provider_refuse(s, "the AWS profile \"%.*s\" has an unknown credential_source", STR_FMT(s->name));
}

static bool is_visited(const struct search *s, struct str name)
{
    for (; s; s = s->outer)
        if (str_equal(s->name, name))
            return true;
    return false;
}

static bool has_keys(const struct search *s)
{
    return provider_option(s, "aws_access_key_id").len > 0 || provider_option(s, "aws_secret_access_key").len > 0;
}

static enum found from_profile(const struct search *s, struct str name)
{
    struct search inner = *s;
    struct aws_profile profile;
    enum found found;

    if (!aws_profile_find(s->files, name, &profile))
        return provider_refuse(s, "the AWS profile \"%.*s\" has source_profile = %.*s, which is not there",
                               STR_FMT(s->name), STR_FMT(name));
    inner.profile = &profile;
    inner.name = name;
    inner.profile_given = true;
    inner.outer = s;
    /* A profile may be its own source, but for its keys only. */
    if (is_visited(s, name) && !(str_equal(name, s->name) && has_keys(&inner)))
        return provider_refuse(s, "the AWS profile \"%.*s\" leads back to itself by source_profile", STR_FMT(name));
    found = has_keys(&inner) ? profile_keys(&inner) : chain_of_profile(&inner);
    if (found == PROVIDER_NONE)
        return provider_refuse(s, "the AWS profile \"%.*s\" is a source_profile, but has no credentials",
                               STR_FMT(name));
    return found;
}

static enum found find_source(const struct search *s)
{
    struct str profile = provider_option(s, "source_profile");
    struct str place = provider_option(s, "credential_source");

    if (profile.len > 0 && place.len > 0)
        return provider_refuse(s, "the AWS profile \"%.*s\" has both source_profile and credential_source",
                               STR_FMT(s->name));
    if (profile.len > 0)
        return from_profile(s, profile);
    if (place.len > 0)
        return from_place(s, place);
    return provider_refuse(s, "the AWS profile \"%.*s\" has role_arn, but neither source_profile nor credential_source",
                           STR_FMT(s->name));
}

/* A duration that is no number is dropped, as botocore does. */
static long duration_of(const struct search *s)
{
    long seconds;

    return str_to_long(provider_option(s, "duration_seconds"), 1, 43200, &seconds) == 0 ? seconds : 0;
}

static int assume(const struct search *s, const struct aws_credentials *source)
{
    char session_name[AWS_SESSION_NAME_SIZE];
    char region[AWS_REGION_SIZE];
    struct sts_role role = {.arn = provider_option(s, "role_arn"),
                            .session_name = provider_option(s, "role_session_name"),
                            .external_id = provider_option(s, "external_id"),
                            .mfa_serial = provider_option(s, "mfa_serial"),
                            .duration_seconds = duration_of(s)};

    if (role.mfa_serial.len > 0)
        role.mfa_code = str_from(s->auth->mfa_code);
    provider_session_name(session_name);
    if (role.session_name.len == 0)
        role.session_name = str_from(session_name);
    provider_sts_region(s, role.arn, region);
    if (aws_sts_assume_role(s->client, source, str_from(region), &role, s->out, s->err) < 0)
        return -1;
    s->out->with_mfa = source->with_mfa || role.mfa_serial.len > 0;
    return 0;
}

enum found provider_assume_role(const struct search *s)
{
    struct aws_credentials source = {0};
    struct search for_source = *s;
    enum found found;

    if (provider_option(s, "role_arn").len == 0 || provider_option(s, "web_identity_token_file").len > 0)
        return PROVIDER_NONE;
    if (provider_option(s, "mfa_serial").len > 0 && s->auth->mfa_code[0] == '\0')
        return provider_refuse(
            s,
            "the AWS profile \"%.*s\" has mfa_serial: a gateway can not ask for a code of an MFA device; give "
            "one as mfa_code",
            STR_FMT(s->name));
    for_source.out = &source;
    found = find_source(&for_source);
    if (found == PROVIDER_FOUND && assume(s, &source) < 0)
        found = PROVIDER_FAILED;
    aws_credentials_wipe(&source);
    return found;
}
