/*
 * One run of Terraform in work: a thread that starts it, or finds the one that an earlier leader has started, follows
 * what it prints, writes into Redis how far it is, and ends it there. Who performs it is a struct runner; it goes on
 * when the thread, the leadership or the whole agent ends, and is found again.
 */
#ifndef EKSGATE_AGENT_RUN_WORK_H
#define EKSGATE_AGENT_RUN_WORK_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/agent.h"
#include "cluster/cluster.h"
#include "redis/runs.h"
#include "terraform/name.h"
#include "terraform/order.h"
#include "terraform/report.h"

#define RUN_WORK_HAS_ISSUES (1u << 16) /* beside enum report_news */
#define RUN_ISSUES_MAX KIB(64)

enum runner_state {
    RUNNER_RUNS,
    RUNNER_ENDED, /* and all that it printed has been taken */
    RUNNER_FAILED /* it can not be followed any more: err says why */
};

struct run_work;

/* How runs are performed. All but stop may wait, for about a second; longer waits look at run_work_must_stop(). */
struct runner {
    /* Starts the run, unless that has been done. 0, or -1 with err: it has not begun, and will not. */
    int (*start)(struct run_work *work, struct err *err);

    /* Hands over what was printed since, by run_work_take(), and says how it stands; waits a while for more. */
    enum runner_state (*poll)(struct run_work *work, struct err *err);

    /* Somebody has asked for its cancellation. Called once, and once more by a new leader. */
    void (*cancel)(struct run_work *work);

    /* Deletes what is left of a cluster. 0, or -1 with err. */
    int (*cleanup)(struct run_work *work, struct err *err);

    /* Frees what it has put into work->own. The run goes on. */
    void (*release)(struct run_work *work);
};

extern const struct runner runner_local; /* run_local.c: child processes */
extern const struct runner runner_kube;  /* run_kube.c: Jobs in a cluster */

struct run_work {
    struct run_work *next;
    pthread_t thread;
    atomic_bool stop; /* somebody else leads, or the process ends */
    atomic_bool done; /* the thread may be joined */
    struct loop *loop;

    char id[TERRAFORM_RUN_LEN + 1];
    char holder[LEASE_HOLDER_LEN + 1];
    const struct runner *runner;
    void *own;            /* the runner's */
    struct worker worker; /* of this thread; the arena is reset before each turn */
    struct arena *kept;   /* as long as the run is followed */
    struct run run;       /* as it was when it was taken */
    struct run_cluster cluster;
    cJSON *order;
    struct report *report;
    int64_t lines;    /* taken so far */
    bool was_started; /* by an earlier leader */
    bool cancel_asked;
    bool cancel_passed; /* to the runner */
    unsigned news;      /* of the report and RUN_WORK_HAS_ISSUES, not written yet */
    int64_t written_ms; /* monotonic */

    /* What AWS says (run_aws.h). */
    struct order_images images; /* in kept */
    struct str issues;          /* JSON array, in kept; empty until it was asked */
    int64_t look_ms;            /* monotonic: when it is asked next */
    bool is_blind;              /* it could not be asked */

    /* What the runner knows. */
    const char *phase; /* of the pod: static text */
    char message[512]; /* why it does not begin, or how it ended; or "" */
    int exit_code;     /* -1: not known */
    bool is_written;   /* phase and message, as they are now */
};

/* Starts the thread; the loop is woken when it is done. NULL when there is none to be had. */
struct run_work *run_work_start(const struct worker *shared, struct loop *loop, const char *holder, struct str id);

/* After it is done. */
void run_work_join(struct run_work *work);

bool run_work_must_stop(const struct run_work *work);

/* Waits so long, or until it must stop: false then. */
bool run_work_wait(struct run_work *work, long milliseconds);

/* What the run has printed: lines without their ends, in order, each once. Waits while Redis is away. 0, or -1 when it
 * must stop. */
int run_work_take(struct run_work *work, const struct str *lines, size_t count);

/* Sets phase and message, to be written with the next turn. */
void run_work_stands(struct run_work *work, const char *phase, const char *message);

/* Writes what is new, and hears whether the run is to be cancelled. 0, or -1 when it must stop. (run_write.c) */
int run_work_publish(struct run_work *work);

/* Ends the run in Redis: status, the cluster's state and connection, what webhooks are told. failure: why it ended
 * without having said how, or NULL. (run_finish.c) */
void run_work_finish(struct run_work *work, const struct err *failure);

#endif
