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

static void listed_origins_are_those_that_are_written(void **state)
{
    static const char list[] = "https://a.example, https://b.example:8443,http://localhost:3000";
    static const struct {
        int line;
        const char *origin;
        bool listed;
    } rows[] = {
        {__LINE__, "https://a.example", true},
        {__LINE__, "https://b.example:8443", true},
        {__LINE__, "http://localhost:3000", true},
        {__LINE__, "http://a.example", false},
        {__LINE__, "https://A.example", false},
        {__LINE__, "https://a.example:443", false},
        {__LINE__, "https://b.example", false},
        {__LINE__, "https://x.a.example", false},
        {__LINE__, "https://a.example.evil.example", false},
        {__LINE__, "https://a.example, https://b.example:8443", false},
        {__LINE__, "null", false},
        {__LINE__, "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_int(rows[i].line, origin_is_listed(str_from(rows[i].origin), str_from(list)), rows[i].listed);
        row_int(rows[i].line, origin_is_listed(str_from(rows[i].origin), str_from(NULL)), false);
    }
}

static void what_a_browser_may_send_as_origin(void **state)
{
    static const struct {
        int line;
        const char *origin;
        const char *host; /* NULL: none */
        bool is_https;
    } rows[] = {
        {__LINE__, "https://a.example", "a.example", true},
        {__LINE__, "http://localhost:3000", "localhost:3000", false},
        {__LINE__, "https://[::1]:8443", "[::1]:8443", true},
        {__LINE__, "https://a.example:443", NULL, true},
        {__LINE__, "http://a.example:80", NULL, false},
        {__LINE__, "https://a.example/", NULL, true},
        {__LINE__, "https://*.example", NULL, true},
        {__LINE__, "https://A.example", NULL, true},
        {__LINE__, "https://a.example:", NULL, true},
        {__LINE__, "https://", NULL, true},
        {__LINE__, "a.example", NULL, false},
        {__LINE__, "null", NULL, false},
        {__LINE__, "*", NULL, false},
        {__LINE__, "", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str host;
        bool is_https;
        bool is_one = origin_parse(str_from(rows[i].origin), &is_https, &host);

        row_int(rows[i].line, is_one, rows[i].host != NULL);
        if (is_one) {
            row_int(rows[i].line, is_https, rows[i].is_https);
            row_true(rows[i].line, rows[i].host, str_equal(host, str_from(rows[i].host)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_is_ours_when_it_is_the_host_that_was_asked),
        cmocka_unit_test(a_browser_says_whose_page_asks),
        cmocka_unit_test(listed_origins_are_those_that_are_written),
        cmocka_unit_test(what_a_browser_may_send_as_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
