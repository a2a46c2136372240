/* Times as text. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/clock.h"

#define REFUSED INT64_MIN

static void rfc3339(void **state)
{
    static const struct {
        int line;
        const char *text;
        int64_t seconds;
    } rows[] = {
        {__LINE__, "1970-01-01T00:00:00Z", 0},
        {__LINE__, "2026-11-21T06:00:00Z", 1795240800},
        {__LINE__, "2026-11-21t06:00:00z", 1795240800},
        {__LINE__, "2026-11-21 06:00:00Z", 1795240800},
        {__LINE__, "2026-11-21T06:00:00.123456789Z", 1795240800},
        {__LINE__, "2026-11-21T15:00:00+09:00", 1795240800},
        {__LINE__, "2026-11-21T00:30:00-05:30", 1795240800},
        {__LINE__, "2024-02-29T00:00:00Z", 1709164800},
        {__LINE__, "1969-12-31T23:59:59Z", -1},
        {__LINE__, "", REFUSED},
        {__LINE__, "2026-11-21", REFUSED},
        {__LINE__, "2026-11-21T06:00:00", REFUSED},
        {__LINE__, "2026-11-21T06:00Z", REFUSED},
        {__LINE__, "2026-11-21T06:00:00Zx", REFUSED},
        {__LINE__, "2026-11-21T06:00:00.Z", REFUSED},
        {__LINE__, "2026-11-21T06:00:00+0900", REFUSED},
        {__LINE__, "2026-11-21T06:00:00+9:00", REFUSED},
        {__LINE__, "2026-11-21T06:00:00+24:00", REFUSED},
        {__LINE__, "2026-11-21T06:00:00+09:60", REFUSED},
        {__LINE__, "2026-13-21T06:00:00Z", REFUSED},
        {__LINE__, "2026-00-21T06:00:00Z", REFUSED},
        {__LINE__, "2026-11-00T06:00:00Z", REFUSED},
        {__LINE__, "2026-02-29T06:00:00Z", REFUSED},
        {__LINE__, "2026-11-31T06:00:00Z", REFUSED},
        {__LINE__, "2026-11-21T24:00:00Z", REFUSED},
        {__LINE__, "2026-11-21T06:60:00Z", REFUSED},
        {__LINE__, "2026-11-21T-0:00:00Z", REFUSED},
        {__LINE__, "-026-11-21T06:00:00Z", REFUSED},
        {__LINE__, "26-11-21T06:00:00Z", REFUSED},
        {__LINE__, "2026/11/21T06:00:00Z", REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = REFUSED;
        int rc = clock_parse(str_from(rows[i].text), &seconds);

        row_int(rows[i].line, rc, rows[i].seconds == REFUSED ? -1 : 0);
        row_int(rows[i].line, seconds, rows[i].seconds);
    }
}

static void http_dates(void **state)
{
    static const struct {
        int line;
        const char *text;
        int64_t seconds;
    } rows[] = {
        {__LINE__, "Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {__LINE__, "Sat, 21 Nov 2026 06:00:00 GMT", 1795240800},
        {__LINE__, "", REFUSED},
        {__LINE__, "Sunday, 06-Nov-94 08:49:37 GMT", REFUSED},
        {__LINE__, "Sun Nov  6 08:49:37 1994", REFUSED},
        {__LINE__, "Sun, 06 Nov 1994 08:49:37 GMTx", REFUSED},
        {__LINE__, "Sun, 06 Nov 1994 08:49:37", REFUSED},
        {__LINE__, "Sun, 06 Nov 1994 08:49:37 +0100", REFUSED},
        {__LINE__, "Sun, 06 Nov 1994 08:49:37 GMT and forty more bytes", REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = REFUSED;
        int rc = clock_parse_http(str_from(rows[i].text), &seconds);

        row_int(rows[i].line, rc, rows[i].seconds == REFUSED ? -1 : 0);
        row_int(rows[i].line, seconds, rows[i].seconds);
    }
}

static void what_is_written_reads_back(void **state)
{
    static const int64_t times[] = {0, 1, 951782399, 951782400, 1709164799, 1795240800, 4102444799};

    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t seconds;

        assert_int_equal(clock_parse(str_from(clock_format(times[i], text)), &seconds), 0);
        assert_int_equal(seconds, times[i]);
        assert_int_equal(strlen(text), 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc3339),
        cmocka_unit_test(http_dates),
        cmocka_unit_test(what_is_written_reads_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
