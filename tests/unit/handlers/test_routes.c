/* The one table: every route says what it is, none is there twice or hidden by another, and nginx knows them all. */
#include "tests/unit/rows.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "handlers/connect.h"
#include "handlers/routes.h"
#include "kube/path.h"

static bool has_part(const struct route *route, const char *part)
{
    return strstr(route->path, part) != NULL;
}

static void every_route_says_what_it_is(void **state)
{
    (void)state;
    assert_true(route_count > 0);
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        row_true(__LINE__, r->path, r->path[0] == '/');
        row_true(__LINE__, r->path, r->handle != NULL);
        row_true(__LINE__, r->path, r->methods != 0 && (r->methods & ~(unsigned)METHOD_ANY) == 0);
        row_true(__LINE__, r->path, r->summary && strlen(r->summary) > 5);
        row_true(__LINE__, r->path, r->group && *r->group);
    }
}

/* What is written in answers; the fields of a request are held to more below. */
static void members_are_declared(const struct field *fields, const char *path)
{
    for (const struct field *f = fields; f && f->name; f++) {
        row_true(__LINE__, f->name, (f->type == FIELD_CHOICE) == (f->choices != NULL));
        row_true(__LINE__, f->name, !f->required && !f->belongs_to && !f->check);
        for (const struct field *g = f + 1; g->name; g++)
            row_true(__LINE__, f->name, strcmp(f->name, g->name) != 0);
        members_are_declared(f->children, path);
    }
}

/* The reference has to say what they are. */
static void every_part_of_a_path_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        struct str rest = str_from(routes[i].path);

        while (rest.ptr) {
            struct str part = str_cut(&rest, '/');
            bool known = false;

            if (part.len == 0 || part.ptr[0] != ':')
                continue;
            for (const struct field *f = route_parts; f->name; f++)
                known = known || str_equal(str_skip(part, 1), str_from(f->name));
            row_true(__LINE__, routes[i].path, known);
        }
    }
}

static void every_route_says_what_it_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct answer *a = routes[i].answers;

        row_true(__LINE__, routes[i].path, a && (a->status == ANSWER_ANY || (a->status >= 200 && a->status < 300)));
        for (; a && a->status; a++) {
            row_true(__LINE__, routes[i].path, a->help && *a->help);
            /* A shape is of JSON, or of the events of a stream. */
            row_true(__LINE__, a->help, !a->shape || !a->type || strcmp(a->type, "text/event-stream") == 0);
            members_are_declared(a->shape, routes[i].path);
        }
    }
}

static void what_a_route_declares_fits_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];
        bool is_door = strncmp(r->path, "/api/auth/log", 13) == 0;
        bool takes_body = r->needs & (NEEDS_JSON | NEEDS_BODY);

        row_true(__LINE__, r->path, !(r->needs & NEEDS_JSON) == !r->body);
        row_true(__LINE__, r->path, takes_body == (r->max_body > 0));
        row_true(__LINE__, r->path, r->max_body <= LIMIT_BODY_RAW);
        row_true(__LINE__, r->path, !(r->needs & NEEDS_CLUSTER) || (r->needs & NEEDS_CONNECTION));
        /* Either the path names the cluster or it is the default one. */
        row_true(__LINE__, r->path,
                 !(r->needs & NEEDS_CONNECTION) || has_part(r, "/:cluster") == !(r->needs & NEEDS_DEFAULT));
        /* What changes something is not for who may only look. */
        row_true(__LINE__, r->path,
                 r->methods == METHOD_GET || r->role == ROLE_ADMIN || r->role == ROLE_EDITOR ||
                     r->role == ROLE_BY_VERB || is_door);
        row_true(__LINE__, r->path,
                 r->role != ROLE_NONE || is_door || strncmp(r->path, "/health", 7) == 0 ||
                     strcmp(r->path, "/openapi.json") == 0);
    }
}

