/* The HTTP client before a server that follows a script. */
#include "tests/unit/rows.h"

#include "base/clock.h"
#include "base/limits.h"
#include "http/client.h"
#include "tests/unit/http/stub.h"

static struct arena *arena;
static struct http_client *client;
static struct stub stub;

static int group_setup(void **state)
{
    (void)state;
    /* None of them may matter. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    arena = arena_new(MIB(4));
    return http_global_init();
}

static int group_teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void begin(const struct stub_step *steps, size_t count)
{
    stub_start(&stub, steps, count);
    client = http_client_new();
}

static void end(void)
{
    http_client_free(client);
    stub_stop(&stub);
    arena_reset(arena);
}

/* Fills in what all calls here have in common. */
static int perform(struct http_call call, const char *target, struct http_reply *reply)
{
    call.url = arena_printf(arena, "http://127.0.0.1:%d%s", stub.port, target);
    call.method = call.method ? call.method : "GET";
    call.reach = HTTP_REACH_ANY;
    call.plain_allowed = true;
    call.timeout_ms = call.timeout_ms ? call.timeout_ms : 5000;
    call.max_body = call.max_body ? call.max_body : 4096;
    return http_perform(client, arena, &call, reply);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/* "{port}" in the expected text is the stub's. */
static void expect_request(int line, size_t i, const char *expected)
{
    char text[1024];
    char port[16];
    const char *at = strstr(expected, "{port}");

    snprintf(port, sizeof(port), "%d", stub.port);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - expected), expected, port, at + 6);
    row_text(line, stub.request[i], text);
}

static void nothing_is_sent_that_was_not_given(void **state)
{
    static const char *const headers[] = {"Accept: application/json", "X-Empty;", "user-agent: curl/8", NULL};
    static const struct {
        int line;
        struct http_call call;
        const char *request;
    } rows[] = {
        {__LINE__, {.method = "GET"}, "GET /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"},
        {__LINE__,
         {.method = "GET", .headers = headers},
         "GET /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\nX-Empty:\r\nuser-agent: "
         "curl/8\r\n\r\n"},
        {__LINE__,
         {.method = "POST", .has_body = true},
         "POST /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n"},
        {__LINE__,
         {.method = "POST", .has_body = true, .body = STR("a\0b")},
         "POST /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 3\r\n\r\na"},
        {__LINE__,
         {.method = "PATCH", .has_body = true, .body = STR("{}")},
         "PATCH /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n\r\n{}"},
        {__LINE__,
         {.method = "DELETE", .has_body = true, .body = STR("{}")},
         "DELETE /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n\r\n{}"},
        {__LINE__,
         {.method = "GET", .has_body = true, .body = STR("{}")},
         "GET /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n\r\n{}"},
        {__LINE__, {.method = "DELETE"}, "DELETE /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"},
        {__LINE__, {.method = "OPTIONS"}, "OPTIONS /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"},
        {__LINE__, {.method = "PROPFIND"}, "PROPFIND /a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"},
    };
    static const struct stub_step steps[COUNT(rows)] = {[0 ... COUNT(rows) - 1] = {OK, STUB_KEEP, 0}};
    struct http_reply reply;

    (void)state;
    begin(steps, COUNT(steps));
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_int(rows[i].line, perform(rows[i].call, "/a", &reply), 0);
        row_int(rows[i].line, reply.head.status, 200);
        row_str(rows[i].line, reply.head.reason, "OK");
        row_str(rows[i].line, reply.body, "ok");
        expect_request(rows[i].line, i, rows[i].request);
    }
    assert_int_equal(stub.connections, 1);
    end();
}

