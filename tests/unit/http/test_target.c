/* Which URLs may be told of changes. */
#include "tests/unit/rows.h"

#include "http/target.h"

#define NAMED "127.0.0.1:8443, localhost:80,[::1]:9000,10.0.0.5:443,hooks.internal:8443"

static void targets(void **state)
{
    static const struct {
        int line;
        const char *url;
        const char *allowed;
        bool good;
    } rows[] = {
        {__LINE__, "https://hooks.example.com/eksgate", NULL, true},
        {__LINE__, "https://hooks.example.com", NULL, true},
        {__LINE__, "https://hooks.example.com:8443/a?b=c&d=%20", NULL, true},
        {__LINE__, "https://8.8.8.8/", NULL, true},
        {__LINE__, "https://[2600:1f18::1]:8443/", NULL, true},
        {__LINE__, "https://xn--bcher-kva.example/", NULL, true},
        {__LINE__, "https://1.example/", NULL, true},
        {__LINE__, "", NULL, false},
        {__LINE__, "https://", NULL, false},
        {__LINE__, "https:///a", NULL, false},
        {__LINE__, "HTTPS://hooks.example.com/", NULL, false},
        {__LINE__, "http://hooks.example.com/", NULL, false},
        {__LINE__, "https://a@hooks.example.com/", NULL, false},
        {__LINE__, "https://hooks.example.com?a", NULL, false},
        {__LINE__, "https://hooks.example.com/#a", NULL, false},
        {__LINE__, "https://hooks.example.com/a b", NULL, false},
        {__LINE__, "https://hooks.example.com/\xc3\xa4", NULL, false},
        {__LINE__, "https://hooks..example.com/", NULL, false},
        {__LINE__, "https://hooks.example.com./", NULL, false},
        {__LINE__, "https://-hooks.example.com/", NULL, false},
        {__LINE__, "https://hooks.example.com:/", NULL, false},
        {__LINE__, "https://hooks.example.com:+443/", NULL, false},
        {__LINE__, "https://hooks.example.com:443:443/", NULL, false},
        {__LINE__, "https://[2600:1f18::1/", NULL, false},
        {__LINE__, "https://[2600:1f18::1]8443/", NULL, false},
        {__LINE__, "https://[8.8.8.8]/", NULL, false},
        {__LINE__, "https://[fe80::1%25eth0]/", NULL, false},
        {__LINE__, "https://2600:1f18::1/", NULL, false},
        {__LINE__, "https://127.1/", NULL, false},
        {__LINE__, "https://0x7f.0.0.1/", NULL, false},
        {__LINE__, "https://example.0x7f/", NULL, false},
        {__LINE__, "https://010.0.0.1/", NULL, false},
        {__LINE__, "https://10.0.0.5/", NULL, false},
        {__LINE__, "https://localhost/", NULL, false},
        {__LINE__, "https://127.0.0.1:8443/", NAMED, true},
        {__LINE__, "http://127.0.0.1:8443/", NAMED, true},
        {__LINE__, "http://localhost/", NAMED, true},
        {__LINE__, "https://localhost/", NAMED, false},
        {__LINE__, "http://[::1]:9000/", NAMED, true},
        {__LINE__, "https://127.0.0.1:8444/", NAMED, false},
        {__LINE__, "https://10.0.0.5/", NAMED, true},
        {__LINE__, "http://10.0.0.5:443/", NAMED, false},
        {__LINE__, "https://hooks.internal:8443/", NAMED, true},
        {__LINE__, "http://hooks.internal:8443/", NAMED, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct target target;
        const char *why = target_check(str_from(rows[i].url), rows[i].allowed, &target);

        row_true(rows[i].line, rows[i].url, (why == NULL) == rows[i].good);
    }
}

static void only_named_ones_may_be_anywhere(void **state)
{
    struct target target;

    (void)state;
    assert_null(target_check(STR("https://hooks.internal:8443/"), NAMED, &target));
    assert_true(target.is_named && target.reach == HTTP_REACH_ANY);
    assert_null(target_check(STR("https://hooks.example.com/"), NAMED, &target));
    assert_true(!target.is_named && target.reach == HTTP_REACH_INTERNET && target.port == 443);
}

static void a_nul_is_no_part_of_a_url(void **state)
{
    struct target target;

    (void)state;
    assert_non_null(target_check(STR("https://hooks.example.com/\0"), NULL, &target));
    assert_non_null(target_check(STR("https://hooks\0.example.com/"), NULL, &target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),
        cmocka_unit_test(only_named_ones_may_be_anywhere),
        cmocka_unit_test(a_nul_is_no_part_of_a_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
