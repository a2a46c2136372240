/* What /raw takes a request for. The file under test is part of this program, so that its inside can be asked. */
#include "tests/unit/rows.h"

#include "handlers/raw.c"

static void streams_have_no_time_limit(void **state)
{
    static const struct {
        int line;
        const char *rest;
        const char *query;
        bool stream;
    } rows[] = {
        {__LINE__, "/api/v1/pods", "watch=true", true},
        {__LINE__, "/api/v1/pods", "a=b&watch=1&c", true},
        {__LINE__, "/api/v1/namespaces/a/pods/b/log", "follow=true", true},
        {__LINE__, "/api/v1/watch/pods", "", true},
        {__LINE__, "/apis/apps/v1/watch/deployments", "", true},
        {__LINE__, "/api/v1/pods", "watch", true},
        {__LINE__, "/api/v1/pods", "watch=&limit=1", true},
        {__LINE__, "/api/v1/pods", "watch=yes", true},
        {__LINE__, "/api/v1/namespaces/watch", "", false},
        {__LINE__, "/apis/watch/v1/pods", "", false},
        {__LINE__, "/api/v1/pods", "watch=false", false},
        {__LINE__, "/api/v1/pods", "watch=False&watch=1", false},
        {__LINE__, "/api/v1/pods", "watch=0", false},
        {__LINE__, "/api/v1/pods", "watchful=true", false},
        {__LINE__, "/api/v1/pods", "labelSelector=watch=true", false},
        {__LINE__, "/api/v1/pods", "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = {
            .method = METHOD_GET, .query = str_from(rows[i].query), .match = {.rest = str_from(rows[i].rest)}};

        row_int(rows[i].line, is_stream(&request, false), rows[i].stream);
        row_true(rows[i].line, "a proxied page always", is_stream(&request, true));
        request.method = METHOD_POST;
        row_int(rows[i].line, is_stream(&request, false), false);
    }
}

static void the_upstream_path_is_the_rest_and_the_query(void **state)
{
    static const struct {
        int line;
        struct str rest;
        struct str query;
        const char *path;
    } rows[] = {
        {__LINE__, STR("/api/v1//pods/"), {NULL, 0}, "/api/v1//pods/"},
        {__LINE__, STR("/api"), STR("a=b&c=%2F+"), "/api?a=b&c=%2F+"},
        {__LINE__, STR("/api"), STR(""), "/api?"}, /* an empty query is one */
        {__LINE__, STR(""), {NULL, 0}, "/"},
        {__LINE__, STR(""), STR("a"), "/?a"},
        {__LINE__, STR("/%2e%2E%00x;y"), {NULL, 0}, "/%2e%2E%00x;y"},
    };
    struct arena *arena = arena_new(KIB(64));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = {.arena = arena, .query = rows[i].query};

        row_str(rows[i].line, upstream_path(&request, rows[i].rest), rows[i].path);
    }
    arena_free(arena);
}

static void bodies_go_where_they_belong(void **state)
{
    static const struct {
        int line;
        enum method method;
        const char *body;
        bool sent;
    } rows[] = {
        {__LINE__, METHOD_GET, "", false},    {__LINE__, METHOD_GET, "x", true},
        {__LINE__, METHOD_DELETE, "", false}, {__LINE__, METHOD_DELETE, "x", true},
        {__LINE__, METHOD_POST, "", true},    {__LINE__, METHOD_PUT, "", true},
        {__LINE__, METHOD_PATCH, "", true},   {__LINE__, METHOD_OPTIONS, "", false},
        {__LINE__, METHOD_OTHER, "x", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request = {.method = rows[i].method, .body = str_from(rows[i].body)};

        row_int(rows[i].line, sends_body(&request), rows[i].sent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_have_no_time_limit),
        cmocka_unit_test(the_upstream_path_is_the_rest_and_the_query),
        cmocka_unit_test(bodies_go_where_they_belong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
