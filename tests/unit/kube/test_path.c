/* The raw path: what is refused before anything is looked up, and how patterns match. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/limits.h"
#include "kube/path.h"

static void paths(void **state)
{
    static const struct {
        int line;
        struct str path;
        bool good;
    } rows[] = {
        {__LINE__, STR("/"), true},
        {__LINE__, STR("/api/clusters"), true},
        {__LINE__, STR("/raw/clusters/a/api/v1//pods/"), true},
        {__LINE__, STR("/a;b\\c%2Fd%5C"), true},
        {__LINE__, STR("/a%"), true}, /* the cluster decides */
        {__LINE__, STR("/a%zz%2"), true},
        {__LINE__, STR("/a%20%0A"), true},
        {__LINE__, STR("/\xc3\xa9\xff"), true},
        {__LINE__, STR("/..."), true},
        {__LINE__, STR("/.a/..b/a../.%20"), true},
        {__LINE__, STR("/a..b/%2e%2e%2e"), true},
        {__LINE__, STR("/%252e%252e/"), true}, /* decoded once it is no dot */
        {__LINE__, STR("/..%2f.."), true},     /* one segment */
        {__LINE__, STR("/%2500"), true},
        {__LINE__, STR(""), false},
        {__LINE__, STR("api"), false},
        {__LINE__, STR("*"), false},
        {__LINE__, STR("http://evil/"), false},
        {__LINE__, STR("/."), false},
        {__LINE__, STR("/./"), false},
        {__LINE__, STR("/.."), false},
        {__LINE__, STR("/a/../b"), false},
        {__LINE__, STR("/a/.."), false},
        {__LINE__, STR("/a/./b"), false},
        {__LINE__, STR("//../"), false},
        {__LINE__, STR("/%2e"), false},
        {__LINE__, STR("/%2E"), false},
        {__LINE__, STR("/%2e%2e"), false},
        {__LINE__, STR("/%2e%2E/"), false},
        {__LINE__, STR("/.%2e/a"), false},
        {__LINE__, STR("/%2E./a"), false},
        {__LINE__, STR("/raw/clusters/%2e%2e/api"), false},
        {__LINE__, STR("/raw/clusters/a/.%2E/b"), false},
        {__LINE__, STR("/a%00"), false},
        {__LINE__, STR("/%00"), false},
        {__LINE__, STR("/a%00b/c"), false},
        {__LINE__, STR("/a\0b"), false},
        {__LINE__, STR("/a\nb"), false},
        {__LINE__, STR("/a\rb"), false},
        {__LINE__, STR("/a\tb"), false},
        {__LINE__, STR("/a\x1f"), false},
        {__LINE__, STR("/a\x7f"), false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};

        row_true(rows[i].line, rows[i].path.ptr, (path_check(rows[i].path, &err) == 0) == rows[i].good);
        row_int(rows[i].line, err.kind, rows[i].good ? ERR_NONE : ERR_BAD_REQUEST);
    }
}

static void cluster_ids(void **state)
{
    static const struct {
        int line;
        const char *raw;
        const char *id; /* NULL: refused */
    } rows[] = {
        {__LINE__, "us-east-1_demo", "us-east-1_demo"},
        {__LINE__, "a", "a"},
        {__LINE__, "A.b:c@d-e_f", "A.b:c@d-e_f"},
        {__LINE__, "arn:aws:eks:us-east-1:123:cluster%2Fdemo", "arn:aws:eks:us-east-1:123:cluster/demo"},
        {__LINE__, "kubernetes%40in-cluster", "kubernetes@in-cluster"},
        {__LINE__, "a%20b", "a b"},
        {__LINE__, "%41", "A"},
        {__LINE__, "%252F", "%2F"}, /* once */
        {__LINE__, "...", "..."},
        {__LINE__, "", NULL},
        {__LINE__, ".", NULL},
        {__LINE__, "..", NULL},
        {__LINE__, "%2e", NULL},
        {__LINE__, "%2E.", NULL},
        {__LINE__, "%", NULL},
        {__LINE__, "a%2", NULL},
        {__LINE__, "a%zz", NULL},
        {__LINE__, "a%00", NULL},
        {__LINE__, "a%0a", NULL},
        {__LINE__, "a%1F", NULL},
        {__LINE__, "a%7f", NULL},
        {__LINE__, "a b", NULL},
        {__LINE__, "a/b", NULL},
        {__LINE__, "a+b", NULL},
        {__LINE__, "a*", NULL},
        {__LINE__, "a\"", NULL},
        {__LINE__, "\xc3\xa9", NULL},
    };
    struct arena *arena = arena_new(KIB(64));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str id = {NULL, 0};
        struct err err = {0};
        int rc = path_decode_cluster_id(arena, str_from(rows[i].raw), &id, &err);

        row_true(rows[i].line, rows[i].raw, (rc == 0) == (rows[i].id != NULL));
        row_int(rows[i].line, err.kind, rows[i].id ? ERR_NONE : ERR_BAD_REQUEST);
        if (rows[i].id)
            row_str(rows[i].line, id, rows[i].id);
    }
    arena_free(arena);
}

