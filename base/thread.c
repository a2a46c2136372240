#include "base/thread.h"

int thread_start(pthread_t *thread, size_t stack, void *(*run)(void *arg), void *arg)
{
    pthread_attr_t attributes;
    pthread_t detached;
    int rc;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    if (!thread)
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    rc = pthread_create(thread ? thread : &detached, &attributes, run, arg);
    pthread_attr_destroy(&attributes);
    return rc == 0 ? 0 : -1;
}
