/*
 * One viewer's reading of a whole collection, page by page, as rows that are passed on while they come. For
 * fcgi/events.c.
 */
#ifndef EKSGATE_FCGI_EVENT_LIST_H
#define EKSGATE_FCGI_EVENT_LIST_H

#include "fcgi/event_feed.h"
#include "kube/items.h"

struct event_list_sink {
    bool (*is_full)(void *arg); /* nothing can be taken now: event_list_resume() follows */
    void (*on_rows)(void *arg, struct str columns, struct str rows); /* JSON arrays without their brackets */
    void (*on_listed)(void *arg, const char *version);
    void (*on_failed)(void *arg, bool refused, const struct err *err); /* it is tried again by itself */
    void *arg;
};

struct event_list {
    struct event_feed *feed; /* of that collection */
    const struct event_list_sink *sink;
    bool brief; /* only the version is wanted */

    /* Inside. */
    enum { LIST_IDLE, LIST_WAITING, LIST_OPENING, LIST_READING } step;
    int64_t due_ms;
    unsigned failures;
    bool was_refused;
    bool paused;
    int status;
    struct opening *opening;
    struct http_exchange *exchange;
    struct http_sink http;
    struct kube_items items;
    struct buf columns;
    struct buf rows;
    char version[EVENTS_VERSION_SIZE]; /* of the first page, which all others are of, too */
};

/* Begins anew. */
void event_list_start(struct event_list *list);
void event_list_stop(struct event_list *list);

/* Does what is due. */
void event_list_run(struct event_list *list, int64_t now_ms);
void event_list_resume(struct event_list *list);

#endif
