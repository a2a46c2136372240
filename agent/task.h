/*
 * A task under leadership: something that exactly one agent does at a time. It begins when this agent comes to lead and
 * ends when it does not any more, so a task keeps nothing that another agent could not find again: what must last is in
 * Redis, and is written there by scripts that look who leads.
 */
#ifndef EKSGATE_AGENT_TASK_H
#define EKSGATE_AGENT_TASK_H

#include "agent/agent.h"

struct task_kind {
    const char *name;

    /* NULL without memory. */
    void *(*start)(struct agent *agent);

    /* Called in each turn of the loop: does what is due and never waits. Gives when it wants to be called again at the
     * latest, on the monotonic clock. */
    int64_t (*run)(void *task, int64_t now_ms);

    /* The process is to end: begins nothing new any more. True when nothing is on its way. */
    bool (*drain)(void *task);

    /* Drops what is on its way and frees the task. */
    void (*stop)(void *task);
};

extern const struct task_kind task_jobs;      /* jobs.c: watches Jobs and records what becomes of them */
extern const struct task_kind task_webhooks;  /* webhooks.c: delivers what is queued */
extern const struct task_kind task_samples;   /* samples.c: samples what clusters use */
extern const struct task_kind task_shells;    /* shells.c: deletes pods of shells that were left behind */
extern const struct task_kind task_provision; /* provision.c: performs runs of Terraform */

/* Waits for the threads of tasks that were stopped, for so long. 0, or -1 when one is still at something. */
int task_provision_end(long within_ms);

#endif
