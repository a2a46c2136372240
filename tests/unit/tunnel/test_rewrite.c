/* Heads on their way through: what the cluster is asked, what the client is answered. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "tunnel/rewrite.h"

static struct exchange *make(const char *text)
{
    struct exchange *ex = exchange_new(str_from(text));

    assert_non_null(ex);
    assert_int_equal(ex->err.kind, ERR_NONE);
    ex->admission = (struct admission){.upgrade = STR("websocket"), .shown = {.remote_address = STR("10.0.0.9")}};
    ex->dial = (struct dial){.authority = "kube.test:6443", .host = "kube.test"};
    ex->cluster.target.endpoint = "https://kube.test:6443";
    ex->cluster.target.token = "k8s-aws-v1.minted";
    ex->prefix = STR("/raw/clusters/a");
    ex->rest = str_skip(ex->head.path, ex->prefix.len);
    return ex;
}

#define HOST "Host: localhost\r\nX-Request-Id: abc-1\r\n"
#define OWN "Host: kube.test:6443\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
#define END "x-forwarded-for: 10.0.0.9\r\naudit-id: abc-1\r\nAuthorization: Bearer k8s-aws-v1.minted\r\n\r\n"

static void what_the_cluster_is_asked(void **state)
{
    static const struct {
        int line;
        const char *asked;
        const char *sent;
    } rows[] = {
        {__LINE__, "GET /raw/clusters/a/api//v1?a=%20b&& HTTP/1.1\r\n" HOST "\r\n",
         "GET /api//v1?a=%20b&& HTTP/1.1\r\n" OWN END},
        {__LINE__, "GET /raw/clusters/a HTTP/1.1\r\n" HOST "\r\n", "GET / HTTP/1.1\r\n" OWN END},
        {__LINE__, "GET /raw/clusters/a/x? HTTP/1.1\r\n" HOST "\r\n", "GET /x? HTTP/1.1\r\n" OWN END},
        {__LINE__, "POST /raw/clusters/a/x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
         "POST /x HTTP/1.1\r\n" OWN "Content-Length: 0\r\n" END},
        {__LINE__, "GET /raw/clusters/a/x HTTP/1.1\r\n" HOST "Authorization: Bearer mine\r\nX-Empty:\r\n\r\n",
         "GET /x HTTP/1.1\r\n" OWN "X-Empty: \r\n" END},
        {__LINE__, "GET /raw/clusters/a/x HTTP/1.1\r\n" HOST "Connection: X-Hop, Upgrade\r\nX-Hop: 1\r\n\r\n",
         "GET /x HTTP/1.1\r\n" OWN END},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct exchange *ex = make(rows[i].asked);
        struct buf out;

        buf_init(&out, REWRITE_REQUEST_MAX);
        row_int(rows[i].line, rewrite_request(ex, &out), 0);
        row_str(rows[i].line, buf_str(&out), rows[i].sent);
        buf_wipe(&out);
        exchange_free(ex);
    }
}

static void a_page_comes_from_the_clusters_own_site(void **state)
{
    struct exchange *ex = make("GET /raw/clusters/a/x HTTP/1.1\r\n" HOST "Origin: http://localhost\r\n\r\n");
    struct buf out;

    (void)state;
    ex->admission.has_origin = true;
    buf_init(&out, REWRITE_REQUEST_MAX);
    assert_int_equal(rewrite_request(ex, &out), 0);
    assert_non_null(strstr(out.ptr, "\r\nOrigin: https://kube.test:6443\r\n"));
    assert_null(strstr(out.ptr, "http://localhost"));
    buf_wipe(&out);
    exchange_free(ex);
}

static void impersonation_is_refused(void **state)
{
    struct exchange *ex = make("GET /raw/clusters/a/x HTTP/1.1\r\n" HOST "Impersonate-User: admin\r\n\r\n");
    struct buf out;

    (void)state;
    buf_init(&out, REWRITE_REQUEST_MAX);
    assert_int_equal(rewrite_request(ex, &out), -1);
    assert_int_equal(ex->err.kind, ERR_FORBIDDEN);
    buf_wipe(&out);
    exchange_free(ex);
}

static void what_the_client_is_answered(void **state)
{
    static const struct {
        int line;
        const char *path;
        int status;
        struct http_header headers[4];
        const char *text;
    } rows[] = {
        {__LINE__,
         "/api",
         101,
         {{STR("Connection"), STR("upgrade")},
          {STR("Upgrade"), STR("websocket")},
          {STR("Sec-WebSocket-Protocol"), STR("v5")},
          {STR("X-Accel-Redirect"), STR("/x")}},
         "HTTP/1.1 101 R\r\nSec-WebSocket-Protocol: v5\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
        {__LINE__,
         "/api",
         403,
         {{STR("Content-Length"), STR("5")}, {STR("Connection"), STR("X-Hop")}, {STR("X-Hop"), STR("1")}},
         "HTTP/1.1 403 R\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"},
        {__LINE__,
         "/api",
         400,
         {{STR("Transfer-Encoding"), STR("chunked")}, {STR("Upgrade"), STR("h2c")}},
         "HTTP/1.1 400 R\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {__LINE__,
         "/api",
         301,
         {{STR("location"), STR("https://kube.test:6443/x")}},
         "HTTP/1.1 301 R\r\nlocation: /raw/clusters/a/x\r\nConnection: close\r\n\r\n"},
        {__LINE__,
         "/api",
         401,
         {{STR("Content-Length"), STR("0")}},
         "HTTP/1.1 401 R\r\nContent-Length: 0\r\nConnection: close\r\nX-Eksgate-Error: upstream-unauthorized\r\n\r\n"},
        {__LINE__,
         "/api/v1/namespaces/n/pods/p/proxy/",
         200,
         {{STR("Content-Length"), STR("0")}},
         "HTTP/1.1 200 R\r\nContent-Length: 0\r\nConnection: close\r\n"
         "Content-Security-Policy: sandbox; default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_header headers[4];
        struct http_head head = {.status = rows[i].status, .reason = STR("R"), .headers = headers};
        char text[256];
        struct exchange *ex;
        struct buf out;

        while (head.header_count < 4 && rows[i].headers[head.header_count].name.len > 0) {
            headers[head.header_count] = rows[i].headers[head.header_count];
            head.header_count++;
        }
        snprintf(text, sizeof(text), "GET /raw/clusters/a%s HTTP/1.1\r\n" HOST "\r\n", rows[i].path);
        ex = make(text);
        buf_init(&out, REWRITE_ANSWER_MAX);
        row_int(rows[i].line, rewrite_answer(ex, &head, &out), 0);
        row_str(rows[i].line, buf_str(&out), rows[i].text);
        buf_free(&out);
        exchange_free(ex);
    }
}

static void an_error_is_a_whole_answer(void **state)
{
    struct exchange *ex = make("GET /raw/clusters/a/x HTTP/1.1\r\n" HOST "\r\n");
    struct buf out;
    char length[64];
    const char *body;

    (void)state;
    err_set(&ex->err, ERR_UPSTREAM_UNREACHABLE, "nobody there");
    ex->err.retry_after = 1;
    buf_init(&out, KIB(64));
    assert_int_equal(rewrite_error(ex, &out), 0);
    assert_true(str_starts_with(buf_str(&out), STR("HTTP/1.1 503 Service Unavailable\r\n")));
    body = strstr(out.ptr, "\r\n\r\n") + 4;
    snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body));
    assert_non_null(strstr(out.ptr, length));
    assert_non_null(strstr(out.ptr, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(out.ptr, "\r\nX-Eksgate-Error: upstream-unreachable\r\nRetry-After: 1\r\n"));
    assert_non_null(strstr(body, "\"message\":\"nobody there\",\"reason\":\"ServiceUnavailable\""));
    buf_free(&out);
    exchange_free(ex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_cluster_is_asked),  cmocka_unit_test(a_page_comes_from_the_clusters_own_site),
        cmocka_unit_test(impersonation_is_refused),   cmocka_unit_test(what_the_client_is_answered),
        cmocka_unit_test(an_error_is_a_whole_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
