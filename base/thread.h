/* Threads whose stacks are as large as they need, not as the machine thinks fit: there may be many of them. */
#ifndef EKSGATE_BASE_THREAD_H
#define EKSGATE_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* 0, or -1 when there is none. thread: to be joined; NULL: nobody joins it. */
int thread_start(pthread_t *thread, size_t stack, void *(*run)(void *arg), void *arg);

#endif
