/*
 * How a browser, which can set no header on a WebSocket, says who it is: a bearer token among the subprotocols that it
 * offers, as Kubernetes' API server takes it (k8s.io/apiserver, pkg/authentication/request/websocket/protocol.go); or
 * beside a cookie, in a way of ours, its session's token.
 */
#ifndef EKSGATE_TUNNEL_PROTOCOLS_H
#define EKSGATE_TUNNEL_PROTOCOLS_H

#include "base/arena.h"
#include "base/err.h"
#include "http/client.h"

#define PROTOCOL_BEARER "base64url.bearer.authorization.k8s.io."
#define PROTOCOL_TOKEN "csrf.eksgate."

/* NULL pointers where nothing was offered. */
struct protocols_shown {
    struct str bearer; /* decoded text, overwritten when the arena is reset */
    struct str token;  /* of a session */
};

/* Takes these out of the offered protocols, so that nobody behind us sees them and no answer can echo them. 0, or -1
 * with ERR_UNAUTHORIZED: one of them twice, a bearer that is not base64url of text, or no protocol beside it to agree
 * on. */
int protocols_take(struct arena *arena, struct http_header *headers, size_t *count, struct protocols_shown *shown,
                   struct err *err);

#endif
