/* Which headers cross between a client and a cluster. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "kube/headers.h"

static const struct header_hop hop = {.request_id = "abc-1", .remote_address = "10.0.0.9"};
static const struct header_hop upgrade = {.request_id = "abc-1", .remote_address = "10.0.0.9", .upgrade = true};

/* Those that pass, as "name: value" joined by "|"; NULL when they are refused. */
static const char *passed(const struct http_header *given, size_t count, const struct header_hop *to, struct err *err)
{
    static char text[65536];
    struct http_header out[LIMIT_HEADERS];
    size_t n = 0;
    int rc = header_pass_request(given, count, to, out, &count, err);

    text[0] = '\0';
    for (size_t i = 0; rc == 0 && i < count; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s: %.*s", i ? "|" : "", STR_FMT(out[i].name),
                              STR_FMT(out[i].value));
    return rc == 0 ? text : NULL;
}

#define OWN "x-forwarded-for: 10.0.0.9|audit-id: abc-1"

static void what_passes(void **state)
{
    static const struct {
        int line;
        struct http_header given[2];
        const char *text;
    } rows[] = {
        {__LINE__, {{STR("X-Nothing"), STR("")}, {STR("accept"), STR("a/b;c=d")}}, "X-Nothing: |accept: a/b;c=d|" OWN},
        {__LINE__, {{STR("X-Twice"), STR("a")}, {STR("X-Twice"), STR("b")}}, "X-Twice: a|X-Twice: b|" OWN},
        {__LINE__,
         {{STR("Content-Type"), STR("application/yaml")}, {STR("X"), STR("a\t\xc3\xa9")}},
         "Content-Type: application/yaml|X: a\t\xc3\xa9|" OWN},
        /* "connect" is not "connection", "origins" no "origin" */
        {__LINE__, {{STR("Connect"), STR("1")}, {STR("Origins"), STR("2")}}, "Connect: 1|Origins: 2|" OWN},
        {__LINE__,
         {{STR("Audit-Id"), STR("0123-abcd")}, {STR("X"), STR("1")}},
         "X: 1|x-forwarded-for: 10.0.0.9|audit-id: 0123-abcd"},
        {__LINE__, {{STR("Audit-ID"), STR("no good")}, {STR("X"), STR("1")}}, "X: 1|" OWN},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text = passed(rows[i].given, 2, &hop, &err);

        row_true(rows[i].line, "they pass", text != NULL);
        row_text(rows[i].line, text, rows[i].text);
    }
}

static void of_an_upgrade_what_it_needs_passes_too(void **state)
{
    static const struct http_header given[] = {
        {STR("Connection"), STR("Upgrade, Sec-WebSocket-Key")}, /* the handshake can not be dropped by naming it */
        {STR("Upgrade"), STR("websocket")},
        {STR("Sec-WebSocket-Key"), STR("k")},
        {STR("Sec-WebSocket-Version"), STR("13")},
        {STR("Sec-Fetch-Mode"), STR("websocket")},
        {STR("Origin"), STR("http://a")},
        {STR("X-Stream-Protocol-Version"), STR("v4.channel.k8s.io")},
        {STR("X-Stream-Protocol-Version"), STR("v3.channel.k8s.io")},
    };
    struct err err;

    (void)state;
    assert_string_equal(passed(given, COUNT(given), &upgrade, &err),
                        "Sec-WebSocket-Key: k|Sec-WebSocket-Version: 13|X-Stream-Protocol-Version: v4.channel.k8s.io|"
                        "X-Stream-Protocol-Version: v3.channel.k8s.io|" OWN);
    assert_string_equal(
        passed(given, COUNT(given), &hop, &err),
        "X-Stream-Protocol-Version: v4.channel.k8s.io|X-Stream-Protocol-Version: v3.channel.k8s.io|" OWN);
}

