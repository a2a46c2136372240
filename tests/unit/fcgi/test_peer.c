/* nginx's end of a stream: what it reads, whatever the socket takes at a time. */
#include "tests/unit/rows.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "fcgi/peer.h"
#include "fcgi/record.h"

static struct peer peer;
static int nginx; /* the other end */

static int setup(void **state)
{
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    nginx = ends[1];
    peer_init(&peer, ends[0], 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (peer.fd >= 0)
        peer_close(&peer);
    close(nginx);
    return 0;
}

/* What can be read now; the end of the connection is told by *closed. */
static void receive(struct buf *out, bool *closed)
{
    char chunk[65536];
    ssize_t n;

    *closed = false;
    while ((n = recv(nginx, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
        buf_add(out, chunk, (size_t)n);
    *closed = n == 0;
}

/* As nginx does: output up to the end of the request, a fault, or the end of the bytes. */
enum seen { SEEN_OPEN, SEEN_END, SEEN_FAULT };

static enum seen parse(struct str bytes, struct buf *output, size_t *rest)
{
    while (bytes.len >= RECORD_HEAD) {
        const unsigned char *head = (const unsigned char *)bytes.ptr;
        size_t len = (size_t)head[4] << 8 | head[5];

        if (head[0] != 1)
            return SEEN_FAULT;
        assert_int_equal(head[3], 1);
        assert_int_equal(head[6], 0); /* padding would hold the head back in nginx */
        assert_true(len <= RECORD_CONTENT_MAX && bytes.len >= RECORD_HEAD + len);
        if (head[1] == RECORD_STDOUT)
            buf_add(output, bytes.ptr + RECORD_HEAD, len);
        bytes = str_skip(bytes, RECORD_HEAD + len);
        if (head[1] == RECORD_END_REQUEST) {
            *rest = bytes.len;
            return SEEN_END;
        }
    }
    assert_int_equal(bytes.len, 0);
    return SEEN_OPEN;
}

static char *pattern(size_t len)
{
    char *data = malloc(len);

    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 31 + i / 251);
    return data;
}

static void output_goes_out_at_once_in_records(void **state)
{
    static const size_t sizes[] = {1, 4096, RECORD_CONTENT_MAX, RECORD_CONTENT_MAX + 1};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char *data = pattern(sizes[i]);
        struct buf bytes;
        struct buf output;
        bool closed;
        size_t rest;

        buf_init(&bytes, MIB(1));
        buf_init(&output, MIB(1));
        assert_int_equal(peer_write(&peer, data, sizes[i]), 0);
        assert_false(peer_is_waiting(&peer));
        receive(&bytes, &closed);
        assert_int_equal(parse(buf_str(&bytes), &output, &rest), SEEN_OPEN);
        assert_int_equal(output.len, sizes[i]);
        assert_memory_equal(output.ptr, data, sizes[i]);
        buf_free(&bytes);
        buf_free(&output);
        free(data);
    }
}

/* Fills the socket; returns how much was written. */
static size_t fill(const char *data, size_t piece)
{
    size_t written = 0;

    while (!peer_is_waiting(&peer)) {
        assert_int_equal(peer_write(&peer, data, piece), 0);
        written += piece;
    }
    return written;
}

static void what_the_socket_does_not_take_waits_and_stays_whole(void **state)
{
    static const size_t pieces[] = {700, 5000, 32768, 100000};
    char *data = pattern(100000);

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct buf bytes;
        struct buf output;
        size_t written = fill(data, pieces[i]);
        bool closed;
        size_t rest;

        buf_init(&bytes, MIB(4));
        buf_init(&output, MIB(4));
        assert_true(peer.waiting.len - peer.taken <= pieces[i] + 2 * RECORD_HEAD);
        while (peer_is_waiting(&peer)) {
            receive(&bytes, &closed);
            assert_int_equal(peer_flush(&peer), 0);
        }
        assert_null(peer.waiting.ptr);
        receive(&bytes, &closed);
        assert_int_equal(parse(buf_str(&bytes), &output, &rest), SEEN_OPEN);
        assert_int_equal(output.len, written);
        for (size_t at = 0; at < written; at += pieces[i])
            assert_memory_equal(output.ptr + at, data, pieces[i]);
        buf_free(&bytes);
        buf_free(&output);
    }
    free(data);
}

static void ends(void **state)
{
    static const struct {
        int line;
        bool full; /* the socket takes nothing more, and something waits */
        bool whole;
        enum seen seen;
    } rows[] = {
        {__LINE__, false, true, SEEN_END},
        {__LINE__, false, false, SEEN_FAULT},
        {__LINE__, true, true, SEEN_END},
        {__LINE__, true, false, SEEN_FAULT},
    };
    char *data = pattern(32768);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf bytes;
        struct buf output;
        size_t written = 5;
        bool closed;
        size_t rest = 0;

        buf_init(&bytes, MIB(4));
        buf_init(&output, MIB(4));
        if (rows[i].full)
            written = fill(data, 32768);
        else
            assert_int_equal(peer_write(&peer, data, written), 0);
        peer_end(&peer, rows[i].whole);
        row_int(rows[i].line, peer.fd, -1);
        receive(&bytes, &closed);
        row_true(rows[i].line, "closed", closed);
        row_int(rows[i].line, parse(buf_str(&bytes), &output, &rest), rows[i].seen);
        row_int(rows[i].line, output.len, written);         /* all that was said before is whole */
        row_int(rows[i].line, rest, rows[i].whole ? 1 : 0); /* so that nginx keeps no connection that is closed */
        buf_free(&bytes);
        buf_free(&output);
        close(nginx);
        setup(state);
    }
    free(data);
}

