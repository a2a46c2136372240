/*
 * The threads in which what waits for Redis, AWS, clusters and name servers is done, so that no session waits for
 * another one's.
 */
#ifndef EKSGATE_TUNNEL_JOBS_H
#define EKSGATE_TUNNEL_JOBS_H

#include "cluster/worker.h"

#define JOBS_WAITING_MAX 1024

struct jobs;
struct reactor;
struct tunnel;

/* A member of what it is about. */
struct job {
    struct job *next;        /* in the queue it is in */
    struct reactor *reactor; /* whose thread goes on with it, or NULL */
    struct str lane;         /* whom it asks: of those who ask the same one, half of the threads at most */
    struct arena *arena;     /* of the worker that does it */
    const char *request_id;
    void (*work)(struct job *job, struct worker *worker); /* in one of the threads */
    void (*done)(struct job *job); /* in the reactor's thread; without one, where it was done. It may free the job */
};

/* NULL when they can not be started. */
struct jobs *jobs_start(struct tunnel *tunnel, long threads);

/* Waits up to so long for what runs and what was added before. 0, or -1 when some still does: then nothing they use may
 * be freed. */
int jobs_stop(struct jobs *jobs, long within_ms);

/* 0, or -1 when too many wait: then done() is not called. */
int jobs_add(struct jobs *jobs, struct job *job);

#endif
