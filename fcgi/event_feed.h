/*
 * A collection of a cluster as it changes: one watch, opened again wherever it breaks, and its last events, which all
 * who follow it share. For fcgi/events.c; all of it in the thread of the hub.
 */
#ifndef EKSGATE_FCGI_EVENT_FEED_H
#define EKSGATE_FCGI_EVENT_FEED_H

#include "cluster/opener.h"
#include "fcgi/events.h"
#include "http/multi.h"

#define FEED_EVENTS 1024
#define FEED_BYTES MIB(1)

/* What the thread works with. */
struct event_hub {
    struct worker worker; /* what the process shares; nothing in it that waits is used */
    struct loop *loop;
    struct http_multi *multi;
    struct openers *openers;
    struct event_feed *feeds;
    struct viewer *viewers;
    bool stirred; /* there is something for viewers */
};

struct feed_event {
    struct buf text; /* one JSON object: {"type":...,"object":...} */
    char version[EVENTS_VERSION_SIZE];
};

enum feed_state { FEED_CONNECTING, FEED_LIVE, FEED_BROKEN, FEED_REFUSED };

struct event_feed {
    struct event_hub *hub;
    struct event_feed *next;
    char cluster[LIMIT_CLUSTER_ID + 1];
    char *path;
    long users;

    enum feed_state state;
    struct err err; /* FEED_BROKEN, FEED_REFUSED */

    char from[EVENTS_VERSION_SIZE];    /* all that came behind it is kept */
    char version[EVENTS_VERSION_SIZE]; /* where the watch goes on; "": somebody's list will tell */
    struct feed_event *events;         /* a ring of FEED_EVENTS */
    uint64_t first;                    /* the oldest that is kept */
    uint64_t end;                      /* behind the newest */
    size_t bytes;

    /* Inside. */
    enum { FEED_WAITING, FEED_OPENING, FEED_WATCHING } step;
    int64_t due_ms;
    int64_t started_ms;
    unsigned failures;
    bool was_refused;
    bool was_untrusted;
    bool expired;
    int status;
    struct opening *opening;
    struct http_exchange *exchange;
    struct http_sink sink;
    struct buf line;
};

/* The feed of that collection, one user more; made where there is none, to begin at since. NULL without memory. */
struct event_feed *event_feed_hold(struct event_hub *hub, const char *cluster, const char *path, struct str since);
void event_feed_release(struct event_feed *feed);

/* Where somebody goes on who has seen all up to that version. False when something between is not kept any more. */
bool event_feed_find(const struct event_feed *feed, const char *version, uint64_t *next);

/* A whole list of that version has been read. */
void event_feed_listed(struct event_feed *feed, const char *version);

const struct feed_event *event_feed_at(const struct event_feed *feed, uint64_t number);

/* Does what is due. */
void event_feed_run(struct event_feed *feed, int64_t now_ms);

/* One call of the cluster, once it is open; its texts lie in the opening's arena. NULL with err. */
struct http_exchange *event_call(struct event_hub *hub, struct opening *opening, const char *path, long timeout_ms,
                                 bool lasts, const struct http_sink *sink,
                                 void (*on_done)(void *arg, const struct http_reply *reply), void *arg,
                                 struct err *err);

/* Why a call failed, as its viewers are told. */
void event_explain(const char *cluster, int status, const struct http_reply *reply, struct err *err);

#endif
