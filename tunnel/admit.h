/*
 * Whether a request for an upgrade may be looked at: what can be decided from its head alone.
 */
#ifndef EKSGATE_TUNNEL_ADMIT_H
#define EKSGATE_TUNNEL_ADMIT_H

#include "access/caller.h"
#include "base/config.h"
#include "http/head.h"

/* What nginx and the client say of a request. Views into the head, or into the arena. */
struct admission {
    struct str upgrade;       /* "websocket", "SPDY/3.1" */
    struct credentials shown; /* secrets */
    struct str token;         /* of a session, that its page shows beside its cookie; or empty */
    bool has_origin;          /* it comes from a page */
};

/* Sets the request's id and remote address first, which an error is logged with. Takes a token out of the offered
 * protocols. 0, or -1 with err. */
int admit_head(struct arena *arena, const struct config *config, struct head_request *head, struct admission *out,
               struct err *err);

/* By what the caller was let in, here a cookie, the upgrade must be asked for by a page that shows its session's token:
 * among the protocols, or where it can set headers in X-Eksgate-Csrf. 0, or -1 with ERR_FORBIDDEN. */
int admit_page(const struct admission *admission, const struct caller *caller, struct err *err);

/* The id that nginx gave the request, or "unknown". */
struct str admit_request_id(const struct head_request *head);

#endif
