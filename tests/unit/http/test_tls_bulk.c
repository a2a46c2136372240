/* Much through a TLS connection in few system calls: every byte arrives, whatever the sockets take at a time. */
#include "tests/unit/rows.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#define STUB_TLS
#include "base/limits.h"
#include "http/tls.h"
#include "tests/unit/http/stub.h"

#define BULK KIB(128)
#define MUCH KIB(1536)
#define FULL KIB(272) /* more than two looks at a socket take */

/* The other end, in a thread of its own and with plain OpenSSL. */
struct other {
    struct stub stub; /* its certificate */
    int fd;
    int version;
    size_t record;  /* what it sends at once, at most */
    bool is_polite; /* it says goodbye */
    pthread_t thread;
};

static unsigned char byte_at(size_t at)
{
    return (unsigned char)(at * 31 + at / 251);
}

/* Sends back what comes, until so much has come. */
static void *echo(void *arg)
{
    static char data[KIB(16)];
    struct other *other = arg;
    SSL *ssl = SSL_new(other->stub.tls);
    size_t left = MUCH;

    SSL_set_fd(ssl, other->fd);
    SSL_set_max_proto_version(ssl, other->version);
    SSL_set_max_send_fragment(ssl, (long)other->record);
    if (SSL_accept(ssl) == 1)
        while (left > 0) {
            int n = SSL_read(ssl, data, sizeof(data));

            if (n <= 0 || SSL_write(ssl, data, n) != n)
                break;
            left -= (size_t)n;
        }
    if (other->is_polite)
        SSL_shutdown(ssl);
    SSL_free(ssl);
    shutdown(other->fd, SHUT_WR);
    return NULL;
}

static void wait_for(int fd, enum tls_result result)
{
    struct pollfd poll_for = {.fd = fd, .events = result == TLS_WANT_WRITE ? POLLOUT | POLLIN : POLLIN};

    assert_true(poll(&poll_for, 1, 60000) >= 0);
}

static void wait_until_full(int fd)
{
    int waiting = 0;

    while ((size_t)waiting < FULL) {
        assert_int_equal(ioctl(fd, FIONREAD, &waiting), 0);
        sched_yield();
    }
}

static struct tls *connect_to(struct other *other, struct tls_contexts *contexts, int room, int *fd)
{
    static const struct http_identity nobody;
    int large = MIB(1);
    int fds[2];
    enum tls_result result;
    struct err err;
    struct tls *tls;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    *fd = fds[0];
    other->fd = fds[1];
    fcntl(*fd, F_SETFL, O_NONBLOCK);
    setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    setsockopt(other->fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
    stub_make_certificate(&other->stub);
    pthread_create(&other->thread, NULL, echo, other);
    tls = tls_new(contexts, *fd, "127.0.0.1", str_from(other->stub.ca_pem), &nobody, &err);
    assert_non_null(tls);
    while ((result = tls_handshake(tls)) != TLS_DONE) {
        assert_true(result == TLS_WANT_READ || result == TLS_WANT_WRITE);
        wait_for(*fd, result);
    }
    return tls;
}

/* What comes is checked and counted. Returns why nothing more does. */
static enum tls_result read_all(struct tls *tls, size_t room, size_t *seen)
{
    static char data[BULK];

    for (;;) {
        size_t n;
        enum tls_result result = tls_read(tls, data, room, &n);

        if (result != TLS_DONE)
            return result;
        assert_true(n > 0 && n <= room);
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)data[i] != byte_at(*seen + i))
                fail_msg("byte %zu is wrong", *seen + i);
        *seen += n;
    }
}

static void every_byte_arrives_in_both_directions(void **state)
{
    static const struct {
        int line;
        int version;
        size_t piece;  /* that is written at once */
        size_t room;   /* for what is read */
        size_t record; /* of the other end */
        bool is_polite;
        int socket; /* what it holds of what is written */
        bool late;  /* nothing is read while it takes more */
    } rows[] = {
        {__LINE__, TLS1_3_VERSION, BULK, BULK, 16384, true, KIB(4), false},
        {__LINE__, TLS1_2_VERSION, BULK, BULK, 16384, true, KIB(4), false},
        {__LINE__, TLS1_3_VERSION, 100, BULK, 16384, false, KIB(4), false},
        {__LINE__, TLS1_3_VERSION, 16385, 1000, 16384, true, KIB(4), false},
        {__LINE__, TLS1_2_VERSION, 70000, 20480, 600, false, KIB(4), false},
        {__LINE__, TLS1_3_VERSION, BULK, 40000, 5000, true, KIB(4), false},
        {__LINE__, TLS1_3_VERSION, BULK, BULK, 16384, true, MIB(1), true},
        {__LINE__, TLS1_2_VERSION, BULK, BULK, 10000, false, MIB(1), true},
    };
    static char data[BULK];
    struct tls_contexts *contexts = tls_contexts_new(BULK);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static struct other other;
        size_t sent = 0;
        size_t seen = 0;
        enum tls_result result;
        struct tls *tls;
        int fd;

        other = (struct other){.version = rows[i].version, .record = rows[i].record, .is_polite = rows[i].is_polite};
        tls = connect_to(&other, contexts, rows[i].socket, &fd);
        for (;;) {
            size_t piece = rows[i].piece < MUCH - sent ? rows[i].piece : MUCH - sent;
            size_t n = 0;
            enum tls_result wrote = TLS_WANT_READ;

            for (size_t at = 0; at < piece; at++)
                data[at] = (char)byte_at(sent + at);
            if (piece > 0)
                wrote = tls_write(tls, data, piece, &n);
            row_true(rows[i].line, "a write fails", wrote != TLS_BROKEN && wrote != TLS_ENDED);
            sent += n;
            if (rows[i].late && wrote == TLS_DONE)
                continue;
            if (rows[i].late && seen == 0)
                wait_until_full(fd);
            result = read_all(tls, rows[i].room, &seen);
            if (result == TLS_ENDED || result == TLS_BROKEN)
                break;
            if (wrote != TLS_DONE)
                wait_for(fd, wrote);
        }
        row_int(rows[i].line, seen, MUCH);
        row_int(rows[i].line, result, rows[i].is_polite ? TLS_ENDED : TLS_BROKEN);
        row_int(rows[i].line, read_all(tls, BULK, &seen), result); /* and it stays so */
        pthread_join(other.thread, NULL);
        tls_free(tls);
        close(fd);
        close(other.fd);
        SSL_CTX_free(other.stub.tls);
    }
    tls_contexts_free(contexts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte_arrives_in_both_directions)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