static void names_are_given_once(const struct field *fields, const char *path)
{
    for (const struct field *f = fields; f && f->name; f++) {
        row_true(__LINE__, f->name, f->help && *f->help);
        row_true(__LINE__, f->name, (f->type == FIELD_CHOICE) == (f->choices != NULL));
        row_true(__LINE__, f->name, !f->children || f->type == FIELD_OBJECT || f->type == FIELD_OBJECT_LIST);
        row_true(__LINE__, f->name, f->children || f->type != FIELD_OBJECT_LIST);
        row_true(__LINE__, f->name,
                 f->type == FIELD_CHOICE || f->type == FIELD_OBJECT || f->type == FIELD_BOOLEAN ||
                     f->type == FIELD_ANY || f->max > 0);
        for (const struct field *g = f + 1; g->name; g++)
            row_true(__LINE__, f->name, strcmp(f->name, g->name) != 0);
        names_are_given_once(f->children, path);
    }
}

/* A request has room for the values of so many parameters; a body's members stay where they are. */
static void fits_a_request(const struct route *r)
{
    size_t count = 0;

    while (r->query && r->query[count].name)
        count++;
    row_true(__LINE__, r->path, count <= LIMIT_QUERY_PARAMS);
}

static void fields_are_declared_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        fits_a_request(&routes[i]);
        names_are_given_once(routes[i].query, routes[i].path);
        names_are_given_once(routes[i].body, routes[i].path);
    }
}

/* A path that the pattern matches: every named part is "x", the asterisk is "y/z". */
static struct str example(const char *pattern, char *out, size_t size)
{
    struct str rest = str_from(pattern);
    size_t n = 0;

    str_cut(&rest, '/');
    while (rest.ptr) {
        struct str part = str_cut(&rest, '/');

        if (part.len > 0 && part.ptr[0] == ':')
            part = STR("x");
        else if (str_equal(part, STR("*")))
            part = STR("y/z");
        n += (size_t)snprintf(out + n, size - n, "/%.*s", STR_FMT(part));
    }
    return (struct str){out, n};
}

static void none_is_there_twice_or_hidden(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        for (unsigned method = METHOD_GET; method <= METHOD_OTHER; method <<= 1) {
            struct route_match match;
            char path[256];

            if (!(routes[i].methods & method))
                continue;
            route_match(routes, route_count, (enum method)method, example(routes[i].path, path, sizeof(path)), &match);
            row_true(__LINE__, routes[i].path, match.route == &routes[i]);
        }
    }
}

static void literal_words_are_no_ids(void **state)
{
    static const struct {
        int line;
        enum method method;
        const char *path;
        const char *route; /* NULL: none */
    } rows[] = {
        {__LINE__, METHOD_POST, "/api/clusters/connect", "/api/clusters/connect"},
        {__LINE__, METHOD_GET, "/api/clusters/connect", NULL},
        {__LINE__, METHOD_GET, "/api/clusters/us-east-1_demo", "/api/clusters/:cluster"},
        {__LINE__, METHOD_GET, "/api/clusters/", NULL},
        {__LINE__, METHOD_GET, "/api/clusters/a/resources/pods", "/api/clusters/:cluster/resources/:type"},
        {__LINE__, METHOD_GET, "/api/clusters//resources/pods", NULL},
        {__LINE__, METHOD_GET, "/raw", NULL},
        {__LINE__, METHOD_GET, "/raw/", "/raw/*"},
        {__LINE__, METHOD_GET, "/raw/api/v1/pods", "/raw/*"},
        {__LINE__, METHOD_OTHER, "/raw/clusters/a", "/raw/clusters/:cluster"},
        {__LINE__, METHOD_DELETE, "/raw/clusters/a/", "/raw/clusters/:cluster/*"},
        {__LINE__, METHOD_GET, "/raw/clusters", "/raw/*"}, /* and prepare.c refuses it */
        {__LINE__, METHOD_GET, "/rawx", NULL},
        {__LINE__, METHOD_GET, "/", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route_match match;

        route_match(routes, route_count, rows[i].method, str_from(rows[i].path), &match);
        row_true(rows[i].line, rows[i].path,
                 rows[i].route ? match.route && strcmp(match.route->path, rows[i].route) == 0 : !match.route);
    }
}

/* The patterns of "location ~ PATTERN {" that hand over to the handlers. */
static void nginx_knows_every_path(void **state)
{
    FILE *file = fopen(NGINX_SITE, "r");
    char line[512];
    regex_t patterns[8];
    size_t count = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        char pattern[256];
        char posix[512] = "";

        if (sscanf(line, "location ~ %255[^ {\"]", pattern) != 1)
            continue;
        /* POSIX has no (?:...). */
        for (const char *p = pattern; *p; p++) {
            if (strncmp(p, "(?:", 3) == 0)
                p += 2, strcat(posix, "(");
            else
                strncat(posix, p, 1);
        }
        assert_true(count < COUNT(patterns));
        assert_int_equal(regcomp(&patterns[count++], posix, REG_EXTENDED | REG_NOSUB), 0);
    }
    fclose(file);
    for (size_t i = 0; i < route_count; i++) {
        char path[256];
        bool known = false;

        example(routes[i].path, path, sizeof(path));
        for (size_t k = 0; k < count; k++)
            known = known || regexec(&patterns[k], path, 0, NULL, 0) == 0;
        row_true(__LINE__, routes[i].path, known);
    }
    while (count > 0)
        regfree(&patterns[--count]);
}

