#include "http/tls_bulk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SEALED_MORE 256 /* a record's head, tag and padding */
#define LITTLE KIB(4)   /* is read without more ado */

struct bulk_room {
    BIO_METHOD *method;
    char *in;
    size_t in_size;
    size_t in_start;
    size_t in_len;
    char *out;
    size_t out_size;
    size_t out_len;
};

struct bulk {
    struct bulk_room *room;
    int fd;
    size_t take;     /* from the socket at once; 0: as much as is asked for */
    bool is_stopped; /* only what is here is given out */
    bool gathers;
    bool ended;
    char *rest; /* sealed */
    size_t rest_start;
    size_t rest_len;
};

static bool is_wait(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static int give_out(struct bulk_room *room, char *data, size_t len)
{
    size_t n = len < room->in_len ? len : room->in_len;

    memcpy(data, room->in + room->in_start, n);
    room->in_start += n;
    room->in_len -= n;
    return (int)n;
}

static int read_bulk(BIO *bio, char *data, int len)
{
    struct bulk *bulk = BIO_get_data(bio);
    struct bulk_room *room = bulk->room;
    ssize_t n;

    BIO_clear_retry_flags(bio);
    if (bulk->take > 0 && room->in_len > 0)
        return give_out(room, data, (size_t)len);
    if (bulk->is_stopped) {
        BIO_set_retry_read(bio);
        return -1;
    }
    n = bulk->take > 0 ? recv(bulk->fd, room->in, bulk->take, MSG_DONTWAIT)
                       : recv(bulk->fd, data, (size_t)len, MSG_DONTWAIT);
    if (is_wait(n))
        BIO_set_retry_read(bio);
    bulk->ended = n == 0;
    if (n <= 0 || bulk->take == 0)
        return (int)n;
    room->in_start = 0;
    room->in_len = (size_t)n;
    return give_out(room, data, (size_t)len);
}

static int send_some(struct bulk *bulk, const char *data, size_t len, size_t *sent)
{
    *sent = 0;
    while (*sent < len) {
        ssize_t n = send(bulk->fd, data + *sent, len - *sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (is_wait(n))
            return 0;
        if (n < 0)
            return -1;
        *sent += (size_t)n;
    }
    return 1;
}

static int send_rest(struct bulk *bulk)
{
    size_t sent;
    int rc = send_some(bulk, bulk->rest + bulk->rest_start, bulk->rest_len, &sent);

    bulk->rest_start += sent;
    bulk->rest_len -= sent;
    if (bulk->rest_len == 0) {
        free(bulk->rest);
        bulk->rest = NULL;
    }
    return rc;
}

static int keep_rest(struct bulk *bulk, const char *data, size_t len)
{
    bulk->rest = malloc(len);
    if (!bulk->rest)
        return -1;
    memcpy(bulk->rest, data, len);
    bulk->rest_start = 0;
    bulk->rest_len = len;
    return 0;
}

int bulk_flush(BIO *bio)
{
    struct bulk *bulk = BIO_get_data(bio);
    struct bulk_room *room = bulk->room;
    size_t len = bulk->gathers ? room->out_len : 0;
    size_t sent;
    int rc;

    bulk->gathers = false;
    room->out_len = 0;
    if (bulk->rest)
        return send_rest(bulk);
    rc = send_some(bulk, room->out, len, &sent);
    return rc == 0 && keep_rest(bulk, room->out + sent, len - sent) < 0 ? -1 : rc;
}

static int write_bulk(BIO *bio, const char *data, int len)
{
    struct bulk *bulk = BIO_get_data(bio);
    struct bulk_room *room = bulk->room;
    size_t sent;
    int rc;

    BIO_clear_retry_flags(bio);
    if (bulk->gathers) {
        if ((size_t)len > room->out_size - room->out_len) {
            errno = ENOBUFS;
            return -1;
        }
        memcpy(room->out + room->out_len, data, (size_t)len);
        room->out_len += (size_t)len;
        return len;
    }
    rc = bulk->rest ? send_rest(bulk) : 1; /* it stands before */
    if (rc == 1)
        rc = send_some(bulk, data, (size_t)len, &sent);
    else
        sent = 0;
    if (rc == 0 && sent == 0)
        BIO_set_retry_write(bio);
    return rc < 0 || sent == 0 ? -1 : (int)sent;
}

static long control_bulk(BIO *bio, int command, long number, void *pointer)
{
    const struct bulk *bulk = BIO_get_data(bio);

    (void)number;
    (void)pointer;
    if (command == BIO_CTRL_EOF)
        return bulk->ended;
    return command == BIO_CTRL_FLUSH;
}

static int free_bulk(BIO *bio)
{
    struct bulk *bulk = BIO_get_data(bio);

    if (bulk)
        free(bulk->rest);
    free(bulk);
    return 1;
}

struct bulk_room *bulk_room_new(size_t size)
{
    struct bulk_room *room = calloc(1, sizeof(*room));

    if (!room)
        return NULL;
    room->in_size = size;
    room->out_size = size + (size / TLS_RECORD_MAX + 1) * SEALED_MORE;
    room->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bulk");
    room->in = malloc(size);
    room->out = malloc(room->out_size);
    if (room->method && room->in && room->out && BIO_meth_set_read(room->method, read_bulk) == 1 &&
        BIO_meth_set_write(room->method, write_bulk) == 1 && BIO_meth_set_ctrl(room->method, control_bulk) == 1 &&
        BIO_meth_set_destroy(room->method, free_bulk) == 1)
        return room;
    bulk_room_free(room);
    return NULL;
}

void bulk_room_free(struct bulk_room *room)
{
    if (!room)
        return;
    BIO_meth_free(room->method);
    free(room->in);
    free(room->out);
    free(room);
}

BIO *bulk_new(struct bulk_room *room, int fd)
{
    struct bulk *bulk = calloc(1, sizeof(*bulk));
    BIO *bio = bulk ? BIO_new(room->method) : NULL;

    if (!bio) {
        free(bulk);
        return NULL;
    }
    bulk->room = room;
    bulk->fd = fd;
    BIO_set_data(bio, bulk);
    BIO_set_init(bio, 1);
    return bio;
}

/* A record that has come in part may be completed: that much more room it takes. */
void bulk_begin_read(BIO *bio, size_t room_for)
{
    struct bulk *bulk = BIO_get_data(bio);
    size_t take = room_for > TLS_RECORD_MAX + LITTLE ? room_for - TLS_RECORD_MAX : 0;

    bulk->take = take < bulk->room->in_size ? take : bulk->room->in_size;
}

void bulk_stop_read(BIO *bio)
{
    struct bulk *bulk = BIO_get_data(bio);

    bulk->is_stopped = bulk->take > 0;
}

void bulk_end_read(BIO *bio)
{
    struct bulk *bulk = BIO_get_data(bio);

    bulk->take = 0;
    bulk->is_stopped = false;
    bulk->room->in_len = 0;
}

void bulk_begin_write(BIO *bio)
{
    struct bulk *bulk = BIO_get_data(bio);

    bulk->gathers = true;
    bulk->room->out_len = 0;
}

bool bulk_takes_record(BIO *bio)
{
    const struct bulk *bulk = BIO_get_data(bio);

    return bulk->room->out_size - bulk->room->out_len >= TLS_RECORD_MAX + SEALED_MORE;
}
