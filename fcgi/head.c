#include "fcgi/head.h"

#include <stdio.h>
#include <strings.h>

#include "base/status.h"
#include "kube/headers.h"

void head_begin(struct buf *head, int status, struct str reason, const char *request_id)
{
    if (reason.len == 0 || !header_is_value(reason))
        reason = str_from(http_reason(status));
    buf_printf(head, "Status: %d %.*s\r\n", status, STR_FMT(reason));
    head_add(head, "X-Request-Id", str_from(request_id));
}

void head_add(struct buf *head, const char *name, struct str value)
{
    if (header_is_value(value))
        buf_printf(head, "%s: %.*s\r\n", name, STR_FMT(value));
}

void head_relay(struct buf *out, struct arena *arena, const struct head_relay *relay, const struct http_head *head)
{
    head_begin(out, head->status, head->reason, relay->request_id);
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *h = &head->headers[i];
        struct str value = h->value;
        char name[128];

        if (!header_passes_answer(h->name, head))
            continue;
        snprintf(name, sizeof(name), "%.*s", STR_FMT(h->name));
        if (strcasecmp(name, "Location") == 0)
            value = header_location(arena, value, relay->endpoint, relay->prefix);
        if (value.ptr)
            head_add(out, name, value);
    }
    if (head->status == 401)
        head_add(out, "X-Eksgate-Error", STR("upstream-unauthorized"));
    if (relay->is_proxy) {
        head_add(out, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
        head_add(out, "X-Content-Type-Options", STR("nosniff"));
    }
}

void head_error(struct buf *head, const struct err *err, const char *request_id, struct str type, size_t len)
{
    head_begin(head, err->code, STR(""), request_id);
    head_add(head, "Content-Type", type);
    buf_printf(head, "Content-Length: %zu\r\n", len);
    head_add(head, "Cache-Control", STR("no-store"));
    if (err->retry_after)
        buf_printf(head, "Retry-After: %u\r\n", err->retry_after);
    if (err->upstream_status.len == 0)
        head_add(head, "X-Eksgate-Error", str_from(err_slug(err->kind)));
}
