/*
 * One thread that carries sessions: its event loop, its sessions, and the way to the threads that do what waits.
 */
#ifndef EKSGATE_TUNNEL_REACTOR_H
#define EKSGATE_TUNNEL_REACTOR_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/loop.h"
#include "http/tls.h"
#include "tunnel/exchange.h"
#include "tunnel/jobs.h"

struct session;

/* What all threads of the process share. */
struct tunnel {
    const struct config *config;
    const struct seal_key *seal;
    struct cluster_memory *memory;
    struct exchange_shared shared;
    struct jobs *jobs;
    int listen_fd;
    atomic_bool draining;
};

struct reactor {
    struct tunnel *tunnel;
    struct loop *loop;
    struct tls_contexts *contexts;
    struct worker worker; /* for what is remembered of clusters only: nothing here may wait */
    char *scratch;
    int64_t now_ms;
    int64_t accept_again_ms; /* no descriptors were left */
    struct session *sessions;
    struct session *again; /* those with more to move at once */
    pthread_mutex_t lock;
    struct job *returned; /* under the lock: they are done */
};

/* 0, or -1 without memory or descriptors. */
int reactor_init(struct reactor *reactor, struct tunnel *tunnel);
void reactor_free(struct reactor *reactor);

/* Accepts and carries sessions until tunnel->draining; then carries those that are left for as long as the
 * configuration says. */
void reactor_run(struct reactor *reactor);

/* Hands a job back that is done. From any thread. */
void reactor_return(struct reactor *reactor, struct job *job);

#endif