static void nobody_reads(void **state)
{
    (void)state;
    close(nginx);
    assert_int_equal(peer_write(&peer, "x", 1), -1);
    setup(state);
    fill("0123456789012345678901234567890123456789012345678901234567890123456789", 70);
    close(nginx);
    assert_int_equal(peer_flush(&peer), -1);
    peer_end(&peer, true);
    setup(state);
}

static void it_is_known_since_when_nothing_was_taken(void **state)
{
    char *data = pattern(32768);
    int64_t before = clock_monotonic_ms();
    struct buf bytes;
    bool closed;

    (void)state;
    buf_init(&bytes, MIB(4));
    fill(data, 32768);
    assert_in_range(peer.since_ms, before, clock_monotonic_ms());
    peer.since_ms = 1;
    peer_flush(&peer); /* nothing was read: nothing goes */
    assert_int_equal(peer.since_ms, 1);
    receive(&bytes, &closed);
    peer_flush(&peer);
    assert_true(peer.since_ms >= before);
    buf_free(&bytes);
    free(data);
}

static bool nginx_is_told(int epoll_fd)
{
    struct epoll_event event;

    return epoll_wait(epoll_fd, &event, 1, 0) == 1;
}

/* As nginx watches it. What is read wakes who may write. */
static void nginx_is_not_woken_before_the_answer(void **state)
{
    struct epoll_event both = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct buf held;
    char request[7];

    (void)state;
    buf_init(&held, KIB(1));
    buf_add(&held, "\0\0\0\0\0\0\0\0ok", RECORD_HEAD + 2);
    assert_int_equal(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, nginx, &both), 0);
    assert_true(nginx_is_told(epoll_fd)); /* it may write */
    assert_int_equal(send(nginx, "request", 7, 0), 7);
    peer.unread = (size_t)recv(peer.fd, request, sizeof(request), MSG_PEEK);
    assert_false(nginx_is_told(epoll_fd));
    assert_int_equal(send(nginx, "next", 4, 0), 4);
    assert_true(peer_finish(&peer, &held) >= 0);
    assert_true(nginx_is_told(epoll_fd));
    buf_free(&held);
    close(epoll_fd);
}

static void of_the_socket_only_the_request_is_taken(void **state)
{
    static const struct {
        int line;
        const char *sent;
        size_t unread;
        int result;
        const char *left;
    } rows[] = {
        {__LINE__, "request", 7, 0, ""},
        {__LINE__, "requestnext", 7, 0, "next"},
        {__LINE__, "request", 0, 0, "request"},
        {__LINE__, "short", 7, -1, ""},
        {__LINE__, "", 7, -1, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char left[16] = "";

        send(nginx, rows[i].sent, strlen(rows[i].sent), 0);
        peer.unread = rows[i].unread;
        row_int(rows[i].line, peer_take_request(&peer), rows[i].result);
        row_int(rows[i].line, peer_take_request(&peer), 0); /* once */
        recv(peer.fd, left, sizeof(left) - 1, MSG_DONTWAIT);
        row_text(rows[i].line, left, rows[i].left);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(output_goes_out_at_once_in_records, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_socket_does_not_take_waits_and_stays_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(ends, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(nginx_is_not_woken_before_the_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(of_the_socket_only_the_request_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(it_is_known_since_when_nothing_was_taken, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
