/*
 * IAM Identity Center: the token of "aws sso login" is exchanged for the credentials of an account's role:
 * https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html
 */
#include <openssl/crypto.h>
#include <string.h>

#include "aws/call.h"
#include "aws/document.h"
#include "aws/metadata.h"
#include "aws/provider.h"
#include "aws/sso.h"
#include "base/encode.h"
#include "base/limits.h"

static enum found missing(const struct search *s, const char *key)
{
    return provider_refuse(s, "the AWS profile \"%.*s\" uses SSO, but %s is missing", STR_FMT(s->name), key);
}

/* The session's value; a different one in the profile is a contradiction. */
static int merge(const struct search *s, const struct ini_section *session, const char *key, struct str *value)
{
    struct str of_session;

    if (!ini_get(&s->files->config, session, key, &of_session) || of_session.len == 0)
        return 0;
    if (value->len > 0 && !str_equal(*value, of_session)) {
        provider_refuse(s, "the AWS profile \"%.*s\" and its sso-session differ in %s", STR_FMT(s->name), key);
        return -1;
    }
    *value = of_session;
    return 0;
}

static enum found read_settings(const struct search *s, struct sso_account *out)
{
    const struct ini_section *session;

    *out = (struct sso_account){.session = provider_option(s, "sso_session"),
                                .start_url = provider_option(s, "sso_start_url"),
                                .region = provider_option(s, "sso_region"),
                                .account_id = provider_option(s, "sso_account_id"),
                                .role_name = provider_option(s, "sso_role_name")};
    if (out->session.len > 0) {
        session = ini_find(&s->files->config, INI_SSO_SESSION, out->session);
        if (!session)
            return provider_refuse(s, "the AWS profile \"%.*s\" has an sso_session that is not there",
                                   STR_FMT(s->name));
        if (merge(s, session, "sso_start_url", &out->start_url) < 0 ||
            merge(s, session, "sso_region", &out->region) < 0)
            return PROVIDER_FAILED;
    }
    if (out->start_url.len == 0)
        return missing(s, "sso_start_url");
    if (out->region.len == 0)
        return missing(s, "sso_region");
    if (out->account_id.len == 0)
        return missing(s, "sso_account_id");
    return out->role_name.len == 0 ? missing(s, "sso_role_name") : PROVIDER_FOUND;
}

static enum found take_answer(const struct search *s, const struct sso_account *account, struct str body)
{
    const char *why;

    if (document_read(body, DOCUMENT_SSO, s->out, &why) != DOCUMENT_READ)
        return provider_refuse(s, "the answer of sso:GetRoleCredentials can not be used: %s", why);
    if (s->out->account_id[0] == '\0' &&
        provider_copy(s, account->account_id, s->out->account_id, AWS_ACCOUNT_SIZE, "sso_account_id") < 0)
        return PROVIDER_FAILED;
    return PROVIDER_FOUND;
}

static enum found exchange(const struct search *s, const struct sso_account *account, const char *token)
{
    struct aws_call call = {
        .service = AWS_SSO,
        .operation = "sso:GetRoleCredentials",
        .method = "GET",
        .path = STR("/federation/credentials"),
        .header = metadata_header(s->client->arena, "x-amz-sso_bearer_token", str_from(token)),
        .is_secret = true,
    };
    struct buf query;
    struct str body;
    int result;

    buf_init(&query, KIB(4));
    buf_add_str(&query, STR("role_name="));
    encode_percent(&query, account->role_name);
    buf_add_str(&query, STR("&account_id="));
    encode_percent(&query, account->account_id);
    call.query = buf_str(&query);
    if (query.failed || !call.header)
        result = err_set(s->err, ERR_INTERNAL, "there is no room for a call of sso:GetRoleCredentials");
    else
        result = aws_call(s->client, NULL, account->region, &call, &body, s->err);
    buf_free(&query);
    if (result == 0)
        return take_answer(s, account, body);
    if (strcmp(s->err->aws_code, "UnauthorizedException") == 0)
        err_set(s->err, ERR_CREDENTIALS_EXPIRED,
                "the SSO session has ended: run \"aws sso login\" where the gateway runs");
    return PROVIDER_FAILED;
}

enum found provider_sso(const struct search *s)
{
    struct sso_account account;
    char token[SSO_TOKEN_SIZE];
    enum found found;

    if (provider_option(s, "sso_account_id").len == 0 && provider_option(s, "sso_role_name").len == 0)
        return PROVIDER_NONE;
    found = read_settings(s, &account);
    if (found != PROVIDER_FOUND)
        return found;
    found = PROVIDER_FAILED;
    if (sso_token_find(s->client, &account, token, s->err) == 0)
        found = exchange(s, &account, token);
    OPENSSL_cleanse(token, sizeof(token));
    return found;
}
