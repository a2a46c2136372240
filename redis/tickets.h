/*
 * Tickets for terminals: a page can set no header on a WebSocket, so it asks for a ticket as for anything else and
 * gives that as the first thing it says. A ticket is good for one socket, within TICKET_SECONDS, at whichever gateway;
 * what it stands for is who asked and what for, and nothing that could be used anywhere else. Redis has the SHA-256 of
 * its text.
 */
#ifndef EKSGATE_REDIS_TICKETS_H
#define EKSGATE_REDIS_TICKETS_H

#include "base/arena.h"
#include "redis/connections.h"

#define TICKET_SECONDS 30
#define TICKET_TEXT_LEN ((size_t)43) /* base64url of 32 random bytes */

struct ticket {
    struct str caller;  /* id of his key; "" where nobody needs one */
    struct str session; /* hash of his cookie: who shows the ticket must show it as well; "" when he had none */
    struct str cluster;
    struct str termtype; /* "cluster", "pod", "container" */
    struct str namespace;
    struct str pod;       /* "" for a cluster's */
    struct str container; /* the same */
    struct str host;      /* the Host that it was asked for at: its page is there */
};

/* Makes and stores one; the caller shows text once and wipes it. 0, or -1 with err. */
int ticket_issue(struct redis_client *redis, const struct ticket *ticket, char text[TICKET_TEXT_LEN + 1],
                 struct err *err);

/* Takes it, so that nobody else can: of two who try, one gets it. REDIS_FOUND, what it says in the arena; REDIS_MISSING
 * for one that is unknown, used or too old; or -1 with err. */
int ticket_take(struct redis_client *redis, struct arena *arena, struct str text, struct ticket *out, struct err *err);

#endif
