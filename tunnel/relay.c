#include "tunnel/relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

char *pipe_room(struct pipe *pipe, size_t len)
{
    size_t size = pipe->start + pipe->len + len;
    char *data = pipe->data;

    if (size > RELAY_BUFFER)
        return NULL;
    if (size > pipe->size) {
        data = realloc(data, size);
        if (!data)
            return NULL;
        pipe->data = data;
        pipe->size = size;
    }
    return data + pipe->start + pipe->len;
}

int pipe_put(struct pipe *pipe, struct str data)
{
    char *room;

    if (data.len == 0)
        return 0;
    room = pipe_room(pipe, data.len);
    if (!room)
        return -1;
    memcpy(room, data.ptr, data.len);
    pipe->len += data.len;
    return 0;
}

void pipe_free(struct pipe *pipe)
{
    free(pipe->data);
    pipe->data = NULL;
    pipe->start = pipe->len = pipe->size = 0;
}

static void pipe_took(struct pipe *pipe, size_t n)
{
    pipe->start += n;
    pipe->len -= n;
    if (pipe->len == 0)
        pipe_free(pipe);
}

static void pipe_give_up(struct pipe *pipe)
{
    pipe_free(pipe);
    pipe->ended = pipe->done = true;
}

/* How many bytes the client took. */
static size_t send_client(struct relay *relay, const char *data, size_t len)
{
    ssize_t n = send(relay->client_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        relay->client_gone = true;
    if (n > 0)
        relay->down.passed += (uint64_t)n;
    return n > 0 ? (size_t)n : 0;
}

bool relay_flush_client(struct relay *relay)
{
    struct pipe *down = &relay->down;

    while (down->len > 0 && !relay->client_gone) {
        size_t n = send_client(relay, down->data + down->start, down->len);

        if (n == 0)
            break;
        pipe_took(down, n);
    }
    if (relay->client_gone)
        pipe_give_up(down);
    return down->len == 0;
}

/* As much as has come and a buffer holds: each call of the system moves many records. */
static size_t read_cluster(struct relay *relay, char *scratch)
{
    size_t len;
    enum tls_result result = tls_read(relay->tls, scratch, RELAY_BUFFER, &len);

    relay->tls_wants_write = result == TLS_WANT_WRITE;
    relay->down.ended = result == TLS_ENDED || result == TLS_BROKEN;
    relay->cluster_broken = relay->cluster_broken || result == TLS_BROKEN;
    return len;
}

/* Only what belongs to the body goes on; what comes behind it is nobody's. */
static size_t bound_by_body(struct relay *relay, const char *data, size_t len)
{
    long n;

    if (!relay->has_body)
        return len;
    n = body_take(&relay->body, data, len);
    if (n < 0)
        relay->cluster_broken = true;
    if (n < 0 || relay->body.done)
        relay->down.ended = true;
    else if (relay->down.ended && relay->body.kind != BODY_CLOSE)
        relay->cluster_broken = true;
    return n < 0 ? 0 : (size_t)n;
}

static bool move_down(struct relay *relay, char *scratch)
{
    struct pipe *down = &relay->down;

    for (size_t moved = 0; moved < RELAY_BUDGET && !down->done;) {
        size_t len;
        size_t n;

        if (!relay_flush_client(relay))
            return false;
        if (down->ended) {
            shutdown(relay->client_fd, SHUT_WR);
            down->done = true;
            return false;
        }
        len = bound_by_body(relay, scratch, read_cluster(relay, scratch));
        if (len == 0 && !down->ended)
            return false;
        n = len > 0 ? send_client(relay, scratch, len) : 0;
        if (pipe_put(down, (struct str){scratch + n, len - n}) < 0)
            relay->client_gone = true;
        moved += len;
    }
    return !down->done;
}

/* How many bytes the cluster took; gives up on the direction when it takes no more for good. */
static size_t write_cluster(struct relay *relay, const char *data, size_t len)
{
    size_t written = 0;

    while (written < len) {
        size_t n;
        enum tls_result result = tls_write(relay->tls, data + written, len - written, &n);

        if (result == TLS_DONE) {
            written += n;
            continue;
        }
        if (result == TLS_ENDED || result == TLS_BROKEN) {
            pipe_give_up(&relay->up);
            relay->cluster_broken = true;
        }
        break;
    }
    relay->up.passed += written;
    return written;
}

bool relay_flush_cluster(struct relay *relay)
{
    struct pipe *up = &relay->up;

    if (up->len > 0) {
        size_t n = write_cluster(relay, up->data + up->start, up->len);

        if (!up->done)
            pipe_took(up, n);
    }
    return up->len == 0;
}

static ssize_t read_client(struct relay *relay, char *scratch)
{
    ssize_t n = recv(relay->client_fd, scratch, RELAY_BUFFER, MSG_DONTWAIT);

    if (n == 0)
        relay->up.ended = true;
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        relay->client_gone = true;
        relay->up.ended = true;
    }
    return n;
}

static bool move_up(struct relay *relay, char *scratch)
{
    struct pipe *up = &relay->up;

    for (size_t moved = 0; moved < RELAY_BUDGET && !up->done;) {
        ssize_t len;
        size_t n;

        if (!relay_flush_cluster(relay))
            return false;
        if (up->done)
            return false;
        if (up->ended) {
            tls_end(relay->tls);
            shutdown(relay->cluster_fd, SHUT_WR);
            up->done = true;
            return false;
        }
        len = read_client(relay, scratch);
        if (len <= 0 && !up->ended)
            return false;
        n = len > 0 ? write_cluster(relay, scratch, (size_t)len) : 0;
        if (len > 0 && !up->done && pipe_put(up, (struct str){scratch + n, (size_t)len - n}) < 0)
            pipe_give_up(up);
        moved += len > 0 ? (size_t)len : 0;
    }
    return !up->done;
}

bool relay_move(struct relay *relay, char *scratch)
{
    bool more_up = !relay->has_body && move_up(relay, scratch);
    bool more_down = move_down(relay, scratch);

    if (relay->client_gone)
        pipe_give_up(&relay->down);
    if (relay->cluster_broken && relay->down.ended)
        pipe_give_up(&relay->up);
    return more_up || more_down;
}

uint32_t relay_client_events(const struct relay *relay)
{
    bool reads = !relay->has_body && !relay->up.ended && relay->up.len == 0;

    return (reads ? (uint32_t)EPOLLIN : 0u) | (relay->down.len > 0 ? (uint32_t)EPOLLOUT : 0u);
}

uint32_t relay_cluster_events(const struct relay *relay)
{
    bool reads = !relay->down.ended && relay->down.len == 0;

    return (reads ? (uint32_t)EPOLLIN : 0u) | (relay->up.len > 0 || relay->tls_wants_write ? (uint32_t)EPOLLOUT : 0u);
}
