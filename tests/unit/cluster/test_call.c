/* Calling a cluster: what is tried again, how often, and what is remembered of a failure. */
#define STUB_TLS

#include "tests/unit/rows.h"

#include <signal.h>

#include "base/limits.h"
#include "cluster/internal.h"
#include "tests/unit/http/stub.h"

static const struct config config = {.redis = "unix:/nonexistent"};
static struct worker worker;
static struct cluster cluster;
static struct aws_auth auth;
static struct aws_credentials credentials = {.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = "secret"};
static struct stub stub;

static int refreshes;
static const char *refreshed_endpoint; /* NULL: EKS does not answer */

/* Stands in for asking EKS. */
int __wrap_cluster_refresh(struct worker *w, struct cluster *c, struct err *err);
int __wrap_cluster_refresh(struct worker *w, struct cluster *c, struct err *err)
{
    (void)w;
    refreshes++;
    if (!refreshed_endpoint)
        return err_set(err, ERR_UPSTREAM_UNREACHABLE, "EKS does not answer");
    c->target.endpoint = refreshed_endpoint;
    return 0;
}

static int group_setup(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    log_level_set(LOG_LEVEL_CRITICAL);
    return http_global_init();
}

static void begin(const struct stub_step *steps, size_t count)
{
    struct err err;

    refreshes = 0;
    refreshed_endpoint = NULL;
    stub_start(&stub, steps, count);
    worker = (struct worker){
        .config = &config,
        .memory = cluster_memory_new(),
        .arena = arena_new(MIB(8)),
        .http = http_client_new(),
        .redis = redis_client_new(config.redis, 0),
        .request_id = "abc-1",
    };
    cluster = (struct cluster){
        .id = STR("us-east-1_demo"),
        .connection = {.id = "us-east-1_demo",
                       .name = "demo",
                       .region = "us-east-1",
                       .source = SOURCE_EKS,
                       .auth_type = "default",
                       .identity_arn = "arn:aws:iam::1:user/a"},
        .auth = &auth,
        .credentials = &credentials,
        .target = {.cluster_id = "us-east-1_demo",
                   .endpoint = arena_printf(worker.arena, "https://127.0.0.1:%d", stub.port),
                   .ca_pem = str_from(stub.ca_pem),
                   .endpoint_named = true},
    };
    assert_int_equal(cluster_mint(&worker, &cluster, false, &err), 0);
}

static void end(void)
{
    redis_client_free(worker.redis);
    http_client_free(worker.http);
    arena_free(worker.arena);
    cluster_memory_free(worker.memory);
    stub_stop(&stub);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
#define UNAUTHORIZED "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{ }"
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

static struct buf relayed;

static int on_head(void *arg, const struct http_head *head)
{
    (void)arg;
    return buf_printf(&relayed, "%d|", head->status);
}

static int on_body(void *arg, const char *data, size_t len)
{
    (void)arg;
    return buf_add(&relayed, data, len);
}

static int call(const char *method, bool relay, struct err *err)
{
    static const struct http_sink sink = {on_head, on_body, NULL, NULL};
    const struct kube_request request = {
        .method = method, .path = STR("/api"), .timeout_ms = 5000, .sink = &sink, .relay = relay};
    struct http_reply reply;

    buf_reset(&relayed);
    err_clear(err);
    return cluster_call(&worker, &cluster, &request, &reply, err);
}

static void a_refused_token_is_renewed_once(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        struct stub_step steps[3];
        bool relay;
        enum err_kind kind;
        size_t requests;
        const char *relayed;
    } rows[] = {
        {__LINE__, "accepted at once", {{OK, STUB_KEEP, 0}}, true, ERR_NONE, 1, "200|{}"},
        {__LINE__,
         "accepted with the new one",
         {{UNAUTHORIZED, STUB_KEEP, 0}, {OK, STUB_KEEP, 0}},
         true,
         ERR_NONE,
         2,
         "200|{}"},
        {__LINE__,
         "the second refusal passes on /raw",
         {{UNAUTHORIZED, STUB_KEEP, 0}, {UNAUTHORIZED, STUB_KEEP, 0}, {OK, STUB_KEEP, 0}},
         true,
         ERR_NONE,
         2,
         "401|{ }"},
        {__LINE__,
         "and is explained elsewhere",
         {{UNAUTHORIZED, STUB_KEEP, 0}, {UNAUTHORIZED, STUB_KEEP, 0}, {OK, STUB_KEEP, 0}},
         false,
         ERR_UPSTREAM_REFUSED,
         2,
         ""},
        {__LINE__,
         "accepted elsewhere",
         {{UNAUTHORIZED, STUB_KEEP, 0}, {OK, STUB_KEEP, 0}},
         false,
         ERR_NONE,
         2,
         "200|{}"},
        {__LINE__,
         "other refusals are answers",
         {{FORBIDDEN, STUB_KEEP, 0}, {OK, STUB_KEEP, 0}},
         true,
         ERR_NONE,
         1,
         "403|{}"},
    };

    (void)state;
    buf_init(&relayed, KIB(4));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;

        begin(rows[i].steps, COUNT(rows[i].steps));
        row_int(rows[i].line, call("GET", rows[i].relay, &err), rows[i].kind == ERR_NONE ? 0 : -1);
        row_true(rows[i].line, rows[i].sentence, err.kind == rows[i].kind);
        row_int(rows[i].line, stub.requests, rows[i].requests);
        row_str(rows[i].line, buf_str(&relayed), rows[i].relayed);
        end();
    }
    buf_free(&relayed);
}

