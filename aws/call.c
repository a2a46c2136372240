#include "aws/call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aws/clock.h"
#include "aws/digest.h"
#include "aws/endpoint.h"
#include "aws/error.h"
#include "aws/file.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"

#define DEADLINE_MS 20000
#define ATTEMPT_MS 10000 /* so that one lost answer leaves time for another attempt */
#define CONNECT_MS 3000
#define HEADERS_MAX 10
#define SIGNED_MAX 4
#define ENCRYPTION "X-Amz-Server-Side-Encryption"

enum outcome {
    DONE,
    FAILED, /* for good */
    RETRY_AT_ONCE,
    RETRY_LATER
};

/* One aws_call() in progress. */
struct progress {
    struct aws_client *client;
    const struct aws_credentials *credentials;
    const struct aws_call *call;
    struct aws_endpoint endpoint;
    struct str ca_pem;
    char digest[2 * EVP_MAX_MD_SIZE + 1]; /* of the body */
    int64_t deadline_ms;
    unsigned attempt; /* from 1 */
    int retry_cost;   /* of the last retry */
    bool clock_corrected;
    struct str *body;
    struct err *err;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for a call of AWS");
}

/* Preparation */

/* A CA bundle replaces the system's roots for calls of AWS. */
static int load_ca(struct progress *p)
{
    const char *path = p->endpoint.ca_bundle;
    struct buf pem;
    int result = 0;

    if (!*path || strcmp(p->endpoint.scheme, "https") != 0)
        return 0;
    buf_init(&pem, MIB(1));
    if (aws_file_read(path, &pem) < 0) {
        result = err_set(p->err, ERR_UPSTREAM_TLS, "the CA bundle for AWS can not be read: %s", strerrordesc_np(errno));
    } else {
        p->ca_pem = (struct str){arena_strndup(p->client->arena, buf_str(&pem).ptr, pem.len), pem.len};
        if (!p->ca_pem.ptr)
            result = no_memory(p->err);
    }
    buf_free(&pem);
    return result;
}

/* An override's own path stands before every path; "/" alone is not repeated behind it. */
static struct str full_path(const struct progress *p)
{
    const char *prefix = p->endpoint.prefix;
    const char *path;

    if (prefix[0] == '\0')
        return p->call->path;
    if (str_equal(p->call->path, STR("/")))
        return str_from(prefix);
    path = arena_printf(p->client->arena, "%s%.*s", prefix, STR_FMT(p->call->path));
    return str_from(path);
}

/* S3 wants the digest of the body as a header too. */
static size_t signed_headers(const struct progress *p, struct http_header headers[SIGNED_MAX])
{
    size_t n = 0;

    if (p->call->content_type)
        headers[n++] = (struct http_header){STR("Content-Type"), str_from(p->call->content_type)};
    if (p->call->target)
        headers[n++] = (struct http_header){STR("X-Amz-Target"), str_from(p->call->target)};
    if (p->call->service == AWS_S3)
        headers[n++] = (struct http_header){STR("X-Amz-Content-Sha256"), str_from(p->digest)};
    if (p->call->encrypts)
        headers[n++] = (struct http_header){STR(ENCRYPTION), STR("AES256")};
    return n;
}

static int sign(const struct progress *p, struct str path, struct sigv4 *signature)
{
    struct http_header headers[SIGNED_MAX];
    const struct sigv4_scope scope = {.service = str_from(aws_service_name(p->call->service)),
                                      .region = str_from(p->endpoint.signing_region),
                                      .time = aws_clock_now()};
    const struct sigv4_request request = {.method = str_from(p->call->method),
                                          .host = str_from(p->endpoint.host),
                                          .path = path,
                                          .query = p->call->query,
                                          .headers = headers,
                                          .header_count = signed_headers(p, headers),
                                          .body = p->call->body,
                                          .path_verbatim = p->call->service == AWS_S3};

    return sigv4_sign(p->credentials, &scope, &request, signature);
}

static const char *secret_header(struct arena *arena, const char *name, struct str value)
{
    struct buf line;
    const char *copy;

    buf_init(&line, KIB(16));
    buf_add_str(&line, str_from(name));
    buf_add_str(&line, value);
    copy = line.failed ? NULL : arena_secret(arena, line.ptr, line.len);
    buf_wipe(&line);
    return copy;
}

static size_t add_signature(const struct progress *p, const struct sigv4 *signature, const char **headers)
{
    struct arena *arena = p->client->arena;
    struct str token = str_from(p->credentials->session_token);
    size_t n = 0;

    headers[n++] = arena_printf(arena, "X-Amz-Date: %s", signature->date);
    headers[n++] = secret_header(arena, "Authorization: ", buf_str(&signature->result));
    if (token.len > 0)
        headers[n++] = secret_header(arena, "X-Amz-Security-Token: ", token);
    return n;
}

