/*
 * What a serve process passes on of clusters: short answers, and streams (watches, followed logs, downloads through a
 * proxy). One thread serves them all over epoll and never blocks. What can be prepared without waiting, that thread
 * prepares itself (fcgi/front.h); everything else a worker prepares like any request, hands it off and is free again. A
 * second thread, the renewer, does what would block later: new tokens and descriptions.
 */
#ifndef EKSGATE_FCGI_STREAMS_H
#define EKSGATE_FCGI_STREAMS_H

#include "fcgi/request.h"

struct streams;
struct intake;
struct stream;

/* What a handler hands off. It lies in the request's arena. */
struct stream_order {
    const struct kube_request *request; /* copied; its sink is not used */
    struct str prefix;                  /* of the cluster's paths here, for redirects */
    bool is_proxy;                      /* foreign content, and perhaps much of it */
    bool lasts;                         /* a stream: its parts go out as they come, and quotas count it */
};

/* worker, callers: what the process shares. NULL when it can not be made. */
struct streams *streams_new(const struct worker *worker, struct caller_store *callers);

/* The loop, for who runs in it, too; before it is started. */
struct stream_loop *streams_loop(struct streams *streams);

/* Starts the two threads. 0, or -1: then the process must end. */
int streams_start(struct streams *streams);

/*
 * Makes a stream of the request, which is request->stream then; the arena goes with it, and streams_begin() must
 * follow. The body must have been read to its end. -1 with request->err, and nothing has happened: ERR_OVERLOADED above
 * EKSGATE_STREAMS and its kin.
 */
int streams_take(struct streams *streams, struct request *request, const struct stream_order *order);

/* fd: nginx's connection, the loop's from now on; keeps: nginx will use it again. From any thread. */
void streams_begin(struct streams *streams, struct stream *stream, int fd, int request_id, bool keeps);

/* At once, from the loop's own thread: the stream may have ended afterwards. unread: so many bytes of the request still
 * lie in the socket, which is watched for NGINX_EVENTS. */
void streams_begin_here(struct streams *streams, struct stream *stream, int fd, const struct intake *intake,
                        size_t unread);

/* What the streams share: whose key is held while an answer lasts. */
struct caller_store *streams_callers(struct streams *streams);

/* From now on streams end where their clients do not miss anything, at the latest after so many milliseconds. */
void streams_drain(struct streams *streams, long milliseconds);

/* When no worker is left that could hand off: waits for the end of the drain. -1 when the renewer is still held up by
 * somebody: then the process must end without freeing what it shares. */
int streams_stop(struct streams *streams);

#endif
