/*
 * Server-sent events: what changes in a cluster, several kinds in one answer, for as long as somebody looks.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * One thread serves all viewers of a process over epoll. Viewers of the same collection share one watch of the cluster
 * (fcgi/event_feed.h); each takes from it at its own speed, and one that is too slow for what is kept is given the
 * whole list again. What may wait for Redis and AWS is done by threads beside it (cluster/opener.h).
 */
#ifndef EKSGATE_FCGI_EVENTS_H
#define EKSGATE_FCGI_EVENTS_H

#include "base/err.h"
#include "fcgi/request.h"

#define EVENTS_KINDS_MAX 24
#define EVENTS_VERSION_SIZE 72

struct events_kind {
    const char *type;      /* as it was asked for: "deployments.apps", "pods@payments" */
    const char *path;      /* of the collection, with a query: more is added with "&". NULL: it can not be followed */
    struct str since;      /* the version to go on from; empty: all objects come first; "now": only what changes */
    const struct err *err; /* why it can not be followed */
};

/*
 * Takes the request over, as lasting_take() does. -1 with request->err, the request still the worker's: ERR_OVERLOADED
 * above EKSGATE_STREAMS of all or EKSGATE_STREAMS_PER_CALLER of one caller.
 */
int events_take(struct request *request, const struct events_kind *kinds, size_t count);

/* The process ends: so do the answers, which their clients ask for again elsewhere. Returns when they have, or after so
 * many milliseconds: -1. */
int events_drain(long milliseconds);

#endif
