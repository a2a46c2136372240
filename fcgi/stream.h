/*
 * One stream: an answer of a cluster that may last, from the hand-off by a worker to its end. For the files of this
 * folder only; handlers use fcgi/streams.h.
 *
 * A stream belongs to one thread at a time: to the worker that makes it, then to the loop, for a moment to the renewer
 * when its token is refused, then to the loop again.
 */
#ifndef EKSGATE_FCGI_STREAM_H
#define EKSGATE_FCGI_STREAM_H

#include "access/hold.h"
#include "base/loop.h"
#include "fcgi/head.h"
#include "fcgi/peer.h"
#include "fcgi/streams.h"
#include "http/multi.h"
#include "kube/frames.h"

/* What the loop thread works with, and what a stream may ask of it. */
struct stream_loop {
    struct streams *home;
    struct loop *loop;
    struct http_multi *multi;
    struct worker *worker;                  /* for what is remembered of clusters; nothing in it that blocks is used */
    void (*renew)(struct stream *stream);   /* takes the stream to the renewer */
    void (*release)(struct stream *stream); /* it has ended: what it held of the quotas */
};

enum stream_trouble {
    STREAM_WELL,
    STREAM_REFUSED,   /* the token: 401 */
    STREAM_UNTRUSTED, /* the certificate: perhaps the cluster is another one by now */
};

struct stream {
    struct stream_loop *at;
    struct stream *next;
    struct stream **link; /* what points to this one, while it is the loop's */

    struct peer peer;
    uint32_t watched; /* events of the peer's socket */
    struct http_exchange *exchange;
    struct http_sink sink;
    struct frames frames;

    /* What is sent; gone once the head of the answer has come. */
    struct arena *outgoing;
    struct kube_target target;
    struct kube_request request;
    struct head_relay relay;

    /* What is known until the end. */
    struct arena *lasting;
    const char *method;
    const char *path;
    const char *request_id;
    const char *audit_id; /* where it is another one, else "" */
    const char *remote_address;
    const char *caller;
    struct caller_hold *hold; /* of the caller's key, or NULL */
    struct str cluster_id;
    size_t route; /* its row, for the metrics */
    int64_t started_ms;
    int64_t asked_us; /* when the cluster was asked */

    int status; /* 0 until the head has gone out */
    uint64_t bytes;
    enum stream_trouble trouble; /* what the renewer shall mend, or has mended */
    bool paused;                 /* libcurl holds bytes back until the peer has taken what waits */
    bool gone;                   /* the client */
    bool repeated;               /* a read that was closed without an answer went out twice */
    struct err *err;             /* in outgoing: why it can not begin again, or NULL */
    const char *fault;           /* why it did not end well, for the log */
};

/* A copy of all that the request needs, for another thread. NULL with request->err. */
struct stream *stream_new(struct request *request, const struct stream_order *order);

/* Without a word to the client: it has not been handed off, or its end has been told. */
void stream_free(struct stream *stream);

/* In the renewer: blocks, and leaves stream->err where nothing could be mended. */
void stream_renew(struct stream *stream, struct worker *worker);

/* All below in the loop. Each may end the stream, which is freed then.
 * Sends the request, the first time or after the renewer. */
void stream_begin(struct stream *stream);

/* About once a second: a client that accepts nothing is cut. */
void stream_tick(struct stream *stream, int64_t now_ms);

/* The process ends: a stream that may end here does; at the last moment every other is broken off. */
void stream_drain(struct stream *stream, bool at_last);

#endif
