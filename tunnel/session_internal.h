/* Shared by session.c, ask.c and terminal.c only. */
#ifndef EKSGATE_TUNNEL_SESSION_INTERNAL_H
#define EKSGATE_TUNNEL_SESSION_INTERNAL_H

#include "tunnel/session.h"

#define HEAD_MS 10000
#define CONNECT_MS 10000
#define ANSWER_MS 65000 /* the API server's own limit is 60 s */
#define FINISH_MS 60000 /* for the client to read the last bytes */
#define GOODBYE_MS 1000 /* and to close then */
#define WATCHED_NOT UINT32_MAX

/* Watches both sockets for these events; 0: only for their end. A terminal watches its client as it needs to. */
void session_watch(struct session *session, uint32_t client_events, uint32_t cluster_events);

void session_close_cluster(struct session *session);

/* Answers exchange->err and ends. The session may be gone afterwards. */
void session_fail(struct session *session);

/* Has a job done. The session may be gone afterwards. */
void session_begin_step(struct session *session, enum session_step step);

/* ask.c: from an opened exchange to the cluster's answer. The session may be gone afterwards. */
void ask_start(struct session *session);
void ask_advance(struct session *session);
void ask_expire(struct session *session);

/* Ends it with what went wrong in the log. The session is gone afterwards. */
void session_end_because(struct session *session, const char *why);

/* The client gets what waits for it, and then the end. The session may be gone afterwards. */
void session_begin_finish(struct session *session);

/* It is to go on in this turn of the loop. */
void session_call_again(struct session *session);

/* What is told of it in the log from now on, while there is an exchange; and that it begins. */
void session_take_facts(struct session *session);
void session_log_start(const struct session *session);

/* What it uses is the session's, and the exchange is over. */
void session_drop_exchange(struct session *session);

/* The answer's head lies in the pipe to the client: bytes pass from now on. */
void session_relay(struct session *session);

#endif
