/*
 * /raw: the cluster's own API, byte for byte. The path and query go as they came, the body as it came, the
 * answer as it comes; what changes is only what belongs to one hop (RFC 9110 section 7.6.1), to identity, and
 * to nginx.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/duration.h"
#include "base/status.h"
#include "fcgi/response.h"
#include "fcgi/upload.h"
#include "handlers/handlers.h"
#include "handlers/raw_headers.h"
#include "kube/headers.h"
#include "kube/path.h"

#define TIMEOUT_MS 65000     /* the API server's own limit is 60 s */
#define WISH_MAX_MS 3600000L /* more than that is not waited for on a client's word */

struct relay {
    struct request *request;
    bool is_proxy;  /* a pod's, service's or node's own pages: foreign content on our origin */
    bool is_stream; /* what comes goes out at once */
};

static void relay_location(struct request *request, struct str value)
{
    struct str location =
        header_location(request->arena, value, request->cluster->target.endpoint, raw_prefix(request));

    if (location.ptr)
        response_header(request, "Location", location);
}

static int on_head(void *arg, const struct http_head *head)
{
    struct relay *relay = arg;
    struct request *request = relay->request;

    response_begin(request, head->status, head->reason.len > 0 ? head->reason : str_from(http_reason(head->status)));
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *h = &head->headers[i];
        char name[128];

        if (!header_passes_answer(h->name, head))
            continue;
        snprintf(name, sizeof(name), "%.*s", STR_FMT(h->name));
        if (strcasecmp(name, "Location") == 0)
            relay_location(request, h->value);
        else
            response_header(request, name, h->value);
    }
    if (head->status == 401)
        response_header(request, "X-Eksgate-Error", STR("upstream-unauthorized"));
    if (relay->is_proxy) {
        response_header(request, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
        response_header(request, "X-Content-Type-Options", STR("nosniff"));
    }
    return relay->is_stream ? response_flush(request) : 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct relay *relay = arg;

    if (response_write(relay->request, data, len) < 0)
        return -1;
    return relay->is_stream ? response_flush(relay->request) : 0;
}

/* Asked about once a second, so nothing is held back for longer, whatever the answer turns out to be. */
static bool is_gone(void *arg)
{
    struct request *request = ((struct relay *)arg)->request;

    return response_flush(request) < 0 || request_is_gone(request);
}

static bool has_parameter(struct str query, const char *name, const char *value)
{
    while (query.ptr) {
        struct str rest = str_cut(&query, '&');
        struct str key = str_cut(&rest, '=');

        if (str_equal(key, str_from(name)) && (!value || str_equal(rest, str_from(value))))
            return true;
    }
    return false;
}

/* A watch, a followed log or a proxied page may last: those have no time limit of ours. */
static bool is_stream(const struct request *request, bool is_proxy)
{
    return is_proxy || has_parameter(request->query, "watch", "true") || has_parameter(request->query, "watch", "1") ||
           has_parameter(request->query, "follow", "true") ||
           str_starts_with(request->match.rest, STR("/api/v1/watch/"));
}

/* "timeout=1m30s": how long the client gives the API server. */
static long wish_ms(struct str query)
{
    int64_t wish_ms;

    while (query.ptr) {
        struct str value = str_cut(&query, '&');

        if (str_equal(str_cut(&value, '='), STR("timeout")) && duration_parse(value, &wish_ms) == 0)
            return wish_ms < WISH_MAX_MS ? (long)wish_ms : WISH_MAX_MS;
    }
    return 0;
}

static struct str upstream_path(struct request *request)
{
    struct str path = request->match.rest.len > 0 ? request->match.rest : STR("/");
    char *text;

    if (!request->query.ptr)
        return path;
    text = arena_printf(request->arena, "%.*s?%.*s", STR_FMT(path), STR_FMT(request->query));
    return (struct str){text, text ? strlen(text) : 0};
}

static bool sends_body(const struct request *request)
{
    return request->body.len > 0 || request->method == METHOD_POST || request->method == METHOD_PUT ||
           request->method == METHOD_PATCH;
}

int raw_forward(struct request *request)
{
    bool is_proxy = path_is_proxy(request->match.rest);
    struct relay relay = {.request = request, .is_proxy = is_proxy, .is_stream = is_stream(request, is_proxy)};
    const struct http_sink sink = {on_head, on_body, is_gone, &relay};
    struct kube_request upstream = {
        .method = request->method_name,
        .path = upstream_path(request),
        .body = request->body,
        .has_body = sends_body(request),
        .timeout_ms = relay.is_stream ? 0 : TIMEOUT_MS + wish_ms(request->query),
        .sink = &sink,
        .relay = true,
    };
    struct http_reply reply;

    upstream.headers = raw_request_headers(request);
    if (!upstream.headers)
        return -1;
    if (!upstream.path.ptr)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    if (request_streams_body(request)) {
        upstream.source = upload_begin(request);
        if (!upstream.source)
            return -1;
    }
    return cluster_call(request->worker, request->cluster, &upstream, &reply, &request->err);
}
