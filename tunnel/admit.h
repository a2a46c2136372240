/*
 * Whether a request for an upgrade may be looked at: what can be decided from its head alone.
 */
#ifndef EKSGATE_TUNNEL_ADMIT_H
#define EKSGATE_TUNNEL_ADMIT_H

#include "base/config.h"
#include "http/head.h"

/* What nginx and the client say of a request. Views into the head, or into the arena. */
struct admission {
    struct str upgrade;        /* "websocket", "SPDY/3.1" */
    struct str authorization;  /* the caller's, or empty; a secret */
    struct str remote_address; /* of the client, from nginx */
    bool has_origin;           /* it comes from a page */
};

/* Sets the request's id and remote address first, which an error is logged with. Takes a token out of the offered
 * protocols. 0, or -1 with err. */
int admit_head(struct arena *arena, const struct config *config, struct head_request *head, struct admission *out,
               struct err *err);

/* The id that nginx gave the request, or "unknown". */
struct str admit_request_id(const struct head_request *head);

#endif
