/*
 * A terminal: a session that begins as a WebSocket of a page's and ends as a shell in a pod. Its frames are read on
 * both sides, webtty's or eksgate.v1's on the client's, the API server's channels on the cluster's: docs/terminal.md.
 *
 * Each direction holds one buffer at most. Who does not read, or does not say that it has shown what it got, stops the
 * other side, up to the program that runs in the pod.
 */
#ifndef EKSGATE_TUNNEL_TERMINAL_H
#define EKSGATE_TUNNEL_TERMINAL_H

#include "http/client.h"
#include "tunnel/opening.h"
#include "tunnel/websocket.h"

#define TERMINAL_MESSAGE_MIB 16 /* of input at once */
#define TERMINAL_TEXT_MAX 4096  /* of what is no input or output: the ticket, a size, a cluster's last word */

enum terminal_stage {
    TERMINAL_TICKET,  /* the client is to say what its ticket is */
    TERMINAL_OPENING, /* jobs run, the cluster is asked */
    TERMINAL_POD,     /* the pod is not ready: it will be looked at again */
    TERMINAL_SHELL,
    TERMINAL_HANGUP, /* the client is done with it: the shell is told, and gets a moment to end */
};

/* What one side says, message by message. */
struct terminal_text {
    int kind; /* its first byte; -1: not come yet */
    size_t len;
    char text[TERMINAL_TEXT_MAX + 1];
};

struct terminal {
    enum terminal_stage stage;
    bool is_binary; /* eksgate.v1 */
    bool has_protocol;
    bool gone;         /* the client */
    bool cluster_over; /* the cluster has said its last word, or broke off */
    int code;          /* of the end; 0: it is not over */
    char reason[WS_CONTROL_MAX - 1];
    struct ws_reader client;
    struct ws_reader cluster;
    struct terminal_text said; /* by the client */
    struct terminal_text told; /* by the cluster */
    char partial[4];           /* the beginning of a character whose rest has not come */
    size_t partial_len;
    long columns; /* 0: not said yet */
    long rows;
    uint64_t window; /* so much may be on its way to the screen; 0: whatever the socket takes */
    uint64_t sent;   /* bytes of output */
    uint64_t shown;
    int64_t opened_ms;
    int64_t typed_ms;
    int64_t heard_ms;
    int64_t ping_ms;
    int64_t review_ms;
    int64_t pod_ms; /* when it is looked at again */
    int64_t pod_end_ms;
    int64_t hangup_end_ms;
    char waits_for[64]; /* was told */
    struct terminal_target target;
    struct errand *review; /* on its way, or NULL */
    char request_id[65];
};

/* The exchange's head asks for a terminal: accepts the WebSocket, or refuses the request. The session may be gone
 * afterwards, as after all that follow but those that say what they return. */
void terminal_begin(struct session *session);

/* Something came from one side. */
void terminal_advance(struct session *session);

/* Its job is done. */
void terminal_returned(struct session *session);

/* The cluster's head has come, so many bytes of session->in. */
void terminal_answered(struct session *session, const struct http_head *head, size_t head_len);

/* exchange->err says why it can not go on. */
void terminal_fail(struct session *session);

void terminal_expire(struct session *session);
void terminal_revoke(struct session *session);

/* Says goodbye; the session is ended by the caller. */
void terminal_abort(struct session *session);

/* What the client's socket is to be watched for. */
uint32_t terminal_client_events(const struct session *session);

const char *terminal_protocol(const struct session *session);

/* With its session. Deletes the pod that was made for it. */
void terminal_free(struct session *session);

#endif