static void the_target_goes_byte_for_byte(void **state)
{
    static const struct {
        int line;
        const char *target;
    } rows[] = {
        {__LINE__, "/"},
        {__LINE__, "/a//b///"},
        {__LINE__, "/a/./b/../c"},
        {__LINE__, "/a%2Fb%2f..%2e"},
        {__LINE__, "/a;b=c\\d|e"},
        {__LINE__, "/%C3%A9"},
        {__LINE__, "/a?"},
        {__LINE__, "/a??b=?&&c"},
        {__LINE__, "/a?labelSelector=app%3Dweb%2Ctier%21%3Dx&x=a+b"},
        {__LINE__, "/a?b='\"<>{}^`"},
        {__LINE__, "/a:80/@b"},
        {__LINE__, "/a?b=http://x@y:80/../z"},
        {__LINE__, "/a#b?c"},
        {__LINE__, "/a?b#c"},
    };
    static const struct stub_step steps[COUNT(rows)] = {[0 ... COUNT(rows) - 1] = {OK, STUB_KEEP, 0}};
    struct http_reply reply;

    (void)state;
    begin(steps, COUNT(steps));
    for (size_t i = 0; i < COUNT(rows); i++) {
        char start[256];

        snprintf(start, sizeof(start), "GET %s HTTP/1.1\r\n", rows[i].target);
        row_int(rows[i].line, perform((struct http_call){0}, rows[i].target, &reply), 0);
        row_true(rows[i].line, stub.request[i], strncmp(stub.request[i], start, strlen(start)) == 0);
    }
    end();
}

static void a_large_body_goes_without_asking_first(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    const size_t size = MIB(3) / 2;
    char *body = arena_alloc(arena, size);
    struct http_reply reply;
    int64_t started = clock_monotonic_ms();

    (void)state;
    begin(steps, 1);
    assert_int_equal(perform((struct http_call){.method = "PUT", .has_body = true, .body = {body, size}}, "/", &reply),
                     0);
    assert_null(strstr(stub.request[0], "Expect"));
    assert_true(clock_monotonic_ms() - started < 900); /* libcurl waits a second for a 100 */
    end();
}

/* The status line and each header as "name=value;". */
static const char *describe(const struct http_head *head)
{
    static char text[512];
    size_t n = (size_t)snprintf(text, sizeof(text), "%d %.*s|", head->status, STR_FMT(head->reason));

    for (size_t i = 0; i < head->header_count && n < sizeof(text); i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s=%.*s;", STR_FMT(head->headers[i].name),
                              STR_FMT(head->headers[i].value));
    return text;
}

static void answers_are_read_as_they_are(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *method;
        struct stub_step step;
        const char *head;
        const char *body;
    } rows[] = {
        {__LINE__,
         "headers keep order, case and repetition",
         "GET",
         {"HTTP/1.1 200 OK\r\nB: 2\r\nWarning: 299 - \"x\"\r\nwarning:299 - \"y\" \r\nContent-Length: 1\r\n\r\n1",
          STUB_KEEP, 0},
         "200 OK|B=2;Warning=299 - \"x\";warning=299 - \"y\";Content-Length=1;",
         "1"},
        {__LINE__,
         "answers of 100 to 199 are passed over",
         "GET",
         {"HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
          "HTTP/1.1 201 Created\r\nContent-Length: 1\r\nC: 3\r\n\r\n1",
          STUB_KEEP, 0},
         "201 Created|Content-Length=1;C=3;",
         "1"},
        {__LINE__,
         "trailers are dropped",
         "GET",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX-Late: 1\r\n\r\n",
          STUB_KEEP, 0},
         "200 OK|Transfer-Encoding=chunked;",
         "abc"},
        {__LINE__, "a reason may be missing", "GET", {"HTTP/1.1 204\r\n\r\n", STUB_KEEP, 0}, "204 |", ""},
        {__LINE__,
         "redirects are not followed",
         "GET",
         {"HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", STUB_KEEP, 0},
         "301 Moved Permanently|Location=/elsewhere;Content-Length=0;",
         ""},
        {__LINE__,
         "a compressed body stays compressed",
         "GET",
         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", STUB_KEEP, 0},
         "200 OK|Content-Encoding=gzip;Content-Length=3;",
         "\x1f\x8b\x08"},
        {__LINE__,
         "a 401 is an answer like others",
         "GET",
         {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", STUB_KEEP, 0},
         "401 Unauthorized|WWW-Authenticate=Basic;Content-Length=0;",
         ""},
        {__LINE__,
         "HEAD has no body, whatever its length",
         "HEAD",
         {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", STUB_KEEP, 0},
         "200 OK|Content-Length=1000;",
         ""},
        {__LINE__,
         "a body may end with the connection",
         "GET",
         {"HTTP/1.1 200 OK\r\nA: 1\r\n\r\nabc", STUB_CLOSE, 0},
         "200 OK|A=1;",
         "abc"},
    };
    struct stub_step steps[COUNT(rows)];
    struct http_reply reply;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        steps[i] = rows[i].step;
    begin(steps, COUNT(steps));
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_true(rows[i].line, rows[i].sentence,
                 perform((struct http_call){.method = rows[i].method}, "/", &reply) == 0);
        row_text(rows[i].line, describe(&reply.head), rows[i].head);
        row_str(rows[i].line, reply.body, rows[i].body);
    }
    assert_str(http_head_get(&reply.head, "a"), "1");
    assert_str(http_head_get(&reply.head, "b"), "");
    end();
}

