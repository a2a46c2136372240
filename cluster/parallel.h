/*
 * A few calls to AWS at the same time, for one request: each thread has an HTTP client and an arena of its own.
 */
#ifndef EKSGATE_CLUSTER_PARALLEL_H
#define EKSGATE_CLUSTER_PARALLEL_H

#include "aws/client.h"

#define PARALLEL_MAX 8

struct parallel {
    size_t count;
    long pace_ms;        /* the least time between two starts; 0 for none */
    const char *profile; /* of the calls, as in struct aws_client */
    void (*call)(struct aws_client *aws, void *arg, size_t index);
    void *arg;
};

/* Makes the call for every index below count and returns when all have ended. aws is the calling thread's; its arena is
 * reset after each call, so results are copied (under a lock of the caller's where they are shared). */
void parallel_run(const struct parallel *parallel);

#endif
