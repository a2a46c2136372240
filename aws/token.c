#include "aws/token.h"

#include <string.h>

#include "aws/region.h"
#include "aws/sigv4.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/metrics.h"

#define PREFIX "k8s-aws-v1."
#define OPERATION "Action=GetCallerIdentity&Version=2011-06-15"

/* Without this parameter the verifier refuses the token; its value does not change the token's life. */
#define EXPIRES_SECONDS 60

int64_t aws_token_signing_time(int64_t now)
{
    return now - now % AWS_TOKEN_GRID_SECONDS;
}

int64_t aws_token_renewal_time(int64_t now)
{
    return now == aws_token_signing_time(now) ? now - 1 : now;
}

/* The verifier refuses a URL with any other parameter, with one of these twice, or without one. */
static const struct str parameters[] = {
    STR("Action"),          STR("Version"),       STR("X-Amz-Algorithm"),     STR("X-Amz-Credential"),
    STR("X-Amz-Date"),      STR("X-Amz-Expires"), STR("X-Amz-SignedHeaders"), STR("X-Amz-Security-Token"),
    STR("X-Amz-Signature"),
};
#define PARAMETER_COUNT (sizeof(parameters) / sizeof(parameters[0]))

static size_t parameter_index(struct str key)
{
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        if (str_equal(key, parameters[i]))
            return i;
    return PARAMETER_COUNT;
}

/* What EKS checks before it asks STS, checked here too: a refusal there is a bare 401 without a reason. */
static bool is_acceptable(struct str url, const struct aws_host *host, bool has_session)
{
    bool seen[PARAMETER_COUNT] = {false};
    size_t count = 0;
    struct str query = str_skip(url, strlen("https://"));

    if (!str_equal(str_cut(&query, '/'), str_from(host->name)) || query.len == 0 || query.ptr[0] != '?')
        return false;
    query = str_skip(query, 1);
    while (query.len > 0) {
        struct str parameter = str_cut(&query, '&');
        size_t i = parameter_index(str_cut(&parameter, '='));

        if (i == PARAMETER_COUNT || seen[i] || parameter.len == 0)
            return false;
        seen[i] = true;
        count++;
    }
    return count == (has_session ? PARAMETER_COUNT : PARAMETER_COUNT - 1);
}

static int check_cluster_name(struct str name, struct err *err)
{
    bool graphic = name.len > 0;

    for (size_t i = 0; i < name.len; i++)
        graphic = graphic && name.ptr[i] > ' ' && name.ptr[i] < 0x7f;
    if (!graphic)
        return err_field(err, "cluster_name", name.len ? CAUSE_INVALID : CAUSE_REQUIRED,
                         "must be the name of an EKS cluster");
    return 0;
}

static int add_token(struct str url, size_t session_len, struct buf *out, struct err *err)
{
    size_t len = strlen(PREFIX) + (url.len * 4 + 2) / 3;

    if (len > LIMIT_EKS_TOKEN)
        return err_set(err, ERR_INTERNAL,
                       "the session token of these AWS credentials (%zu bytes) is too long for an EKS token: it would "
                       "have %zu bytes, EKS accepts %d",
                       session_len, len, LIMIT_EKS_TOKEN);
    if (buf_add_str(out, STR(PREFIX)) < 0 || encode_base64url(out, url.ptr, url.len) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for an EKS token");
    return 0;
}

int aws_token_mint_variant(const struct aws_credentials *credentials, struct str region, unsigned variants,
                           struct str cluster_name, int64_t signing_time, struct buf *out, struct err *err)
{
    const struct http_header cluster = {STR("x-k8s-aws-id"), cluster_name};
    struct sigv4_request request = {
        .method = STR("GET"), .path = STR("/"), .query = STR(OPERATION), .headers = &cluster, .header_count = 1};
    struct sigv4_scope scope = {.service = STR("sts"), .time = signing_time};
    struct sigv4 signature;
    struct aws_host host;
    size_t session_len = strlen(credentials->session_token);
    int result;

    err_clear(err);
    if (aws_host_find(AWS_STS, region, variants, &host, err) < 0 || check_cluster_name(cluster_name, err) < 0)
        return -1;
    request.host = str_from(host.name);
    scope.region = str_from(host.signing_region);
    if (sigv4_presign(credentials, &scope, &request, EXPIRES_SECONDS, &signature) < 0 ||
        !is_acceptable(buf_str(&signature.result), &host, session_len > 0))
        result = err_set(err, ERR_INTERNAL, "the EKS token could not be signed");
    else
        result = add_token(buf_str(&signature.result), session_len, out, err);
    if (result == 0)
        metrics_add(&metrics->tokens_minted, 1);
    sigv4_wipe(&signature);
    return result;
}

int aws_token_mint(const struct aws_credentials *credentials, struct str region, struct str cluster_name,
                   int64_t signing_time, struct buf *out, struct err *err)
{
    return aws_token_mint_variant(credentials, region, 0, cluster_name, signing_time, out, err);
}
