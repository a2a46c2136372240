/* Where the body of an answer ends. */
#include "tests/unit/rows.h"

#include <string.h>

#include "http/body.h"

struct answer {
    const char *method;
    int status;
    struct http_header headers[2];
};

static int begin(struct body *body, const struct answer *answer)
{
    struct http_header headers[2] = {answer->headers[0], answer->headers[1]};
    size_t count = answer->headers[1].name.len > 0 ? 2 : answer->headers[0].name.len > 0;
    const struct http_head head = {.status = answer->status, .headers = headers, .header_count = count};

    return body_init(body, answer->method, &head);
}

#define LENGTH(n)                                                                                                      \
    {                                                                                                                  \
        STR("Content-Length"), STR(n)                                                                                  \
    }
#define CHUNKED                                                                                                        \
    {                                                                                                                  \
        STR("Transfer-Encoding"), STR("chunked")                                                                       \
    }

static void what_the_head_says_of_it(void **state)
{
    static const struct {
        int line;
        struct answer answer;
        int kind; /* -1: it can not be said */
        bool done;
    } rows[] = {
        {__LINE__, {"GET", 200, {LENGTH("5")}}, BODY_LENGTH, false},
        {__LINE__, {"GET", 200, {LENGTH("0")}}, BODY_LENGTH, true},
        {__LINE__, {"GET", 200, {CHUNKED}}, BODY_CHUNKED, false},
        {__LINE__, {"GET", 200, {{STR("transfer-encoding"), STR("Chunked")}}}, BODY_CHUNKED, false},
        {__LINE__, {"GET", 403, {{STR(""), STR("")}}}, BODY_CLOSE, false},
        {__LINE__, {"HEAD", 200, {LENGTH("5")}}, BODY_LENGTH, true},
        {__LINE__, {"GET", 204, {{STR(""), STR("")}}}, BODY_LENGTH, true},
        {__LINE__, {"GET", 304, {LENGTH("5")}}, BODY_LENGTH, true},
        {__LINE__, {"GET", 200, {LENGTH("5"), CHUNKED}}, -1, false},
        {__LINE__, {"GET", 200, {LENGTH("5"), LENGTH("5")}}, -1, false},
        {__LINE__, {"GET", 200, {LENGTH("5, 5")}}, -1, false},
        {__LINE__, {"GET", 200, {LENGTH("-1")}}, -1, false},
        {__LINE__, {"GET", 200, {LENGTH("")}}, -1, false},
        {__LINE__, {"GET", 200, {LENGTH("99999999999999999999")}}, -1, false},
        {__LINE__, {"GET", 200, {CHUNKED, CHUNKED}}, -1, false},
        {__LINE__, {"GET", 200, {{STR("Transfer-Encoding"), STR("gzip, chunked")}}}, -1, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct body body;
        int rc = begin(&body, &rows[i].answer);

        row_int(rows[i].line, rc, rows[i].kind < 0 ? -1 : 0);
        if (rc < 0)
            continue;
        row_int(rows[i].line, body.kind, rows[i].kind);
        row_int(rows[i].line, body.done, rows[i].done);
    }
}

/* Taken whole and byte by byte, it ends at the same place. */
static void where_it_ends(void **state)
{
    static const struct {
        int line;
        struct answer answer;
        const char *text;
        long taken; /* -1: broken */
        bool done;
    } rows[] = {
        {__LINE__, {"GET", 200, {LENGTH("5")}}, "12345next", 5, true},
        {__LINE__, {"GET", 200, {LENGTH("5")}}, "123", 3, false},
        {__LINE__, {"GET", 200, {{STR(""), STR("")}}}, "anything", 8, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "5\r\nhello\r\n0\r\n\r\nnext", 15, true},
        {__LINE__, {"GET", 200, {CHUNKED}}, "a;x=\"y\"\r\n0123456789\r\n0\r\n\r\n", 26, true},
        {__LINE__, {"GET", 200, {CHUNKED}}, "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\nnext", 23, true},
        {__LINE__, {"GET", 200, {CHUNKED}}, "0\r\n\r\n", 5, true},
        {__LINE__, {"GET", 200, {CHUNKED}}, "5\r\nhel", 6, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "0\r\n\r", 4, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "5\nhello\r\n", -1, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "\r\n", -1, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "-1\r\n", -1, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "0x5\r\nhello", -1, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "5\r\nhelloX\r\n", -1, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "ffffffffffffffffff\r\n", -1, false},
        {__LINE__, {"GET", 200, {CHUNKED}}, "0\r\nA: b\n\r\n", -1, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct body body;
        long taken = 0;

        row_int(rows[i].line, begin(&body, &rows[i].answer), 0);
        row_int(rows[i].line, body_take(&body, rows[i].text, strlen(rows[i].text)), rows[i].taken);
        row_int(rows[i].line, body.done, rows[i].done);

        row_int(rows[i].line, begin(&body, &rows[i].answer), 0);
        for (const char *p = rows[i].text; *p && !body.done && taken >= 0; p++) {
            long n = body_take(&body, p, 1);

            taken = n < 0 ? -1 : taken + n;
        }
        row_int(rows[i].line, taken, rows[i].taken);
        row_int(rows[i].line, body.done, rows[i].done);
    }
}

static void lines_of_framing_are_bounded(void **state)
{
    static const struct answer answer = {"GET", 200, {CHUNKED}};
    static char text[8192] = "5;";
    struct body body;

    (void)state;
    memset(text + 2, 'x', sizeof(text) - 3);
    assert_int_equal(begin(&body, &answer), 0);
    assert_int_equal(body_take(&body, text, 4000), 4000);
    assert_int_equal(body_take(&body, text + 4000, 4000), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_head_says_of_it),
        cmocka_unit_test(where_it_ends),
        cmocka_unit_test(lines_of_framing_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
