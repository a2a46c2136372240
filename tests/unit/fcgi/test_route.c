/* Finding a route: 404, 405 with what is allowed, or the route and its parts. */
#include "tests/unit/rows.h"

#include "fcgi/route.h"

static const struct route table[] = {
    {.methods = METHOD_GET, .path = "/a"},
    {.methods = METHOD_POST, .path = "/a/new"},
    {.methods = METHOD_GET | METHOD_DELETE, .path = "/a/:id"},
    {.methods = METHOD_PUT, .path = "/a/:id"},
    {.methods = METHOD_GET, .path = "/a/:cluster/b/:type"},
    {.methods = METHOD_ANY, .path = "/raw/:cluster/*"},
};

static void methods(void **state)
{
    static const struct {
        int line;
        const char *name;
        enum method method;
    } rows[] = {
        {__LINE__, "GET", METHOD_GET},         {__LINE__, "HEAD", METHOD_GET},
        {__LINE__, "POST", METHOD_POST},       {__LINE__, "PUT", METHOD_PUT},
        {__LINE__, "PATCH", METHOD_PATCH},     {__LINE__, "DELETE", METHOD_DELETE},
        {__LINE__, "OPTIONS", METHOD_OPTIONS}, {__LINE__, "PROPFIND", METHOD_OTHER},
        {__LINE__, "get", METHOD_OTHER},       {__LINE__, "GETX", METHOD_OTHER},
        {__LINE__, "GE", METHOD_OTHER},        {__LINE__, "", METHOD_OTHER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line, method_parse(str_from(rows[i].name)), rows[i].method);
}

static void method_lists(void **state)
{
    static const struct {
        int line;
        unsigned mask;
        const char *text;
    } rows[] = {
        {__LINE__, METHOD_GET, "GET, HEAD"},
        {__LINE__, METHOD_POST, "POST"},
        {__LINE__, METHOD_GET | METHOD_DELETE, "GET, HEAD, DELETE"},
        {__LINE__, METHOD_ANY, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
        {__LINE__, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;

        buf_init(&out, 128);
        method_list(rows[i].mask, &out);
        row_str(rows[i].line, buf_str(&out), rows[i].text);
        buf_free(&out);
    }
}

static void matching(void **state)
{
    static const struct {
        int line;
        enum method method;
        const char *path;
        int route;        /* index in the table, or -1 */
        unsigned allowed; /* where there is none */
    } rows[] = {
        {__LINE__, METHOD_GET, "/a", 0, 0},
        {__LINE__, METHOD_POST, "/a", -1, METHOD_GET},
        {__LINE__, METHOD_POST, "/a/new", 1, 0},
        {__LINE__, METHOD_DELETE, "/a/x", 2, 0},
        {__LINE__, METHOD_PUT, "/a/x", 3, 0},
        {__LINE__, METHOD_PATCH, "/a/x", -1, METHOD_GET | METHOD_DELETE | METHOD_PUT},
        /* the first pattern that fits decides: "new" is no id */
        {__LINE__, METHOD_PATCH, "/a/new", -1, METHOD_POST},
        {__LINE__, METHOD_GET, "/a/new", -1, METHOD_POST},
        {__LINE__, METHOD_OTHER, "/a", -1, METHOD_GET},
        {__LINE__, METHOD_OTHER, "/raw/x/y", 5, 0},
        {__LINE__, METHOD_GET, "/a/1/b/2", 4, 0},
        {__LINE__, METHOD_GET, "/b", -1, 0},
        {__LINE__, METHOD_GET, "/", -1, 0},
        {__LINE__, METHOD_GET, "", -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route_match match;

        route_match(table, COUNT(table), rows[i].method, str_from(rows[i].path), &match);
        row_true(rows[i].line, rows[i].path, match.route == (rows[i].route < 0 ? NULL : &table[rows[i].route]));
        if (rows[i].route < 0)
            row_int(rows[i].line, match.allowed, rows[i].allowed);
    }
}

static void parts_have_names(void **state)
{
    struct route_match match;

    (void)state;
    route_match(table, COUNT(table), METHOD_GET, STR("/a/one/b/two%2F"), &match);
    assert_str(route_segment(&match, "cluster"), "one");
    assert_str(route_segment(&match, "type"), "two%2F");
    assert_str(route_segment(&match, "clust"), "");
    assert_str(route_segment(&match, "b"), "");
    assert_str(match.rest, "");
    route_match(table, COUNT(table), METHOD_GET, STR("/raw/x/y/z"), &match);
    assert_str(route_segment(&match, "cluster"), "x");
    assert_str(match.rest, "/y/z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods),
        cmocka_unit_test(method_lists),
        cmocka_unit_test(matching),
        cmocka_unit_test(parts_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
