/* From how a run ended to what is said of it and of its cluster. Pure. */
#ifndef EKSGATE_AGENT_RUN_OUTCOME_H
#define EKSGATE_AGENT_RUN_OUTCOME_H

#include "redis/runs.h"
#include "terraform/report.h"

/* What is known at the end. */
struct run_facts {
    struct str op;
    bool plan_only;
    enum report_phase phase; /* the last one: REPORT_SUCCEEDED and those behind it are ends */
    struct str state;        /* of the cluster, before the run */
    bool applies;            /* the run has begun to change it */
    bool cancel_asked;
    int exit_code; /* -1: not known */
};

struct run_outcome {
    const char *status;
    const char *phase;   /* of the pod */
    const char *message; /* where the report has none; NULL */
    const char *state;   /* of the cluster from now on; NULL: as it is */
    const char *event;   /* for webhooks, or NULL */
    bool applied;        /* the order is what the cluster is like */
    bool is_present;     /* it is to be connected */
    bool is_gone;        /* its connection is to be forgotten */
};

void run_outcome(const struct run_facts *facts, struct run_outcome *out);

#endif
