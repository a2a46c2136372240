/*
 * Clusters that eksgate makes, and the runs that make, change and destroy them. Whoever takes a request submits a run;
 * the leading agent takes runs from the queue, performs them and writes here what becomes of them; whoever is asked
 * reads. So any process answers for any run, and a new leader finds what the last one was at. See redis/README.md.
 *
 * A cluster has one active run at most: one that is pending, queued or running. A run that is "planned" is over, and
 * waits for nobody: another run may begin, after which its plan is stale.
 *
 * Texts named JSON are stored and given back as they are. Times are in milliseconds, 0: not (yet).
 */
#ifndef EKSGATE_REDIS_RUNS_H
#define EKSGATE_REDIS_RUNS_H

#include <stdint.h>

#include "base/arena.h"
#include "redis/connections.h"

#define RUNS_KEPT ((size_t)50) /* of one cluster */
#define RUN_CLUSTERS_MAX ((size_t)500)
#define RUN_KEY_MAX ((size_t)64)
#define RUN_LOG_LINES ((size_t)20000) /* of one run; older ones go */
#define RUN_LOG_LINE_MAX KIB(8)
#define RUN_LOG_WAIT_MS 500

/* A run as it is stored. Empty texts: there is none. */
struct run {
    struct str id;
    struct str cluster;
    struct str op;       /* test provision upgrade scale update drift apply destroy unlock cleanup */
    struct str job_name; /* "provision-NAME" */
    struct str runner;   /* local or kube: who performs it */
    struct str status;   /* pending queued running planned completed failed cancelled blocked unknown */
    struct str phase;    /* of the pod: Pending Running Succeeded Failed */
    struct str step;     /* the last eksgate_phase of the worker: init, plan, apply, ... */
    struct str message;  /* for people */
    struct str plan_hash;
    struct str changes;  /* JSON {"add","change","destroy","import"} */
    struct str progress; /* JSON {"done","total","percent","current","eta_s"} */
    struct str blocked;  /* JSON array of the addresses that the guard holds back */
    struct str lock;     /* JSON: who holds Terraform's lock, if that is why it failed */
    struct str created_by;
    struct str request_id;
    struct str approves;    /* the run whose plan it applies */
    struct str approved_by; /* the run that applies its plan */
    bool plan_only;         /* stops behind the plan, which may be approved */
    bool cancel;            /* somebody asked for it */
    bool force;             /* of a cleanup: though the state still has resources */
    struct str lock_id;     /* of an unlock: the lock to take away */
    int64_t created_at;
    int64_t started_at;
    int64_t finished_at;
    int64_t exit_code;
    int64_t log_lines; /* so many were stored */
    struct str host;   /* where a local run's process is, and which one */
    int64_t pid;
    int64_t pid_started;

    /* Only by run_read(), and empty in lists. */
    struct str order;       /* JSON */
    struct str diagnostics; /* JSON array */
    struct str issues;      /* JSON array: what EKS says is wrong with parts of the cluster */
    struct str outputs;     /* JSON object */
};

/* What is asked for. */
struct run_request {
    struct str run; /* a new id: terraform_run_new() */
    struct str cluster;
    struct str op;
    struct str job_name;
    struct str runner;
    struct str order; /* JSON; empty: that of the run approved; of a drift and a destroy, what was applied last, else
                         what was accepted last; of others what was accepted last */
    struct str created_by;
    struct str request_id;
    struct str approves;  /* with plan_hash: the plan to be applied */
    struct str plan_hash; /* as who approves has seen it */
    struct str lock_id;   /* of an unlock */
    struct str key;       /* up to RUN_KEY_MAX characters that stand for the caller and his Idempotency-Key; or empty */
    struct str key_body;  /* a hash of what came with it */
    struct str protect;   /* "1" or "0": deletion protection is set with the order; empty: as it is */
    bool plan_only;
    bool force;
    bool creates; /* the cluster need not be known */
    long queue_max;
    long running_max;
    int64_t now_ms;
};

