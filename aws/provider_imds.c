/*
 * The instance metadata service of EC2, version 2 where it gives a token, else version 1:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
#include <stdatomic.h>
#include <string.h>

#include "aws/document.h"
#include "aws/metadata.h"
#include "aws/provider.h"
#include "aws/random.h"
#include "base/clock.h"
#include "base/log.h"

#define ROLES "latest/meta-data/iam/security-credentials/"
#define STABLE_SECONDS (15 * 60)
#define ABSENT_SECONDS 30

/* Where there is no such service, each look for it would take seconds; UTC seconds. */
static _Atomic int64_t absent_until;

struct imds {
    const struct search *search;
    struct str base; /* ends with "/" */
    long attempts;
    long timeout_ms;
    const char *headers[2]; /* the token's, or none */
    bool is_standard;       /* at AWS's own address */
    bool has_answered;
};

static bool is_true(const char *variable)
{
    return str_equal_ignore_case(provider_env(variable), STR("true"));
}

/* Where the service is: an address that was set, or one of the two that AWS has given it. */
static enum found find_base(const struct search *s, struct imds *imds)
{
    struct str url = provider_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    struct str mode = provider_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    bool ipv6;

    if (url.len == 0)
        url = provider_option(s, "ec2_metadata_service_endpoint");
    if (mode.len == 0)
        mode = provider_option(s, "ec2_metadata_service_endpoint_mode");
    ipv6 = mode.len > 0 ? str_equal_ignore_case(mode, STR("ipv6")) : is_true("AWS_IMDS_USE_IPV6");
    if (mode.len > 0 && !ipv6 && !str_equal_ignore_case(mode, STR("ipv4")))
        return provider_refuse(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be ipv4 or ipv6");
    if (url.len > 0 && !str_starts_with(url, STR("http://")) && !str_starts_with(url, STR("https://")))
        return provider_refuse(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT must be a URL");
    imds->is_standard = url.len == 0;
    if (imds->is_standard)
        url = ipv6 ? STR("http://[fd00:ec2::254]/") : STR("http://169.254.169.254/");
    imds->base = url;
    return PROVIDER_FOUND;
}

static long number_of(const struct search *s, const char *variable, const char *option, long fallback)
{
    struct str text = provider_env(variable);
    long number;

    if (text.len == 0)
        text = provider_option(s, option);
    return str_to_long(text, 1, 60, &number) == 0 ? number : fallback;
}

static int call(struct imds *imds, const struct metadata_call *metadata, struct http_reply *reply)
{
    int result = metadata_call(imds->search->client, metadata, reply);

    imds->has_answered = imds->has_answered || result == 0;
    return result;
}

static const char *url_of(const struct imds *imds, const char *path)
{
    bool ends_with_slash = str_ends_with(imds->base, STR("/"));

    return arena_printf(imds->search->client->arena, "%.*s%s%s", STR_FMT(imds->base), ends_with_slash ? "" : "/", path);
}

/* The token of version 2. PROVIDER_NONE: there is nobody to ask; *is_v1: go on without a token. */
static enum found find_token(struct imds *imds, bool *is_v1)
{
    static const char *const ttl[] = {"x-aws-ec2-metadata-token-ttl-seconds: 21600", NULL};
    const struct metadata_call put = {
        .method = "PUT", .url = url_of(imds, "latest/api/token"), .headers = ttl, .timeout_ms = imds->timeout_ms};
    struct http_reply reply;

    *is_v1 = false;
    if (!put.url)
        return PROVIDER_NONE;
    for (long attempt = 0; attempt < imds->attempts && !*is_v1; attempt++) {
        if (call(imds, &put, &reply) < 0) {
            /* In a container the answer may be lost for its hop limit; nobody at the door is another matter. */
            if (reply.result != HTTP_TIMEOUT)
                return PROVIDER_NONE;
            *is_v1 = true;
        } else if (reply.head.status == 200) {
            imds->headers[0] =
                metadata_header(imds->search->client->arena, "x-aws-ec2-metadata-token", str_trim(reply.body));
            return imds->headers[0] ? PROVIDER_FOUND : PROVIDER_NONE;
        } else if (reply.head.status == 400) {
            return PROVIDER_NONE;
        } else if (reply.head.status >= 403 && reply.head.status <= 405) {
            *is_v1 = true;
        }
    }
    *is_v1 = true;
    return PROVIDER_FOUND;
}

/* The body of an answer that can be used, or the empty view. */
static struct str get(struct imds *imds, const char *path, bool (*is_usable)(struct str body))
{
    const struct metadata_call get = {
        .method = "GET", .url = url_of(imds, path), .headers = imds->headers, .timeout_ms = imds->timeout_ms};
    struct http_reply reply;

    for (long attempt = 0; get.url && attempt < imds->attempts; attempt++)
        if (call(imds, &get, &reply) == 0 && reply.head.status == 200 && is_usable(reply.body))
            return reply.body;
    return STR("");
}

/* The name of a role; it becomes part of a path. */
static bool is_role_name(struct str body)
{
    for (size_t i = 0; i < body.len; i++)
        if (body.ptr[i] <= ' ' || body.ptr[i] >= 0x7f || strchr("/?#%", body.ptr[i]))
            return false;
    return body.len > 0;
}

static bool is_json(struct str body)
{
    const char *why;
    cJSON *root = json_tree(body, 8, &why);
    bool usable = root != NULL;

    document_delete(root);
    return usable;
}

/* While the service can not renew them, it hands out old ones that still work: they are taken for a while. */
static void stretch(struct aws_credentials *credentials)
{
    int64_t least = clock_now() + STABLE_SECONDS + 120 + (int64_t)aws_random_below(480);

    if (credentials->expires_at >= clock_now() + STABLE_SECONDS)
        return;
    log_warning("the instance metadata service handed out credentials near or past their end; they are used on",
                LOG_INT("seconds", least - clock_now()));
    credentials->expires_at = least;
}

static enum found find_credentials(struct imds *imds)
{
    struct aws_credentials *out = imds->search->out;
    struct str role = get(imds, ROLES, is_role_name);
    struct str body = STR("");
    const char *path = role.len > 0 ? arena_printf(imds->search->client->arena, ROLES "%.*s", STR_FMT(role)) : NULL;
    const char *why;

    if (path)
        body = get(imds, path, is_json);
    if (body.len == 0)
        return PROVIDER_NONE;
    if (document_read(body, DOCUMENT_SERVER, out, &why) != DOCUMENT_READ) {
        log_warning("the instance metadata service has no credentials for this instance", LOG_TEXT("reason", why));
        aws_credentials_wipe(out);
        return PROVIDER_NONE;
    }
    stretch(out);
    return PROVIDER_FOUND;
}

static enum found ask(struct imds *imds)
{
    const struct search *s = imds->search;
    bool is_v1;
    enum found found = find_token(imds, &is_v1);

    if (found != PROVIDER_FOUND)
        return found;
    if (is_v1 && (is_true("AWS_EC2_METADATA_V1_DISABLED") ||
                  str_equal_ignore_case(provider_option(s, "ec2_metadata_v1_disabled"), STR("true"))))
        return provider_refuse(s, "the instance metadata service gives no token, and its version 1 is disabled");
    return find_credentials(imds);
}

enum found provider_imds(const struct search *s)
{
    struct imds imds = {.search = s};
    enum found found;

    if (is_true("AWS_EC2_METADATA_DISABLED"))
        return PROVIDER_NONE;
    imds.attempts = number_of(s, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1);
    imds.timeout_ms = 1000 * number_of(s, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1);
    found = find_base(s, &imds);
    if (found != PROVIDER_FOUND)
        return found;
    if (imds.is_standard && clock_now() < atomic_load(&absent_until))
        return PROVIDER_NONE;
    found = ask(&imds);
    if (imds.is_standard && !imds.has_answered)
        atomic_store(&absent_until, clock_now() + ABSENT_SECONDS);
    return found;
}
