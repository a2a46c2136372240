/* What a rate is written like. */
#include "tests/unit/rows.h"

#include "base/rate.h"

static void rates(void **state)
{
    static const struct {
        int line;
        const char *text;
        int64_t every_us; /* -1: it is none */
        int64_t burst;
    } rows[] = {
        {__LINE__, "off", 0, 0},
        {__LINE__, "1/s", 1000000, 1},
        {__LINE__, "100/s", 10000, 100},
        {__LINE__, "100/s:1000", 10000, 1000},
        {__LINE__, "600/m:5", 100000, 5},
        {__LINE__, "1000000/s", 1, 1000000},
        {__LINE__, "", -1, 0},
        {__LINE__, "Off", -1, 0},
        {__LINE__, "100", -1, 0},
        {__LINE__, "100/h", -1, 0},
        {__LINE__, "100/s:", -1, 0},
        {__LINE__, "100/s:0", -1, 0},
        {__LINE__, "0/s", -1, 0},
        {__LINE__, "-1/s", -1, 0},
        {__LINE__, "1000001/s", -1, 0},
        {__LINE__, "1.5/s", -1, 0},
        {__LINE__, " 1/s", -1, 0},
        {__LINE__, "1/s:1:1", -1, 0},
        {__LINE__, "1//s", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rate rate;
        int rc = rate_parse(str_from(rows[i].text), &rate);

        row_int(rows[i].line, rc, rows[i].every_us < 0 ? -1 : 0);
        row_true(rows[i].line, rows[i].text, rc < 0 || rate.every_us == rows[i].every_us);
        row_true(rows[i].line, rows[i].text, rate.burst == rows[i].burst);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rates)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
