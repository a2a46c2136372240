#include "tunnel/rewrite.h"

#include <string.h>

#include "base/status.h"
#include "kube/headers.h"
#include "kube/path.h"

static void add_header(struct buf *out, struct str name, struct str value)
{
    buf_add_str(out, name);
    buf_add_str(out, STR(": "));
    buf_add_str(out, value);
    buf_add_str(out, STR("\r\n"));
}

static void add_request_line(const struct exchange *ex, struct buf *out)
{
    buf_add_str(out, ex->head.method);
    buf_add_char(out, ' ');
    buf_add_str(out, ex->rest.len > 0 ? ex->rest : STR("/"));
    if (ex->head.query.ptr) {
        buf_add_char(out, '?');
        buf_add_str(out, ex->head.query);
    }
    buf_add_str(out, STR(" HTTP/1.1\r\n"));
}

/* The API server answers a WebSocket without an Origin with 403 where it looks for one, and one from elsewhere too. */
static void add_own_headers(const struct exchange *ex, struct buf *out)
{
    add_header(out, STR("Host"), str_from(ex->dial.authority));
    if (ex->admission.has_origin)
        add_header(out, STR("Origin"), str_from(ex->cluster.target.endpoint));
    add_header(out, STR("Connection"), STR("Upgrade"));
    add_header(out, STR("Upgrade"), ex->admission.upgrade);
    if (strcmp(ex->method, "GET") != 0 && strcmp(ex->method, "HEAD") != 0)
        add_header(out, STR("Content-Length"), STR("0"));
}

int rewrite_request(struct exchange *ex, struct buf *out)
{
    const struct header_hop hop = {
        .request_id = ex->request_id,
        .remote_address =
            arena_strndup(ex->arena, ex->admission.shown.remote_address.ptr, ex->admission.shown.remote_address.len),
        .upgrade = true,
    };
    struct http_header *passed = arena_alloc(ex->arena, LIMIT_HEADERS * sizeof(*passed));
    size_t count;

    if (!hop.remote_address || !passed)
        return err_set(&ex->err, ERR_INTERNAL, "there is no memory for the headers");
    if (header_pass_request(ex->head.headers, ex->head.header_count, &hop, passed, &count, &ex->err) < 0)
        return -1;
    ex->audit_id = header_audit_id(passed, count, ex->request_id);
    buf_reserve(out, REWRITE_REQUEST_MAX); /* once, so that no copy of the token is left behind by growing */
    add_request_line(ex, out);
    add_own_headers(ex, out);
    for (size_t i = 0; i < count; i++)
        add_header(out, passed[i].name, passed[i].value);
    if (*ex->cluster.target.token)
        buf_printf(out, "Authorization: Bearer %s\r\n", ex->cluster.target.token);
    buf_add_str(out, STR("\r\n"));
    return out->failed ? err_set(&ex->err, ERR_INTERNAL, "there is no memory for the headers") : 0;
}

static void add_status_line(struct buf *out, int status, struct str reason)
{
    buf_printf(out, "HTTP/1.1 %d %.*s\r\n", status, STR_FMT(reason));
}

/* A page of a pod, on our origin, could act as the person who looks at it. */
static void add_sandbox(const struct exchange *ex, struct buf *out)
{
    if (!path_is_proxy(ex->rest))
        return;
    add_header(out, STR("Content-Security-Policy"), STR("sandbox; default-src 'none'"));
    add_header(out, STR("X-Content-Type-Options"), STR("nosniff"));
}

static void add_connection(const struct exchange *ex, const struct http_head *head, struct buf *out)
{
    if (head->status == 101) {
        add_header(out, STR("Connection"), STR("Upgrade"));
        add_header(out, STR("Upgrade"), http_head_get(head, "Upgrade"));
        return;
    }
    add_header(out, STR("Connection"), STR("close"));
    if (http_head_get(head, "Transfer-Encoding").len > 0)
        add_header(out, STR("Transfer-Encoding"), STR("chunked"));
    if (head->status == 401)
        add_header(out, STR("X-Eksgate-Error"), STR("upstream-unauthorized"));
    add_sandbox(ex, out);
}

int rewrite_answer(struct exchange *ex, const struct http_head *head, struct buf *out)
{
    add_status_line(out, head->status, head->reason.len > 0 ? head->reason : str_from(http_reason(head->status)));
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *h = &head->headers[i];
        struct str value = h->value;

        if (!header_passes_answer(h->name, head) || limit_state_has(&ex->limit, h->name))
            continue;
        if (str_equal_ignore_case(h->name, STR("Location")))
            value = header_location(ex->arena, value, ex->cluster.target.endpoint, ex->prefix);
        if (value.ptr)
            add_header(out, h->name, value);
    }
    limit_state_write(&ex->limit, out);
    add_connection(ex, head, out);
    buf_add_str(out, STR("\r\n"));
    return out->failed ? -1 : 0;
}

int rewrite_error(const struct exchange *ex, struct buf *out)
{
    const struct err *err = &ex->err;
    struct buf body;
    int rc;

    buf_init(&body, KIB(32));
    status_write(&body, err);
    add_status_line(out, err->code, str_from(http_reason(err->code)));
    add_header(out, STR("Content-Type"), STR("application/json"));
    buf_printf(out, "Content-Length: %zu\r\n", body.len);
    add_header(out, STR("Cache-Control"), STR("no-store"));
    add_header(out, STR("Connection"), STR("close"));
    add_header(out, STR("X-Eksgate-Error"), str_from(err_slug(err->kind)));
    limit_state_write(&ex->limit, out);
    if (err->retry_after)
        buf_printf(out, "Retry-After: %u\r\n", err->retry_after);
    buf_add_str(out, STR("\r\n"));
    if (strcmp(ex->method, "HEAD") != 0)
        buf_add_str(out, buf_str(&body));
    rc = body.failed || out->failed ? -1 : 0;
    buf_free(&body);
    return rc;
}
