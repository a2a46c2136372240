#include "aws/credentials.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/profile.h"
#include "base/clock.h"

/* One search: where faults are reported depends on whether the caller named a profile. */
struct search {
    const struct aws_auth *auth;
    struct aws_credentials *out;
    struct err *err;
};

enum found { FAILED = -1, NOT_HERE, FOUND };

void aws_credentials_wipe(struct aws_credentials *credentials)
{
    OPENSSL_cleanse(credentials, sizeof(*credentials));
}

void aws_auth_wipe(struct aws_auth *auth)
{
    OPENSSL_cleanse(auth, sizeof(*auth));
}

__attribute__((format(printf, 2, 3))) static enum found refuse(const struct search *s, const char *format, ...)
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
    return FAILED;
}

/* Copies a value that becomes part of a header or a signing key. */
static int copy(const struct search *s, struct str value, char *out, size_t size, const char *name)
{
    if (value.len >= size) {
        refuse(s, "%s is longer than %zu bytes", name, size - 1);
        return -1;
    }
    if (value.len > 0)
        memcpy(out, value.ptr, value.len);
    out[value.len] = '\0';
    if (strlen(out) != value.len) {
        refuse(s, "%s contains a NUL character", name);
        return -1;
    }
    return 0;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

/* What goes into headers must not end them; every provider's result passes here. */
static enum found check(const struct search *s)
{
    if (has_control(s->out->access_key_id) || has_control(s->out->session_token))
        return refuse(s, "the access key id or the session token contains a line end or another control character");
    if (s->out->expires_at == 0 || s->out->expires_at > clock_now())
        return FOUND;
    err_set(s->err, ERR_CREDENTIALS_EXPIRED, "the AWS credentials (%s) have expired", s->out->source);
    return FAILED;
}

/* Keys of one connection */

static enum found from_keys(const struct search *s)
{
    const struct aws_credentials *keys = &s->auth->keys;

    if (keys->access_key_id[0] == '\0')
        err_field(s->err, "auth.access_key_id", CAUSE_REQUIRED, "is missing");
    if (keys->secret_access_key[0] == '\0')
        err_field(s->err, "auth.secret_access_key", CAUSE_REQUIRED, "is missing");
    if (has_control(keys->access_key_id))
        err_field(s->err, "auth.access_key_id", CAUSE_INVALID, "contains a control character");
    if (has_control(keys->session_token))
        err_field(s->err, "auth.session_token", CAUSE_INVALID, "contains a control character");
    if (s->err->kind == ERR_INVALID)
        return FAILED;
    *s->out = *keys;
    s->out->source = "given";
    return FOUND;
}

/* Environment */

static struct str env(const char *name)
{
    return str_from(getenv(name));
}

static enum found from_environment(const struct search *s)
{
    struct str token = env("AWS_SECURITY_TOKEN");
    struct str expiration = env("AWS_CREDENTIAL_EXPIRATION");

    if (env("AWS_ACCESS_KEY_ID").len == 0)
        return NOT_HERE;
    if (env("AWS_SECRET_ACCESS_KEY").len == 0)
        return refuse(s, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    if (token.len == 0)
        token = env("AWS_SESSION_TOKEN");
    if (copy(s, env("AWS_ACCESS_KEY_ID"), s->out->access_key_id, AWS_KEY_SIZE, "AWS_ACCESS_KEY_ID") < 0 ||
        copy(s, env("AWS_SECRET_ACCESS_KEY"), s->out->secret_access_key, AWS_KEY_SIZE, "AWS_SECRET_ACCESS_KEY") < 0 ||
        copy(s, token, s->out->session_token, AWS_TOKEN_SIZE, "AWS_SESSION_TOKEN") < 0)
        return FAILED;
    if (expiration.len > 0 && clock_parse(expiration, &s->out->expires_at) < 0)
        return refuse(s, "AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time");
    s->out->source = "environment";
    return FOUND;
}

static enum found from_web_identity_variables(const struct search *s)
{
    if (env("AWS_WEB_IDENTITY_TOKEN_FILE").len == 0)
        return NOT_HERE;
    return refuse(s, "AWS_WEB_IDENTITY_TOKEN_FILE is set: web identity (IRSA) is not supported yet");
}

static enum found from_container(const struct search *s)
{
    static const char *const names[] = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (env(names[i]).len > 0)
            return refuse(s, "%s is set: container credentials (ECS, EKS Pod Identity) are not supported yet",
                          names[i]);
    return NOT_HERE;
}

/* Profiles */

struct option {
    const char *key;
    const char *what;
};

/* A profile that is to be used in a way that is not there is refused by that way's name: falling through to
 * other credentials would act as somebody else. */
static enum found refuse_option(const struct search *s, const struct aws_profile *profile, struct str name,
                                const struct option *options, size_t count)
{
    struct str value;

    for (size_t i = 0; i < count; i++)
        if (aws_profile_get(profile, options[i].key, &value))
            return refuse(s, "the AWS profile \"%.*s\" has %s: %s", STR_FMT(name), options[i].key, options[i].what);
    return NOT_HERE;
}

static enum found before_shared_file(const struct search *s, const struct aws_profile *profile, struct str name)
{
    static const struct option options[] = {
        {"web_identity_token_file", "web identity is not supported yet"},
        {"role_arn", "assuming a role is not supported yet"},
        {"sso_account_id", "IAM Identity Center (SSO) is not supported yet"},
        {"sso_role_name", "IAM Identity Center (SSO) is not supported yet"},
    };

    return refuse_option(s, profile, name, options, sizeof(options) / sizeof(options[0]));
}

static enum found before_config_file(const struct search *s, const struct aws_profile *profile, struct str name)
{
    static const struct option options[] = {
        {"login_session", "\"aws login\" is not possible in a gateway"},
        {"credential_process", "running a command for credentials is not supported yet"},
    };

    return refuse_option(s, profile, name, options, sizeof(options) / sizeof(options[0]));
}

static enum found from_section(const struct search *s, const struct ini *ini, const struct ini_section *section,
                               struct str name)
{
    struct str key;
    struct str secret;
    struct str token = STR("");

    if (!section || !ini_get(ini, section, "aws_access_key_id", &key))
        return NOT_HERE;
    if (key.len == 0 || !ini_get(ini, section, "aws_secret_access_key", &secret) || secret.len == 0)
        return refuse(s, "the AWS profile \"%.*s\" has only one of aws_access_key_id and aws_secret_access_key",
                      STR_FMT(name));
    if (!ini_get(ini, section, "aws_security_token", &token))
        ini_get(ini, section, "aws_session_token", &token);
    if (copy(s, key, s->out->access_key_id, AWS_KEY_SIZE, "aws_access_key_id") < 0 ||
        copy(s, secret, s->out->secret_access_key, AWS_KEY_SIZE, "aws_secret_access_key") < 0 ||
        copy(s, token, s->out->session_token, AWS_TOKEN_SIZE, "aws_session_token") < 0)
        return FAILED;
    s->out->source = "profile";
    return FOUND;
}

static enum found from_profile(const struct search *s, const struct aws_profile *profile, struct str name)
{
    const struct aws_files *files = profile->files;
    enum found found = before_shared_file(s, profile, name);

    if (found == NOT_HERE)
        found = from_section(s, &files->credentials, profile->in_credentials, name);
    if (found == NOT_HERE)
        found = before_config_file(s, profile, name);
    if (found == NOT_HERE)
        found = from_section(s, &files->config, profile->in_config, name);
    return found;
}

/* A profile that somebody named must be there; the default one need not. */
static enum found from_files(const struct search *s, struct str name, bool is_named)
{
    char why[AWS_WHY_SIZE];
    struct aws_files files;
    struct aws_profile profile;
    enum found found = NOT_HERE;

    if (aws_files_load(&files, why) < 0)
        return refuse(s, "%s", why);
    if (aws_profile_find(&files, name, &profile))
        found = from_profile(s, &profile, name);
    else if (is_named)
        found = refuse(s, "there is no AWS profile \"%.*s\"", STR_FMT(name));
    aws_files_free(&files);
    return found;
}

static struct str profile_of_environment(void)
{
    struct str name = env("AWS_PROFILE");

    return name.len > 0 ? name : env("AWS_DEFAULT_PROFILE");
}

/* The order is botocore's. */
static enum found from_chain(const struct search *s)
{
    struct str name = profile_of_environment();
    bool is_named = name.len > 0;
    enum found found = from_environment(s);

    if (found == NOT_HERE)
        found = from_web_identity_variables(s);
    if (found == NOT_HERE)
        found = from_files(s, is_named ? name : STR("default"), is_named);
    if (found == NOT_HERE)
        found = from_container(s);
    if (found == NOT_HERE)
        found = refuse(s, "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE");
    return found;
}

static enum found from_named_profile(const struct search *s)
{
    struct str name = str_from(s->auth->profile);
    enum found found;

    if (name.len == 0) {
        err_field(s->err, "auth.profile", CAUSE_REQUIRED, "name an AWS profile");
        return FAILED;
    }
    found = from_files(s, name, true);
    if (found == NOT_HERE)
        found = refuse(s, "the AWS profile \"%.*s\" has no aws_access_key_id", STR_FMT(name));
    return found;
}

int aws_credentials_resolve(struct aws_client *client, const struct aws_auth *auth, struct aws_credentials *out,
                            struct err *err)
{
    const struct search s = {.auth = auth, .out = out, .err = err};
    enum found found;

    (void)client; /* for the providers that ask a server */
    err_clear(err);
    memset(out, 0, sizeof(*out));
    if (auth->type == AWS_AUTH_KEYS)
        found = from_keys(&s);
    else if (auth->type == AWS_AUTH_PROFILE)
        found = from_named_profile(&s);
    else
        found = from_chain(&s);
    if (found == FOUND)
        found = check(&s);
    if (found == FOUND)
        return 0;
    aws_credentials_wipe(out);
    return -1;
}
