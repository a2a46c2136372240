#include "fcgi/peer.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/unset.h"
#include "fcgi/intake.h"
#include "fcgi/record.h"

#define WAITING_MAX KIB(256)

void peer_init(struct peer *peer, int fd, int request_id)
{
    *peer = (struct peer){.fd = fd, .request_id = request_id};
    buf_init(&peer->waiting, WAITING_MAX);
}

int peer_take_request(struct peer *peer)
{
    char bytes[INTAKE_MAX] UNSET;
    size_t len = peer->unread;
    ssize_t n;

    if (len == 0)
        return 0;
    peer->unread = 0;
    n = recv(peer->fd, bytes, len, MSG_DONTWAIT);
    if (n > 0)
        explicit_bzero(bytes, (size_t)n); /* it may hold a key */
    return n == (ssize_t)len ? 0 : -1;
}

static int keep(struct peer *peer, const void *data, size_t len)
{
    if (!peer_is_waiting(peer))
        peer->since_ms = clock_monotonic_ms();
    return buf_add(&peer->waiting, data, len);
}

/* One record. 0, or -1 when nobody reads. */
static int write_record(struct peer *peer, const char *data, size_t len)
{
    unsigned char head[RECORD_HEAD];
    struct iovec parts[2] = {{head, sizeof(head)}, {(void *)(uintptr_t)data, len}};
    const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n = 0;
    size_t sent;

    record_head(head, RECORD_STDOUT, peer->request_id, len);
    if (!peer_is_waiting(peer)) {
        n = sendmsg(peer->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
    }
    sent = n > 0 ? (size_t)n : 0;
    if (sent < sizeof(head) && keep(peer, head + sent, sizeof(head) - sent) < 0)
        return -1;
    sent = sent > sizeof(head) ? sent - sizeof(head) : 0;
    return sent < len ? keep(peer, data + sent, len - sent) : 0;
}

int peer_write(struct peer *peer, const char *data, size_t len)
{
    while (len > 0) {
        size_t part = len < RECORD_CONTENT_MAX ? len : RECORD_CONTENT_MAX;

        if (write_record(peer, data, part) < 0)
            return -1;
        data += part;
        len -= part;
    }
    return 0;
}

bool peer_is_waiting(const struct peer *peer)
{
    return peer->taken < peer->waiting.len;
}

int peer_flush(struct peer *peer)
{
    while (peer_is_waiting(peer)) {
        ssize_t n = send(peer->fd, peer->waiting.ptr + peer->taken, peer->waiting.len - peer->taken,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            peer->taken += (size_t)n;
            peer->since_ms = clock_monotonic_ms();
        }
    }
    buf_free(&peer->waiting); /* most streams are idle most of the time */
    peer->taken = 0;
    return 0;
}

/* A socket that takes nothing more gets room for the little that is left, so that ending never waits. */
static void make_room(const struct peer *peer)
{
    int size = (int)(2 * WAITING_MAX);

    setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* All of it, if the socket takes it at all. */
static int send_now(const struct peer *peer, const char *data, size_t len)
{
    ssize_t n = send(peer->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    size_t sent = n > 0 ? (size_t)n : 0;

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return -1;
    if (sent == len)
        return 0;
    make_room(peer);
    n = send(peer->fd, data + sent, len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n == (ssize_t)(len - sent) ? 0 : -1;
}

int peer_finish(struct peer *peer, struct buf *held)
{
    unsigned char end[RECORD_END_MAX];
    size_t skip = held->len > RECORD_HEAD ? 0 : RECORD_HEAD; /* an empty record would be the end */
    size_t len = held->len - RECORD_HEAD;
    int fd = peer->fd;

    if (len > RECORD_CONTENT_MAX)
        return -1;
    record_head((unsigned char *)held->ptr, RECORD_STDOUT, peer->request_id, len);
    if (buf_add(held, end, record_end(end, peer->request_id, true)) < 0 ||
        send_now(peer, held->ptr + skip, held->len - skip) < 0 || peer_take_request(peer) < 0)
        return -1;
    buf_free(&peer->waiting);
    peer->fd = -1;
    return fd;
}

static size_t write_end(const struct peer *peer, bool whole, unsigned char out[RECORD_END_MAX])
{
    if (whole)
        return record_end(out, peer->request_id, false);
    memset(out, 0, RECORD_HEAD); /* of no known version */
    return RECORD_HEAD;
}

void peer_end(struct peer *peer, bool whole)
{
    unsigned char end[RECORD_END_MAX];
    size_t len = write_end(peer, whole, end);

    if (peer_is_waiting(peer))
        make_room(peer);
    if (peer_flush(peer) == 0) {
        ssize_t n = peer_is_waiting(peer) ? 0 : send(peer->fd, end, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN) {
            make_room(peer);
            n = send(peer->fd, end, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        (void)n;
    }
    peer_close(peer);
}

void peer_close(struct peer *peer)
{
    buf_free(&peer->waiting);
    close(peer->fd);
    peer->fd = -1;
}
