#include "http/multi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "http/body.h"
#include "http/head.h"
#include "http/pool.h"

#define SCRATCH KIB(16)
#define REQUEST_MAX KIB(160) /* all but the body */
#define TOGETHER_MAX KIB(16) /* a body that leaves in one piece with its head */
#define BUDGET KIB(128)      /* read for one exchange before the others have their turn */
#define CONNECT_MS 10000
#define CONNECT_TRIES 3 /* addresses that are tried in that time when they do not answer */
#define LATEST INT64_MAX

struct http_multi {
    struct loop *loop;
    struct pool *pool;
    struct http_exchange *running;
    struct http_exchange *again; /* there is more for them that no event tells of */
    struct http_exchange *ended; /* on_done() is still to be called */
    int64_t due_ms;              /* no deadline lies before it */
    struct buf request;          /* that is being written */
    char scratch[SCRATCH];
};

struct http_exchange {
    struct http_multi *multi;
    struct http_exchange *next;
    struct http_exchange **link; /* what points to this one */
    struct wire *wire;
    struct http_call call;
    void (*on_done)(void *arg, const struct http_reply *reply);
    void *arg;

    struct buf out; /* of the head and a short body, what the socket has not taken */
    size_t sent;    /* of it, and then of the body */
    bool out_done;
    bool body_done;

    struct buf in; /* the head of the answer while it is not whole */
    bool any;      /* something came */
    struct body body;
    struct buf held; /* what was read and is refused for now */
    bool paused;
    bool reusable; /* the connection, behind this answer */

    int64_t connect_by_ms;
    int64_t try_by_ms;
    int64_t end_by_ms;
    struct http_reply reply;
};

static void move(struct http_exchange *exchange, struct http_exchange **list)
{
    if (exchange->link) {
        *exchange->link = exchange->next;
        if (exchange->next)
            exchange->next->link = exchange->link;
    }
    exchange->link = list;
    exchange->next = list ? *list : NULL;
    if (list) {
        if (exchange->next)
            exchange->next->link = &exchange->next;
        *list = exchange;
    }
}

static void finish(struct http_exchange *exchange, enum http_result result, const char *detail)
{
    struct wire *wire = exchange->wire;

    exchange->wire = NULL;
    if (wire && result == HTTP_OK && exchange->reusable)
        pool_give(wire, clock_monotonic_ms());
    else if (wire)
        pool_drop(wire);
    exchange->reply.result = result;
    if (result != HTTP_OK)
        snprintf(exchange->reply.detail, sizeof(exchange->reply.detail), "%s", detail);
    move(exchange, &exchange->multi->ended);
}

static bool has_ended(const struct http_exchange *exchange)
{
    return !exchange->wire;
}

/* Writing */

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

static void take_connection(struct http_exchange *exchange, enum pool_how how);

static bool may_repeat(const struct http_call *call)
{
    return strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
}

/* The connection is gone before anything came. One that was kept may have been closed when this call met it: a read
 * goes out once more; a write might have run. */
static void on_broken(struct http_exchange *exchange, const char *detail)
{
    if (!exchange->any && exchange->wire->kept && exchange->reply.attempts == 1 && may_repeat(&exchange->call)) {
        pool_drop(exchange->wire);
        exchange->wire = NULL;
        take_connection(exchange, POOL_FRESH);
        return;
    }
    finish(exchange, exchange->reply.head_seen ? HTTP_TRUNCATED : HTTP_BROKEN, detail);
}

static void watch(struct http_exchange *exchange)
{
    bool writes = !exchange->out_done || !exchange->body_done;

    if (wire_watch(exchange->wire, exchange->paused ? 0 : EPOLLIN | (writes ? (uint32_t)EPOLLOUT : 0u)) < 0)
        finish(exchange, HTTP_INTERNAL, "no event can be waited for");
}

static void write_more(struct http_exchange *exchange)
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

