/* Bodies and queries held against their tables: every fault is told, all at once. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "fcgi/field.h"

static const char *check_lower(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] >= 'A' && value.ptr[i] <= 'Z')
            return "must be lower case";
    return NULL;
}

static const struct field auth[] = {
    {.name = "type", .type = FIELD_CHOICE, .required = true, .choices = "keys|profile|default"},
    {.name = "key", .type = FIELD_TEXT, .min = 1, .max = 8, .belongs_to = "keys"},
    {.name = "token", .type = FIELD_TEXT, .min = 1, .max = 8, .belongs_to = "keys", .optional = true},
    {.name = "profile", .type = FIELD_TEXT, .min = 1, .max = 8, .belongs_to = "profile"},
    {.name = NULL},
};

static const struct field ports[] = {
    {.name = "port", .type = FIELD_INTEGER, .required = true, .min = 1, .max = 9},
    {.name = "value", .type = FIELD_ANY},
    {.name = NULL},
};

static const struct field body_fields[] = {
    {.name = "name", .type = FIELD_TEXT, .required = true, .min = 1, .max = 5, .check = check_lower},
    {.name = "count", .type = FIELD_INTEGER, .min = -2, .max = 1000000},
    {.name = "force", .type = FIELD_BOOLEAN},
    {.name = "regions", .type = FIELD_TEXT_LIST, .min = 1, .max = 2, .check = check_lower},
    {.name = "auth", .type = FIELD_OBJECT, .children = auth},
    {.name = "labels", .type = FIELD_OBJECT},
    {.name = "rate", .type = FIELD_NUMBER},
    {.name = "ports", .type = FIELD_OBJECT_LIST, .min = 1, .max = 2, .children = ports},
    {.name = NULL},
};

static void bodies(void **state)
{
    static const struct {
        int line;
        const char *body;
        const char *causes; /* "": good */
    } rows[] = {
        {__LINE__, "{\"name\":\"a\"}", ""},
        {__LINE__, "{\"name\":\"abcde\",\"count\":-2,\"force\":false,\"regions\":[\"a\",\"b\"]}", ""},
        {__LINE__, "{\"name\":\"a\",\"count\":null,\"force\":null,\"regions\":null,\"auth\":null}", ""},
        {__LINE__, "{\"name\":\"a\",\"count\":1e6}", ""},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"default\"}}", ""},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"keys\",\"key\":\"k\"}}", ""},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"keys\",\"key\":\"k\",\"token\":\"t\"}}", ""},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"profile\":\"p\",\"type\":\"profile\"}}", ""},
        /* not an object */
        {__LINE__, "[]", "body TypeInvalid;"},
        {__LINE__, "\"name\"", "body TypeInvalid;"},
        {__LINE__, "null", "body TypeInvalid;"},
        /* missing, empty, too long, wrong */
        {__LINE__, "{}", "name Required;"},
        {__LINE__, "{\"name\":null}", "name Required;"},
        {__LINE__, "{\"name\":\"\"}", "name Required;"},
        {__LINE__, "{\"name\":\"abcdef\"}", "name TooLong;"},
        {__LINE__, "{\"name\":\"A\"}", "name Invalid;"},
        {__LINE__, "{\"name\":\"a\\nb\"}", "name Invalid;"},
        {__LINE__, "{\"name\":\"a\\u007f\"}", "name Invalid;"},
        {__LINE__, "{\"name\":1}", "name TypeInvalid;"},
        {__LINE__, "{\"name\":[\"a\"]}", "name TypeInvalid;"},
        {__LINE__, "{\"name\":{\"a\":1}}", "name TypeInvalid;"},
        {__LINE__, "{\"name\":true}", "name TypeInvalid;"},
        /* names are whole names */
        {__LINE__, "{\"name\":\"a\",\"nam\":1}", "nam Forbidden;"},
        {__LINE__, "{\"name\":\"a\",\"names\":1}", "names Forbidden;"},
        {__LINE__, "{\"Name\":\"a\"}", "Name Forbidden;name Required;"},
        {__LINE__, "{\"name\":\"a\",\"\":1}", " Forbidden;"},
        {__LINE__, "{\"name\":\"a\",\"x\":null}", "x Forbidden;"},
        /* numbers */
        {__LINE__, "{\"name\":\"a\",\"count\":-3}", "count Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":1000001}", "count Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":1.5}", "count TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":\"1\"}", "count TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":1e300}", "count Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":-1e999}", "count Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":18446744073709551617}", "count Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"count\":true}", "count TypeInvalid;"},
        /* booleans and lists */
        {__LINE__, "{\"name\":\"a\",\"force\":1}", "force TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"force\":\"true\"}", "force TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":\"a\"}", "regions TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":{}}", "regions TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":[]}", "regions Required;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":[1]}", "regions TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":[null]}", "regions TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":[\"a\",\"B\"]}", "regions Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":[\"a\",\"b\",\"c\"]}", "regions TooLong;"},
        {__LINE__, "{\"name\":\"a\",\"regions\":[[\"a\"]]}", "regions TypeInvalid;"},
        /* inside an object, by its type */
        {__LINE__, "{\"name\":\"a\",\"auth\":\"default\"}", "auth TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":[]}", "auth TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{}}", "auth.type Required;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"other\"}}", "auth.type NotSupported;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"keys|profile\"}}", "auth.type NotSupported;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"\"}}", "auth.type NotSupported;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"KEYS\"}}", "auth.type NotSupported;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":1}}", "auth.type TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"keys\"}}", "auth.key Required;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"keys\",\"key\":\"\"}}", "auth.key Required;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"profile\",\"key\":\"k\"}}",
         "auth.key Forbidden;auth.profile Required;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"default\",\"profile\":\"p\",\"token\":null}}",
         "auth.token Forbidden;auth.profile Forbidden;"},
        {__LINE__, "{\"name\":\"a\",\"auth\":{\"type\":\"default\",\"name\":\"a\"}}", "auth.name Forbidden;"},
        {__LINE__, "{\"name\":\"a\",\"rate\":0.5}", ""},
        {__LINE__, "{\"name\":\"a\",\"rate\":\"0.5\"}", "rate TypeInvalid;"},
        /* any object, and objects in a list */
        {__LINE__, "{\"name\":\"a\",\"labels\":{\"x\":[1],\"name\":2}}", ""},
        {__LINE__, "{\"name\":\"a\",\"labels\":[]}", "labels TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"ports\":[{\"port\":1},{\"port\":9,\"value\":[{\"a\":1}]}]}", ""},
        {__LINE__, "{\"name\":\"a\",\"ports\":{}}", "ports TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"ports\":[]}", "ports Required;"},
        {__LINE__, "{\"name\":\"a\",\"ports\":[{},7]}", "ports[0].port Required;ports[1] TypeInvalid;"},
        {__LINE__, "{\"name\":\"a\",\"ports\":[{\"port\":0,\"x\":1}]}", "ports[0].x Forbidden;ports[0].port Invalid;"},
        {__LINE__, "{\"name\":\"a\",\"ports\":[{\"port\":1},{\"port\":1},{}]}", "ports TooLong;"},
        /* everything at once */
        {__LINE__,
         "{\"name\":\"ABCDEF\",\"count\":9e9,\"force\":0,\"regions\":[],\"auth\":{\"type\":\"keys\",\"key\":2},\"x\":"
         "1}",
         "x Forbidden;name TooLong;count Invalid;force TypeInvalid;regions Required;auth.key TypeInvalid;"},
    };
    struct arena *arena = arena_new(MIB(1));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        const cJSON *body = json_parse(arena, str_from(rows[i].body), 8, &why);
        struct err err;

        row_true(rows[i].line, "the row is JSON", body != NULL);
        row_int(rows[i].line, fields_check_body(body_fields, body, &err), *rows[i].causes ? -1 : 0);
        row_text(rows[i].line, causes_of(&err), rows[i].causes);
        row_int(rows[i].line, err.code, *rows[i].causes ? 422 : 0);
    }
    arena_free(arena);
}

