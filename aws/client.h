/*
 * What every call to AWS needs: the worker's HTTP client and the request's arena, in which answers live.
 */
#ifndef EKSGATE_AWS_CLIENT_H
#define EKSGATE_AWS_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "http/client.h"

/* For calls that a person waits for: retries end within this time. */
#define AWS_WITHIN_MS 8000

struct aws_client {
    struct http_client *http;
    struct arena *arena;
    const char *profile; /* whose settings of endpoints hold; NULL: the environment's */
    int64_t deadline_ms; /* monotonic; retries and time limits stay within it; 0: 20 s from now */
};

#endif
