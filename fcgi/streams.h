/*
 * The streams of a serve process: watches, followed logs, downloads through a proxy. A worker prepares one like any
 * request, hands it off and is free again; one thread serves them all over epoll and libcurl's multi interface, and
 * never blocks. A second thread, the renewer, does what would: new tokens and descriptions.
 */
#ifndef EKSGATE_FCGI_STREAMS_H
#define EKSGATE_FCGI_STREAMS_H

#include "fcgi/request.h"

struct streams;
struct stream;

/* What a worker hands off. All of it is copied. */
struct stream_order {
    const struct kube_request *request; /* its sink is not used */
    struct str prefix;                  /* of the cluster's paths here, for redirects */
    bool is_proxy;                      /* foreign content, and perhaps much of it */
};

/* Starts the two threads. worker, callers: what the process shares. NULL when it can not. */
struct streams *streams_start(const struct worker *worker, struct caller_store *callers);

/*
 * Takes the request over: its connection to nginx is not the worker's any more, and request->response says so. The
 * body must have been read to its end. -1 with request->err, the request still the worker's: ERR_OVERLOADED above
 * EKSGATE_STREAMS and its kin.
 */
int streams_take(struct streams *streams, struct request *request, const struct stream_order *order);

/* What the streams share: whose key is held while an answer lasts. */
struct caller_store *streams_callers(struct streams *streams);

/* From now on streams end where their clients do not miss anything, at the latest after so many milliseconds. */
void streams_drain(struct streams *streams, long milliseconds);

/* When no worker is left that could hand off: waits for the end of the drain. -1 when the renewer is still held up by
 * somebody: then the process must end without freeing what it shares. */
int streams_stop(struct streams *streams);

#endif
