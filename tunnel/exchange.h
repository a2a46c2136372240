/*
 * One request for an upgrade on its way to a cluster: everything that must be asked of others before a connection can
 * be made. These functions wait (for Redis, AWS, name servers), so they run in threads of their own.
 */
#ifndef EKSGATE_TUNNEL_EXCHANGE_H
#define EKSGATE_TUNNEL_EXCHANGE_H

#include "access/caller.h"
#include "access/limits.h"
#include "cluster/shell.h"
#include "http/dial.h"
#include "tunnel/admit.h"
#include "tunnel/quotas.h"

struct exchange {
    struct arena *arena; /* owns all below; wiped with it */
    struct head_request head;
    struct admission admission;
    const char *request_id;
    struct str audit_id; /* as in struct request */
    const char *method;
    struct str cluster_segment; /* as it stands in the path; empty: the default cluster */
    struct caller caller;
    struct limit_state limit; /* where he stands */
    struct cluster cluster;
    struct str prefix; /* "/raw/clusters/{id}" as the client wrote it, or "/raw" */
    struct str rest;   /* the Kubernetes path behind it */
    struct dial dial;
    struct quota_use quota;

    /* Of a terminal (tunnel/terminal.h). */
    bool is_terminal;
    struct str ticket; /* a secret; empty until it has come */
    enum shell_type type;
    struct shell_place place;
    bool pod_made; /* for this one: to be deleted with it */
    bool pod_ready;
    char waits_for[64]; /* until then */

    struct err err;
};

/* What the threads that run these functions share. */
struct exchange_shared {
    struct caller_store *callers;
    struct quotas *quotas;    /* of sessions: as many as streams through serve (EKSGATE_STREAMS*) */
    struct quotas *terminals; /* EKSGATE_TERMINALS* */
};

/* text: a whole head; it is copied. NULL without memory. */
struct exchange *exchange_new(struct str text);

/* Wipes it and gives its quota back unless that was taken over (cleared). */
void exchange_free(struct exchange *exchange);

/* All return 0, or -1 with exchange->err. */

/* From the head to addresses to connect to and a token to send: who asks, whether he may, how much he uses. */
int exchange_open(struct worker *worker, const struct exchange_shared *shared, struct exchange *exchange);

/* After the cluster refused the token: another one, once. */
int exchange_renew(struct worker *worker, const struct exchange_shared *shared, struct exchange *exchange);

/* The pieces of exchange_open() that a terminal takes too: counts it; finds the addresses of its opened cluster. */
int exchange_take_quota(struct quotas *quotas, struct exchange *exchange);
int exchange_resolve(struct exchange *exchange);

/* After its certificate was not the one we know: asks EKS where the cluster is now, once. */
int exchange_refresh(struct worker *worker, const struct exchange_shared *shared, struct exchange *exchange);

#endif
