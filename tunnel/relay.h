/*
 * Bytes in both directions between a client's socket and a cluster's TLS connection, neither of which blocks. A
 * direction that can not be written is not read, so at most one buffer waits in it (towards the cluster, beside what of
 * it is sealed already), and an idle one holds no memory.
 * The end of one direction is told to the other side, while the other direction goes on.
 */
#ifndef EKSGATE_TUNNEL_RELAY_H
#define EKSGATE_TUNNEL_RELAY_H

#include <stdint.h>

#include "base/limits.h"
#include "http/body.h"
#include "http/tls.h"

#define RELAY_BUFFER KIB(128)
#define RELAY_BUDGET MIB(1) /* what one direction moves before others get their turn */

struct pipe {
    char *data; /* as large as what has waited, at most RELAY_BUFFER; NULL while nothing waits */
    size_t size;
    size_t start;
    size_t len;
    uint64_t passed;
    bool ended; /* the source has no more */
    bool done;  /* and the sink has been told, or nobody is there to be told */
};

struct relay {
    int client_fd;
    int cluster_fd;
    struct tls *tls;
    struct pipe up;   /* from the client to the cluster */
    struct pipe down; /* from the cluster to the client */
    bool has_body;    /* downwards only an answer's body passes */
    struct body body;
    bool tls_wants_write; /* to be able to read */
    bool client_gone;
    bool cluster_broken; /* it ended without a goodbye, or in the middle of a body */
};

/* Puts bytes in front of what will be read. 0, or -1 without memory or room. */
int pipe_put(struct pipe *pipe, struct str data);
/* Room for so many bytes behind what waits, which the caller adds to pipe->len; NULL without memory or room. */
char *pipe_room(struct pipe *pipe, size_t len);

void pipe_free(struct pipe *pipe);

/* Moves what can be moved now; scratch has RELAY_BUFFER bytes. True when there may be more to move at once. */
bool relay_move(struct relay *relay, char *scratch);

/* What to wait for next: EPOLLIN, EPOLLOUT. */
uint32_t relay_client_events(const struct relay *relay);
uint32_t relay_cluster_events(const struct relay *relay);

/* Sends what waits for the client. True when nothing waits any more, or nobody is there. */
bool relay_flush_client(struct relay *relay);

/* The same for the cluster. relay->up.done: it takes no more for good. */
bool relay_flush_cluster(struct relay *relay);

#endif
