/*
 * How many connections to one server are in use, and who waits for one in the order in which they came. For the files
 * of this folder only.
 */
#ifndef EKSGATE_HTTP_QUEUE_H
#define EKSGATE_HTTP_QUEUE_H

#include "http/pool.h"

struct queue_limits {
    size_t connections; /* in use; 0: as many as are wanted */
    size_t waiting;
};

struct queue {
    struct wire *first;
    struct wire **end;
    size_t length;
    size_t in_use; /* of those that are limited */
};

void queue_init(struct queue *queue);

/* There is no room for one more. */
bool queue_is_full(const struct queue *queue, const struct queue_limits *limits);

/* That connection is in use, and is no more; nothing for one that is not limited. */
void queue_count(struct queue *queue, struct wire *wire);
void queue_count_no_more(struct queue *queue, struct wire *wire);

/* A place at the end, which is a wire without a connection. NULL when so many wait already, or without memory. */
struct wire *queue_add(struct queue *queue, const struct queue_limits *limits);

/* Before the place is unlinked. */
void queue_leave(struct queue *queue, struct wire *wire);

#endif