/* A write that was refused with 401 has not run, so it may be sent again; one without an answer may have. */
static void writes_too_unless_they_may_have_run(void **state)
{
    static const struct stub_step refused[] = {{UNAUTHORIZED, STUB_KEEP, 0}, {OK, STUB_KEEP, 0}};
    static const struct stub_step closed[] = {{UNAUTHORIZED, STUB_KEEP, 0}, {NULL, STUB_CLOSE, 0}, {OK, STUB_KEEP, 0}};
    struct err err;

    (void)state;
    buf_init(&relayed, KIB(4));
    begin(refused, COUNT(refused));
    assert_int_equal(call("POST", true, &err), 0);
    assert_str(buf_str(&relayed), "200|{}");
    end();
    begin(closed, COUNT(closed));
    assert_int_equal(call("POST", true, &err), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_BROKEN);
    assert_int_equal(stub.requests, 2);
    end();
    buf_free(&relayed);
}

static void a_cluster_that_refuses_is_not_stormed(void **state)
{
    static const struct stub_step steps[] = {{UNAUTHORIZED, STUB_KEEP, 0},
                                             {UNAUTHORIZED, STUB_KEEP, 0},
                                             {UNAUTHORIZED, STUB_KEEP, 0},
                                             {UNAUTHORIZED, STUB_KEEP, 0}};
    struct err err;

    (void)state;
    buf_init(&relayed, KIB(4));
    begin(steps, COUNT(steps));
    assert_int_equal(call("GET", true, &err), 0);
    assert_int_equal(stub.requests, 2);
    assert_int_equal(call("GET", true, &err), 0); /* within five seconds: once */
    assert_int_equal(stub.requests, 3);
    assert_str(buf_str(&relayed), "401|{ }");
    assert_int_equal(call("GET", false, &err), -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_REFUSED);
    assert_int_equal(err.code, 403);
    assert_non_null(strstr(err.message, "arn:aws:iam::1:user/a"));
    assert_int_equal(stub.requests, 4);
    assert_int_equal(refreshes, 1);
    end();
    buf_free(&relayed);
}

/* Nothing was sent, so the caller may try again; the gateway does not for two seconds. */
static void a_cluster_that_is_down_is_remembered(void **state)
{
    static const unsigned retry_after[] = {1, 1, 1, 0, 0};
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct err err;

    (void)state;
    buf_init(&relayed, KIB(4));
    begin(steps, 1);
    shutdown(stub.listen_fd, SHUT_RDWR);
    for (size_t i = 0; i < COUNT(retry_after); i++) {
        assert_int_equal(call("POST", true, &err), -1);
        assert_int_equal(err.kind, ERR_UPSTREAM_UNREACHABLE);
        assert_int_equal(err.code, 503);
        assert_int_equal(err.retry_after, retry_after[i]);
    }
    assert_int_equal(memory_failures(worker.memory, cluster.id), 1); /* it was asked once */
    end();
    buf_free(&relayed);
}

static void a_wrong_certificate_is_remembered(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct err err;

    (void)state;
    buf_init(&relayed, KIB(4));
    begin(steps, 1);
    cluster.target.endpoint = arena_printf(worker.arena, "https://localhost:%d", stub.port);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call("GET", true, &err), -1);
        assert_int_equal(err.kind, ERR_UPSTREAM_TLS);
        assert_int_equal(err.code, 502);
        assert_int_equal(err.retry_after, 0);
    }
    assert_int_equal(stub.connections, 1);
    assert_int_equal(stub.requests, 0);
    assert_int_equal(refreshes, 1);
    end();
    buf_free(&relayed);
}

/* The cluster was made anew under its name: EKS knows its new endpoint and certificate. */
static void a_new_description_mends_a_wrong_certificate(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct err err;

    (void)state;
    buf_init(&relayed, KIB(4));
    begin(steps, 1);
    refreshed_endpoint = cluster.target.endpoint;
    cluster.target.endpoint = arena_printf(worker.arena, "https://localhost:%d", stub.port);
    assert_int_equal(call("POST", true, &err), 0);
    assert_str(buf_str(&relayed), "200|{}");
    assert_int_equal(refreshes, 1);
    assert_int_equal(stub.requests, 1);
    end();
    buf_free(&relayed);
}

static void a_good_answer_forgives(void **state)
{
    static const struct stub_step steps[] = {{OK, STUB_KEEP, 0}};
    struct err err;

    (void)state;
    buf_init(&relayed, KIB(4));
    begin(steps, 1);
    err_set(&err, ERR_UPSTREAM_UNREACHABLE, "x");
    memory_mark_down(worker.memory, cluster.id, 0, &err);
    assert_int_equal(memory_failures(worker.memory, cluster.id), 1);
    assert_int_equal(call("GET", true, &err), 0);
    assert_int_equal(memory_failures(worker.memory, cluster.id), 0);
    end();
    buf_free(&relayed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(writes_too_unless_they_may_have_run),
        cmocka_unit_test(a_cluster_that_refuses_is_not_stormed),
        cmocka_unit_test(a_cluster_that_is_down_is_remembered),
        cmocka_unit_test(a_wrong_certificate_is_remembered),
        cmocka_unit_test(a_new_description_mends_a_wrong_certificate),
        cmocka_unit_test(a_good_answer_forgives),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}
