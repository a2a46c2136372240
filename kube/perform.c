#include "kube/perform.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/limits.h"

#define ERROR_BODY_MAX KIB(256)

/* Stands between libcurl and the caller's sink: an answer that is an error is collected, not relayed. */
struct gate {
    const struct kube_request *request;
    int64_t asked_us;
    struct buf error_body;
    bool relaying;
    bool held;
};

static int gate_head(void *arg, const struct http_head *head)
{
    struct gate *g = arg;

    kube_count_answer(head->status, g->asked_us);
    if (head->status == 401 && g->request->hold_unauthorized) {
        g->held = true;
        return -1;
    }
    g->relaying = g->request->relay || (head->status >= 200 && head->status < 300);
    return g->relaying ? g->request->sink->on_head(g->request->sink->arg, head) : 0;
}

static int gate_body(void *arg, const char *data, size_t len)
{
    struct gate *g = arg;

    if (g->relaying)
        return g->request->sink->on_body(g->request->sink->arg, data, len);
    return buf_add(&g->error_body, data, len);
}

static bool gate_gone(void *arg)
{
    const struct http_sink *sink = ((struct gate *)arg)->request->sink;

    return sink->is_gone && sink->is_gone(sink->arg);
}

int kube_transport_error(const struct kube_target *target, const struct http_reply *reply, struct err *err)
{
    const char *id = target->cluster_id;

    switch (reply->result) {
    case HTTP_UNRESOLVED:
    case HTTP_REFUSED:
        err_set(err, ERR_UPSTREAM_UNREACHABLE, "eksgate: cluster \"%s\" is unreachable: %s", id, reply->detail);
        err->retry_after = 1;
        return -1;
    case HTTP_FORBIDDEN:
        return err_set(err, ERR_UPSTREAM_BROKEN,
                       "eksgate: cluster \"%s\": its endpoint %s resolves to an address that may not be reached", id,
                       target->endpoint);
    case HTTP_TLS:
        return err_set(err, ERR_UPSTREAM_TLS, "eksgate: cluster \"%s\": TLS verification failed: %s", id,
                       reply->detail);
    case HTTP_TIMEOUT:
        return err_set(err, ERR_UPSTREAM_TIMEOUT, "eksgate: cluster \"%s\" did not answer in time: %s", id,
                       reply->detail);
    case HTTP_BUSY:
        err_set(err, ERR_OVERLOADED, "eksgate: too many requests to cluster \"%s\" at the same time: %s: try again", id,
                reply->detail);
        err->retry_after = 1;
        return -1;
    case HTTP_STOPPED:
        return err_set(err, ERR_CLIENT_GONE, "the client is gone");
    case HTTP_TOO_LARGE:
        return err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%s\": its answer is too large", id);
    case HTTP_INTERNAL:
        return err_set(err, ERR_INTERNAL, "eksgate: cluster \"%s\": the request could not be made: %s", id,
                       reply->detail);
    default:
        return err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%s\" closed the connection: %s", id,
                       reply->detail);
    }
}

/* A cluster's own error: its Status passes byte for byte; anything else becomes a message. */
static int upstream_error(const struct kube_target *target, const struct http_reply *reply, struct str body,
                          struct err *err)
{
    struct str type = http_head_get(&reply->head, "Content-Type");
    long retry_after;

    err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%s\" answered %d %.*s", target->cluster_id,
            reply->head.status, STR_FMT(reply->head.reason));
    if (str_starts_with(type, STR("application/json")) && body.len > 0) {
        err->code = reply->head.status;
        err->upstream_status = body;
        err->upstream_type = type;
        if (str_to_long(http_head_get(&reply->head, "Retry-After"), 1, 3600, &retry_after) == 0)
            err->retry_after = (unsigned)retry_after;
    }
    return -1;
}

static char *authorization(struct arena *arena, const char *token)
{
    struct buf plain;
    char *line = NULL;

    buf_init(&plain, LIMIT_EKS_TOKEN + 64);
    buf_reserve(&plain, strlen(token) + 64);
    buf_add_str(&plain, STR("Authorization: Bearer "));
    if (buf_add_str(&plain, str_from(token)) == 0) /* printf would copy it byte by byte */
        line = arena_secret(arena, plain.ptr, plain.len);
    buf_wipe(&plain);
    return line;
}