static void the_length_of_an_id_is_bounded(void **state)
{
    struct arena *arena = arena_new(KIB(64));
    char raw[257];
    struct str id;
    struct err err;

    (void)state;
    memset(raw, 'x', sizeof(raw));
    assert_int_equal(path_decode_cluster_id(arena, (struct str){raw, 256}, &id, &err), 0);
    assert_int_equal(id.len, 256);
    assert_int_equal(path_decode_cluster_id(arena, (struct str){raw, 257}, &id, &err), -1);
    arena_free(arena);
}

static void segments_are_decoded_once(void **state)
{
    struct arena *arena = arena_new(KIB(1));
    struct err err = {0};
    struct str out = {NULL, 0};

    (void)state;
    assert_int_equal(path_decode_segment(arena, STR("a%2Fb%252F+c"), &out, &err), 0);
    assert_str(out, "a/b%2F+c");
    assert_int_equal(path_decode_segment(arena, STR(""), &out, &err), 0);
    assert_str(out, "");
    assert_int_equal(path_decode_segment(arena, STR("%"), &out, &err), -1);
    assert_int_equal(err.kind, ERR_BAD_REQUEST);
    assert_non_null(arena_alloc(arena, 900));
    assert_int_equal(path_decode_segment(arena,
                                         (struct str){"0123456789012345678901234567890123456789"
                                                      "0123456789012345678901234567890123456789"
                                                      "0123456789012345678901234567890123456789",
                                                      120},
                                         &out, &err),
                     -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    arena_free(arena);
}

/* The parts and the rest as "part|part|...rest", or NULL where nothing matches. */
static void patterns(void **state)
{
    static const struct {
        int line;
        const char *pattern;
        const char *path;
        const char *parts;
        const char *rest;
    } rows[] = {
        {__LINE__, "/health", "/health", "", ""},
        {__LINE__, "/health", "/health/", NULL, ""},
        {__LINE__, "/health", "/healthz", NULL, ""},
        {__LINE__, "/health", "/heal", NULL, ""},
        {__LINE__, "/health", "/Health", NULL, ""},
        {__LINE__, "/health", "/%68ealth", NULL, ""},
        {__LINE__, "/health", "//health", NULL, ""},
        {__LINE__, "/health", "/", NULL, ""},
        {__LINE__, "/api/:cluster", "/api/a", "a|", ""},
        {__LINE__, "/api/:cluster", "/api/a%2Fb", "a%2Fb|", ""},
        {__LINE__, "/api/:cluster", "/api/", NULL, ""},
        {__LINE__, "/api/:cluster", "/api", NULL, ""},
        {__LINE__, "/api/:cluster", "/api/a/", NULL, ""},
        {__LINE__, "/api/:cluster", "/api//a", NULL, ""},
        {__LINE__, "/api/:cluster/r/:type", "/api/a/r/b", "a|b|", ""},
        {__LINE__, "/api/:cluster/r/:type", "/api/a/x/b", NULL, ""},
        {__LINE__, "/api/:cluster/r/:type", "/api/a/r/", NULL, ""},
        {__LINE__, "/api/:cluster/r/:type", "/api//r/b", NULL, ""},
        {__LINE__, "/raw/:cluster/*", "/raw/a/", "a|", "/"},
        {__LINE__, "/raw/:cluster/*", "/raw/a/api/v1//pods/", "a|", "/api/v1//pods/"},
        {__LINE__, "/raw/:cluster/*", "/raw/a//", "a|", "//"},
        {__LINE__, "/raw/:cluster/*", "/raw/a", NULL, ""},
        {__LINE__, "/raw/:cluster/*", "/raw//api", NULL, ""},
        {__LINE__, "/raw/*", "/raw/", "", "/"},
        {__LINE__, "/raw/*", "/raw/api?x", "", "/api?x"},
        {__LINE__, "/raw/*", "/raw", NULL, ""},
        {__LINE__, "/raw/*", "/rawx", NULL, ""},
        {__LINE__, "/:a/:b/:c", "/1/2/3", NULL, ""}, /* more than there is room for */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str segments[2];
        struct str rest = STR("left over");
        struct str parts = str_from(rows[i].parts);
        size_t count;
        bool matched = path_match(rows[i].pattern, str_from(rows[i].path), segments, 2, &count, &rest);

        row_true(rows[i].line, rows[i].path, matched == (rows[i].parts != NULL));
        if (!matched)
            continue;
        for (size_t k = 0; k < count; k++)
            row_true(rows[i].line, "the part", str_equal(segments[k], str_cut(&parts, '|')));
        row_int(rows[i].line, parts.len, 0);
        row_str(rows[i].line, rest, rows[i].rest);
    }
}

static void the_default_cluster_has_no_path_named_clusters(void **state)
{
    static const struct {
        int line;
        const char *path;
        bool good;
    } rows[] = {
        {__LINE__, "/api/v1/pods", true}, {__LINE__, "/clustersx", true},  {__LINE__, "/", true},
        {__LINE__, "/clusters", false},   {__LINE__, "/clusters/", false}, {__LINE__, "/clusters//api", false},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line, path_check_default(str_from(rows[i].path), &err), rows[i].good ? 0 : -1);
}

/* Foreign pages on our origin: the API server decodes the path before it decides, so must we. */
static void pages_of_pods_and_services(void **state)
{
    static const struct {
        int line;
        const char *path;
        bool proxy;
    } rows[] = {
        {__LINE__, "/api/v1/namespaces/a/services/b/proxy/", true},
        {__LINE__, "/api/v1/namespaces/a/services/b/proxy/index.html", true},
        {__LINE__, "/api/v1/namespaces/a/services/b/proxy", true},
        {__LINE__, "/api/v1/namespaces/a/pods/https:b:443/proxy/x", true},
        {__LINE__, "/api/v1/nodes/n/proxy/logs", true},
        {__LINE__, "/api/v1/namespaces/a/services/b/%70roxy/evil.html", true},
        {__LINE__, "/api/v1/namespaces/a/services/b/p%72ox%79/evil.html", true},
        {__LINE__, "/api/v1/namespaces/a/services/b/proxy%2Fevil.html", true},
        {__LINE__, "/api/v1/namespaces/a/services/b%2fproxy%2fevil.html", true},
        {__LINE__, "/api/v1/namespaces/a/services/b//proxy//evil.html", true},
        {__LINE__, "/api/v1/namespaces/a/services/namespaces/proxy/x", true},
        {__LINE__, "/api/v1/namespaces/a/pods", false},
        {__LINE__, "/api/v1/namespaces/proxy/pods", false},
        {__LINE__, "/api/v1/namespaces/proxy-ns/pods", false},
        {__LINE__, "/api/v1/namespaces/a/pods/my-proxy/log", false},
        {__LINE__, "/api/v1/namespaces/a/pods/proxyx", false},
        {__LINE__, "/api/v1/x/%2570roxy/y", false}, /* decoded once */
        {__LINE__, "/", false},
        {__LINE__, "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].path, path_is_proxy(str_from(rows[i].path)) == rows[i].proxy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(cluster_ids),
        cmocka_unit_test(the_length_of_an_id_is_bounded),
        cmocka_unit_test(segments_are_decoded_once),
        cmocka_unit_test(patterns),
        cmocka_unit_test(the_default_cluster_has_no_path_named_clusters),
        cmocka_unit_test(pages_of_pods_and_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