/* libcurl would wait for the body that its POST form promises. */
static void a_head_request_with_a_body_ends_too(void **state)
{
    static const struct stub_step steps[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", STUB_KEEP, 0}};
    struct http_reply reply;

    (void)state;
    begin(steps, 1);
    assert_int_equal(
        perform((struct http_call){.method = "HEAD", .has_body = true, .body = STR("{}"), .timeout_ms = 1000}, "/",
                &reply),
        0);
    assert_int_equal(reply.head.status, 200);
    end();
}

static int stop_at_head(void *arg, const struct http_head *head)
{
    (void)head;
    return *(const int *)arg == 0 ? -1 : 0;
}

static int stop_at_body(void *arg, const char *data, size_t len)
{
    (void)data;
    (void)len;
    return *(const int *)arg == 1 ? -1 : 0;
}

static bool gone(void *arg)
{
    return *(const int *)arg == 2;
}

static void what_goes_wrong_has_a_name(void **state)
{
    static int when[] = {0, 1, 2, 3};
    static const struct http_sink sinks[] = {
        {stop_at_head, stop_at_body, gone, &when[0]},
        {stop_at_head, stop_at_body, gone, &when[1]},
        {stop_at_head, stop_at_body, gone, &when[2]},
        {stop_at_head, stop_at_body, NULL, &when[3]},
    };
    static const struct {
        int line;
        const char *sentence;
        struct stub_step step;
        struct http_call call;
        enum http_result result;
    } rows[] = {
        {__LINE__,
         "the whole body fits",
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", STUB_KEEP, 10},
         {.max_body = 10},
         HTTP_OK},
        {__LINE__,
         "one byte more than fits",
         {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", STUB_KEEP, 11},
         {.max_body = 10},
         HTTP_TOO_LARGE},
        {__LINE__, "a header that never ends", {"HTTP/1.1 200 OK\r\nA: ", STUB_CLOSE, KIB(120)}, {0}, HTTP_TOO_LARGE},
        {__LINE__, "closed without an answer", {NULL, STUB_CLOSE, 0}, {.method = "POST"}, HTTP_BROKEN},
        {__LINE__,
         "closed inside the head",
         {"HTTP/1.1 200 OK\r\nContent-Le", STUB_CLOSE, 0},
         {.method = "POST"},
         HTTP_BROKEN},
        {__LINE__,
         "closed inside the body",
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", STUB_CLOSE, 9},
         {0},
         HTTP_TRUNCATED},
        {__LINE__,
         "closed inside a chunk",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", STUB_CLOSE, 0},
         {0},
         HTTP_TRUNCATED},
        {__LINE__,
         "closed before the last chunk",
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", STUB_CLOSE, 0},
         {0},
         HTTP_TRUNCATED},
        {__LINE__, "no HTTP at all", {"SSH-2.0-OpenSSH_9.2\r\n", STUB_CLOSE, 0}, {.method = "POST"}, HTTP_BROKEN},
        {__LINE__, "no status", {"HTTP/1.1 2x0 OK\r\n\r\n", STUB_CLOSE, 0}, {.method = "POST"}, HTTP_BROKEN},
        {__LINE__, "no answer in time", {NULL, STUB_WAIT, 0}, {.timeout_ms = 100}, HTTP_TIMEOUT},
        {__LINE__,
         "no end in time",
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", STUB_WAIT, 5},
         {.timeout_ms = 100},
         HTTP_TIMEOUT},
        {__LINE__, "stopped at the head", {OK, STUB_KEEP, 0}, {.sink = &sinks[0]}, HTTP_STOPPED},
        {__LINE__, "stopped at the body", {OK, STUB_KEEP, 0}, {.sink = &sinks[1]}, HTTP_STOPPED},
        {__LINE__, "the caller's client is gone", {NULL, STUB_WAIT, 0}, {.sink = &sinks[2]}, HTTP_STOPPED},
        {__LINE__, "nobody stops it", {OK, STUB_KEEP, 0}, {.sink = &sinks[3]}, HTTP_OK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_reply reply;

        begin(&rows[i].step, 1);
        row_int(rows[i].line, perform(rows[i].call, "/", &reply), rows[i].result == HTTP_OK ? 0 : -1);
        row_true(rows[i].line, rows[i].sentence, reply.result == rows[i].result);
        row_true(rows[i].line, "half a head is none",
                 reply.head_seen || (reply.head.status == 0 && reply.head.header_count == 0));
        row_true(rows[i].line, "it is told in words", (reply.detail[0] != '\0') == (reply.result != HTTP_OK));
        end();
    }
}

static void too_many_headers(void **state)
{
    static char answer[KIB(64)];
    const struct stub_step steps[] = {{answer, STUB_KEEP, 0}};
    size_t n = (size_t)sprintf(answer, "HTTP/1.1 200 OK\r\n");
    struct http_reply reply;

    (void)state;
    for (int i = 0; i < 257; i++)
        n += (size_t)sprintf(answer + n, "A%d: b\r\n", i);
    sprintf(answer + n, "Content-Length: 0\r\n\r\n");
    begin(steps, 1);
    assert_int_equal(perform((struct http_call){0}, "/", &reply), -1);
    assert_int_equal(reply.result, HTTP_TOO_LARGE);
    end();
}

/* A kept connection that the server closes when the next request comes: that request may have run. */
static void a_write_is_never_sent_twice(void **state)
{
    static const struct {
        int line;
        struct http_call call;
        int rc;
        size_t requests; /* after the first one */
    } rows[] = {
        {__LINE__, {.method = "GET"}, 0, 2},
        {__LINE__, {.method = "HEAD"}, 0, 2},
        {__LINE__, {.method = "POST", .has_body = true, .body = STR("{}")}, -1, 1},
        {__LINE__, {.method = "POST", .has_body = true}, -1, 1},
        {__LINE__, {.method = "PUT", .has_body = true, .body = STR("{}")}, -1, 1},
        {__LINE__, {.method = "PATCH", .has_body = true, .body = STR("{}")}, -1, 1},
        {__LINE__, {.method = "DELETE"}, -1, 1},
        {__LINE__, {.method = "OPTIONS"}, -1, 1},
    };
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}, {NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_reply reply;

        begin(steps, COUNT(steps));
        row_int(rows[i].line, perform((struct http_call){.method = "GET"}, "/first", &reply), 0);
        row_int(rows[i].line, perform(rows[i].call, "/second", &reply), rows[i].rc);
        row_int(rows[i].line, reply.result, rows[i].rc < 0 ? HTTP_BROKEN : HTTP_OK);
        row_int(rows[i].line, stub.requests, 1 + rows[i].requests);
        end();
    }
}

static void a_dead_connection_is_replaced_before_a_write(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}};
    struct http_reply reply;

    (void)state;
    begin(steps, COUNT(steps));
    assert_int_equal(perform((struct http_call){0}, "/", &reply), 0);
    usleep(20000); /* the server's FIN arrives */
    assert_int_equal(perform((struct http_call){.method = "POST", .has_body = true}, "/", &reply), 0);
    assert_int_equal(stub.connections, 2);
    end();
}

