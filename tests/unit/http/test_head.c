/* Heads: what is one, and what two readers could read differently. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "http/head.h"

#define HOST "Host: localhost\r\n"

static void where_a_head_ends(void **state)
{
    static const struct {
        int line;
        const char *text;
        size_t from;
        size_t length;
    } rows[] = {
        {__LINE__, "GET / HTTP/1.1\r\nA: b\r\n\r\nbody", 0, 24},
        {__LINE__, "GET / HTTP/1.1\r\nA: b\r\n\r\n", 23, 24},
        {__LINE__, "GET / HTTP/1.1\r\nA: b\r\n\r", 0, 0},
        {__LINE__, "GET / HTTP/1.1\r\nA: b\r\n", 0, 0},
        {__LINE__, "A\n\nbody", 0, 3}, /* bare line ends: whole, and then refused */
        {__LINE__, "\r\n\r\n", 0, 4},
        {__LINE__, "", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line, head_length(str_from(rows[i].text), rows[i].from), rows[i].length);
}

static void requests(void **state)
{
    static const struct {
        int line;
        struct str text;
        bool good;
    } rows[] = {
        {__LINE__, STR("GET /a?b HTTP/1.1\r\n" HOST "\r\n"), true},
        {__LINE__, STR("POST /a HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"), true},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "X: \t a b \t\r\nY:\r\n\r\n"), true},
        {__LINE__, STR("GET /a HTTP/1.0\r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1 \r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET  /a HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET /a b HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET /a\tb HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET /a\x01 HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET /a\0b HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR("G(T /a HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR(" GET /a HTTP/1.1\r\n" HOST "\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\n" HOST "\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A: b\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A: b\rC: d\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A : b\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST ": b\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n"), false},
        /* whose bytes are they? */
        {__LINE__, STR("GET /a HTTP/1.1\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "host: evil\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "Content-Length: +0\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"), false},
        {__LINE__, STR("GET /a HTTP/1.1\r\n" HOST "Transfer-Encoding: x\r\nContent-Length: 0\r\n\r\n"), false},
        {__LINE__, STR(""), false},
        {__LINE__, STR("\r\n"), false},
        {__LINE__, STR("\r\n\r\n"), false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct head_request head;
        struct err err = {.kind = ERR_NONE};

        row_int(rows[i].line, head_parse_request(rows[i].text, &head, &err), rows[i].good ? 0 : -1);
        row_int(rows[i].line, err.kind, rows[i].good ? ERR_NONE : ERR_BAD_REQUEST);
    }
}

static void what_is_read_out_of_a_request(void **state)
{
    const struct str text = STR("POST //a%2F;b?c=d?e HTTP/1.1\r\n" HOST "X-Y:  v w \r\n\r\n");
    struct head_request head;
    struct err err;

    (void)state;
    assert_int_equal(head_parse_request(text, &head, &err), 0);
    assert_str(head.method, "POST");
    assert_str(head.path, "//a%2F;b");
    assert_str(head.query, "c=d?e");
    assert_int_equal(head.header_count, 2);
    assert_str(head.headers[1].name, "X-Y");
    assert_str(head.headers[1].value, "v w");
    assert_int_equal(head_parse_request(STR("GET /a? HTTP/1.1\r\n" HOST "\r\n"), &head, &err), 0);
    assert_non_null(head.query.ptr); /* an empty query is one */
    assert_int_equal(head.query.len, 0);
    assert_int_equal(head_parse_request(STR("GET /a HTTP/1.1\r\n" HOST "\r\n"), &head, &err), 0);
    assert_null(head.query.ptr);
}

static void the_number_of_headers_is_bounded(void **state)
{
    static char text[4096];
    static struct http_header headers[HEAD_HEADERS_MAX];
    struct head_request head;
    struct http_head answer;
    struct err err;
    size_t n = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n" HOST);

    (void)state;
    for (size_t i = 1; i < LIMIT_HEADERS; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "A: b\r\n");
    snprintf(text + n, sizeof(text) - n, "\r\n");
    assert_int_equal(head_parse_request(str_from(text), &head, &err), 0);
    snprintf(text + n, sizeof(text) - n, "A: b\r\n\r\n");
    assert_int_equal(head_parse_request(str_from(text), &head, &err), -1);

    n = (size_t)snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n");
    for (size_t i = 0; i < HEAD_HEADERS_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "A: b\r\n");
    snprintf(text + n, sizeof(text) - n, "\r\n");
    assert_int_equal(head_parse_answer(str_from(text), headers, &answer), 0);
    snprintf(text + n, sizeof(text) - n, "A: b\r\n\r\n");
    assert_int_equal(head_parse_answer(str_from(text), headers, &answer), -1);
}

static void answers(void **state)
{
    static const struct {
        int line;
        const char *text;
        int status; /* 0: it is none */
        const char *reason;
    } rows[] = {
        {__LINE__, "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n", 101, "Switching Protocols"},
        {__LINE__, "HTTP/1.1 403\r\n\r\n", 403, ""},
        {__LINE__, "HTTP/1.1 403 \r\n\r\n", 403, ""},
        {__LINE__, "HTTP/1.0 200 OK\r\n\r\n", 200, "OK"},
        {__LINE__, "HTTP/2 200 OK\r\n\r\n", 0, ""},
        {__LINE__, "HTTP/1.1 99 OK\r\n\r\n", 0, ""},
        {__LINE__, "HTTP/1.1 1010 OK\r\n\r\n", 0, ""},
        {__LINE__, "HTTP/1.1  200 OK\r\n\r\n", 0, ""},
        {__LINE__, "HTTP/1.1 200 O\x01K\r\n\r\n", 0, ""},
        {__LINE__, "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 0, ""},
        {__LINE__, "HTTP/1.1 200 OK\nA: b\n\n", 0, ""},
        {__LINE__, "nonsense\r\n\r\n", 0, ""},
        {__LINE__, "\r\n\r\n", 0, ""},
    };
    static struct http_header headers[HEAD_HEADERS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_head head;
        int rc = head_parse_answer(str_from(rows[i].text), headers, &head);

        row_int(rows[i].line, rc, rows[i].status ? 0 : -1);
        if (rc < 0)
            continue;
        row_int(rows[i].line, head.status, rows[i].status);
        row_str(rows[i].line, head.reason, rows[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_a_head_ends),
        cmocka_unit_test(requests),
        cmocka_unit_test(what_is_read_out_of_a_request),
        cmocka_unit_test(the_number_of_headers_is_bounded),
        cmocka_unit_test(answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
