/*
 * One viewer of events: what he follows, how far he has been told, and what waits for him. For fcgi/events.c; all of
 * it, but for viewer_new(), in the thread of the hub.
 */
#ifndef EKSGATE_FCGI_VIEWER_H
#define EKSGATE_FCGI_VIEWER_H

#include "fcgi/event_list.h"
#include "fcgi/recipient.h"

struct subscription;

struct viewer {
    struct viewer *next;
    struct event_hub *hub;
    struct recipient to;
    struct buf out; /* not given to the recipient yet, from .sent on */
    size_t sent;
    int64_t wrote_ms;
    struct arena *arena; /* of the subscriptions and their texts */
    struct subscription *subscriptions;
    size_t count;
    char cluster[LIMIT_CLUSTER_ID + 1];
};

/* NULL without memory. */
struct viewer *viewer_new(const struct request *request, const struct events_kind *kinds, size_t count);

/* Drops what he follows; his connection is the recipient's. */
void viewer_free(struct viewer *viewer);

/* His answer begins. */
void viewer_start(struct event_hub *hub, struct viewer *viewer);

/* Tells what there is for him, as long as he takes it. */
void viewer_pump(struct viewer *viewer);

/* Does what is due: lists, and a word in a silence. */
void viewer_run(struct viewer *viewer, int64_t now_ms);

#endif
