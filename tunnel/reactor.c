#include "tunnel/reactor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "tunnel/session.h"

#define TICK_MS 250
#define ACCEPT_PAUSE_MS 500
#define ACCEPT_AT_ONCE 16
#define CLIENT_ROOM KIB(512) /* what waits for nginx in the kernel: it and we wake each other less often */

int reactor_init(struct reactor *reactor, struct tunnel *tunnel)
{
    *reactor = (struct reactor){.tunnel = tunnel};
    reactor->worker = (struct worker){.config = tunnel->config, .memory = tunnel->memory};
    reactor->loop = loop_new();
    reactor->contexts = tls_contexts_new(RELAY_BUFFER);
    reactor->scratch = malloc(RELAY_BUFFER);
    pthread_mutex_init(&reactor->lock, NULL);
    return reactor->loop && reactor->contexts && reactor->scratch ? 0 : -1;
}

void reactor_return(struct reactor *reactor, struct job *job)
{
    pthread_mutex_lock(&reactor->lock);
    job->next = reactor->returned;
    reactor->returned = job;
    pthread_mutex_unlock(&reactor->lock);
    loop_wake(reactor->loop);
}

static void take_returned(struct reactor *reactor)
{
    struct job *job;
    struct job *next;

    pthread_mutex_lock(&reactor->lock);
    job = reactor->returned;
    reactor->returned = NULL;
    pthread_mutex_unlock(&reactor->lock);
    for (; job; job = next) {
        next = job->next;
        job->done(job);
    }
}

void reactor_free(struct reactor *reactor)
{
    take_returned(reactor); /* what nobody waited for any more */
    loop_free(reactor->loop);
    tls_contexts_free(reactor->contexts);
    free(reactor->scratch);
    pthread_mutex_destroy(&reactor->lock);
}

static void accept_client(struct reactor *reactor, int fd)
{
    int room = CLIENT_ROOM;

    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    session_accept(reactor, fd);
}

static void on_listen(void *arg, int fd, uint32_t events)
{
    struct reactor *reactor = arg;

    (void)events;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (client >= 0) {
            accept_client(reactor, client);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            log_error("no connection can be accepted for now", LOG_INT("errno", errno));
            loop_forget(reactor->loop, fd);
            reactor->accept_again_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
        }
        return;
    }
}

static void listen_again(struct reactor *reactor)
{
    reactor->accept_again_ms = 0;
    if (loop_watch(reactor->loop, reactor->tunnel->listen_fd, EPOLLIN | EPOLLEXCLUSIVE, on_listen, reactor) < 0)
        reactor->accept_again_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
}

static void expire(struct reactor *reactor)
{
    struct session *next;

    for (struct session *s = reactor->sessions; s; s = next) {
        next = s->next;
        if (reactor->now_ms >= s->deadline_ms)
            session_expire(s);
        else if (caller_hold_ended(s->hold))
            session_revoke(s);
    }
}

static void run_again(struct reactor *reactor)
{
    struct session *session = reactor->again;
    struct session *next;

    reactor->again = NULL;
    for (; session; session = next) {
        next = session->next_again;
        session->is_again = false;
        session_continue(session);
    }
}

static void turn(struct reactor *reactor)
{
    int timeout = reactor->again ? 0 : reactor->sessions || reactor->accept_again_ms ? TICK_MS : -1;
    int64_t before = reactor->now_ms;

    loop_run_once(reactor->loop, timeout);
    reactor->now_ms = clock_monotonic_ms();
    take_returned(reactor);
    run_again(reactor);
    if (reactor->now_ms / TICK_MS != before / TICK_MS)
        expire(reactor);
    if (reactor->accept_again_ms && reactor->now_ms >= reactor->accept_again_ms)
        listen_again(reactor);
}

static void drain(struct reactor *reactor)
{
    int64_t until = reactor->now_ms + reactor->tunnel->config->tunnel_grace * 1000;

    on_listen(reactor, reactor->tunnel->listen_fd, 0); /* those who came before the end */
    loop_forget(reactor->loop, reactor->tunnel->listen_fd);
    reactor->accept_again_ms = 0;
    while (reactor->sessions && reactor->now_ms < until)
        turn(reactor);
    while (reactor->sessions) {
        struct session *next;

        for (struct session *s = reactor->sessions; s; s = next) {
            next = s->next;
            session_abort(s);
        }
        if (reactor->sessions) /* those whose job runs */
            turn(reactor);
    }
}

void reactor_run(struct reactor *reactor)
{
    reactor->now_ms = clock_monotonic_ms();
    listen_again(reactor);
    while (!atomic_load(&reactor->tunnel->draining))
        turn(reactor);
    drain(reactor);
}
