/*
 * One call on its way. For http/multi.c, which has them all; http/compose.c sends what is asked, http/answer.c reads
 * what comes.
 */
#ifndef EKSGATE_HTTP_EXCHANGE_H
#define EKSGATE_HTTP_EXCHANGE_H

#include "base/buf.h"
#include "base/limits.h"
#include "http/body.h"
#include "http/multi.h"
#include "http/pool.h"
#include "http/tls_bulk.h"

#define EXCHANGE_SCRATCH (POOL_BULK + TLS_RECORD_MAX)

struct http_multi {
    struct loop *loop;
    struct pool *pool;
    struct http_exchange *running;
    struct http_exchange *again; /* there is more for them that no event tells of */
    struct http_exchange *ended; /* on_done() is still to be called */
    int64_t due_ms;              /* no deadline lies before it */
    struct buf request;          /* that is being written */
    char scratch[EXCHANGE_SCRATCH];
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

/* Into one of the multi's lists, or out of all: NULL. */
void exchange_move(struct http_exchange *exchange, struct http_exchange **list);

/* The end: its connection is given back or closed, and on_done() is called by http_multi_run(). */
void exchange_finish(struct http_exchange *exchange, enum http_result result, const char *detail);
bool exchange_has_ended(const struct http_exchange *exchange);

/* The connection is gone before anything came. */
void exchange_break(struct http_exchange *exchange, const char *detail);

/* Waits for what it can go on with. */
void exchange_watch(struct http_exchange *exchange);

/* It has a connection: the request goes out, as much of it as the socket takes; exchange_write() sends the rest. */
void exchange_begin(struct http_exchange *exchange);
void exchange_write(struct http_exchange *exchange);

/* Reads what has come and hands it on; exchange_take_body() only does the latter, with bytes that were held. */
void exchange_read(struct http_exchange *exchange);
void exchange_take_body(struct http_exchange *exchange, struct str data);

#endif
