/* The failure table: what each thing that a cluster can do to a request becomes. */
#define STUB_TLS

#include "tests/unit/rows.h"

#include <signal.h>

#include "base/limits.h"
#include "kube/perform.h"
#include "tests/unit/http/stub.h"

static struct arena *arena;
static struct http_client *http;
static struct stub stub;

/* What the last request came to. */
static struct http_reply reply;
static struct err err;

static int group_setup(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    arena = arena_new(MIB(8));
    return http_global_init();
}

static int group_teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct kube_target begin(const struct stub_step *steps, size_t count)
{
    stub_start(&stub, steps, count);
    http = http_client_new();
    return (struct kube_target){
        .cluster_id = "us-east-1_demo",
        .endpoint = arena_printf(arena, "https://127.0.0.1:%d", stub.port),
        .ca_pem = str_from(stub.ca_pem),
        .token = "k8s-aws-v1.abc",
        .endpoint_named = true,
    };
}

static void end(void)
{
    http_client_free(http);
    stub_stop(&stub);
    arena_reset(arena);
}

static int perform(const struct kube_target *target, const struct kube_request *request)
{
    err_clear(&err);
    return kube_perform(http, arena, target, request, &reply, &err);
}

/* A small request whose answer is collected. */
static int ask(const struct kube_target *target, const char *method)
{
    const struct kube_request request = {.method = method, .path = STR("/api"), .timeout_ms = 5000, .max_body = 100};

    return perform(target, &request);
}

/* A sink that keeps what it is given: the status, then the body. */
struct relayed {
    struct buf text;
    bool stop;
};

static int on_head(void *arg, const struct http_head *head)
{
    struct relayed *relayed = arg;

    buf_printf(&relayed->text, "%d|", head->status);
    return relayed->stop ? -1 : 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    return buf_add(&((struct relayed *)arg)->text, data, len);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
#define STATUS_403 "{\"kind\":\"Status\",\"code\":403,\"message\":\"no\"}"
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 43\r\n\r\n" STATUS_403
#define HTML_500 "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>no"
#define LATER_429                                                                                                      \
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json; charset=utf-8\r\nRetry-After: 7\r\n"            \
    "Content-Length: 2\r\n\r\n{}"
#define UNAUTHORIZED "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
#define NOT_MODIFIED "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"

static void a_request_carries_one_token_and_our_headers(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, 1);
    const struct kube_request request = {
        .method = "GET",
        .path = STR("/api/v1/pods?limit=1"),
        .headers = kube_own_headers(arena, KUBE_ACCEPT_JSON, "abc-1"),
        .timeout_ms = 5000,
        .max_body = 100,
    };
    char expected[512];

    (void)state;
    assert_int_equal(perform(&target, &request), 0);
    assert_str(reply.body, "{}");
    snprintf(expected, sizeof(expected),
             "GET /api/v1/pods?limit=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: eksgate/0.1.0\r\n"
             "Accept: application/json\r\nAudit-ID: abc-1\r\nAuthorization: Bearer k8s-aws-v1.abc\r\n\r\n",
             stub.port);
    assert_string_equal(stub.request[0], expected);
    end();
}

struct row {
    int line;
    const char *sentence;
    const char *method;
    struct stub_step steps[3];
    enum err_kind kind; /* ERR_NONE: an answer */
    int code;
    unsigned retry_after;
    size_t requests;     /* that the cluster saw */
    const char *relayed; /* what a sink was given; "" with an error */
    bool relay;
    bool hold_unauthorized;
};