enum run_submitted {
    RUN_SUBMITTED,
    RUN_REPEATED,      /* the key has been seen with the same body: the run of then */
    RUN_KEY_TAKEN,     /* with another body */
    RUN_BUSY,          /* the cluster has an active run, this one */
    RUN_QUEUE_FULL,    /* as many wait as may */
    RUN_PROTECTED,     /* the cluster is protected from being destroyed */
    RUN_UNKNOWN,       /* there is no such cluster, or no such run to approve */
    RUN_NOT_PLANNED,   /* the run to approve has no plan that waits, or that plan's hash is another one */
    RUN_PLAN_STALE,    /* since that plan another run has changed the cluster, or applied it */
    RUN_STATE_PRESENT, /* cleanup: the state still has resources */
    RUN_CLUSTERS_FULL
};

/* Queues a run, or does nothing. found: the run, in the arena, of RUN_SUBMITTED, RUN_REPEATED and RUN_BUSY, as by a
 * list. 0, or -1 with err. */
int run_submit(struct redis_client *redis, struct arena *arena, const struct run_request *request,
               enum run_submitted *out, struct run *found, struct err *err);

/* Looks for a run that came with that key before: RUN_REPEATED with the run, RUN_KEY_TAKEN, or RUN_UNKNOWN. 0, or -1
 * with err. */
int run_find_repeated(struct redis_client *redis, struct arena *arena, struct str key, struct str key_body,
                      enum run_submitted *out, struct run *found, struct err *err);

/* What is read lies in the arena. REDIS_FOUND, REDIS_MISSING when the cluster has no such run, or -1. */
int run_read(struct redis_client *redis, struct arena *arena, struct str cluster, struct str run, struct run *out,
             struct err *err);

/* Its plan as JSON: the eksgate_plan line of the worker. REDIS_MISSING when there is none (any more). */
int run_plan_read(struct redis_client *redis, struct arena *arena, struct str cluster, struct str run, struct str *plan,
                  struct err *err);

/* The runs of a cluster, the newest first. 0 or -1. */
int runs_list(struct redis_client *redis, struct arena *arena, struct str cluster, struct run **runs, size_t *count,
              struct err *err);

struct run_cluster {
    struct str name;
    struct str order;      /* JSON: what was accepted last */
    struct str applied;    /* JSON: what was applied last, or empty */
    struct str active;     /* id of the active run, or empty */
    struct str connection; /* id of its connection, or empty */
    struct str outputs;    /* JSON object, or empty */
    struct str state;      /* none partial present destroyed */
    bool is_protected;
    int64_t created_at;
    int64_t changed_at;
    struct run last;  /* the newest run; its id is empty when there is none */
    struct run drift; /* the newest drift run that came to its end, unless something was applied since; the same */
};

/* REDIS_FOUND, REDIS_MISSING, or -1. */
int run_cluster_read(struct redis_client *redis, struct arena *arena, struct str name, struct run_cluster *out,
                     struct err *err);

/* All clusters, those that changed last first. */
int run_clusters_list(struct redis_client *redis, struct arena *arena, struct run_cluster **clusters, size_t *count,
                      struct err *err);

/* What there is to do, and whether anybody does it. */
struct runs_load {
    long running;
    long waiting;
    bool has_agent; /* one leads: without, what waits goes on waiting */
};

int runs_load_read(struct redis_client *redis, struct runs_load *out, struct err *err);

/* Sets the deletion protection. REDIS_FOUND, REDIS_MISSING when there is no such cluster, or -1. */
int run_cluster_protect(struct redis_client *redis, struct str name, bool is_protected, struct err *err);

enum run_cancelled {
    RUN_CANCELLED,       /* it had not begun, or its plan waited: it is over */
    RUN_CANCEL_ASKED,    /* it runs: its worker will be told */
    RUN_CANCEL_FINISHED, /* it is over already */
    RUN_CANCEL_UNKNOWN   /* the cluster has no such run */
};

