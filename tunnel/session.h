/*
 * One client's connection, from the first byte of its head to the last one of either side. All of it runs in its
 * reactor's thread, but for what waits (tunnel/jobs.h).
 */
#ifndef EKSGATE_TUNNEL_SESSION_H
#define EKSGATE_TUNNEL_SESSION_H

#include "access/hold.h"
#include "tunnel/reactor.h"
#include "tunnel/relay.h"

enum session_state {
    SESSION_HEAD,      /* the client's head comes */
    SESSION_WORKING,   /* a job runs: only its thread may touch the exchange */
    SESSION_CONNECT,   /* to the cluster's address */
    SESSION_HANDSHAKE, /* with the cluster */
    SESSION_ASK,       /* the head goes to the cluster */
    SESSION_ANSWER,    /* the cluster's head comes */
    SESSION_RELAY,     /* bytes pass, or the body of another answer than 101 */
    SESSION_TERMINAL,  /* frames pass, or are waited for (tunnel/terminal.h) */
    SESSION_FINISH,    /* the client reads the last bytes */
};

enum session_step {
    STEP_OPEN,
    STEP_RENEW,
    STEP_REFRESH,
    /* of terminals (tunnel/opening.h) */
    STEP_REDEEM,
    STEP_SHELL,
    STEP_POD,
};

struct terminal;

/* What is told of it in the log when all else is gone. */
struct session_facts {
    char request_id[65];
    char audit_id[65]; /* where the cluster knows it under another one, else "" */
    char method[33];
    char path[513];
    char upgrade[33];
    char cluster[257];
    char caller_id[KEY_ID_LEN + 1];
    char caller[API_KEY_NAME_MAX + 1];
    char remote_address[64];
    char error[512];
    int status;
};

struct session {
    struct reactor *reactor;
    struct session *previous;
    struct session *next;
    struct session *next_again;
    struct job job;
    enum session_state state;
    enum session_step step;
    int64_t started_ms;
    int64_t deadline_ms;
    int64_t asked_us;       /* when the cluster was */
    uint32_t client_events; /* watched for; WATCHED_NOT when not at all */
    uint32_t cluster_events;
    bool is_again;
    bool client_hung_up;
    bool cluster_hung_up;
    bool renewed;
    bool refreshed;
    struct quota_use quota;
    struct caller_hold *hold; /* of the caller's key while bytes pass, or NULL */
    size_t address;           /* that is tried */
    struct buf in;            /* a head that comes */
    struct buf out;           /* the head for the cluster, with the token */
    size_t out_sent;
    struct exchange *exchange; /* until bytes pass */
    struct relay relay;
    struct terminal *terminal; /* or NULL */
    struct session_facts facts;
};

/* Takes over a client's socket. */
void session_accept(struct reactor *reactor, int client_fd);

/* There was more to move than its turn allowed. */
void session_continue(struct session *session);

/* Its time is over. */
void session_expire(struct session *session);

/* Its caller's key is not good any more. */
void session_revoke(struct session *session);

/* Ends it, whatever it is at. */
void session_abort(struct session *session);

#endif