static const struct field query_fields[] = {
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = 10},
    {.name = "selector", .type = FIELD_TEXT, .max = 20},
    {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = 1000},
    {.name = "format", .type = FIELD_CHOICE, .choices = "items|table"},
    {.name = "all", .type = FIELD_BOOLEAN},
    {.name = NULL},
};

#define QUERY_COUNT 5

static void queries(void **state)
{
    static const struct {
        int line;
        const char *query;
        const char *values; /* joined by "|", "-" for absent; or causes behind "!" */
    } rows[] = {
        {__LINE__, "", "-|-|-|-|-"},
        {__LINE__, "&&", "-|-|-|-|-"},
        {__LINE__, "namespace=a", "a|-|-|-|-"},
        {__LINE__, "&namespace=a&", "a|-|-|-|-"},
        {__LINE__, "format=table&limit=1000&all=true&selector=a&namespace=b", "b|a|1000|table|true"},
        {__LINE__, "selector=", "-||-|-|-"},
        {__LINE__, "selector", "-||-|-|-"},
        {__LINE__, "selector=a%3Db%2Cc+d%2B", "-|a=b,c d+|-|-|-"},
        {__LINE__, "selector=a=b=c", "-|a=b=c|-|-|-"},
        {__LINE__, "name%73pace=a", "a|-|-|-|-"},
        {__LINE__, "namespace=", "!namespace Required;"},
        {__LINE__, "namespace=abcdefghijk", "!namespace TooLong;"},
        {__LINE__, "namespace=a%00", "!namespace Invalid;"},
        {__LINE__, "namespace=a%0Ab", "!namespace Invalid;"},
        {__LINE__, "limit=", "!limit Invalid;"},
        {__LINE__, "limit=0", "!limit Invalid;"},
        {__LINE__, "limit=1001", "!limit Invalid;"},
        {__LINE__, "limit=1e2", "!limit Invalid;"},
        {__LINE__, "limit=+5", "!limit Invalid;"},
        {__LINE__, "limit=5%00", "!limit Invalid;"},
        {__LINE__, "format=Table", "!format NotSupported;"},
        {__LINE__, "format=items%7Ctable", "!format NotSupported;"},
        {__LINE__, "format=table%00", "!format NotSupported;"},
        {__LINE__, "all=1", "!all Invalid;"},
        {__LINE__, "all", "!all Invalid;"},
        {__LINE__, "x=1", "!x Forbidden;"},
        {__LINE__, "Namespace=a", "!Namespace Forbidden;"},
        {__LINE__, "namespac=a", "!namespac Forbidden;"},
        {__LINE__, "=a", "! Forbidden;"},
        {__LINE__, "namespace%00x=a", "!namespace Forbidden;"},
        {__LINE__, "namespace=a&namespace=b", "!namespace Duplicate;"},
        {__LINE__, "selector=&selector=", "!selector Duplicate;"},
        {__LINE__, "selector=%", "!query Invalid;"},
        {__LINE__, "selector=%4", "!query Invalid;"},
        {__LINE__, "selector=%zz", "!query Invalid;"},
        {__LINE__, "%zz=a", "!query Invalid;"},
        {__LINE__, "a;b=1", "!a;b Forbidden;"},
        {__LINE__, "limit=0&x=1&all=yes&namespace=", "!limit Invalid;x Forbidden;all Invalid;namespace Required;"},
        {__LINE__, "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&namespace=a", "!query TooLong;"},
    };
    struct arena *arena = arena_new(MIB(1));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str values[QUERY_COUNT] = {{NULL, 0}};
        struct err err;
        int rc = fields_parse_query(query_fields, str_from(rows[i].query), arena, values, &err);
        struct str expected = str_from(rows[i].values);

        if (rows[i].values[0] == '!') {
            row_int(rows[i].line, rc, -1);
            row_text(rows[i].line, causes_of(&err), rows[i].values + 1);
            row_int(rows[i].line, err.code, 400);
            row_text(rows[i].line, err_reason(&err), "BadRequest");
            continue;
        }
        row_int(rows[i].line, rc, 0);
        for (size_t k = 0; k < QUERY_COUNT; k++) {
            struct str value = str_cut(&expected, '|');

            if (str_equal(value, STR("-")))
                row_true(rows[i].line, "absent", values[k].ptr == NULL);
            else
                row_true(rows[i].line, "the value", values[k].ptr && str_equal(values[k], value));
        }
    }
    arena_free(arena);
}

static void a_path_without_parameters_refuses_all(void **state)
{
    struct arena *arena = arena_new(MIB(1));
    struct str values[1] = {{NULL, 0}};
    struct err err;

    (void)state;
    assert_int_equal(fields_parse_query(NULL, STR(""), arena, values, &err), 0);
    assert_int_equal(fields_parse_query(NULL, (struct str){NULL, 0}, arena, values, &err), 0);
    assert_int_equal(fields_parse_query(NULL, STR("a=1"), arena, values, &err), -1);
    assert_string_equal(causes_of(&err), "a Forbidden;");
    arena_free(arena);
}

static void a_required_parameter(void **state)
{
    static const struct field fields[] = {{.name = "cluster", .type = FIELD_TEXT, .required = true, .min = 1, .max = 9},
                                          {.name = NULL}};
    struct arena *arena = arena_new(MIB(1));
    struct str values[1] = {{NULL, 0}};
    struct err err;

    (void)state;
    assert_int_equal(fields_parse_query(fields, STR("x=1"), arena, values, &err), -1);
    assert_string_equal(causes_of(&err), "x Forbidden;cluster Required;");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(queries),
        cmocka_unit_test(a_path_without_parameters_refuses_all),
        cmocka_unit_test(a_required_parameter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
