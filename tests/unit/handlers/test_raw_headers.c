/* Which headers cross /raw. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "handlers/raw_headers.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(MIB(4));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The lines for these parameters, joined by "|"; NULL when they are refused. */
static const char *headers(char **envp, struct err *err)
{
    static char text[65536];
    FCGX_Request fcgx = {.envp = envp};
    struct request request = {.arena = arena, .fcgx = &fcgx, .id = "abc-1", .remote_address = "10.0.0.9"};
    const char *const *lines = raw_request_headers(&request);
    size_t n = 0;

    *err = request.err;
    text[0] = '\0';
    for (size_t i = 0; lines && lines[i]; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? "|" : "", lines[i]);
    arena_reset(arena);
    return lines ? text : NULL;
}

#define OWN "x-forwarded-for: 10.0.0.9|audit-id: abc-1"

static void what_passes(void **state)
{
    static const struct {
        int line;
        const char *parameters[4];
        const char *lines;
    } rows[] = {
        {__LINE__, {"REQUEST_METHOD=GET"}, OWN},
        {__LINE__,
         {"HTTP_ACCEPT=application/json;as=Table;v=v1;g=meta.k8s.io"},
         "accept: application/json;as=Table;v=v1;g=meta.k8s.io|" OWN},
        {__LINE__,
         {"HTTP_USER_AGENT=kubectl/v1.33", "HTTP_ACCEPT_ENCODING=gzip"},
         "user-agent: kubectl/v1.33|accept-encoding: gzip|" OWN},
        {__LINE__,
         {"HTTP_IF_NONE_MATCH=\"x\"", "HTTP_RANGE=bytes=0-1", "HTTP_KUBECTL_COMMAND=get"},
         "if-none-match: \"x\"|range: bytes=0-1|kubectl-command: get|" OWN},
        {__LINE__,
         {"HTTP_TRACEPARENT=00-a-b-01", "HTTP_X_STREAM_PROTOCOL_VERSION=v4", "HTTP_CONTENT_ENCODING=gzip"},
         "traceparent: 00-a-b-01|x-stream-protocol-version: v4|content-encoding: gzip|" OWN},
        {__LINE__, {"HTTP_X_CUSTOM=a=b: c\t\xc3\xa9"}, "x-custom: a=b: c\t\xc3\xa9|" OWN},
        {__LINE__, {"HTTP_X_EMPTY="}, "x-empty;|" OWN},
        /* before nginx 1.23 each line of its own; later joined by commas */
        {__LINE__, {"HTTP_X_TWICE=a", "HTTP_X_TWICE=b"}, "x-twice: a|x-twice: b|" OWN},
        {__LINE__, {"CONTENT_TYPE=application/yaml", "CONTENT_LENGTH=5"}, "content-type: application/yaml|" OWN},
        {__LINE__, {"HTTP_AUDIT_ID=0123-abcd"}, "x-forwarded-for: 10.0.0.9|audit-id: 0123-abcd"},
        {__LINE__, {"HTTP_AUDIT_ID=no good"}, OWN},
        {__LINE__, {"HTTP_AUDIT_ID="}, OWN},
        {__LINE__, {"HTTP_AUDIT_ID=0123456789012345678901234567890123456789012345678901234567890123x"}, OWN},
        {__LINE__, {"NO_EQUALS_SIGN", "HTTPX=1", "HTTPS=on"}, OWN},
        /* "connect" is not "connection", "origins" no "origin" */
        {__LINE__, {"HTTP_CONNECT=1", "HTTP_ORIGINS=2", "HTTP_HOSTS=3"}, "connect: 1|origins: 2|hosts: 3|" OWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char texts[4][128];
        char *envp[5] = {NULL};
        struct err err;
        const char *lines;

        for (size_t k = 0; k < 4 && rows[i].parameters[k]; k++) {
            snprintf(texts[k], sizeof(texts[k]), "%s", rows[i].parameters[k]);
            envp[k] = texts[k];
        }
        lines = headers(envp, &err);
        row_true(rows[i].line, "they pass", lines != NULL);
        row_text(rows[i].line, lines, rows[i].lines);
    }
}

/* Of one hop, about identity, or of a browser: none of the cluster's business. */
static void what_is_dropped(void **state)
{
    static const char *const names[] = {
        "CONNECTION",
        "KEEP_ALIVE",
        "PROXY_CONNECTION",
        "PROXY_AUTHENTICATE",
        "PROXY_AUTHORIZATION",
        "PROXY",
        "TE",
        "TRAILER",
        "TRANSFER_ENCODING",
        "UPGRADE",
        "EXPECT",
        "AUTHORIZATION",
        "COOKIE",
        "HOST",
        "ORIGIN",
        "REFERER",
        "SEC_FETCH_MODE",
        "SEC_CH_UA",
        "X_CSRF_TOKEN",
        "X_EKSGATE_ERROR",
        "X_REMOTE_USER",
        "X_REMOTE_GROUP",
        "X_REMOTE_EXTRA_A",
        "X_FORWARDED_FOR",
        "X_FORWARDED_CLIENT_CERT",
        "X_FORWARDED_HOST",
        "FORWARDED",
        "X_REAL_IP",
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "X_REQUEST_ID",
        "X_REQUESTED_WITH",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char parameter[64];
        char *envp[] = {parameter, NULL};
        struct err err;
        const char *lines;

        snprintf(parameter, sizeof(parameter), "HTTP_%s=stolen", names[i]);
        lines = headers(envp, &err);
        row_true(__LINE__, names[i], lines && strcmp(lines, OWN) == 0);
    }
}

static void what_connection_names_is_of_this_hop(void **state)
{
    char connection[] = "HTTP_CONNECTION=close, X-Hop ,x-other";
    char again[] = "HTTP_CONNECTION=X-Third";
    char hop[] = "HTTP_X_HOP=1";
    char other[] = "HTTP_X_OTHER=2";
    char third[] = "HTTP_X_THIRD=3";
    char mine[] = "HTTP_X_MINE=4";
    char *envp[] = {hop, connection, other, third, mine, again, NULL};
    struct err err;

    (void)state;
    assert_string_equal(headers(envp, &err), "x-mine: 4|" OWN);
}

static void what_is_refused(void **state)
{
    static const struct {
        int line;
        const char *parameter;
        enum err_kind kind;
    } rows[] = {
        {__LINE__, "HTTP_IMPERSONATE_USER=system:admin", ERR_FORBIDDEN},
        {__LINE__, "HTTP_IMPERSONATE_GROUP=system:masters", ERR_FORBIDDEN},
        {__LINE__, "HTTP_IMPERSONATE_UID=", ERR_FORBIDDEN},
        {__LINE__, "HTTP_IMPERSONATE_EXTRA_SCOPES=view", ERR_FORBIDDEN},
        {__LINE__, "HTTP_X=a\r\nAuthorization: Bearer x", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X=a\nb", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X=\x01", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X=\x7f", ERR_BAD_REQUEST},
        {__LINE__, "CONTENT_TYPE=a\r\nb: c", ERR_BAD_REQUEST},
        /* names that are no names: nginx lets none through, but it is not the only one who may write there */
        {__LINE__, "HTTP_=a", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X: Y=a", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X\r\nY=a", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X Y=a", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X\xc3\xa9=a", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_impersonate_user=a", ERR_FORBIDDEN},
        {__LINE__, "HTTP_Impersonate-User=a", ERR_FORBIDDEN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char parameter[128];
        char *envp[] = {parameter, NULL};
        struct err err;

        snprintf(parameter, sizeof(parameter), "%s", rows[i].parameter);
        row_true(rows[i].line, rows[i].parameter, headers(envp, &err) == NULL);
        row_int(rows[i].line, err.kind, rows[i].kind);
    }
}

static void number_and_size_are_bounded(void **state)
{
    static char texts[101][512];
    char *envp[102] = {NULL};
    struct err err;

    (void)state;
    for (size_t i = 0; i < 101; i++) {
        snprintf(texts[i], sizeof(texts[i]), "HTTP_X_%zu=1", i);
        envp[i] = i < 98 ? texts[i] : NULL;
    }
    assert_non_null(headers(envp, &err)); /* 98, and two of our own */
    envp[98] = texts[98];
    assert_null(headers(envp, &err));
    assert_int_equal(err.kind, ERR_BAD_REQUEST);

    for (size_t i = 0; i < 98; i++)
        snprintf(texts[i], sizeof(texts[i]), "HTTP_X_%02zu=%0325d", i, 1);
    envp[98] = NULL;
    assert_non_null(headers(envp, &err)); /* 98 x (4 + 325) and our own: just below 32 KiB */
    for (size_t i = 0; i < 98; i++)
        snprintf(texts[i], sizeof(texts[i]), "HTTP_X_%02zu=%0335d", i, 1);
    assert_null(headers(envp, &err));
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
        row_true(rows[i].line, rows[i].name.ptr, raw_answer_header_passes(rows[i].name, &head) == rows[i].passes);
}

static void the_prefix_is_what_the_client_wrote(void **state)
{
    const struct str path = STR("/raw/clusters/a%2Fb/api/v1");
    struct request request = {.path = path, .match = {.rest = str_skip(path, 19)}};

    (void)state;
    assert_str(raw_prefix(&request), "/raw/clusters/a%2Fb");
    request = (struct request){.path = STR("/raw/api"), .match = {.rest = STR("/api")}};
    assert_str(raw_prefix(&request), "/raw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_passes),
        cmocka_unit_test(what_is_dropped),
        cmocka_unit_test(what_connection_names_is_of_this_hop),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(number_and_size_are_bounded),
        cmocka_unit_test(answers),
        cmocka_unit_test(the_prefix_is_what_the_client_wrote),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
