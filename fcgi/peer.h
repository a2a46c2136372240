/*
 * nginx's end of one request, without blocking: output goes out in records as far as the socket takes it, and at most
 * what one call gave waits here.
 */
#ifndef EKSGATE_FCGI_PEER_H
#define EKSGATE_FCGI_PEER_H

#include <stdint.h>

#include "base/buf.h"

struct peer {
    int fd;
    int request_id;
    size_t unread;      /* bytes of the request that were looked at and still lie in the socket */
    struct buf waiting; /* records, from where the socket stopped taking them */
    size_t taken;       /* of those */
    int64_t since_ms;   /* when it last took something, while anything waits */
};

/* The descriptor is the peer's from here on. */
void peer_init(struct peer *peer, int fd, int request_id);

/* Sends a piece of output, or keeps what does not fit. Not while something waits. 0, or -1 when nobody reads. */
int peer_write(struct peer *peer, const char *data, size_t len);

/* Sends what waits, as far as it goes. 0, or -1 when nobody reads. */
int peer_flush(struct peer *peer);

bool peer_is_waiting(const struct peer *peer);

/* Takes off the socket what is unread. Linux wakes who wrote to a Unix socket when it is read (unix_write_space), so
 * that is put off until the answer wakes nginx anyway. 0, or -1 when it is not there. */
int peer_take_request(struct peer *peer);

/* The end of a whole answer whose last part is "held", which has RECORD_HEAD bytes of room before it; in one call. Not
 * while something waits. The descriptor is nobody's then and ready for the next request; -1 when nobody reads. */
int peer_finish(struct peer *peer, struct buf *held);

/* Closes. At a whole answer the end of the request goes before; without, a record that makes nginx break its client's
 * connection off, so that a cut answer does not look whole. */
void peer_end(struct peer *peer, bool whole);

/* Closes and says nothing: before the head nginx answers for us, and when nobody reads it does not matter. */
void peer_close(struct peer *peer);

#endif
