/* How an answer is read. */
#include <string.h>

#include "base/unset.h"
#include "http/exchange.h"
#include "http/head.h"

#define BUDGET KIB(128) /* read for one exchange before the others have their turn */

static bool is_last(const struct http_head *head, struct str version)
{
    size_t count;
    struct str wire = head_find(head->headers, head->header_count, STR("Connection"), &count);

    return str_equal(version, STR("HTTP/1.0")) || (count > 0 && header_list_names(wire, STR("close"))) || count > 1;
}

/* text: a whole head. 0, 1 when another one follows, or -1 when the exchange has ended. */
static int take_head(struct http_exchange *exchange, struct str text)
{
    struct http_header headers[HEAD_HEADERS_MAX] UNSET;
    struct http_head head;

    if (head_parse_answer(text, headers, &head) < 0 || head.status == 101) {
        exchange_finish(exchange, HTTP_BROKEN, "its answer is no HTTP");
        return -1;
    }
    if (head.status < 200)
        return 1;
    if (body_init(&exchange->body, exchange->call.method, &head) < 0) {
        exchange_finish(exchange, HTTP_BROKEN, "it leaves open how long its answer is");
        return -1;
    }
    exchange->reusable = exchange->body.kind != BODY_CLOSE && !is_last(&head, (struct str){text.ptr, 8});
    exchange->reply.head_seen = true;
    exchange->reply.head.status = head.status;
    if (exchange->call.sink->on_head(exchange->call.sink->arg, &head) < 0) {
        exchange_finish(exchange, HTTP_STOPPED, "stopped");
        return -1;
    }
    return 0;
}

/* Takes heads off the front of what was read. False when there is nothing for the body. */
static bool take_heads(struct http_exchange *exchange, struct str *data)
{
    struct str text = *data;
    size_t looked_at = exchange->in.len;
    size_t len;
    int rc = 1;

    if (looked_at > 0) {
        if (buf_add_str(&exchange->in, *data) < 0) {
            exchange_finish(exchange, HTTP_TOO_LARGE, "its head is too large");
            return false;
        }
        text = buf_str(&exchange->in);
    }
    while (rc == 1 && (len = head_length(text, looked_at)) > 0) {
        rc = len > LIMIT_REPLY_HEADERS ? -2 : take_head(exchange, (struct str){text.ptr, len});
        text = str_skip(text, len);
        looked_at = 0;
    }
    if (rc == -2 || (rc == 1 && text.len > LIMIT_REPLY_HEADERS))
        exchange_finish(exchange, HTTP_TOO_LARGE, "its head is too large");
    if (rc == 1 && !exchange_has_ended(exchange) && text.len >= 5 && !str_starts_with(text, STR("HTTP/")))
        exchange_finish(exchange, HTTP_BROKEN, "its answer is no HTTP");
    if (rc == 1 && !exchange_has_ended(exchange)) {
        struct buf rest;

        buf_init(&rest, LIMIT_REPLY_HEADERS + EXCHANGE_SCRATCH);
        buf_add_str(&rest, text);
        buf_free(&exchange->in);
        exchange->in = rest;
        if (rest.failed)
            exchange_finish(exchange, HTTP_INTERNAL, "there is no memory for its head");
        return false;
    }
    /* What lies behind the head is in the same piece that was read last. */
    *data = str_skip(*data, data->len - text.len);
    buf_free(&exchange->in);
    return rc == 0;
}

/* Keeps what could not be passed on. */
static void hold(struct http_exchange *exchange, struct str data)
{
    struct buf held;

    exchange->paused = true;
    buf_init(&held, 2 * EXCHANGE_SCRATCH);
    buf_add_str(&held, data);
    buf_free(&exchange->held);
    exchange->held = held;
    if (held.failed)
        exchange_finish(exchange, HTTP_INTERNAL, "there is no memory for the answer");
    else
        exchange_watch(exchange);
}

void exchange_take_body(struct http_exchange *exchange, struct str data)
{
    const struct http_sink *sink = exchange->call.sink;

    while (!exchange->body.done) {
        long framing = body_skip(&exchange->body, data.ptr, data.len);
        size_t ready;
        int rc;

        if (framing < 0) {
            exchange_finish(exchange, HTTP_TRUNCATED, "the framing of its answer is broken");
            return;
        }
        data = str_skip(data, (size_t)framing);
        ready = body_ready(&exchange->body, data.len);
        if (ready == 0)
            break;
        rc = sink->on_body(sink->arg, data.ptr, ready);
        if (rc == HTTP_LATER) {
            hold(exchange, data);
            return;
        }
        if (rc < 0) {
            exchange_finish(exchange, HTTP_STOPPED, "stopped");
            return;
        }
        body_advance(&exchange->body, ready);
        data = str_skip(data, ready);
    }
    if (!exchange->body.done)
        return;
    /* Bytes that nobody asked for, or a request that was not read: the connection ends here. */
    if (data.len > 0 || !exchange->out_done || !exchange->body_done)
        exchange->reusable = false;
    exchange_finish(exchange, HTTP_OK, "");
}

static void take(struct http_exchange *exchange, struct str data)
{
    exchange->any = true;
    if (!exchange->reply.head_seen && !take_heads(exchange, &data))
        return;
    exchange_take_body(exchange, data);
}

static void on_end(struct http_exchange *exchange, enum tls_result result)
{
    if (!exchange->reply.head_seen)
        exchange_break(exchange, exchange->any ? "closed inside the head of the answer" : "closed without an answer");
    else if (exchange->body.kind == BODY_CLOSE && result == TLS_ENDED)
        exchange_finish(exchange, HTTP_OK, "");
    else
        exchange_finish(exchange, HTTP_TRUNCATED, "closed inside the answer");
}

void exchange_read(struct http_exchange *exchange)
{
    size_t total = 0;

    while (!exchange_has_ended(exchange) && !exchange->paused) {
        struct wire *wire = exchange->wire;
        struct http_multi *multi = exchange->multi;
        enum tls_result result;
        size_t n;

        if (total >= BUDGET) {
            exchange_move(exchange, &multi->again);
            return;
        }
        result = wire_read(wire, multi->scratch, EXCHANGE_SCRATCH, &n);
        if (result == TLS_DONE) {
            total += n;
            take(exchange, (struct str){multi->scratch, n});
            if (exchange->wire == wire && !wire_is_pending(wire) && n < EXCHANGE_SCRATCH)
                break; /* an event tells of more */
            continue;
        }
        if (result == TLS_WANT_READ || result == TLS_WANT_WRITE)
            break;
        on_end(exchange, result);
        return;
    }
    if (total > 0 && !exchange_has_ended(exchange) && exchange->wire->tls && !exchange->paused)
        tls_rest(exchange->wire->tls);
}