/* Of one hop, about identity, or of a browser: none of the cluster's business. */
static void what_is_dropped(void **state)
{
    static const char *const names[] = {
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Expect",
        "Authorization",
        "Cookie",
        "Host",
        "Origin",
        "Referer",
        "Sec-Fetch-Mode",
        "Sec-Ch-Ua",
        "X-Csrf-Token",
        "X-Eksgate-Error",
        "X-Remote-User",
        "X-Remote-Group",
        "X-Remote-Extra-A",
        "X-Forwarded-For",
        "X-Forwarded-Client-Cert",
        "X-Forwarded-Host",
        "Forwarded",
        "X-Real-Ip",
        "Content-Length",
        "X-Request-Id",
        "X-Requested-With",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct http_header given = {str_from(names[i]), STR("stolen")};
        struct err err;
        const char *text = passed(&given, 1, &hop, &err);

        row_true(__LINE__, names[i], text && strcmp(text, OWN) == 0);
    }
}

static void what_connection_names_is_of_this_hop(void **state)
{
    static const struct http_header given[] = {
        {STR("X-Hop"), STR("1")},   {STR("Connection"), STR("close, X-Hop ,x-other")},
        {STR("X-Other"), STR("2")}, {STR("X-Third"), STR("3")},
        {STR("X-Mine"), STR("4")},  {STR("connection"), STR("X-Third")},
    };
    struct err err;

    (void)state;
    assert_string_equal(passed(given, COUNT(given), &hop, &err), "X-Mine: 4|" OWN);
}

static void what_is_refused(void **state)
{
    static const struct {
        int line;
        struct http_header given;
        enum err_kind kind;
    } rows[] = {
        {__LINE__, {STR("Impersonate-User"), STR("system:admin")}, ERR_FORBIDDEN},
        {__LINE__, {STR("impersonate-group"), STR("system:masters")}, ERR_FORBIDDEN},
        {__LINE__, {STR("IMPERSONATE-UID"), STR("")}, ERR_FORBIDDEN},
        {__LINE__, {STR("Impersonate-Extra-Scopes"), STR("view")}, ERR_FORBIDDEN},
        {__LINE__, {STR("X"), STR("a\r\nAuthorization: Bearer x")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X"), STR("a\nb")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X"), STR("a\0b")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X"), STR("\x01")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X"), STR("\x7f")}, ERR_BAD_REQUEST},
        {__LINE__, {STR(""), STR("a")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X: Y"), STR("a")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X\r\nY"), STR("a")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X Y"), STR("a")}, ERR_BAD_REQUEST},
        {__LINE__, {STR("X\xc3\xa9"), STR("a")}, ERR_BAD_REQUEST},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_true(rows[i].line, rows[i].given.name.ptr, passed(&rows[i].given, 1, &upgrade, &err) == NULL);
        row_int(rows[i].line, err.kind, rows[i].kind);
    }
}

static void number_and_size_are_bounded(void **state)
{
    static char value[335];
    struct http_header given[LIMIT_HEADERS];
    struct err err;

    (void)state;
    memset(value, 'x', sizeof(value));
    for (size_t i = 0; i < LIMIT_HEADERS; i++)
        given[i] = (struct http_header){STR("X-00"), {value, 1}};
    assert_non_null(passed(given, LIMIT_HEADERS - 2, &hop, &err)); /* and two of our own */
    assert_null(passed(given, LIMIT_HEADERS - 1, &hop, &err));
    assert_int_equal(err.kind, ERR_BAD_REQUEST);

    for (size_t i = 0; i < LIMIT_HEADERS; i++)
        given[i].value.len = 325;
    assert_non_null(passed(given, LIMIT_HEADERS - 2, &hop, &err)); /* 98 x (4 + 325) and our own: below 32 KiB */
    for (size_t i = 0; i < LIMIT_HEADERS; i++)
        given[i].value.len = 335;
    assert_null(passed(given, LIMIT_HEADERS - 2, &hop, &err));
    assert_int_equal(err.kind, ERR_BAD_REQUEST);
}

