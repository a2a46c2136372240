/*
 * One answer of a cluster on its way to the client, from the hand-off to its end. Some last: watches, followed logs,
 * downloads. The others are short: they are kept together until their end, and leave nginx's connection for the next
 * request. For the files of this folder only; handlers use fcgi/streams.h.
 *
 * A stream belongs to one thread at a time: to the worker that makes it, unless the loop does, then to the loop, for a
 * moment to the renewer when its token is refused, then to the loop again.
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

#define SPARE_ARENAS 16

/* What nginx's connections are watched for, between requests and while a short answer is under way. Told once of what
 * comes: the request it has told of may go on lying there. */
#define NGINX_EVENTS ((uint32_t)(EPOLLIN | EPOLLRDHUP | EPOLLET))

struct front;

/* What the loop thread works with, and what a stream may ask of it. */
struct stream_loop {
    struct streams *home;
    struct loop *loop;
    struct http_multi *multi;
    struct worker *worker;                  /* for what is remembered of clusters; nothing in it that blocks is used */
    void (*renew)(struct stream *stream);   /* takes the stream to the renewer */
    void (*release)(struct stream *stream); /* it has ended: what it held of the quotas */
    void (*keep)(struct stream *stream, int fd);             /* nginx's connection, ready for the next request */
    void (*before_turn)(struct front *front, bool draining); /* or NULL */
    struct front *front;
    struct stream *shorts; /* the short ones, in the order in which they began */
    struct stream **shorts_end;
    long short_count;
    struct arena *spare[SPARE_ARENAS]; /* for the next requests */
    size_t spare_count;
    struct err err; /* of what is being done: one in each function would be 7 KiB of zeros each time */
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
    bool lasts;

    struct peer peer;
    uint32_t watched; /* events of the peer's socket */
    bool keeps;       /* nginx uses the connection again */
    bool is_odd;      /* bytes came that no request may send */
    struct buf held;  /* of a short one: RECORD_HEAD bytes of room, and what leaves with its end */
    struct http_exchange *exchange;
    struct http_sink sink;
    struct frames frames;

    /* What is sent: the request's own memory. Gone once the head of the answer has come, if the answer lasts. */
    struct arena *outgoing;
    struct kube_target target;
    struct kube_request request;
    struct head_relay relay;

    /* What is known until the end, in memory of its own if the answer lasts. */
    struct arena *lasting;
    const char *method;
    struct str path;
    const char *request_id;
    struct str audit_id; /* where it is another one, else empty */
    const char *remote_address;
    const char *caller;       /* the id of the key, or the address of who has none */
    const char *key;          /* or "" */
    struct caller_hold *hold; /* of the caller's key, or NULL */
    struct str cluster_id;
    size_t route; /* its row, for the metrics */
    int64_t started_ms;
    int64_t started_us;
    int64_t asked_us; /* when the cluster was asked */

    int status; /* 0 until the head has gone out */
    uint64_t bytes;
    enum stream_trouble trouble; /* what the renewer shall mend, or has mended */
    bool paused;                 /* the cluster is not read until the peer has taken what waits */
    bool begun;                  /* something of the answer has gone out */
    bool gone;                   /* the client */
    bool repeated;               /* a read that was closed without an answer went out twice */
    struct err *err;             /* in outgoing: why it can not begin again, or NULL */
    const char *fault;           /* why it did not end well, for the log */
};

/* Takes over the arena of the request, in which all that it needs must lie. NULL with request->err. */
struct stream *stream_new(struct request *request, const struct stream_order *order);

/* Without a word to the client: it has not been handed off, or its end has been told. */
void stream_free(struct stream *stream);

/* In the renewer: blocks, and leaves stream->err where nothing could be mended. */
void stream_renew(struct stream *stream, struct worker *worker);

/* All below in the loop. Each may end the stream, which is freed then.
 * Sends the request, the first time or after the renewer; it has been linked. */
void stream_begin(struct stream *stream);

/* About once a second: a client that accepts nothing is cut. */
void stream_tick(struct stream *stream, int64_t now_ms);

/* The process ends: a stream that may end here does; at the last moment every other is broken off. A short one is left
 * alone until then. */
void stream_drain(struct stream *stream, bool at_last);

#endif
