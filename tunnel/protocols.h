/*
 * How a browser, which can set no header on a WebSocket, says who it is: a bearer token among the subprotocols that it
 * offers, as Kubernetes' API server takes it (k8s.io/apiserver, pkg/authentication/request/websocket/protocol.go).
 */
#ifndef EKSGATE_TUNNEL_PROTOCOLS_H
#define EKSGATE_TUNNEL_PROTOCOLS_H

#include "base/arena.h"
#include "base/err.h"
#include "http/client.h"

#define PROTOCOL_BEARER "base64url.bearer.authorization.k8s.io."

/* Takes the token out of the offered protocols, so that nobody behind us sees it and no answer can echo it. *token is
 * its decoded text, overwritten when the arena is reset, or has a NULL pointer when none was offered. 0, or -1 with
 * ERR_UNAUTHORIZED: two tokens, one that is not base64url of text, or one with no protocol beside it to agree on. */
int protocols_take_token(struct arena *arena, struct http_header *headers, size_t *count, struct str *token,
                         struct err *err);

#endif
