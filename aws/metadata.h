/*
 * The servers next to an instance or a container that hand out its credentials: plain HTTP, no signature, short
 * time limits.
 */
#ifndef EKSGATE_AWS_METADATA_H
#define EKSGATE_AWS_METADATA_H

#include "aws/client.h"

struct metadata_call {
    const char *method;
    const char *url;
    const char *const *headers; /* NULL-terminated */
    long timeout_ms;
};

/* 0 when an answer came, whatever its status; its body is overwritten when the arena is reset. */
int metadata_call(struct aws_client *client, const struct metadata_call *call, struct http_reply *reply);

/* "Name: value" for one call, overwritten when the arena is reset; NULL without memory. */
const char *metadata_header(struct arena *arena, const char *name, struct str value);

#endif
