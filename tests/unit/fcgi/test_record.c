#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "fcgi/record.h"

struct reader {
    int fd;
    struct buf got;
};

static void *read_all(void *arg)
{
    struct reader *reader = arg;
    char piece[4096];
    ssize_t n;

    while ((n = read(reader->fd, piece, sizeof(piece))) > 0)
        buf_add(&reader->got, piece, (size_t)n);
    return NULL;
}

/* What a peer that is read at its own pace gets of these pieces. */
static int send_to_reader(struct str first, struct str second, enum record_last last, struct buf *got)
{
    struct reader reader;
    pthread_t thread;
    int fds[2];
    int rc;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    buf_init(&reader.got, MIB(2));
    reader.fd = fds[1];
    pthread_create(&thread, NULL, read_all, &reader);
    rc = record_send(fds[0], 258, first, second, last);
    close(fds[0]);
    pthread_join(thread, NULL);
    close(fds[1]);
    *got = reader.got;
    return rc;
}

/* Takes one record off; its content is returned. */
static struct str take(struct str *rest, int *type)
{
    const unsigned char *head = (const unsigned char *)rest->ptr;
    struct str content;

    assert_true(rest->len >= RECORD_HEAD);
    assert_int_equal(head[0], 1);
    assert_int_equal(head[2] << 8 | head[3], 258);
    assert_int_equal(head[6], 0);
    *type = head[1];
    content = (struct str){rest->ptr + RECORD_HEAD, (size_t)(head[4] << 8 | head[5])};
    assert_true(rest->len >= RECORD_HEAD + content.len);
    *rest = str_skip(*rest, RECORD_HEAD + content.len);
    return content;
}

/* The output of all records, which must end as a request does unless there is more. */
static void check(struct buf *got, struct str output, enum record_last last)
{
    struct str rest = buf_str(got);
    struct buf joined;
    int type;

    buf_init(&joined, MIB(2));
    while (joined.len < output.len) {
        struct str content = take(&rest, &type);

        assert_int_equal(type, RECORD_STDOUT);
        assert_true(content.len > 0);
        buf_add_str(&joined, content);
    }
    assert_true(str_equal(buf_str(&joined), output));
    if (last != RECORD_MORE) {
        assert_int_equal(take(&rest, &type).len, 0);
        assert_int_equal(type, RECORD_STDOUT);
        assert_true(str_equal(take(&rest, &type), STR("\0\0\0\0\0\0\0\0")));
        assert_int_equal(type, RECORD_END_REQUEST);
    }
    assert_int_equal(rest.len, last == RECORD_CLOSE); /* the byte that tells nginx not to keep the connection */
    buf_free(&joined);
    buf_free(got);
}

static void small_answer_and_its_end(void **state)
{
    struct buf got;

    (void)state;
    assert_int_equal(send_to_reader(STR("Status: 200 OK\r\n\r\n"), STR("{}"), RECORD_KEEP, &got), 0);
    check(&got, STR("Status: 200 OK\r\n\r\n{}"), RECORD_KEEP);
    assert_int_equal(send_to_reader(STR(""), STR(""), RECORD_CLOSE, &got), 0);
    check(&got, STR(""), RECORD_CLOSE);
}

static void large_pieces_become_many_records(void **state)
{
    static const size_t sizes[] = {1, RECORD_CONTENT_MAX, RECORD_CONTENT_MAX + 1, 4 * RECORD_CONTENT_MAX, 900000};
    static char text[1000000];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 7 + i / 251);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (enum record_last last = RECORD_MORE; last <= RECORD_CLOSE; last++) {
            const struct str whole = {text, sizes[i] + 100};
            struct buf got;

            assert_int_equal(send_to_reader((struct str){text, 100}, str_skip(whole, 100), last, &got), 0);
            check(&got, whole, last);
        }
    }
}

static void nobody_reads(void **state)
{
    static char text[MIB(1)];
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    close(fds[1]);
    assert_int_equal(record_send(fds[0], 1, STR("head"), (struct str){text, sizeof(text)}, RECORD_KEEP), -1);
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_answer_and_its_end),
        cmocka_unit_test(large_pieces_become_many_records),
        cmocka_unit_test(nobody_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
