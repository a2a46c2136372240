/* Which requests come from the gateway's own pages. */
#include "tests/unit/rows.h"

#include "base/origin.h"

static void an_origin_is_ours_when_it_is_the_host_that_was_asked(void **state)
{
    static const struct {
        int line;
        const char *origin;
        const char *host;
        bool own;
    } rows[] = {
        {__LINE__, "http://localhost:8080", "localhost:8080", true},
        {__LINE__, "http://LOCALHOST:8080", "localhost:8080", true},
        {__LINE__, "https://gate.example", "gate.example", true},
        {__LINE__, "https://gate.example:443", "gate.example", true},
        {__LINE__, "https://gate.example", "gate.example:443", true},
        {__LINE__, "http://[::1]:8080", "[::1]:8080", true},
        {__LINE__, "http://localhost:3000", "localhost:8080", false},
        {__LINE__, "http://127.0.0.1:8080", "localhost:8080", false},
        {__LINE__, "http://gate.example:443", "gate.example", false},
        {__LINE__, "https://evil.example", "gate.example", false},
        {__LINE__, "https://gate.example.evil.example", "gate.example", false},
        {__LINE__, "https://gate.example/", "gate.example", false},
        {__LINE__, "ftp://gate.example", "gate.example", false},
        {__LINE__, "gate.example", "gate.example", false},
        {__LINE__, "null", "gate.example", false},
        {__LINE__, "", "", false},
        {__LINE__, "https://", "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line, origin_is_own(str_from(rows[i].origin), str_from(rows[i].host)), rows[i].own);
}

static void a_browser_says_whose_page_asks(void **state)
{
    static const struct {
        int line;
        const char *site;
        bool own;
    } rows[] = {
        {__LINE__, "", true},           {__LINE__, "same-origin", true}, {__LINE__, "none", true},
        {__LINE__, "same-site", false}, {__LINE__, "cross-site", false}, {__LINE__, "SAME-ORIGIN", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line, origin_fetch_is_own(str_from(rows[i].site)), rows[i].own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_is_ours_when_it_is_the_host_that_was_asked),
        cmocka_unit_test(a_browser_says_whose_page_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
