/*
 * The chain: its providers in botocore's order, and what they share.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/provider.h"
#include "aws/region.h"
#include "base/clock.h"

static const struct {
    const char *name; /* botocore's */
    provider_find *find;
    bool of_profile; /* asked for a source_profile, too */
    bool is_lasting;
} providers[] = {
    {"env", provider_environment, false, true}, /* a process's variables do not change */
    {"assume-role", provider_assume_role, true, true},
    {"assume-role-with-web-identity", provider_web_identity, true, true},
    {"sso", provider_sso, true, true},
    {"shared-credentials-file", provider_credentials_file, true, false},
    {"login", provider_login, true, false},
    {"custom-process", provider_process, true, true},
    {"config-file", provider_config_file, true, false},
    {"container-role", provider_container, false, true},
    {"iam-role", provider_imds, false, true},
};

#define PROVIDER_COUNT (sizeof(providers) / sizeof(providers[0]))

enum found provider_refuse(const struct search *s, const char *format, ...)
{
    char message[256];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    if (s->auth->type == AWS_AUTH_PROFILE)
        err_field(s->err, "auth.profile", CAUSE_INVALID, "%s", message);
    else
        err_set(s->err, ERR_NO_CREDENTIALS, "%s", message);
    return PROVIDER_FAILED;
}

int provider_copy(const struct search *s, struct str value, char *out, size_t size, const char *name)
{
    if (value.len >= size) {
        provider_refuse(s, "%s is longer than %zu bytes", name, size - 1);
        return -1;
    }
    if (value.len > 0)
        memcpy(out, value.ptr, value.len);
    out[value.len] = '\0';
    if (strlen(out) != value.len) {
        provider_refuse(s, "%s contains a NUL character", name);
        return -1;
    }
    return 0;
}

struct str provider_env(const char *name)
{
    return str_from(getenv(name));
}

struct str provider_option(const struct search *s, const char *key)
{
    struct str value;

    return s->profile && aws_profile_get(s->profile, key, &value) ? value : STR("");
}

void provider_session_name(char out[AWS_SESSION_NAME_SIZE])
{
    snprintf(out, AWS_SESSION_NAME_SIZE, "eksgate-%ld-%lld", (long)getpid(), (long long)clock_now());
}

void provider_sts_region(const struct search *s, struct str role_arn, char out[64])
{
    const struct str wishes[] = {provider_env("AWS_REGION"), provider_env("AWS_DEFAULT_REGION"),
                                 provider_option(s, "region"), str_from(s->auth->region)};
    struct str partition = role_arn;
    const char *region;
    struct err ignored;

    str_cut(&partition, ':');
    partition = str_cut(&partition, ':');
    region = aws_partition_region(partition);
    err_clear(&ignored);
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        bool fits = wishes[i].len > 0 && aws_region_check(wishes[i], &ignored) == 0 &&
                    (!region || str_equal(str_from(aws_partition_of(wishes[i])->name), partition));

        if (fits) {
            snprintf(out, 64, "%.*s", STR_FMT(wishes[i]));
            return;
        }
    }
    snprintf(out, 64, "%s", region ? region : "us-east-1");
}

static enum found walk(const struct search *s, bool of_profile, bool *is_lasting)
{
    for (size_t i = 0; i < PROVIDER_COUNT; i++) {
        enum found found;

        if (of_profile && !providers[i].of_profile)
            continue;
        found = providers[i].find(s);
        if (found == PROVIDER_NONE)
            continue;
        s->out->source = providers[i].name;
        *is_lasting = providers[i].is_lasting;
        return found;
    }
    return PROVIDER_NONE;
}

enum found chain_of_profile(const struct search *s)
{
    bool is_lasting;

    return walk(s, true, &is_lasting);
}

static enum found none_found(const struct search *s)
{
    if (s->profile_given)
        return provider_refuse(s,
                               "no AWS credentials in the profile \"%.*s\": it has neither keys nor a way to get some",
                               STR_FMT(s->name));
    return provider_refuse(s, "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
}

/* A profile that somebody named must be there; the default one need not. */
static enum found find_with_files(struct search *s, bool *is_lasting)
{
    bool is_named =
        s->profile_given || provider_env("AWS_PROFILE").len > 0 || provider_env("AWS_DEFAULT_PROFILE").len > 0;
    struct aws_profile profile;
    enum found found;

    if (aws_profile_find(s->files, s->name, &profile))
        s->profile = &profile;
    else if (is_named)
        return provider_refuse(s, "there is no AWS profile \"%.*s\"", STR_FMT(s->name));
    found = walk(s, false, is_lasting);
    s->profile = NULL;
    return found == PROVIDER_NONE ? none_found(s) : found;
}

enum found chain_find(struct aws_client *client, const struct aws_auth *auth, struct aws_credentials *out,
                      bool *is_lasting, struct err *err)
{
    struct search s = {.client = client, .auth = auth, .out = out, .err = err};
    struct aws_files files;
    char why[AWS_WHY_SIZE];
    enum found found;

    *is_lasting = false;
    s.profile_given = auth->type == AWS_AUTH_PROFILE;
    s.name = s.profile_given ? str_from(auth->profile) : aws_profile_name();
    if (s.name.len == 0) {
        err_field(err, "auth.profile", CAUSE_REQUIRED, "name an AWS profile");
        return PROVIDER_FAILED;
    }
    if (aws_files_load(&files, why) < 0)
        return provider_refuse(&s, "%s", why);
    s.files = &files;
    found = find_with_files(&s, is_lasting);
    aws_files_free(&files);
    return found;
}