/* NULL-terminated; false without memory. */
static bool build_headers(const struct progress *p, const struct sigv4 *signature, const char *headers[HEADERS_MAX])
{
    size_t n = 0;

    headers[n++] = "User-Agent: eksgate/" EKSGATE_VERSION;
    if (signature)
        n += add_signature(p, signature, headers + n);
    if (p->call->content_type)
        headers[n++] = arena_printf(p->client->arena, "Content-Type: %s", p->call->content_type);
    if (p->call->target)
        headers[n++] = arena_printf(p->client->arena, "X-Amz-Target: %s", p->call->target);
    if (p->call->service == AWS_S3)
        headers[n++] = arena_printf(p->client->arena, "X-Amz-Content-Sha256: %s", p->digest);
    if (p->call->encrypts)
        headers[n++] = ENCRYPTION ": AES256";
    if (p->call->header)
        headers[n++] = p->call->header;
    headers[n] = NULL;
    for (size_t i = 0; i < n; i++)
        if (!headers[i])
            return false;
    return true;
}

/* Answers */

static enum outcome transport_failed(const struct progress *p, const struct http_reply *reply)
{
    static const struct {
        enum err_kind kind;
        enum outcome outcome;
        const char *what;
    } failures[] = {
        [HTTP_UNRESOLVED] = {ERR_UPSTREAM_UNREACHABLE, RETRY_LATER, "the host name can not be resolved"},
        [HTTP_REFUSED] = {ERR_UPSTREAM_UNREACHABLE, RETRY_LATER, "no connection"},
        [HTTP_FORBIDDEN] = {ERR_UPSTREAM_UNREACHABLE, FAILED, "the address is not a public one"},
        [HTTP_TLS] = {ERR_UPSTREAM_TLS, FAILED, "the TLS certificate or handshake failed"},
        [HTTP_TIMEOUT] = {ERR_UPSTREAM_TIMEOUT, RETRY_LATER, "no answer in time"},
        [HTTP_BROKEN] = {ERR_UPSTREAM_BROKEN, RETRY_LATER, "the connection was closed without an answer"},
        [HTTP_TRUNCATED] = {ERR_UPSTREAM_BROKEN, RETRY_LATER, "the answer broke off"},
        [HTTP_TOO_LARGE] = {ERR_UPSTREAM_BROKEN, FAILED, "the answer is too large"},
        [HTTP_STOPPED] = {ERR_CLIENT_GONE, FAILED, "stopped"},
        [HTTP_INTERNAL] = {ERR_INTERNAL, FAILED, "the call could not be made"},
    };
    bool is_tls = reply->result == HTTP_TLS;

    err_set(p->err, failures[reply->result].kind, "%s: %s: %s%s%s", p->call->operation, p->endpoint.host,
            failures[reply->result].what, is_tls ? ": " : "", is_tls ? reply->detail : "");
    /* A kept connection that had died in the meantime says nothing about the service. */
    if (reply->result == HTTP_BROKEN && p->attempt == 1)
        return RETRY_AT_ONCE;
    return failures[reply->result].outcome;
}

static int read_error(const struct progress *p, const struct http_reply *reply, struct aws_error *error)
{
    switch (p->call->service) {
    case AWS_STS:
    case AWS_EC2:
    case AWS_ELB:
    case AWS_ELBV2:
    case AWS_IAM:
    case AWS_S3:
        return aws_error_read_xml(&reply->head, reply->body, error);
    default:
        aws_error_read_json(&reply->head, reply->body, error);
        return 0;
    }
}

static enum outcome service_failed(struct progress *p, const struct http_reply *reply)
{
    struct aws_error error;

    if (read_error(p, reply, &error) < 0) {
        err_set(p->err, ERR_UPSTREAM_BROKEN, "%s: %s answered %d without an error that can be understood",
                p->call->operation, p->endpoint.host, reply->head.status);
        return FAILED;
    }
    aws_error_report(&error, p->call->operation, p->err);
    if (aws_error_is_clock(&error) && !p->clock_corrected && aws_clock_correct()) {
        p->clock_corrected = true;
        return RETRY_AT_ONCE;
    }
    return aws_error_is_transient(&error) ? RETRY_LATER : FAILED;
}

static long time_left(const struct progress *p)
{
    int64_t left = p->deadline_ms - clock_monotonic_ms();

    return left > 0 ? (long)left : 0;
}

static int perform_counted(struct progress *p, const struct http_call *call, struct http_reply *reply)
{
    static const enum metrics_aws services[AWS_SERVICE__MAX] = {
        [AWS_STS] = METRICS_STS, [AWS_EKS] = METRICS_EKS, [AWS_SSO] = METRICS_SSO,   [AWS_SSO_OIDC] = METRICS_SSO,
        [AWS_EC2] = METRICS_EC2, [AWS_ELB] = METRICS_ELB, [AWS_ELBV2] = METRICS_ELB, [AWS_IAM] = METRICS_IAM,
        [AWS_KMS] = METRICS_KMS, [AWS_S3] = METRICS_S3};
    enum metrics_aws service = services[p->call->service];
    int64_t asked_us = clock_monotonic_us();
    int rc = http_perform(p->client->http, p->client->arena, call, reply);
    bool ok = rc == 0 && reply->head.status / 100 == 2;

    metrics_add(&metrics->aws[service][ok ? METRICS_OK : METRICS_ERROR], 1);
    metrics_observe(&metrics->aws_time[service], clock_monotonic_us() - asked_us);
    return rc;
}

