/*
 * What one cluster uses, sampled step by step for as long as it is connected: from the metrics API, or where the
 * cluster has none from its kubelets. A sample that can not be taken is a gap and is tried again; it never holds up
 * another cluster.
 */
#ifndef EKSGATE_AGENT_SCRAPE_H
#define EKSGATE_AGENT_SCRAPE_H

#include "agent/agent.h"
#include "cluster/opener.h"
#include "http/multi.h"
#include "kube/items.h"
#include "kube/usage_walk.h"
#include "redis/samples.h"

#define SCRAPE_WHY_SIZE 256
#define SCRAPE_BATCH 200 /* pods written at a time */
#define SCRAPE_NODES_MAX 10000

struct kubelets;

enum scrape_step { SCRAPE_WAITING, SCRAPE_OPENING, SCRAPE_NODES, SCRAPE_PODS, SCRAPE_KUBELETS };

struct scrape {
    struct agent *agent;
    struct http_multi *multi;
    struct scrape *next;
    bool is_connected; /* samples.c: it was among the connections when they were read last */
    char id[LIMIT_CLUSTER_ID + 1];
    long containers; /* in the sample in work, or the last one */
    long *all;       /* those of all clusters */

    enum scrape_step step;
    int64_t due_ms;      /* SCRAPE_WAITING: until when */
    int64_t deadline_ms; /* else: of the whole sample */
    unsigned failures;
    bool was_refused; /* what the next opening is to mend */
    bool was_untrusted;

    struct opening *opening; /* ordered, or of the calls in work */
    struct http_exchange *exchange;
    struct http_sink sink;
    struct kube_items items;
    struct kubelets *kubelets; /* SCRAPE_KUBELETS */
    int status;                /* of the call in work */
    char why[SCRAPE_WHY_SIZE]; /* a sink stopped the call, or what is missing in the sample; or "" */

    /* The sample in work. */
    int64_t at;
    struct arena *arena; /* of its nodes */
    struct arena *batch; /* of pods that are not written yet */
    struct samples_cell *nodes;
    size_t node_count;
    size_t node_room;
    struct samples_cell pods[SCRAPE_BATCH];
    size_t pod_count;
    long left_out; /* containers beyond what is kept of all clusters */
    bool is_forbidden;
};

/* all: counts the containers of all clusters. NULL without memory. */
struct scrape *scrape_new(struct agent *agent, struct http_multi *multi, struct str id, long *all);
void scrape_free(struct scrape *scrape);

/* Does what is due. When it wants to be asked again. */
int64_t scrape_run(struct scrape *scrape, int64_t now_ms);

/* For kubelets.c: where what was read goes; and the ends of a sample. state: as in struct samples_state. */
struct usage_sink scrape_sink(struct scrape *scrape);
void scrape_end(struct scrape *scrape, const char *source);
void scrape_fail(struct scrape *scrape, const char *state, const struct err *err);

#endif