static void answers(void **state)
{
    static struct http_header connection = {STR("Connection"), STR("close, X-Hop")};
    static const struct http_head head = {.status = 200, .headers = &connection, .header_count = 1};
    static const struct {
        int line;
        struct str name;
        bool passes;
    } rows[] = {
        {__LINE__, STR("Content-Type"), true},
        {__LINE__, STR("Content-Length"), true},
        {__LINE__, STR("Content-Encoding"), true},
        {__LINE__, STR("Vary"), true},
        {__LINE__, STR("ETag"), true},
        {__LINE__, STR("Last-Modified"), true},
        {__LINE__, STR("Cache-Control"), true},
        {__LINE__, STR("Warning"), true},
        {__LINE__, STR("Audit-Id"), true},
        {__LINE__, STR("Retry-After"), true},
        {__LINE__, STR("X-Kubernetes-Pf-Flowschema-Uid"), true},
        {__LINE__, STR("Date"), true},
        {__LINE__, STR("Location"), true},
        {__LINE__, STR("Connection"), false},
        {__LINE__, STR("connection"), false},
        {__LINE__, STR("Keep-Alive"), false},
        {__LINE__, STR("Proxy-Authenticate"), false},
        {__LINE__, STR("TE"), false},
        {__LINE__, STR("Trailer"), false},
        {__LINE__, STR("Transfer-Encoding"), false},
        {__LINE__, STR("Upgrade"), false},
        {__LINE__, STR("Set-Cookie"), false},
        {__LINE__, STR("Set-Cookie2"), false},
        {__LINE__, STR("Access-Control-Allow-Origin"), false},
        {__LINE__, STR("Strict-Transport-Security"), false},
        {__LINE__, STR("Alt-Svc"), false},
        {__LINE__, STR("WWW-Authenticate"), false},
        {__LINE__, STR("Server"), false},
        {__LINE__, STR("X-Accel-Redirect"), false},
        {__LINE__, STR("x-accel-buffering"), false},
        {__LINE__, STR("Status"), false},
        {__LINE__, STR("Clear-Site-Data"), false},
        {__LINE__, STR("Service-Worker-Allowed"), false},
        {__LINE__, STR("X-Request-Id"), false},
        {__LINE__, STR("X-Eksgate-Error"), false},
        {__LINE__, STR("X-Hop"), false},
        {__LINE__, STR("X-Hops"), true},
        /* names that nginx would read as something else */
        {__LINE__, STR("X-Accel-Redirect "), false},
        {__LINE__, STR(" X-Accel-Redirect"), false},
        {__LINE__, STR("X\rX-Accel-Redirect"), false},
        {__LINE__, STR("X\0Y"), false},
        {__LINE__, STR("X Y"), false},
        {__LINE__, STR("X(Y)"), false},
        {__LINE__, STR("\xc3\xa9"), false},
        {__LINE__, STR(""), false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].name.ptr, header_passes_answer(rows[i].name, &head) == rows[i].passes);
}

static void redirects_stay_inside(void **state)
{
    static const struct {
        int line;
        const char *value;
        const char *location;
    } rows[] = {
        {__LINE__, "/api/", "/raw/clusters/a/api/"},
        {__LINE__, "https://kube.test:6443/api/?x", "/raw/clusters/a/api/?x"},
        {__LINE__, "https://kube.test:6443", "/raw/clusters/a/"},
        {__LINE__, "https://kube.test:6443?x", "https://kube.test:6443?x"},
        {__LINE__, "https://kube.test:64430/x", "https://kube.test:64430/x"},
        {__LINE__, "https://kube.test:6443.evil.com/x", "https://kube.test:6443.evil.com/x"},
        {__LINE__, "https://kube.test:6443@evil.com/x", "https://kube.test:6443@evil.com/x"},
        {__LINE__, "//evil.com/x", "//evil.com/x"},
        {__LINE__, "https://elsewhere.test/x", "https://elsewhere.test/x"},
        {__LINE__, "relative", "relative"},
        {__LINE__, "", ""},
    };
    struct arena *arena = arena_new(KIB(64));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_str(rows[i].line,
                header_location(arena, str_from(rows[i].value), "https://kube.test:6443", STR("/raw/clusters/a")),
                rows[i].location);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes),     cmocka_unit_test(of_an_upgrade_what_it_needs_passes_too),
        cmocka_unit_test(what_is_dropped), cmocka_unit_test(what_connection_names_is_of_this_hop),
        cmocka_unit_test(what_is_refused), cmocka_unit_test(number_and_size_are_bounded),
        cmocka_unit_test(answers),         cmocka_unit_test(redirects_stay_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
