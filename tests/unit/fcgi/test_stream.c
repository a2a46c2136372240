/* When a stream is cut and when it ends, without a cluster behind it. */
#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "fcgi/stream.h"

static struct stream_loop at;
static struct stream *first;
static int nginx;
static int released;

static void on_release(struct stream *stream)
{
    (void)stream;
    released++;
}

static int setup(void **state)
{
    (void)state;
    log_level_set(LOG_LEVEL_CRITICAL);
    at = (struct stream_loop){.loop = loop_new(), .release = on_release};
    return at.loop ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    loop_free(at.loop);
    return 0;
}

static struct stream *begin(void)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    nginx = ends[1];
    peer_init(&stream->peer, ends[0], 1);
    stream->at = &at;
    stream->lasts = true;
    stream->link = &first;
    first = stream;
    released = 0;
    return stream;
}

/* The last bytes that nginx got, after all else. */
static bool ended_with(const char *bytes, size_t len)
{
    char last[65536] = "";
    char chunk[65536];
    ssize_t n;

    while ((n = recv(nginx, chunk, sizeof(chunk), 0)) > 0)
        memcpy(last, chunk + ((size_t)n > len ? (size_t)n - len : 0), len);
    close(nginx);
    return memcmp(last, bytes, len) == 0;
}

#define BROKEN_OFF "\0\0\0\0\0\0\0\0", 8
#define ENDED "\1\3\0\1\0\10\0\0\0\0\0\0\0\0\0\0\0", 17

static void a_client_that_accepts_nothing_for_a_minute_is_cut(void **state)
{
    static const char data[32768];
    struct stream *stream = begin();
    int64_t now;

    (void)state;
    while (!peer_is_waiting(&stream->peer))
        assert_int_equal(peer_write(&stream->peer, data, sizeof(data)), 0);
    now = stream->peer.since_ms;
    stream_tick(stream, now + 60000);
    assert_int_equal(released, 0);
    stream_tick(stream, now + 60001);
    assert_int_equal(released, 1);
    assert_null(first);
    assert_true(ended_with(BROKEN_OFF));
}

static void an_idle_client_is_not(void **state)
{
    struct stream *stream = begin();

    (void)state;
    assert_int_equal(peer_write(&stream->peer, "x", 1), 0);
    stream_tick(stream, clock_monotonic_ms() + 24L * 3600 * 1000);
    assert_int_equal(released, 0);
    stream_drain(stream, true);
    close(nginx);
}

static void the_end_of_the_process(void **state)
{
    static const struct {
        int line;
        int status; /* of the head; 0: there was none */
        struct frames frames;
        bool at_last;
        bool ends;
        bool whole;
    } rows[] = {
        {__LINE__, 200, {.kind = FRAMES_LINES}, false, true, true},
        {__LINE__, 200, {.kind = FRAMES_LINES, .inside = true}, false, false, false},
        {__LINE__, 200, {.kind = FRAMES_LINES, .inside = true}, true, true, false},
        {__LINE__, 200, {.kind = FRAMES_NONE}, false, false, false},
        {__LINE__, 200, {.kind = FRAMES_NONE}, true, true, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stream *stream = begin();

        stream->status = rows[i].status;
        stream->frames = rows[i].frames;
        assert_int_equal(peer_write(&stream->peer, "head", 4), 0);
        stream_drain(stream, rows[i].at_last);
        row_int(rows[i].line, released, rows[i].ends);
        if (!rows[i].ends)
            stream_drain(stream, true);
        row_true(rows[i].line, "how it ended", rows[i].whole ? ended_with(ENDED) : ended_with(BROKEN_OFF));
    }
}

/* nginx then answers with a Status of its own. */
static void without_a_head_the_connection_just_closes(void **state)
{
    struct stream *stream = begin();
    char byte;

    (void)state;
    stream_drain(stream, false);
    assert_int_equal(released, 0);
    stream_drain(stream, true);
    assert_int_equal(released, 1);
    assert_int_equal(recv(nginx, &byte, 1, 0), 0);
    close(nginx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_that_accepts_nothing_for_a_minute_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idle_client_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_process, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_head_the_connection_just_closes, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
