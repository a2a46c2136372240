#include "fcgi/head.h"

#include "base/status.h"
#include "kube/headers.h"

void head_begin(struct buf *head, int status, struct str reason, const char *request_id)
{
    if (reason.len == 0 || !header_is_value(reason))
        reason = str_from(http_reason(status));
    buf_add_str(head, STR("Status: "));
    buf_add_char(head, (char)('0' + status / 100));
    buf_add_char(head, (char)('0' + status / 10 % 10));
    buf_add_char(head, (char)('0' + status % 10));
    buf_add_char(head, ' ');
    buf_add_str(head, reason);
    buf_add_str(head, STR("\r\n"));
    head_add(head, "X-Request-Id", str_from(request_id));
}

static void add_line(struct buf *head, struct str name, struct str value)
{
    if (!header_is_value(value))
        return;
    buf_add_str(head, name);
    buf_add_str(head, STR(": "));
    buf_add_str(head, value);
    buf_add_str(head, STR("\r\n"));
}

void head_add(struct buf *head, const char *name, struct str value)
{
    add_line(head, str_from(name), value);
}

void head_relay(struct buf *out, struct arena *arena, const struct head_relay *relay, const struct http_head *head)
{
    head_begin(out, head->status, head->reason, relay->request_id);
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *h = &head->headers[i];
        struct str value = h->value;

        if (!header_passes_answer(h->name, head) || limit_state_has(&relay->limit, h->name))
            continue;
        if (str_equal_ignore_case(h->name, STR("Location")))
            value = header_location(arena, value, relay->endpoint, relay->prefix);
        if (value.ptr)
            add_line(out, h->name, value);
    }
    limit_state_write(&relay->limit, out);
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
