/*
 * nginx's connections, in the loop of the streams: accepted here, waited for here between requests, and looked at when
 * a request has come. What needs nothing but memory begins at once; everything else is a worker's (fcgi/workers.h), who
 * finds the request's bytes still unread.
 */
#ifndef EKSGATE_FCGI_FRONT_H
#define EKSGATE_FCGI_FRONT_H

#include "fcgi/server.h"
#include "fcgi/streams.h"

struct front;
struct workers;

/* Before the streams are started; worker: what the process shares. NULL when it can not listen. */
struct front *front_new(const struct server *server, const struct worker *shared, struct streams *streams,
                        struct caller_store *callers, struct workers *workers);

/* While the streams are drained: no connection is left that waits for a request. */
bool front_is_empty(struct front *front);

/* When the loop has ended: closes what is idle. */
void front_free(struct front *front);

/* A connection whose request a worker has answered. From any thread. */
void front_give(struct front *front, int fd);

#endif
