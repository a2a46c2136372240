/* Keys in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
#include "aws/provider.h"
#include "base/clock.h"

enum found environment_keys(const struct search *s)
{
    struct str token = provider_env("AWS_SECURITY_TOKEN");
    struct str expiration = provider_env("AWS_CREDENTIAL_EXPIRATION");
    struct aws_credentials *out = s->out;

    if (provider_env("AWS_ACCESS_KEY_ID").len == 0)
        return PROVIDER_NONE;
    if (provider_env("AWS_SECRET_ACCESS_KEY").len == 0)
        return provider_refuse(s, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
    if (token.len == 0)
        token = provider_env("AWS_SESSION_TOKEN");
    if (provider_copy(s, provider_env("AWS_ACCESS_KEY_ID"), out->access_key_id, AWS_KEY_SIZE, "AWS_ACCESS_KEY_ID") <
            0 ||
        provider_copy(s, provider_env("AWS_SECRET_ACCESS_KEY"), out->secret_access_key, AWS_KEY_SIZE,
                      "AWS_SECRET_ACCESS_KEY") < 0 ||
        provider_copy(s, token, out->session_token, AWS_TOKEN_SIZE, "AWS_SESSION_TOKEN") < 0 ||
        provider_copy(s, provider_env("AWS_ACCOUNT_ID"), out->account_id, AWS_ACCOUNT_SIZE, "AWS_ACCOUNT_ID") < 0)
        return PROVIDER_FAILED;
    if (expiration.len > 0 && clock_parse(expiration, &out->expires_at) < 0)
        return provider_refuse(s, "AWS_CREDENTIAL_EXPIRATION is not an RFC 3339 time");
    return PROVIDER_FOUND;
}

enum found provider_environment(const struct search *s)
{
    return s->profile_given ? PROVIDER_NONE : environment_keys(s);
}
