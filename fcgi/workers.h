/*
 * The threads of requests that wait: for Redis, AWS, a cluster whose answer is made into another one, or a body. They
 * are started as requests need them, at most EKSGATE_THREADS, and end when they have been idle for a while.
 */
#ifndef EKSGATE_FCGI_WORKERS_H
#define EKSGATE_FCGI_WORKERS_H

#include "fcgi/server.h"
#include "fcgi/streams.h"

struct workers;
struct front;

/* shared: what the process shares. NULL without memory. */
struct workers *workers_new(const struct server *server, const struct worker *shared, struct streams *streams,
                            struct caller_store *callers);

/* Where connections go back to, before the first is added. */
void workers_set_front(struct workers *workers, struct front *front);

/* A connection of nginx's on which a request has come, none of it read. */
void workers_add(struct workers *workers, int fd);

/* Lets no thread begin to wait any more; waits up to so long for those that serve a request. 0, or -1 when some still
 * do: then nothing they use may be freed. */
int workers_drain(struct workers *workers, long milliseconds);

void workers_free(struct workers *workers);

#endif
