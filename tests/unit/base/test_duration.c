/* Durations as Go's time.ParseDuration reads them. */
#include "tests/unit/rows.h"

#include "base/duration.h"

static void durations_are_read_as_go_reads_them(void **state)
{
    static const struct {
        int line;
        const char *text;
        long ms; /* -1: refused */
    } rows[] = {
        {__LINE__, "30s", 30000},
        {__LINE__, "1m30s", 90000},
        {__LINE__, "1h", 3600000},
        {__LINE__, "1.5h", 5400000},
        {__LINE__, ".5s", 500},
        {__LINE__, "3.s", 3000},
        {__LINE__, "250ms", 250},
        {__LINE__, "1500us", 1},
        {__LINE__, "1500\xC2\xB5s", 1},
        {__LINE__, "2000000ns", 2},
        {__LINE__, "+5s", 5000},
        {__LINE__, "0", 0},
        {__LINE__, "0s", 0},
        {__LINE__, "", -1},
        {__LINE__, "30", -1},
        {__LINE__, "s", -1},
        {__LINE__, ".s", -1},
        {__LINE__, "-5s", -1},
        {__LINE__, "5 s", -1},
        {__LINE__, "5d", -1},
        {__LINE__, "5s ", -1},
        {__LINE__, "1.2.3s", -1},
        {__LINE__, "99999999999999999999h", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = -1;
        int result = duration_parse(str_from(rows[i].text), &ms);

        row_int(rows[i].line, result, rows[i].ms < 0 ? -1 : 0);
        if (result == 0)
            row_int(rows[i].line, ms, rows[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_as_go_reads_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
