/*
 * What the two sides of a terminal say to each other, translated frame by frame. Nothing here waits or ends a session:
 * what makes it end is noted in terminal->code, and acted upon by terminal.c.
 */
#ifndef EKSGATE_TUNNEL_TERMINAL_FRAMES_H
#define EKSGATE_TUNNEL_TERMINAL_FRAMES_H

#include "tunnel/session.h"
#include "tunnel/terminal.h"

/* What is read at a time, so that what it becomes has room: each is at most twice as much afterwards. */
#define TERMINAL_CLIENT_PIECE KIB(16)
#define TERMINAL_CLUSTER_PIECE KIB(24)
#define TERMINAL_REPLY_ROOM KIB(20) /* for answers to pings, and the end */

/* Bytes of the client's and the cluster's, which are changed. */
void terminal_take_client(struct session *session, char *data, size_t len);
void terminal_take_cluster(struct session *session, char *data, size_t len);

/* Tells the client: output, a line of our own, what it is called, and that we are still there. */
void terminal_put_output(struct session *session, struct str data);
void terminal_put_line(struct session *session, const char *text);
void terminal_put_title(struct session *session);
void terminal_put_ping(struct session *session);
void terminal_put_close(struct session *session);

/* Tells the cluster how large the client's window is, before anything that waits for it. */
void terminal_put_first_size(struct session *session);

/* Tells the shell what a terminal that is closed would: nothing in an exec does. */
void terminal_put_hangup(struct session *session);

/* It is over; the first reason counts. */
void terminal_end(struct terminal *terminal, enum ws_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void terminal_cluster_over(struct terminal *terminal, const char *why);

#endif
