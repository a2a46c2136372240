/*
 * Answers that last and are made here, of several that a cluster gives: a job that is waited for, the logs of all its
 * pods. A stream (fcgi/streams.h) passes on one answer as it comes; these go on in a thread of their own, each with an
 * event loop, and may wait for Redis and AWS where they need a new token.
 */
#ifndef EKSGATE_FCGI_LASTING_H
#define EKSGATE_FCGI_LASTING_H

#include "base/loop.h"
#include "fcgi/request.h"
#include "http/multi.h"

#define LASTING_MAX 256 /* in a process: each is a thread */

struct lasting;

/* What makes the answer, in its thread, with a copy of what lasting_take() was given. */
typedef void lasting_function(struct lasting *lasting, void *arg);

/*
 * Takes the request over, which need not be about a cluster: its connection to nginx is not the worker's any more, and
 * request->response says so. The body must have been read to its end. -1 with request->err, the request still the
 * worker's: ERR_OVERLOADED above LASTING_MAX, or EKSGATE_STREAMS_PER_CALLER of them for one caller.
 */
int lasting_take(struct request *request, lasting_function *run, const void *arg, size_t size);

/* The process ends: so do they, within a moment. Returns when they have, or after so many milliseconds: -1. */
int lasting_drain(long milliseconds);

/* All below in the answer's own thread. */

/* The client's end. Nothing goes out to who is gone; lasting_turn() then says so. A whole answer is ended by
 * lasting_end(); an answer without an end is broken off. */
void lasting_begin(struct lasting *lasting, int status, const char *type);
void lasting_write(struct lasting *lasting, struct str data);
bool lasting_is_full(const struct lasting *lasting); /* what was written waits for the client */
void lasting_end(struct lasting *lasting);
void lasting_fail(struct lasting *lasting, const struct err *err); /* as a Status, where nothing has gone out yet */

/* Waits for up to so long and does what has come. False when the answer has to end: nobody wants it any more. */
bool lasting_turn(struct lasting *lasting, int milliseconds);

/* Its own, for Redis: what is read lies in the arena, which is the function's to reset. */
struct worker *lasting_worker(struct lasting *lasting);

/* Reads one object, waiting for it. *out, until the next such call. 0, or -1 with err. */
int lasting_read(struct lasting *lasting, const char *path, cJSON **out, struct err *err);

/* A GET whose answer comes while lasting_turn() is called. */
struct lasting_call {
    int (*on_body)(void *arg, const char *data, size_t len);   /* as in struct http_sink: HTTP_LATER while full */
    void (*on_done)(void *arg, int status, const char *fault); /* once; fault: NULL after a whole answer of 200 */
    void *arg;

    /* Inside. */
    struct lasting *lasting;
    struct lasting_call *next_waiting;
    struct arena *arena;
    struct http_exchange *exchange; /* NULL: not on its way */
    struct http_sink sink;
    int64_t asked_us;
    int status;
    bool later;
};

/* 0; or -1 with err, and on_done() is not called. The call must live until it has ended or is dropped. */
int lasting_call_start(struct lasting *lasting, struct lasting_call *call, const char *path, struct err *err);
void lasting_call_drop(struct lasting_call *call); /* on_done() is not called; nothing for one that has ended */

#endif
