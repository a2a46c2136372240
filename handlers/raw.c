/*
 * /raw: the cluster's own API, byte for byte. The path and query go as they came, the body as it came, the
 * answer as it comes; what changes is only what belongs to one hop (RFC 9110 section 7.6.1), to identity, and
 * to nginx.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "fcgi/response.h"
#include "fcgi/streams.h"
#include "fcgi/upload.h"
#include "handlers/handlers.h"
#include "handlers/raw_headers.h"
#include "handlers/raw_list.h"
#include "kube/path.h"

#define TIMEOUT_MS 65000     /* the API server's own limit is 60 s */
#define WISH_MAX_MS 3600000L /* more than that is not waited for on a client's word */

struct relay {
    struct request *request;
    const struct head_relay *head;
    bool is_stream; /* what comes goes out at once */
};

static int on_head(void *arg, const struct http_head *head)
{
    struct relay *relay = arg;

    response_relay(relay->request, relay->head, head);
    return relay->is_stream ? response_flush(relay->request) : 0;
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

/* As the API server reads a flag: the first of that name counts, and all but "false" and "0" means yes. */
static bool has_flag(struct str query, const char *name)
{
    while (query.ptr) {
        struct str value = str_cut(&query, '&');
        struct str key = str_cut(&value, '=');

        if (str_equal(key, str_from(name)))
            return !str_equal(value, STR("0")) && !str_equal_ignore_case(value, STR("false"));
    }
    return false;
}

/* /api/v1/watch/... or /apis/GROUP/VERSION/watch/... */
static bool is_watch_path(struct str path)
{
    struct str first;

    str_cut(&path, '/');
    first = str_cut(&path, '/');
    str_cut(&path, '/');
    if (str_equal(first, STR("apis")))
        str_cut(&path, '/');
    return str_equal(str_cut(&path, '/'), STR("watch"));
}

/* A watch, a followed log or a proxied page may last: those have no time limit of ours. */
static bool is_stream(const struct request *request, bool is_proxy)
{
    if (is_proxy)
        return true;
    return request->method == METHOD_GET && (has_flag(request->query, "watch") || has_flag(request->query, "follow") ||
                                             is_watch_path(request->match.rest));
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

static struct str upstream_path(struct request *request, struct str rest)
{
    struct str path = rest.len > 0 ? rest : STR("/");
    char *text;

    if (!request->query.ptr)
        return path;
    text = arena_join(request->arena, path, STR("?"), request->query);
    return (struct str){text, text ? strlen(text) : 0};
}

static bool sends_body(const struct request *request)
{
    return request->body.len > 0 || request->method == METHOD_POST || request->method == METHOD_PUT ||
           request->method == METHOD_PATCH;
}

int raw_forward(struct request *request)
{
    struct str rest = request->match.rest;
    const struct head_relay head = {.request_id = request->id,
                                    .endpoint = request->cluster->target.endpoint,
                                    .prefix = raw_prefix(request),
                                    .limit = request->limit,
                                    .is_proxy = path_is_proxy(request->match.rest)};
    struct relay relay = {.request = request, .head = &head, .is_stream = is_stream(request, head.is_proxy)};
    const struct http_sink sink = {on_head, on_body, is_gone, &relay};
    struct kube_request upstream = {
        .method = request->method_name,
        .body = request->body,
        .has_body = sends_body(request),
        .timeout_ms = relay.is_stream ? 0 : TIMEOUT_MS + wish_ms(request->query),
        .sink = &sink,
        .relay = true,
    };
    struct http_reply reply;

    if (raw_may_be_list(request) && raw_find_list(request, &rest) < 0)
        return -1;
    upstream.path = upstream_path(request, rest);
    upstream.headers = raw_request_headers(request);
    if (!upstream.headers)
        return -1;
    if (!upstream.path.ptr)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    if (request_streams_body(request)) {
        upstream.source = upload_begin(request);
        if (!upstream.source)
            return -1;
    } else if (request->streams && request_is_read(request)) {
        const struct stream_order order = {
            .request = &upstream, .prefix = head.prefix, .is_proxy = head.is_proxy, .lasts = relay.is_stream};

        return streams_take(request->streams, request, &order);
    }
    return cluster_call(request->worker, request->cluster, &upstream, &reply, &request->err);
}
