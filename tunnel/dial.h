/*
 * From a cluster's endpoint to a connection that is being made. The rules about addresses are http/reach.h's.
 */
#ifndef EKSGATE_TUNNEL_DIAL_H
#define EKSGATE_TUNNEL_DIAL_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/err.h"
#include "kube/perform.h"

#define DIAL_ADDRESSES_MAX 8

struct dial_address {
    struct sockaddr_storage address;
    socklen_t len;
};

struct dial {
    const char *authority; /* "host[:port]", as in the endpoint */
    const char *host;      /* without port and brackets */
    struct dial_address addresses[DIAL_ADDRESSES_MAX];
    size_t count;
};

/* Resolves the endpoint's name, which may wait. 0, or -1 with err: ERR_UPSTREAM_UNREACHABLE, or ERR_UPSTREAM_BROKEN
 * when it resolves to addresses that may not be reached only. */
int dial_resolve(struct arena *arena, const struct kube_target *target, struct dial *out, struct err *err);

/* Begins to connect without waiting. Returns the socket, or -1 with errno. */
int dial_start(const struct dial_address *address);

#endif
