/*
 * What a terminal waits for, in threads of their own (tunnel/jobs.h): its ticket, its cluster, its pod; and what goes
 * on beside it, asking again whether it may stay, and deleting the pod that was made for it.
 */
#ifndef EKSGATE_TUNNEL_OPENING_H
#define EKSGATE_TUNNEL_OPENING_H

#include "tunnel/exchange.h"
#include "tunnel/jobs.h"

/* The steps; all return 0, or -1 with exchange->err. */

/* Takes the ticket: who asked, and what for. */
int terminal_redeem(struct worker *worker, const struct exchange_shared *shared, struct exchange *exchange);

/* Opens the cluster, asks it again, and makes the pod where one is to be made; then as below. */
int terminal_prepare(struct worker *worker, const struct exchange_shared *shared, struct exchange *exchange);

/* Where a pod was made: whether it is ready. When there is nothing left to wait for, the exchange becomes the request
 * for its exec. */
int terminal_look(struct worker *worker, const struct exchange_shared *shared, struct exchange *exchange);

/* What a terminal is about, as long as it is there. */
struct terminal_target {
    char key_id[KEY_ID_LEN + 1];
    char session[SESSION_HASH_LEN + 1];
    char cluster[257];
    enum shell_type type;
    char namespace[64];
    char pod[254];
    char container[64];
    bool pod_made;
};

void terminal_target_take(struct terminal_target *target, const struct exchange *exchange);

struct errand {
    struct job job;
    struct arena *arena; /* this lies in it */
    const struct exchange_shared *shared;
    struct terminal_target target;
    struct session *session; /* whose it is; NULL: it is gone */
    struct err err;
};

/* Looks again whether the key is good and the cluster still lets us; done() gets it back in that reactor's thread and
 * frees it. NULL when it can not be done now. */
struct errand *errand_review(struct tunnel *tunnel, struct reactor *reactor, const struct terminal_target *target,
                             const char *request_id, void (*done)(struct job *job));

/* Deletes the pod; nobody waits for it. */
void errand_delete_pod(struct tunnel *tunnel, const struct terminal_target *target, const char *request_id);

struct errand *errand_of(struct job *job);
void errand_free(struct errand *errand);

#endif