int run_cancel(struct redis_client *redis, struct str cluster, struct str run, int64_t now_ms, enum run_cancelled *out,
               struct err *err);

/* A line of a run's log. Numbers count from 1 and have no gaps. */
struct run_line {
    int64_t number;
    int64_t at; /* when it was stored */
    struct str text;
};

/* Lines behind that number (0: from the first that is kept), up to max. wait_ms: how long to wait for one when there is
 * none, up to RUN_LOG_WAIT_MS. */
int run_log_read(struct redis_client *redis, struct arena *arena, struct str run, int64_t after, size_t max,
                 long wait_ms, struct run_line **lines, size_t *count, struct err *err);

/* The last lines, up to max, the oldest of them first. */
int run_log_tail(struct redis_client *redis, struct arena *arena, struct str run, size_t max, struct run_line **lines,
                 size_t *count, struct err *err);

/* --- What the leading agent does. holder: it; nothing is written for one who does not lead. --- */

enum run_written {
    RUN_WRITTEN,
    RUN_WRITTEN_CANCEL,    /* written, and somebody has asked for the run's cancellation */
    RUN_WRITTEN_NOT,       /* the run does not run (any more) */
    RUN_WRITTEN_NOT_LEADER /* somebody else leads */
};

/* Takes the first of the queue when fewer than running_max run: it runs now. REDIS_FOUND with the whole run in the
 * arena, REDIS_MISSING when there is nothing to do, or -1. */
int run_take(struct redis_client *redis, struct arena *arena, const char *holder, long running_max, int64_t now_ms,
             struct run *out, struct err *err);

/* Ids of all runs that run, whoever took them. */
int runs_running(struct redis_client *redis, struct arena *arena, struct str **ids, size_t *count, struct err *err);

/* A run by its id alone: REDIS_FOUND, REDIS_MISSING, or -1. */
int run_find(struct redis_client *redis, struct arena *arena, struct str run, struct run *out, struct err *err);

struct run_field {
    const char *name; /* as in struct run; "plan" */
    struct str value;
};

#define RUN_FIELDS_MAX 24

/* Sets fields of a run that runs; also its cluster's state when that is not empty. */
int run_write(struct redis_client *redis, const char *holder, struct str cluster, struct str run, struct str state,
              const struct run_field *fields, size_t count, enum run_written *out, struct err *err);

/* Appends lines; first is the number of the first of them. Those that are stored already are passed over, so that who
 * begins again from the first line changes nothing. */
int run_log_append(struct redis_client *redis, const char *holder, struct str run, int64_t first,
                   const struct str *lines, size_t count, int64_t now_ms, enum run_written *out, struct err *err);

/* How a run ended. */
struct run_end {
    struct str cluster;
    struct str run;
    struct str status; /* planned completed failed cancelled blocked unknown */
    struct str phase;
    struct str message;
    int64_t exit_code;
    int64_t now_ms;
    struct str state;      /* of the cluster from now on; empty: as it is */
    bool applied;          /* its order is what the cluster is like, and what a drift run found before is over */
    bool is_drift;         /* it is the cluster's newest drift run */
    const char *connected; /* id of the connection made; "" none any more; NULL: as it is */
    struct str outputs;    /* JSON of the cluster's outputs from now on; empty: as they are */
    const char *event;     /* what webhooks are told: "provision.completed", ...; or NULL */
    struct str told;       /* and the JSON object "run" of it */
    struct str id;         /* of the connection that such a webhook may be bound to */
    bool forget;           /* a cleanup that is done: the cluster goes with all its runs */
};

/* Ends a run, with all of this or nothing of it. */
int run_finish(struct redis_client *redis, const char *holder, const struct run_end *end, enum run_written *out,
               struct err *err);

#endif
