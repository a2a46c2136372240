/*
 * The Jobs of one cluster, followed for as long as it is connected: listed once, then watched from where the list or an
 * earlier agent ended. What goes wrong is tried again, later each time, and never holds up another cluster.
 */
#ifndef EKSGATE_AGENT_WATCH_H
#define EKSGATE_AGENT_WATCH_H

#include "agent/agent.h"
#include "cluster/opener.h"
#include "http/multi.h"
#include "kube/items.h"
#include "kube/watch.h"

#define WATCH_VERSION_SIZE 72
#define WATCH_WHY_SIZE 512

enum watch_step { WATCH_WAITING, WATCH_OPENING, WATCH_LISTING, WATCH_WATCHING };

struct watch {
    struct agent *agent;
    struct http_multi *multi;
    struct watch *next;
    bool is_connected; /* jobs.c: it was among the connections when they were read last */
    char id[LIMIT_CLUSTER_ID + 1];

    enum watch_step step;
    int64_t due_ms; /* WATCH_WAITING: until when */
    unsigned failures;
    bool was_refused; /* what the next opening is to mend */
    bool was_untrusted;
    bool must_list; /* what was watched from is too old */

    struct opening *opening; /* ordered, or of the call in work */
    struct http_exchange *exchange;
    struct http_sink sink;
    struct kube_items items; /* WATCH_LISTING */
    struct kube_watch events;
    char version[WATCH_VERSION_SIZE]; /* as it is stored; "": it was never listed whole */
    long met;                         /* by the list in work */
    int64_t announce_from;
    int64_t asked_us; /* the call in work */
    int status;
    bool is_expired;
    bool is_store_fault;
    char why[WATCH_WHY_SIZE]; /* a sink stopped the call, or "" */
};

struct watch *watch_new(struct agent *agent, struct http_multi *multi, struct str id); /* NULL without memory */
void watch_free(struct watch *watch);

/* Does what is due. When it wants to be asked again. */
int64_t watch_run(struct watch *watch, int64_t now_ms);

#endif
