/* How a call is written. */
#include <stdio.h>
#include <string.h>

#include "http/exchange.h"

#define TOGETHER_MAX KIB(16) /* a body that leaves in one piece with its head */

/* Lines as struct http_call has them: "Name;" is a header without a value. */
static void add_line(struct buf *out, const char *line)
{
    const char *mark = strpbrk(line, ":;");

    if (mark && *mark == ';' && mark[1] == '\0') {
        buf_add(out, line, (size_t)(mark - line));
        buf_add_str(out, STR(":\r\n"));
        return;
    }
    buf_add_str(out, str_from(line));
    buf_add_str(out, STR("\r\n"));
}

/* What stands behind the authority. */
static struct str target_of(const char *url)
{
    const char *authority = strstr(url, "://");
    const char *target = authority ? strchr(authority + 3, '/') : NULL;

    return target ? str_from(target) : STR("/");
}

static bool sends_body(const struct http_call *call)
{
    return call->has_body && strcmp(call->method, "HEAD") != 0;
}

static int write_request(struct http_exchange *exchange, struct buf *out)
{
    const struct http_call *call = &exchange->call;
    char length[48];

    buf_reset(out);
    buf_add_str(out, str_from(call->method));
    buf_add_char(out, ' ');
    buf_add_str(out, target_of(call->url));
    buf_add_str(out, STR(" HTTP/1.1\r\nHost: "));
    buf_add_str(out, str_from(wire_authority(exchange->wire)));
    buf_add_str(out, STR("\r\n"));
    for (const char *const *line = call->headers; line && *line; line++)
        add_line(out, *line);
    if (sends_body(call)) {
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", call->body.len);
        buf_add_str(out, str_from(length));
    }
    buf_add_str(out, STR("\r\n"));
    exchange->body_done = !sends_body(call) || call->body.len == 0;
    if (!exchange->body_done && call->body.len <= TOGETHER_MAX) {
        buf_add_str(out, call->body);
        exchange->body_done = true;
    }
    return out->failed ? -1 : 0;
}

/* Writes from *sent on. True when all has gone out; *broken when nothing can any more. */
static bool write_some(struct wire *wire, struct str data, size_t *sent, bool *broken)
{
    *broken = false;
    while (*sent < data.len) {
        size_t n;
        enum tls_result result = wire_write(wire, data.ptr + *sent, data.len - *sent, &n);

        if (result == TLS_DONE) {
            *sent += n;
            continue;
        }
        *broken = result == TLS_BROKEN || result == TLS_ENDED;
        return false;
    }
    return true;
}

void exchange_write(struct http_exchange *exchange)
{
    bool broken = false;

    if (!exchange->out_done && write_some(exchange->wire, buf_str(&exchange->out), &exchange->sent, &broken)) {
        exchange->out_done = true;
        exchange->sent = 0;
        buf_wipe(&exchange->out);
    }
    if (exchange->out_done && !exchange->body_done &&
        write_some(exchange->wire, exchange->call.body, &exchange->sent, &broken))
        exchange->body_done = true;
    /* An answer may have come before all was sent; reading tells. */
    if (broken && !exchange->any)
        exchange->out_done = exchange->body_done = true;
}

static void forget_request(struct buf *request)
{
    if (request->ptr)
        explicit_bzero(request->ptr, request->len);
    buf_reset(request);
}

void exchange_begin(struct http_exchange *exchange)
{
    struct buf *request = &exchange->multi->request;
    bool broken = false;
    int rc = 0;

    exchange->reply.attempts++;
    exchange->sent = 0;
    if (write_request(exchange, request) < 0) {
        exchange_finish(exchange, HTTP_INTERNAL, "the request is too large");
        return;
    }
    exchange->out_done = write_some(exchange->wire, buf_str(request), &exchange->sent, &broken);
    if (!exchange->out_done && !broken) {
        rc = buf_add_str(&exchange->out, str_skip(buf_str(request), exchange->sent));
    }
    exchange->sent = 0;
    forget_request(request);
    if (rc < 0) {
        exchange_finish(exchange, HTTP_INTERNAL, "there is no memory for the request");
        return;
    }
    if (broken)
        exchange->out_done = exchange->body_done = true;
    else if (exchange->out_done && !exchange->body_done)
        exchange_write(exchange);
    exchange_watch(exchange);
}
