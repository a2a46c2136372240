#include "http/queue.h"

#include <stdlib.h>

void queue_init(struct queue *queue)
{
    *queue = (struct queue){.end = &queue->first};
}

bool queue_is_full(const struct queue *queue, const struct queue_limits *limits)
{
    return limits->connections > 0 && queue->in_use >= limits->connections;
}

void queue_count(struct queue *queue, struct wire *wire)
{
    wire->counted = true;
    queue->in_use++;
}

void queue_count_no_more(struct queue *queue, struct wire *wire)
{
    if (wire->counted)
        queue->in_use--;
    wire->counted = false;
}

struct wire *queue_add(struct queue *queue, const struct queue_limits *limits)
{
    struct wire *wire = queue->length < limits->waiting ? calloc(1, sizeof(*wire)) : NULL;

    if (!wire)
        return NULL;
    wire->state = WIRE_QUEUED;
    wire->fd = -1;
    wire->link = queue->end;
    *queue->end = wire;
    queue->end = &wire->next;
    queue->length++;
    return wire;
}

void queue_leave(struct queue *queue, struct wire *wire)
{
    if (!wire->next)
        queue->end = wire->link;
    queue->length--;
}
