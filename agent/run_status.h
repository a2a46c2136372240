/*
 * How a run stands, from its Job and its pods as the cluster tells of them. Pure. What counts more comes first: the
 * Job's conditions, that it is suspended, the pod's phase and what its container waits for, why it has no node.
 */
#ifndef EKSGATE_AGENT_RUN_STATUS_H
#define EKSGATE_AGENT_RUN_STATUS_H

#include "base/json.h"

struct run_status {
    const char *phase; /* Pending Running Succeeded Failed (static) */
    char message[512]; /* why it does not begin, or failed; or "" */
    bool has_finished; /* the Job has: nothing more will run */
    bool has_succeeded;
    const char *pod; /* the newest one; borrowed from the list, NULL when there is none */
    bool has_log;    /* its container runs or has run */
    bool has_ended;  /* its container has ended */
    int exit_code;   /* -1: not known */
};

/* pods: a PodList of the run's, or NULL. */
void run_status_read(const cJSON *job, const cJSON *pods, struct run_status *out);

#endif
