/*
 * The addresses that a public call may connect to, without connecting, and what of a URL goes on the wire: the file
 * under test is part of this program, so that its inside can be asked.
 */
#include "tests/unit/rows.h"

#include <arpa/inet.h>

#include "http/transfer.c"

static bool is_allowed(enum http_reach reach, const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return http_reach_allows(reach, (const struct sockaddr *)(const void *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return http_reach_allows(reach, (const struct sockaddr *)(const void *)&v6);
}

static void addresses(void **state)
{
    static const struct {
        int line;
        const char *address;
        bool reachable;
    } rows[] = {
        {__LINE__, "8.8.8.8", true},
        {__LINE__, "1.0.0.0", true},
        {__LINE__, "126.255.255.255", true},
        {__LINE__, "128.0.0.0", true},
        {__LINE__, "169.253.255.255", true},
        {__LINE__, "169.255.0.0", true},
        {__LINE__, "223.255.255.255", true},
        /* Private EKS endpoints live in these. */
        {__LINE__, "10.0.0.1", true},
        {__LINE__, "172.16.0.1", true},
        {__LINE__, "192.168.0.1", true},
        {__LINE__, "100.64.0.1", true},
        {__LINE__, "::ffff:10.0.0.1", true},
        {__LINE__, "2600:1f18::1", true},
        {__LINE__, "fd00:ec1::1", true},
        {__LINE__, "fd00:ec3::1", true},
        {__LINE__, "fd12::1", true},
        {__LINE__, "0.0.0.0", false},
        {__LINE__, "0.255.255.255", false},
        {__LINE__, "127.0.0.0", false},
        {__LINE__, "127.255.255.255", false},
        {__LINE__, "169.254.0.0", false},
        {__LINE__, "169.254.255.255", false},
        {__LINE__, "224.0.0.0", false},
        {__LINE__, "255.255.255.255", false},
        {__LINE__, "::", false},
        {__LINE__, "::1", false},
        {__LINE__, "::ffff:0.0.0.0", false},
        {__LINE__, "::ffff:127.0.0.1", false},
        {__LINE__, "::ffff:169.254.169.254", false},
        {__LINE__, "fe80::1", false},
        {__LINE__, "febf:ffff::1", false},
        {__LINE__, "ff02::1", false},
        {__LINE__, "fd00:ec2::254", false},
        {__LINE__, "fd00:ec2:ffff::1", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].address, is_allowed(HTTP_REACH_PUBLIC, rows[i].address) == rows[i].reachable);
}

static void addresses_on_the_internet(void **state)
{
    static const struct {
        int line;
        const char *address;
        bool reachable;
    } rows[] = {
        {__LINE__, "8.8.8.8", true},
        {__LINE__, "9.255.255.255", true},
        {__LINE__, "11.0.0.0", true},
        {__LINE__, "100.63.255.255", true},
        {__LINE__, "100.128.0.0", true},
        {__LINE__, "172.15.255.255", true},
        {__LINE__, "172.32.0.0", true},
        {__LINE__, "192.167.255.255", true},
        {__LINE__, "198.17.255.255", true},
        {__LINE__, "198.20.0.0", true},
        {__LINE__, "2600:1f18::1", true},
        {__LINE__, "2001:4860::8888", true},
        {__LINE__, "::ffff:8.8.8.8", true},
        {__LINE__, "10.0.0.0", false},
        {__LINE__, "10.255.255.255", false},
        {__LINE__, "100.64.0.0", false},
        {__LINE__, "100.100.100.200", false},
        {__LINE__, "100.127.255.255", false},
        {__LINE__, "127.0.0.1", false},
        {__LINE__, "169.254.169.254", false},
        {__LINE__, "172.16.0.0", false},
        {__LINE__, "172.31.255.255", false},
        {__LINE__, "192.0.0.192", false},
        {__LINE__, "192.168.0.0", false},
        {__LINE__, "192.168.255.255", false},
        {__LINE__, "198.18.0.0", false},
        {__LINE__, "198.19.255.255", false},
        {__LINE__, "240.0.0.1", false},
        {__LINE__, "255.255.255.255", false},
        {__LINE__, "0.0.0.0", false},
        {__LINE__, "::1", false},
        {__LINE__, "::", false},
        {__LINE__, "::ffff:10.0.0.1", false},
        {__LINE__, "::10.0.0.1", false},
        {__LINE__, "64:ff9b::a00:1", false},
        {__LINE__, "fc00::1", false},
        {__LINE__, "fd00:ec2::254", false},
        {__LINE__, "fe80::1", false},
        {__LINE__, "fec0::1", false},
        {__LINE__, "ff02::1", false},
        {__LINE__, "2001::1", false},
        {__LINE__, "2001:db8::1", false},
        {__LINE__, "2002:a00:1::", false},
        {__LINE__, "3fff::1", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].address, is_allowed(HTTP_REACH_INTERNET, rows[i].address) == rows[i].reachable);
}

static void other_families_are_refused(void **state)
{
    const struct sockaddr local = {.sa_family = AF_UNIX};

    (void)state;
    assert_false(http_reach_allows(HTTP_REACH_PUBLIC, &local));
}

static void the_target_is_what_stands_behind_the_authority(void **state)
{
    (void)state;
    assert_string_equal(target_of("https://host/a?b#c"), "/a?b#c");
    assert_string_equal(target_of("https://host:443/"), "/");
    assert_string_equal(target_of("https://host/a://b/c"), "/a://b/c");
    assert_null(target_of("https://host"));
    assert_null(target_of("host/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(addresses_on_the_internet),
        cmocka_unit_test(other_families_are_refused),
        cmocka_unit_test(the_target_is_what_stands_behind_the_authority),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