/* clang-format off */
static const struct row table[] = {
    {__LINE__, "a good answer", "GET", {{OK, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 1, "200|{}", false, false},
    {__LINE__, "the cluster's own error", "GET", {{FORBIDDEN, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 403, 0, 1, "", false, false},
    {__LINE__, "relayed, it is an answer", "GET", {{FORBIDDEN, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 1, "403|" STATUS_403, true, false},
    {__LINE__, "with its Retry-After", "POST", {{LATER_429, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 429, 7, 1, "", false, false},
    {__LINE__, "an error that is no JSON", "GET", {{HTML_500, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", false, false},
    {__LINE__, "relayed, it passes too", "GET", {{HTML_500, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 1, "500|<p>no", true, false},
    {__LINE__, "not modified", "GET", {{NOT_MODIFIED, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 1, "304|", true, false},
    {__LINE__, "a refused token is held back", "GET", {{UNAUTHORIZED, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", true, true},
    {__LINE__, "or an error", "GET", {{UNAUTHORIZED, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 401, 0, 1, "", false, false},
    {__LINE__, "or relayed", "GET", {{UNAUTHORIZED, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 1, "401|{}", true, false},
    {__LINE__, "closed without an answer: a read is tried twice", "GET", {{NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 2, "200|{}", true, false},
    {__LINE__, "and no more", "GET", {{NULL, STUB_CLOSE, 0}, {NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 2, "", true, false},
    {__LINE__, "a HEAD too", "HEAD", {{NULL, STUB_CLOSE, 0}, {"HTTP/1.1 200 OK\r\n\r\n", STUB_KEEP, 0}}, ERR_NONE, 0, 0, 2, "200|", true, false},
    {__LINE__, "closed inside the head is no answer", "GET", {{"HTTP/1.1 200 OK\r\nConte", STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_NONE, 0, 0, 2, "200|{}", true, false},
    {__LINE__, "a write is sent once", "POST", {{NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", true, false},
    {__LINE__, "whatever its name", "PUT", {{NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", true, false},
    {__LINE__, "whatever its name", "PATCH", {{NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", true, false},
    {__LINE__, "whatever its name", "DELETE", {{NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", true, false},
    {__LINE__, "closed inside the body: begun is begun", "GET", {{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "200|ab", true, false},
    {__LINE__, "no answer in time", "GET", {{NULL, STUB_WAIT, 0}}, ERR_UPSTREAM_TIMEOUT, 504, 0, 1, "", true, false},
    {__LINE__, "an error that is too large", "GET", {{"HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: 300000\r\n\r\n", STUB_KEEP, 300000}}, ERR_UPSTREAM_BROKEN, 502, 0, 1, "", false, false},
};
/* clang-format on */

static void failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct row *row = &table[i];
        struct relayed relayed = {.stop = false};
        const struct http_sink sink = {on_head, on_body, NULL, &relayed};
        struct kube_target target = begin(row->steps, COUNT(row->steps));
        const struct kube_request request = {
            .method = row->method,
            .path = STR("/api"),
            .timeout_ms = row->kind == ERR_UPSTREAM_TIMEOUT ? 200 : 5000,
            .sink = &sink,
            .relay = row->relay,
            .hold_unauthorized = row->hold_unauthorized,
        };

        buf_init(&relayed.text, 4096);
        row_int(row->line, perform(&target, &request), row->kind == ERR_NONE ? 0 : -1);
        row_true(row->line, row->sentence, err.kind == row->kind && err.code == row->code);
        row_int(row->line, err.retry_after, row->retry_after);
        row_str(row->line, buf_str(&relayed.text), row->relayed);
        row_int(row->line, stub.requests, row->requests);
        row_true(row->line, "it names the cluster", row->kind == ERR_NONE || strstr(err.message, "us-east-1_demo"));
        buf_free(&relayed.text);
        end();
    }
}

/* A read on a kept connection that the cluster closes: libcurl's own second try is the second. */
static void a_read_on_a_kept_connection_is_tried_twice_too(void **state)
{
    static const struct stub_step steps[] = {
        {OK, STUB_KEEP, 0}, {NULL, STUB_CLOSE, 0}, {NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, COUNT(steps));

    (void)state;
    assert_int_equal(ask(&target, "GET"), 0);
    assert_int_equal(ask(&target, "GET"), -1);
    assert_int_equal(err.code, 502);
    assert_int_equal(stub.requests, 3);
    end();
}

static void the_clusters_own_status_is_kept_byte_for_byte(void **state)
{
    static const struct stub_step steps[] = {{FORBIDDEN, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, 1);

    (void)state;
    assert_int_equal(ask(&target, "GET"), -1);
    assert_int_equal(err.code, 403);
    assert_str(err.upstream_status, STATUS_403);
    assert_str(err.upstream_type, "application/json");
    assert_int_equal(reply.head.status, 403);
    end();
}

static void who_may_not_be_reached(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, 1);
    char own_pem[sizeof(stub.ca_pem)];

    (void)state;
    target.endpoint_named = false; /* not by the operator: then no loopback */
    assert_int_equal(ask(&target, "GET"), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_BROKEN);
    assert_int_equal(stub.connections, 0);

    target.endpoint_named = true;
    target.endpoint = arena_printf(arena, "https://localhost:%d", stub.port); /* a name the certificate has not */
    assert_int_equal(ask(&target, "GET"), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_TLS);
    assert_int_equal(err.code, 502);
    assert_int_equal(err.retry_after, 0);
    assert_int_equal(stub.requests, 0);

    target.endpoint = arena_printf(arena, "https://127.0.0.1:%d", stub.port);
    target.ca_pem = STR("no certificate");
    assert_int_equal(ask(&target, "GET"), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_TLS);
    assert_int_equal(stub.requests, 0);

    memcpy(own_pem, stub.ca_pem, sizeof(own_pem));
    end();
    target = begin(steps, 1);
    target.ca_pem = str_from(own_pem); /* another server's */
    assert_int_equal(ask(&target, "GET"), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_TLS);
    assert_int_equal(stub.requests, 0);
    end();
}

static void nobody_there_may_be_tried_again(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, 1);

    (void)state;
    stub_stop(&stub);
    assert_int_equal(ask(&target, "POST"), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_UNREACHABLE);
    assert_int_equal(err.code, 503);
    assert_int_equal(err.retry_after, 1);
    assert_int_equal(reply.head.status, 0);
    http_client_free(http);
    arena_reset(arena);
}

static void a_caller_who_stops_is_gone(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, 1);
    struct relayed relayed = {.stop = true};
    const struct http_sink sink = {on_head, on_body, NULL, &relayed};
    const struct kube_request request = {
        .method = "GET", .path = STR("/api"), .timeout_ms = 5000, .sink = &sink, .relay = true};

    (void)state;
    buf_init(&relayed.text, 100);
    assert_int_equal(perform(&target, &request), -1);
    assert_int_equal(err.kind, ERR_CLIENT_GONE);
    buf_free(&relayed.text);
    end();
}

static void no_memory_is_told(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct kube_target target = begin(steps, 1);
    const struct kube_request request = {.method = "GET", .path = STR("/api"), .timeout_ms = 5000, .max_body = 100};
    struct arena *small = arena_new(64);

    (void)state;
    assert_int_equal(kube_perform(http, small, &target, &request, &reply, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_null(kube_own_headers(small, "x", "y"));
    arena_free(small);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_carries_one_token_and_our_headers),
        cmocka_unit_test(failures),
        cmocka_unit_test(a_read_on_a_kept_connection_is_tried_twice_too),
        cmocka_unit_test(the_clusters_own_status_is_kept_byte_for_byte),
        cmocka_unit_test(who_may_not_be_reached),
        cmocka_unit_test(nobody_there_may_be_tried_again),
        cmocka_unit_test(a_caller_who_stops_is_gone),
        cmocka_unit_test(no_memory_is_told),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
