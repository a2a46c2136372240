/*
 * An event loop of one thread over epoll: descriptors, each with a function that is called when it is ready, and one
 * way for other threads to wake it. Level-triggered: what is not handled is told again, but for EPOLLET.
 */
#ifndef EKSGATE_BASE_LOOP_H
#define EKSGATE_BASE_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

struct loop;

struct loop *loop_new(void); /* NULL without memory or descriptors */
void loop_free(struct loop *loop);

typedef void loop_function(void *arg, int fd, uint32_t events);

/* Watches a descriptor, or changes what it is watched for. EPOLLHUP and EPOLLERR are told always. 0, or -1. */
int loop_watch(struct loop *loop, int fd, uint32_t events, loop_function *call, void *arg);

/* Before the descriptor is closed. Nothing is called for it any more, not even what has been seen already. */
void loop_forget(struct loop *loop, int fd);

/* Waits for up to so many milliseconds (-1: without end), then calls the functions of what is ready. */
void loop_run_once(struct loop *loop, int timeout_ms);

/* Lets loop_run_once() return. From any thread. */
void loop_wake(struct loop *loop);

#endif
