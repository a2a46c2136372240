/* From FastCGI's parameters to header lines. Which of them cross is for kube/headers.h. */
#include "tests/unit/rows.h"

#include <stdio.h>

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
    struct request request = {.arena = arena, .params = envp, .id = "abc-1", .remote_address = "10.0.0.9"};
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
        {__LINE__, {"HTTP_CONTENT_TYPE=twin", "HTTP_CONTENT_LENGTH=9", "CONTENT_TYPE="}, OWN},
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

/* nginx lets none of these through, but it is not the only one who may write there. */
static void what_is_refused(void **state)
{
    static const struct {
        int line;
        const char *parameter;
        enum err_kind kind;
    } rows[] = {
        {__LINE__, "HTTP_IMPERSONATE_USER=system:admin", ERR_FORBIDDEN},
        {__LINE__, "HTTP_impersonate_user=a", ERR_FORBIDDEN},
        {__LINE__, "HTTP_X=a\r\nAuthorization: Bearer x", ERR_BAD_REQUEST},
        {__LINE__, "CONTENT_TYPE=a\r\nb: c", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_=a", ERR_BAD_REQUEST},
        {__LINE__, "HTTP_X\r\nY=a", ERR_BAD_REQUEST},
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

static void more_parameters_than_any_client_sends(void **state)
{
    static char texts[257][16];
    char *envp[258] = {NULL};
    struct err err;

    (void)state;
    for (size_t i = 0; i < 257; i++) {
        snprintf(texts[i], sizeof(texts[i]), "HTTP_TE=%zu", i);
        envp[i] = i < 256 ? texts[i] : NULL;
    }
    assert_non_null(headers(envp, &err)); /* all dropped */
    envp[256] = texts[256];
    assert_null(headers(envp, &err));
    assert_int_equal(err.kind, ERR_BAD_REQUEST);
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
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(more_parameters_than_any_client_sends),
        cmocka_unit_test(the_prefix_is_what_the_client_wrote),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