/* The bodies of the seed's examples, and what is wrong with others. */
static void connect_bodies(void **state)
{
#define KEYS                                                                                                           \
    "\"type\":\"credentials\",\"access_key_id\":\"AKIAIOSFODNN7EXAMPLE\",\"secret_access_key\":\"wJalrXUtnFEMI/"       \
    "K7MDENG\""
    static const struct {
        int line;
        const char *body;
        const char *field; /* the first cause; NULL: good */
        size_t causes;
    } rows[] = {
        {__LINE__, "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{" KEYS "}}", NULL, 0},
        {__LINE__,
         "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{" KEYS
         ",\"session_token\":\"x\"},\"replace\":true}",
         NULL, 0},
        {__LINE__,
         "{\"cluster_name\":\"My_cluster-1\",\"region\":\"eu-west-1\",\"auth\":{\"type\":\"profile\",\"profile\":"
         "\"dev\"}}",
         NULL, 0},
        {__LINE__, "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"default\"}}", NULL, 0},
        {__LINE__, "{}", "cluster_name", 3},
        {__LINE__, "{\"cluster_name\":\"-demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"default\"}}",
         "cluster_name", 1},
        {__LINE__, "{\"cluster_name\":\"a/b\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"default\"}}",
         "cluster_name", 1},
        {__LINE__, "{\"cluster_name\":\"a.b\",\"region\":\"evil.com\",\"auth\":{\"type\":\"default\"}}", "cluster_name",
         2},
        {__LINE__, "{\"cluster_name\":\"demo\",\"region\":\"us east\",\"auth\":{\"type\":\"default\"}}", "region", 1},
        {__LINE__, "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"credentials\"}}",
         "auth.access_key_id", 2},
        {__LINE__,
         "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"credentials\",\"access_key_id\":"
         "\"akia\",\"secret_access_key\":\"x\"}}",
         "auth.access_key_id", 1},
        {__LINE__, "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"profile\"}}",
         "auth.profile", 1},
        {__LINE__,
         "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"default\",\"profile\":\"x\"}}",
         "auth.profile", 1},
        {__LINE__,
         "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"default\"},\"replace\":\"yes\"}",
         "replace", 1},
        {__LINE__, "{\"clusterName\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"default\"}}", "clusterName",
         2},
    };
    struct arena *arena = arena_new(MIB(1));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        struct err err;
        int rc = fields_check_body(connect_fields, json_parse(arena, str_from(rows[i].body), 16, &why), &err);

        row_int(rows[i].line, rc, rows[i].field ? -1 : 0);
        row_int(rows[i].line, err.cause_count, rows[i].causes);
        if (rows[i].field)
            row_text(rows[i].line, err.causes[0].field, rows[i].field);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_says_what_it_is),
        cmocka_unit_test(every_part_of_a_path_is_known),
        cmocka_unit_test(every_route_says_what_it_answers),
        cmocka_unit_test(what_a_route_declares_fits_together),
        cmocka_unit_test(fields_are_declared_whole),
        cmocka_unit_test(none_is_there_twice_or_hidden),
        cmocka_unit_test(literal_words_are_no_ids),
        cmocka_unit_test(nginx_knows_every_path),
        cmocka_unit_test(connect_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
