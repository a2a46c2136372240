/* Keys that stand in the credentials file or in the config file. */
#include "aws/provider.h"

static bool has(const struct ini *ini, const struct ini_section *section, const char *key, struct str *value)
{
    return section && ini_get(ini, section, key, value);
}

static enum found use_keys(const struct search *s, struct str key, struct str secret, struct str token,
                           struct str account)
{
    struct aws_credentials *out = s->out;

    if (key.len == 0 || secret.len == 0)
        return provider_refuse(s,
                               "the AWS profile \"%.*s\" has only one of aws_access_key_id and aws_secret_access_key",
                               STR_FMT(s->name));
    if (provider_copy(s, key, out->access_key_id, AWS_KEY_SIZE, "aws_access_key_id") < 0 ||
        provider_copy(s, secret, out->secret_access_key, AWS_KEY_SIZE, "aws_secret_access_key") < 0 ||
        provider_copy(s, token, out->session_token, AWS_TOKEN_SIZE, "aws_session_token") < 0 ||
        provider_copy(s, account, out->account_id, AWS_ACCOUNT_SIZE, "aws_account_id") < 0)
        return PROVIDER_FAILED;
    return PROVIDER_FOUND;
}

static enum found from_section(const struct search *s, const struct ini *ini, const struct ini_section *section)
{
    struct str key = STR("");
    struct str secret = STR("");
    struct str token = STR("");
    struct str account = STR("");

    if (!has(ini, section, "aws_access_key_id", &key))
        return PROVIDER_NONE;
    has(ini, section, "aws_secret_access_key", &secret);
    if (!has(ini, section, "aws_security_token", &token))
        has(ini, section, "aws_session_token", &token);
    has(ini, section, "aws_account_id", &account);
    return use_keys(s, key, secret, token, account);
}

enum found provider_credentials_file(const struct search *s)
{
    return s->profile ? from_section(s, &s->files->credentials, s->profile->in_credentials) : PROVIDER_NONE;
}

enum found provider_config_file(const struct search *s)
{
    return s->profile ? from_section(s, &s->files->config, s->profile->in_config) : PROVIDER_NONE;
}

enum found profile_keys(const struct search *s)
{
    struct str key = provider_option(s, "aws_access_key_id");
    struct str secret = provider_option(s, "aws_secret_access_key");
    struct str token = provider_option(s, "aws_security_token");

    if (key.len == 0 && secret.len == 0)
        return PROVIDER_NONE;
    if (token.len == 0)
        token = provider_option(s, "aws_session_token");
    return use_keys(s, key, secret, token, provider_option(s, "aws_account_id"));
}

/* Its keys are bound to a key pair that the aws command keeps, and to a browser. */
enum found provider_login(const struct search *s)
{
    if (provider_option(s, "login_session").len == 0)
        return PROVIDER_NONE;
    return provider_refuse(s, "the AWS profile \"%.*s\" has login_session: \"aws login\" is not possible in a gateway",
                           STR_FMT(s->name));
}
