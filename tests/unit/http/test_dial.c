/* From a URL to addresses. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "http/dial.h"

static void urls(void **state)
{
    static const struct {
        int line;
        const char *url;
        const char *authority; /* NULL: it is none */
        const char *host;
        const char *port;
        bool plain;
    } rows[] = {
        {__LINE__, "https://a.example", "a.example", "a.example", "443", false},
        {__LINE__, "https://a.example/", "a.example", "a.example", "443", false},
        {__LINE__, "https://a.example:8443/b:c/[d]", "a.example:8443", "a.example", "8443", false},
        {__LINE__, "http://127.0.0.1/x", "127.0.0.1", "127.0.0.1", "80", true},
        {__LINE__, "http://127.0.0.1:8/", "127.0.0.1:8", "127.0.0.1", "8", true},
        {__LINE__, "https://[::1]/x", "[::1]", "::1", "443", false},
        {__LINE__, "https://[2001:db8::1]:8443", "[2001:db8::1]:8443", "2001:db8::1", "8443", false},
        {__LINE__, "ftp://a.example/", NULL, "", "", false},
        {__LINE__, "HTTPS://a.example/", NULL, "", "", false},
        {__LINE__, "a.example", NULL, "", "", false},
        {__LINE__, "https://", NULL, "", "", false},
        {__LINE__, "https:///path", NULL, "", "", false},
        {__LINE__, "https://:443/", NULL, "", "", false},
        {__LINE__, "https://a.example:/", NULL, "", "", false},
        {__LINE__, "https://a.example:12345678/", NULL, "", "", false},
        {__LINE__, "https://[]/", NULL, "", "", false},
        {__LINE__, "https://[::1]443/", NULL, "", "", false},
        {__LINE__, "https://[::1]:/", NULL, "", "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dial dial;
        int rc = dial_split(rows[i].url, &dial);

        row_int(rows[i].line, rc, rows[i].authority ? 0 : -1);
        if (rc < 0)
            continue;
        row_text(rows[i].line, dial.authority, rows[i].authority);
        row_text(rows[i].line, dial.host, rows[i].host);
        row_text(rows[i].line, dial.port, rows[i].port);
        row_int(rows[i].line, dial.plain, rows[i].plain);
    }
}

static void a_host_is_bounded(void **state)
{
    static char url[1024] = "https://";
    struct dial dial;

    (void)state;
    memset(url + 8, 'a', 255);
    assert_int_equal(dial_split(url, &dial), 0);
    assert_int_equal(strlen(dial.host), 255);
    url[8 + 255] = 'a';
    assert_int_equal(dial_split(url, &dial), -1);
    memset(url + 8, 'a', 600);
    assert_int_equal(dial_split(url, &dial), -1);
}

static void addresses_without_waiting(void **state)
{
    static const struct {
        int line;
        const char *url;
        enum http_reach reach;
        enum http_result result;
        int family;
    } rows[] = {
        {__LINE__, "https://192.0.2.1/", HTTP_REACH_PUBLIC, HTTP_OK, AF_INET},
        {__LINE__, "https://[2001:db8::1]:1/", HTTP_REACH_PUBLIC, HTTP_OK, AF_INET6},
        {__LINE__, "https://127.0.0.1/", HTTP_REACH_ANY, HTTP_OK, AF_INET},
        {__LINE__, "https://127.0.0.1/", HTTP_REACH_PUBLIC, HTTP_FORBIDDEN, 0},
        {__LINE__, "https://[::1]/", HTTP_REACH_PUBLIC, HTTP_FORBIDDEN, 0},
        {__LINE__, "https://169.254.169.254/", HTTP_REACH_PUBLIC, HTTP_FORBIDDEN, 0},
        {__LINE__, "https://10.0.0.1/", HTTP_REACH_PUBLIC, HTTP_OK, AF_INET},
        {__LINE__, "https://10.0.0.1/", HTTP_REACH_INTERNET, HTTP_FORBIDDEN, 0},
        {__LINE__, "https://localhost/", HTTP_REACH_ANY, HTTP_UNRESOLVED, 0}, /* a name: who asks may wait */
        {__LINE__, "https://192.0.2.1:no/", HTTP_REACH_ANY, HTTP_UNRESOLVED, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dial dial;
        char detail[256] = "";

        row_int(rows[i].line, dial_split(rows[i].url, &dial), 0);
        row_int(rows[i].line, dial_resolve(&dial, DIAL_NUMBERS, rows[i].reach, detail), rows[i].result);
        row_int(rows[i].line, dial.count, rows[i].result == HTTP_OK ? 1 : 0);
        if (rows[i].result == HTTP_OK)
            row_int(rows[i].line, dial.addresses[0].address.ss_family, rows[i].family);
        else
            row_true(rows[i].line, "it says why", detail[0] != '\0');
    }
}

static void an_address_that_can_not_be_dialled_says_why(void **state)
{
    struct dial_address address = {.address.ss_family = AF_INET, .len = sizeof(struct sockaddr)};

    (void)state;
    address.address.ss_family = 12345;
    assert_int_equal(dial_start(&address), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),
        cmocka_unit_test(a_host_is_bounded),
        cmocka_unit_test(addresses_without_waiting),
        cmocka_unit_test(an_address_that_can_not_be_dialled_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