/* Without a signature the call is sent as it is. */
static enum outcome perform(struct progress *p, const struct sigv4 *signature, struct str path)
{
    const char *headers[HEADERS_MAX];
    long left = time_left(p);
    struct http_reply reply;
    struct http_call call = {.method = p->call->method,
                             .headers = headers,
                             .body = p->call->body,
                             .has_body = p->call->content_type != NULL,
                             .ca_pem = p->ca_pem,
                             .reach = p->endpoint.is_override ? HTTP_REACH_ANY : HTTP_REACH_PUBLIC,
                             .plain_allowed = p->endpoint.is_override,
                             .connect_timeout_ms = CONNECT_MS,
                             .timeout_ms = left < ATTEMPT_MS ? left + 1 : ATTEMPT_MS,
                             .is_secret = p->call->is_secret,
                             .max_body = p->call->service == AWS_STS ? LIMIT_STS_REPLY : LIMIT_EKS_REPLY};

    call.url = arena_printf(p->client->arena, "%s://%s%.*s%s%.*s", p->endpoint.scheme, p->endpoint.host, STR_FMT(path),
                            p->call->query.len ? "?" : "", STR_FMT(p->call->query));
    if (!call.url || !build_headers(p, signature, headers)) {
        no_memory(p->err);
        return FAILED;
    }
    if (perform_counted(p, &call, &reply) < 0)
        return transport_failed(p, &reply);
    aws_clock_observe(http_head_get(&reply.head, "Date"));
    if (reply.head.status / 100 != 2)
        return service_failed(p, &reply);
    *p->body = reply.body;
    return DONE;
}

static enum outcome attempt(struct progress *p)
{
    struct str path = full_path(p);
    struct sigv4 signature;
    enum outcome outcome = FAILED;

    if (path.len == 0) {
        no_memory(p->err);
        return FAILED;
    }
    if (!p->credentials)
        return perform(p, NULL, path);
    if (sign(p, path, &signature) < 0)
        no_memory(p->err);
    else
        outcome = perform(p, &signature, path);
    sigv4_wipe(&signature);
    return outcome;
}

/* Attempts */

/* An attempt that is made at once is not AWS's fault and costs nothing. */
static bool may_retry(struct progress *p, enum outcome outcome)
{
    if (outcome == RETRY_AT_ONCE)
        return true;
    p->retry_cost = p->err->kind == ERR_UPSTREAM_TIMEOUT ? RETRY_COST_TIMEOUT : RETRY_COST;
    return retry_take(p->retry_cost);
}

/* Waits before the next attempt; false when none is due any more. */
static bool wait_for_next(struct progress *p, enum outcome outcome)
{
    long pause = outcome == RETRY_LATER ? retry_pause_ms(p->attempt) : 0;

    if (outcome == DONE || outcome == FAILED || p->attempt >= retry_attempts() || pause >= time_left(p) ||
        !may_retry(p, outcome))
        return false;
    log_debug("trying a call of AWS again", LOG_TEXT("operation", p->call->operation), LOG_INT("attempt", p->attempt),
              LOG_INT("pause_ms", pause), LOG_TEXT("reason", p->err->message));
    clock_sleep_ms(pause);
    return true;
}

static void digest_body(struct progress *p)
{
    static const unsigned char nothing[1];
    const struct str body = p->call->body;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (p->call->service == AWS_S3 &&
        EVP_Digest(body.len > 0 ? (const void *)body.ptr : nothing, body.len, digest, &len, digest_sha256(), NULL) == 1)
        encode_hex(digest, len, p->digest);
}

int aws_call(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
             const struct aws_call *call, struct str *body, struct err *err)
{
    struct progress p = {.client = client, .credentials = credentials, .call = call, .body = body, .err = err};
    enum outcome outcome;

    err_clear(err);
    digest_body(&p);
    p.deadline_ms = client->deadline_ms ? client->deadline_ms : clock_monotonic_ms() + DEADLINE_MS;
    if (aws_endpoint_find(call->service, region, client->profile, &p.endpoint, err) < 0 || load_ca(&p) < 0)
        return -1;
    do {
        p.attempt++;
        outcome = attempt(&p);
    } while (wait_for_next(&p, outcome));
    if (outcome != DONE)
        return -1;
    retry_give(p.retry_cost);
    err_clear(err);
    return 0;
}
