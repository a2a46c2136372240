/* Shared by session.c and ask.c only. */
#ifndef EKSGATE_TUNNEL_SESSION_INTERNAL_H
#define EKSGATE_TUNNEL_SESSION_INTERNAL_H

#include "tunnel/session.h"

#define HEAD_MS 10000
#define CONNECT_MS 10000
#define ANSWER_MS 65000 /* the API server's own limit is 60 s */
#define FINISH_MS 60000 /* for the client to read the last bytes */
#define GOODBYE_MS 1000 /* and to close then */
#define WATCHED_NOT UINT32_MAX

/* Watches both sockets for these events; 0: only for their end. */
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

/* The answer's head lies in the pipe to the client: bytes pass from now on. */
void session_relay(struct session *session);

#endif
