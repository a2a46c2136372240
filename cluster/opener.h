/*
 * Threads that open clusters: what may wait for Redis, for credentials and for AWS is waited for here, and by as few
 * that slow clusters cost little. An opening is ordered by the loop's thread and comes back to it.
 */
#ifndef EKSGATE_CLUSTER_OPENER_H
#define EKSGATE_CLUSTER_OPENER_H

#include "base/limits.h"
#include "base/loop.h"
#include "cluster/cluster.h"

struct opening {
    char id[LIMIT_CLUSTER_ID + 1];
    bool was_refused;   /* the cluster did not accept the last token: a new one, signed now */
    bool was_untrusted; /* nor we its certificate: EKS is asked where it is */

    struct arena *arena; /* of what follows */
    struct kube_target target;
    int64_t connected_at;
    int rc; /* 0, or -1 with err */
    struct err err;

    int (*work)(struct worker *worker, struct cluster *cluster, struct err *err); /* with it open; or NULL */
    void (*on_open)(void *arg, struct opening *opening);                          /* frees it */
    void *arg;
    bool is_back;   /* its thread is done with it */
    bool abandoned; /* nobody waits for it any more */
    struct opening *next;
};

struct openers;

/* shared: config, seal and memory, of the process; loop: of the thread that orders. NULL when threads could not be
 * started. */
struct openers *openers_start(const struct worker *shared, struct loop *loop);

/* Ends the threads. What they are at is waited for, for so long. 0, or -1 when one is still at it. */
int openers_stop(struct openers *openers, long within_ms);

/* Orders an opening; on_open is called by openers_collect(). NULL without memory. */
struct opening *openers_order(struct openers *openers, struct str id, bool was_refused, bool was_untrusted,
                              void (*on_open)(void *arg, struct opening *opening), void *arg);

/* The same, and what is to be done with the opened cluster and may wait, too: for what is seldom done, one at a time.
 */
struct opening *openers_order_work(struct openers *openers, struct str id,
                                   int (*work)(struct worker *worker, struct cluster *cluster, struct err *err),
                                   void (*on_open)(void *arg, struct opening *opening), void *arg);

/* Gives back what is open by now. In each turn of the loop. */
void openers_collect(struct openers *openers);

/* At any time, by the thread that ordered it: on_open is not called any more, and what a thread is still at is freed
 * when it comes back. NULL is fine. */
void opening_free(struct opening *opening);

#endif