static void where_a_public_call_may_not_go(void **state)
{
    static const struct {
        int line;
        const char *url;
    } rows[] = {
        {__LINE__, "http://127.0.0.1:1/"},
        {__LINE__, "http://127.8.8.8:1/"},
        {__LINE__, "http://2130706433:1/"},
        {__LINE__, "http://0x7f.1:1/"},
        {__LINE__, "http://017700000001:1/"},
        {__LINE__, "http://localhost:1/"},
        {__LINE__, "http://0.0.0.0:1/"},
        {__LINE__, "http://0.1.2.3:1/"},
        {__LINE__, "http://169.254.169.254/latest/meta-data/"},
        {__LINE__, "http://169.254.0.1/"},
        {__LINE__, "http://224.0.0.1/"},
        {__LINE__, "http://255.255.255.255/"},
        {__LINE__, "http://[::1]:1/"},
        {__LINE__, "http://[::]:1/"},
        {__LINE__, "http://[::ffff:127.0.0.1]:1/"},
        {__LINE__, "http://[::ffff:7f00:1]:1/"},
        {__LINE__, "http://[::ffff:169.254.169.254]/"},
        {__LINE__, "http://[fe80::1]/"},
        {__LINE__, "http://[febf::1]/"},
        {__LINE__, "http://[ff02::1]/"},
        {__LINE__, "http://[fd00:ec2::254]/"},
        {__LINE__, "http://[fd00:ec2:ffff::1]/"},
    };

    (void)state;
    client = http_client_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct http_call call = {
            .method = "GET", .url = rows[i].url, .reach = HTTP_REACH_PUBLIC, .plain_allowed = true, .timeout_ms = 500};
        struct http_reply reply;

        row_int(rows[i].line, http_perform(client, arena, &call, &reply), -1);
        row_true(rows[i].line, rows[i].url, reply.result == HTTP_FORBIDDEN);
    }
    http_client_free(client);
}