static const char *const *with_authorization(struct arena *arena, const struct kube_target *target,
                                             const char *const *headers)
{
    size_t n = 0;
    const char **lines;

    while (headers && headers[n])
        n++;
    lines = arena_alloc(arena, (n + 2) * sizeof(*lines));
    if (!lines)
        return NULL;
    if (n > 0)
        memcpy(lines, headers, n * sizeof(*lines));
    if (*target->token == '\0')
        return lines;
    lines[n] = authorization(arena, target->token);
    return lines[n] ? lines : NULL;
}

bool kube_may_repeat(const struct kube_request *request)
{
    if (request->source)
        return false;
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

bool kube_may_replay(const struct kube_request *request)
{
    return !request->source && request->body.len <= LIMIT_BODY_REPLAY;
}

/* Once the HTTP client is back; a gate has counted what it saw. */
static void count(const struct gate *gate, const struct http_reply *reply)
{
    if (!reply->head_seen)
        kube_count_failure(reply->result);
    else if (!gate->request->sink)
        kube_count_answer(reply->head.status, gate->asked_us);
}

static int perform_once(struct http_client *http, struct arena *arena, const struct http_call *call, struct gate *gate,
                        struct http_reply *reply)
{
    int rc;

    gate->asked_us = clock_monotonic_us();
    rc = http_perform(http, arena, call, reply);
    count(gate, reply);
    return rc;
}

static int perform(struct http_client *http, struct arena *arena, const struct http_call *call,
                   const struct kube_request *request, struct gate *gate, struct http_reply *reply)
{
    const struct http_sink sink = {gate_head, gate_body, gate_gone, gate};
    struct http_call gated = *call;
    int rc;

    if (request->sink)
        gated.sink = &sink;
    rc = perform_once(http, arena, &gated, gate, reply);
    /* Closed without an answer: a read is tried twice in all, a write once. */
    if (rc < 0 && reply->result == HTTP_BROKEN && reply->attempts < 2 && kube_may_repeat(request))
        rc = perform_once(http, arena, &gated, gate, reply);
    if (gate->error_body.failed)
        reply->result = HTTP_TOO_LARGE; /* it was the gate that stopped, not the caller */
    return rc;
}

int kube_prepare_call(struct arena *arena, const struct kube_target *target, const struct kube_request *request,
                      struct http_call *out, struct err *err)
{
    *out = (struct http_call){
        .method = request->method,
        .url = arena_join(arena, str_from(target->endpoint), request->path, STR("")),
        .headers = with_authorization(arena, target, request->headers),
        .body = request->body,
        .has_body = request->has_body,
        .source = request->source,
        .ca_pem = target->ca_pem,
        .identity = target->identity,
        .reach = target->endpoint_named ? HTTP_REACH_ANY : HTTP_REACH_PUBLIC,
        .timeout_ms = request->timeout_ms,
        .max_body = request->max_body,
    };
    if (!out->url || !out->headers)
        return err_set(err, ERR_INTERNAL, "there is no memory for the request");
    return 0;
}

int kube_perform(struct http_client *http, struct arena *arena, const struct kube_target *target,
                 const struct kube_request *request, struct http_reply *reply, struct err *err)
{
    struct gate gate = {.request = request};
    struct http_call call;
    struct str body;
    int rc = -1;

    if (kube_prepare_call(arena, target, request, &call, err) < 0)
        return -1;
    buf_init(&gate.error_body, ERROR_BODY_MAX);
    if (perform(http, arena, &call, request, &gate, reply) < 0 && !gate.held) {
        rc = kube_transport_error(target, reply, err);
        goto out;
    }
    if (gate.held || (reply->head.status == 401 && request->hold_unauthorized)) {
        rc = err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%s\" refused the token", target->cluster_id);
        goto out;
    }
    if (request->relay || (reply->head.status >= 200 && reply->head.status < 300)) {
        rc = 0;
        goto out;
    }
    body = request->sink ? buf_str(&gate.error_body) : reply->body;
    body.ptr = arena_strndup(arena, body.ptr, body.len);
    rc = body.ptr ? upstream_error(target, reply, body, err) : err_set(err, ERR_INTERNAL, "there is no memory");
out:
    buf_free(&gate.error_body);
    return rc;
}

const char *const *kube_own_headers(struct arena *arena, const char *accept, const char *audit_id)
{
    const char **lines = arena_alloc(arena, 4 * sizeof(*lines));

    if (!lines)
        return NULL;
    lines[0] = "User-Agent: eksgate/" EKSGATE_VERSION;
    lines[1] = arena_printf(arena, "Accept: %s", accept);
    lines[2] = arena_printf(arena, "Audit-ID: %s", audit_id);
    return lines[1] && lines[2] ? lines : NULL;
}