static void begin(struct http_exchange *exchange)
{
    struct buf *request = &exchange->multi->request;
    bool broken = false;
    int rc = 0;

    exchange->reply.attempts++;
    exchange->sent = 0;
    if (write_request(exchange, request) < 0) {
        finish(exchange, HTTP_INTERNAL, "the request is too large");
        return;
    }
    exchange->out_done = write_some(exchange->wire, buf_str(request), &exchange->sent, &broken);
    if (!exchange->out_done && !broken) {
        rc = buf_add_str(&exchange->out, str_skip(buf_str(request), exchange->sent));
    }
    exchange->sent = 0;
    forget_request(request);
    if (rc < 0) {
        finish(exchange, HTTP_INTERNAL, "there is no memory for the request");
        return;
    }
    if (broken)
        exchange->out_done = exchange->body_done = true;
    else if (exchange->out_done && !exchange->body_done)
        write_more(exchange);
    watch(exchange);
}

/* Reading */

static bool is_last(const struct http_head *head, struct str version)
{
    size_t count;
    struct str wire = head_find(head->headers, head->header_count, STR("Connection"), &count);

    return str_equal(version, STR("HTTP/1.0")) || (count > 0 && header_list_names(wire, STR("close"))) || count > 1;
}

/* text: a whole head. 0, 1 when another one follows, or -1 when the exchange has ended. */
static int take_head(struct http_exchange *exchange, struct str text)
{
    struct http_header headers[HEAD_HEADERS_MAX];
    struct http_head head;

    if (head_parse_answer(text, headers, &head) < 0 || head.status == 101) {
        finish(exchange, HTTP_BROKEN, "its answer is no HTTP");
        return -1;
    }
    if (head.status < 200)
        return 1;
    if (body_init(&exchange->body, exchange->call.method, &head) < 0) {
        finish(exchange, HTTP_BROKEN, "it leaves open how long its answer is");
        return -1;
    }
    exchange->reusable = exchange->body.kind != BODY_CLOSE && !is_last(&head, (struct str){text.ptr, 8});
    exchange->reply.head_seen = true;
    exchange->reply.head.status = head.status;
    if (exchange->call.sink->on_head(exchange->call.sink->arg, &head) < 0) {
        finish(exchange, HTTP_STOPPED, "stopped");
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
            finish(exchange, HTTP_TOO_LARGE, "its head is too large");
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
        finish(exchange, HTTP_TOO_LARGE, "its head is too large");
    if (rc == 1 && !has_ended(exchange) && text.len >= 5 && !str_starts_with(text, STR("HTTP/")))
        finish(exchange, HTTP_BROKEN, "its answer is no HTTP");
    if (rc == 1 && !has_ended(exchange)) {
        struct buf rest;

        buf_init(&rest, LIMIT_REPLY_HEADERS + SCRATCH);
        buf_add_str(&rest, text);
        buf_free(&exchange->in);
        exchange->in = rest;
        if (rest.failed)
            finish(exchange, HTTP_INTERNAL, "there is no memory for its head");
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
    buf_init(&held, 2 * SCRATCH);
    buf_add_str(&held, data);
    buf_free(&exchange->held);
    exchange->held = held;
    if (held.failed)
        finish(exchange, HTTP_INTERNAL, "there is no memory for the answer");
    else
        watch(exchange);
}

static void take_body(struct http_exchange *exchange, struct str data)
{
    const struct http_sink *sink = exchange->call.sink;

    while (!exchange->body.done) {
        long framing = body_skip(&exchange->body, data.ptr, data.len);
        size_t ready;
        int rc;

        if (framing < 0) {
            finish(exchange, HTTP_TRUNCATED, "the framing of its answer is broken");
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
            finish(exchange, HTTP_STOPPED, "stopped");
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
    finish(exchange, HTTP_OK, "");
}

static void take(struct http_exchange *exchange, struct str data)
{
    exchange->any = true;
    if (!exchange->reply.head_seen && !take_heads(exchange, &data))
        return;
    take_body(exchange, data);
}

static void on_end(struct http_exchange *exchange, enum tls_result result)
{
    if (!exchange->reply.head_seen)
        on_broken(exchange, exchange->any ? "closed inside the head of the answer" : "closed without an answer");
    else if (exchange->body.kind == BODY_CLOSE && result == TLS_ENDED)
        finish(exchange, HTTP_OK, "");
    else
        finish(exchange, HTTP_TRUNCATED, "closed inside the answer");
}

static void read_more(struct http_exchange *exchange)
{
    size_t total = 0;

    while (!has_ended(exchange) && !exchange->paused) {
        struct wire *wire = exchange->wire;
        struct http_multi *multi = exchange->multi;
        enum tls_result result;
        size_t n;

        if (total >= BUDGET) {
            move(exchange, &multi->again);
            return;
        }
        result = wire_read(wire, multi->scratch, SCRATCH, &n);
        if (result == TLS_DONE) {
            total += n;
            take(exchange, (struct str){multi->scratch, n});
            if (exchange->wire == wire && !wire_is_pending(wire) && n < SCRATCH)
                break; /* an event tells of more */
            continue;
        }
        if (result == TLS_WANT_READ || result == TLS_WANT_WRITE)
            break;
        on_end(exchange, result);
        return;
    }
    if (total > 0 && !has_ended(exchange) && exchange->wire->tls && !exchange->paused)
        tls_rest(exchange->wire->tls);
}

static void on_event(void *owner, uint32_t events)
{
    struct http_exchange *exchange = owner;

    if (exchange->wire->state == WIRE_READY && exchange->connect_by_ms != LATEST) {
        exchange->connect_by_ms = exchange->try_by_ms = LATEST;
        begin(exchange);
        return;
    }
    if (!exchange->out_done || !exchange->body_done) {
        write_more(exchange);
        watch(exchange);
        if (has_ended(exchange))
            return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_more(exchange);
}

static void on_failed(void *owner, enum http_result result, const char *detail)
{
    struct http_exchange *exchange = owner;

    exchange->wire = NULL;
    finish(exchange, result, detail);
}

/* Calls */

static void set_deadline(struct http_exchange *exchange, int64_t *deadline, int64_t at_ms)
{
    *deadline = at_ms;
    if (at_ms < exchange->multi->due_ms)
        exchange->multi->due_ms = at_ms;
}

static void take_connection(struct http_exchange *exchange, enum pool_how how)
{
    struct http_multi *multi = exchange->multi;
    long connect_ms = exchange->call.connect_timeout_ms ? exchange->call.connect_timeout_ms : CONNECT_MS;
    enum http_result result;
    char detail[256];

    exchange->wire = pool_take(multi->pool, &exchange->call, how, exchange, &result, detail);
    if (!exchange->wire) {
        finish(exchange, result, detail);
    } else if (exchange->wire->state == WIRE_READY) {
        begin(exchange);
    } else if (exchange->wire->state != WIRE_QUEUED) {
        int64_t now = clock_monotonic_ms();

        set_deadline(exchange, &exchange->connect_by_ms, now + connect_ms);
        set_deadline(exchange, &exchange->try_by_ms, now + connect_ms / CONNECT_TRIES);
    }
}

static void on_turn(void *owner)
{
    struct http_exchange *exchange = owner;

    exchange->wire = NULL;
    take_connection(exchange, POOL_TURN);
}

static const struct pool_owner pool_functions = {on_event, on_failed, on_turn};

void http_multi_limit(struct http_multi *multi, size_t connections, size_t waiting)
{
    pool_limit(multi->pool, connections, waiting);
}

struct http_multi *http_multi_new(struct loop *loop)
{
    struct http_multi *multi = calloc(1, sizeof(*multi));

    if (!multi)
        return NULL;
    multi->loop = loop;
    multi->due_ms = LATEST;
    buf_init(&multi->request, REQUEST_MAX);
    multi->pool = pool_new(loop);
    if (!multi->pool) {
        free(multi);
        return NULL;
    }
    pool_set_owner(multi->pool, &pool_functions);
    return multi;
}

static void exchange_free(struct http_exchange *exchange)
{
    move(exchange, NULL);
    if (exchange->wire)
        pool_drop(exchange->wire);
    buf_wipe(&exchange->out);
    buf_free(&exchange->in);
    buf_free(&exchange->held);
    free(exchange);
}

static void exchanges_free(struct http_exchange *exchange)
{
    while (exchange) {
        struct http_exchange *next = exchange->next;

        exchange_free(exchange);
        exchange = next;
    }
}

void http_multi_free(struct http_multi *multi)
{
    if (!multi)
        return;
    exchanges_free(multi->running);
    exchanges_free(multi->again);
    exchanges_free(multi->ended);
    pool_free(multi->pool);
    buf_free(&multi->request);
    free(multi);
}

struct http_exchange *http_multi_start(struct http_multi *multi, const struct http_call *call,
                                       void (*on_done)(void *arg, const struct http_reply *reply), void *arg)
{
    struct http_exchange *exchange = calloc(1, sizeof(*exchange));

    if (!exchange)
        return NULL;
    exchange->multi = multi;
    exchange->call = *call;
    exchange->on_done = on_done;
    exchange->arg = arg;
    buf_init(&exchange->out, REQUEST_MAX);
    exchange->connect_by_ms = exchange->try_by_ms = exchange->end_by_ms = LATEST;
    if (call->timeout_ms > 0)
        set_deadline(exchange, &exchange->end_by_ms, clock_monotonic_ms() + call->timeout_ms);
    move(exchange, &multi->running);
    take_connection(exchange, POOL_ANY);
    return exchange;
}

void http_exchange_resume(struct http_exchange *exchange)
{
    struct buf held = exchange->held;

    if (has_ended(exchange) || !exchange->paused)
        return;
    exchange->paused = false;
    buf_init(&exchange->held, 0);
    take_body(exchange, buf_str(&held));
    buf_free(&held);
    if (has_ended(exchange) || exchange->paused)
        return;
    watch(exchange);
    if (!has_ended(exchange) && wire_is_pending(exchange->wire))
        move(exchange, &exchange->multi->again);
}

void http_exchange_drop(struct http_exchange *exchange)
{
    exchange_free(exchange);
}

int http_multi_wait_ms(const struct http_multi *multi, int max)
{
    int64_t left;

    if (multi->again || multi->ended || pool_has_turns(multi->pool))
        return 0;
    if (multi->due_ms == LATEST)
        return max;
    left = multi->due_ms - clock_monotonic_ms();
    return left < 0 ? 0 : left > max ? max : (int)left;
}

static void expire(struct http_exchange *exchange, int64_t now_ms)
{
    if (now_ms >= exchange->end_by_ms || now_ms >= exchange->connect_by_ms) {
        finish(exchange, HTTP_TIMEOUT,
               exchange->wire->state == WIRE_READY ? "no answer in time" : "no connection in time");
        return;
    }
    if (now_ms >= exchange->try_by_ms) {
        exchange->try_by_ms = LATEST;
        if (pool_try_next(exchange->wire))
            exchange->try_by_ms = now_ms + CONNECT_MS / CONNECT_TRIES;
    }
}

static int64_t earliest(const struct http_exchange *exchange, int64_t than)
{
    int64_t at = exchange->end_by_ms < exchange->try_by_ms ? exchange->end_by_ms : exchange->try_by_ms;

    at = exchange->connect_by_ms < at ? exchange->connect_by_ms : at;
    return at < than ? at : than;
}

static void check_deadlines(struct http_multi *multi, int64_t now_ms)
{
    struct http_exchange *next;

    if (now_ms < multi->due_ms)
        return;
    for (struct http_exchange *exchange = multi->running; exchange; exchange = next) {
        next = exchange->next;
        expire(exchange, now_ms);
    }
    multi->due_ms = LATEST;
    for (struct http_exchange *exchange = multi->running; exchange; exchange = exchange->next)
        multi->due_ms = earliest(exchange, multi->due_ms);
}

static void read_again(struct http_multi *multi)
{
    struct http_exchange *again = multi->again;

    multi->again = NULL;
    if (again)
        again->link = &again;
    while (again) {
        struct http_exchange *exchange = again;

        move(exchange, &multi->running);
        read_more(exchange);
    }
}

void http_multi_run(struct http_multi *multi)
{
    int64_t now_ms = clock_monotonic_ms();

    pool_run(multi->pool, now_ms);
    read_again(multi);
    check_deadlines(multi, now_ms);
    pool_give_turns(multi->pool);
    while (multi->ended) {
        struct http_exchange *exchange = multi->ended;
        struct http_reply reply = exchange->reply;
        void (*on_done)(void *arg, const struct http_reply *reply) = exchange->on_done;
        void *arg = exchange->arg;

        multi->ended = exchange->next; /* as its link says too, which an analyzer does not follow */
        exchange_free(exchange);
        on_done(arg, &reply);
    }
}