static void only_https_unless_allowed(void **state)
{
    static const char *const urls[] = {"http://127.0.0.1:1/",   "ftp://127.0.0.1:1/", "file:///etc/passwd",
                                       "gopher://127.0.0.1:1/", "https://",           "https://127.0.0.1:99999/"};

    (void)state;
    client = http_client_new();
    for (size_t i = 0; i < COUNT(urls); i++) {
        const struct http_call call = {.method = "GET", .url = urls[i], .reach = HTTP_REACH_ANY, .timeout_ms = 500};
        struct http_reply reply;

        assert_int_equal(http_perform(client, arena, &call, &reply), -1);
        assert_int_equal(reply.result, HTTP_INTERNAL);
    }
    http_client_free(client);
}

static void a_closed_port_is_refused(void **state)
{
    struct http_reply reply;

    (void)state;
    begin(NULL, 0);
    stub_stop(&stub);
    assert_int_equal(perform((struct http_call){0}, "/", &reply), -1);
    assert_int_equal(reply.result, HTTP_REFUSED);
    http_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_sent_that_was_not_given),
        cmocka_unit_test(the_target_goes_byte_for_byte),
        cmocka_unit_test(a_large_body_goes_without_asking_first),
        cmocka_unit_test(answers_are_read_as_they_are),
        cmocka_unit_test(a_head_request_with_a_body_ends_too),
        cmocka_unit_test(what_goes_wrong_has_a_name),
        cmocka_unit_test(too_many_headers),
        cmocka_unit_test(a_write_is_never_sent_twice),
        cmocka_unit_test(a_dead_connection_is_replaced_before_a_write),
        cmocka_unit_test(where_a_public_call_may_not_go),
        cmocka_unit_test(only_https_unless_allowed),
        cmocka_unit_test(a_closed_port_is_refused),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
