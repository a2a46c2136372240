#include "http/multi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/exchange.h"

#define REQUEST_MAX KIB(160) /* all but the body */
#define CONNECT_MS 10000
#define CONNECT_TRIES 3 /* addresses that are tried in that time when they do not answer */
#define LATEST INT64_MAX

void exchange_move(struct http_exchange *exchange, struct http_exchange **list)
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

void exchange_finish(struct http_exchange *exchange, enum http_result result, const char *detail)
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
    exchange_move(exchange, &exchange->multi->ended);
}

bool exchange_has_ended(const struct http_exchange *exchange)
{
    return !exchange->wire;
}

static void take_connection(struct http_exchange *exchange, enum pool_how how);

static bool may_repeat(const struct http_call *call)
{
    return strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
}

/* The connection is gone before anything came. One that was kept may have been closed when this call met it: a read
 * goes out once more; a write might have run. */
void exchange_break(struct http_exchange *exchange, const char *detail)
{
    if (!exchange->any && exchange->wire->kept && exchange->reply.attempts == 1 && may_repeat(&exchange->call)) {
        pool_drop(exchange->wire);
        exchange->wire = NULL;
        take_connection(exchange, POOL_FRESH);
        return;
    }
    exchange_finish(exchange, exchange->reply.head_seen ? HTTP_TRUNCATED : HTTP_BROKEN, detail);
}

void exchange_watch(struct http_exchange *exchange)
{
    bool writes = !exchange->out_done || !exchange->body_done;

    if (wire_watch(exchange->wire, exchange->paused ? 0 : EPOLLIN | (writes ? (uint32_t)EPOLLOUT : 0u)) < 0)
        exchange_finish(exchange, HTTP_INTERNAL, "no event can be waited for");
}

static void on_event(void *owner, uint32_t events)
{
    struct http_exchange *exchange = owner;

    if (exchange->wire->state == WIRE_READY && exchange->connect_by_ms != LATEST) {
        exchange->connect_by_ms = exchange->try_by_ms = LATEST;
        exchange_begin(exchange);
        return;
    }
    if (!exchange->out_done || !exchange->body_done) {
        exchange_write(exchange);
        exchange_watch(exchange);
        if (exchange_has_ended(exchange))
            return;
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        exchange_read(exchange);
}

static void on_failed(void *owner, enum http_result result, const char *detail)
{
    struct http_exchange *exchange = owner;

    exchange->wire = NULL;
    exchange_finish(exchange, result, detail);
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
        exchange_finish(exchange, result, detail);
    } else if (exchange->wire->state == WIRE_READY) {
        exchange_begin(exchange);
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
    exchange_move(exchange, NULL);
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
    exchange_move(exchange, &multi->running);
    take_connection(exchange, POOL_ANY);
    return exchange;
}

void http_exchange_resume(struct http_exchange *exchange)
{
    struct buf held = exchange->held;

    if (exchange_has_ended(exchange) || !exchange->paused)
        return;
    exchange->paused = false;
    buf_init(&exchange->held, 0);
    exchange_take_body(exchange, buf_str(&held));
    buf_free(&held);
    if (exchange_has_ended(exchange) || exchange->paused)
        return;
    exchange_watch(exchange);
    if (!exchange_has_ended(exchange) && wire_is_pending(exchange->wire))
        exchange_move(exchange, &exchange->multi->again);
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
        exchange_finish(exchange, HTTP_TIMEOUT,
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

        exchange_move(exchange, &multi->running);
        exchange_read(exchange);
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
