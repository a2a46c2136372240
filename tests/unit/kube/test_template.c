/* Templates: what a declaration may say, what values it takes, and what becomes of placeholders. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "kube/template.h"

static struct arena *arena;

static const cJSON *parse(int line, const char *text)
{
    const char *why;
    const cJSON *tree = json_parse(arena, str_from(text), LIMIT_JSON_DEPTH, &why);

    row_true(line, "the row is JSON", tree != NULL);
    return tree;
}

static void declarations(void **state)
{
    static const struct {
        int line;
        const char *parameter; /* one, or several with a comma between */
        const char *causes;    /* without "parameters[0]." where all are of that one */
    } rows[] = {
        {__LINE__, "{'name':'a','type':'string'}", ""},
        {__LINE__, "{'name':'_a-9','type':'integer','default':3,'minimum':1,'maximum':5}", ""},
        {__LINE__, "{'name':'a','type':'number','default':0.5,'minimum':0.5,'maximum':0.5}", ""},
        {__LINE__, "{'name':'a','type':'boolean','required':true}", ""},
        {__LINE__, "{'name':'a','type':'enum','values':['x','y'],'default':'y'}", ""},
        {__LINE__, "{'name':'a','type':'string','pattern':'[a-z]+','default':'abc'}", ""},
        {__LINE__, "{'name':'a','type':'string','default':null,'pattern':null,'minimum':null,'values':null}", ""},
        /* names */
        {__LINE__, "{'type':'string'}", "parameters[0].name Invalid;"},
        {__LINE__, "{'name':'','type':'string'}", "parameters[0].name Invalid;"},
        {__LINE__, "{'name':'9a','type':'string'}", "parameters[0].name Invalid;"},
        {__LINE__, "{'name':'a b','type':'string'}", "parameters[0].name Invalid;"},
        {__LINE__, "{'name':'a','type':'string'},{'name':'a','type':'integer'}", "parameters[1].name Duplicate;"},
        /* types, and what goes with which */
        {__LINE__, "{'name':'a'}", "parameters[0].type NotSupported;"},
        {__LINE__, "{'name':'a','type':'String'}", "parameters[0].type NotSupported;"},
        {__LINE__, "{'name':'a','type':'enum'}", "parameters[0].values Required;"},
        {__LINE__, "{'name':'a','type':'enum','values':[]}", "parameters[0].values Required;"},
        {__LINE__, "{'name':'a','type':'enum','values':['x',1]}", "parameters[0].values TypeInvalid;"},
        {__LINE__, "{'name':'a','type':'enum','values':['x','y','x']}", "parameters[0].values Duplicate;"},
        {__LINE__, "{'name':'a','type':'string','values':['x']}", "parameters[0].values Forbidden;"},
        {__LINE__, "{'name':'a','type':'integer','pattern':'.'}", "parameters[0].pattern Forbidden;"},
        {__LINE__, "{'name':'a','type':'string','pattern':'('}", "parameters[0].pattern Invalid;"},
        {__LINE__, "{'name':'a','type':'string','minimum':1}", "parameters[0].minimum Forbidden;"},
        {__LINE__, "{'name':'a','type':'integer','minimum':'1'}", "parameters[0].minimum TypeInvalid;"},
        {__LINE__, "{'name':'a','type':'integer','minimum':2,'maximum':1}", "parameters[0].maximum Invalid;"},
        /* defaults are held to the same as values */
        {__LINE__, "{'name':'a','type':'string','required':true,'default':'x'}", "parameters[0].default Forbidden;"},
        {__LINE__, "{'name':'a','type':'string','default':1}", "parameters[0].default TypeInvalid;"},
        {__LINE__, "{'name':'a','type':'string','pattern':'x','default':'y'}", "parameters[0].default Invalid;"},
        {__LINE__, "{'name':'a','type':'integer','maximum':1,'default':2}", "parameters[0].default Invalid;"},
        {__LINE__, "{'name':'a','type':'enum','values':['x'],'default':'y'}", "parameters[0].default NotSupported;"},
        /* everything at once */
        {__LINE__, "{'name':'1','type':'x'},{'name':'b','type':'string','pattern':'*','minimum':0}",
         "parameters[0].name Invalid;parameters[0].type NotSupported;parameters[1].pattern "
         "Invalid;parameters[1].minimum Forbidden;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parameters parameters;
        struct err err = {0};
        char text[512];

        snprintf(text, sizeof(text), "[%s]", rows[i].parameter);
        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        row_int(rows[i].line, parameters_read(&parameters, arena, parse(rows[i].line, text), &err),
                *rows[i].causes ? -1 : 0);
        row_text(rows[i].line, causes_of(&err), rows[i].causes);
    }
}

static const char declared[] =
    "[{\"name\":\"image\",\"type\":\"string\",\"required\":true,\"pattern\":\"[a-z0-9:./-]+\"},"
    "{\"name\":\"count\",\"type\":\"integer\",\"default\":3,\"minimum\":1,\"maximum\":100},"
    "{\"name\":\"share\",\"type\":\"number\",\"default\":0.1},"
    "{\"name\":\"big\",\"type\":\"integer\",\"default\":1e6},"
    "{\"name\":\"debug\",\"type\":\"boolean\",\"default\":false},"
    "{\"name\":\"size\",\"type\":\"enum\",\"values\":[\"small\",\"large\"],\"default\":\"small\"},"
    "{\"name\":\"free\",\"type\":\"string\"}]";

static void values(void **state)
{
    static const struct {
        int line;
        const char *given;
        const char *causes;
    } rows[] = {
        {__LINE__, "{\"image\":\"busybox\"}", ""},
        {__LINE__, "{\"image\":\"busybox\",\"count\":100,\"debug\":true,\"size\":\"large\",\"share\":-2.5e3}", ""},
        {__LINE__, "{\"image\":\"busybox\",\"count\":null}", ""},
        {__LINE__, "null", "parameters.image Required;"},
        {__LINE__, "{}", "parameters.image Required;"},
        {__LINE__, "[]", "parameters TypeInvalid;"},
        {__LINE__, "\"image\"", "parameters TypeInvalid;"},
        {__LINE__, "{\"image\":null}", "parameters.image Required;"},
        {__LINE__, "{\"image\":\"\"}", "parameters.image Invalid;"},
        {__LINE__, "{\"image\":\"BusyBox\"}", "parameters.image Invalid;"},
        {__LINE__, "{\"image\":1}", "parameters.image TypeInvalid;"},
        {__LINE__, "{\"image\":[\"a\"]}", "parameters.image TypeInvalid;"},
        {__LINE__, "{\"image\":\"a\",\"count\":\"3\"}", "parameters.count TypeInvalid;"},
        {__LINE__, "{\"image\":\"a\",\"count\":1.5}", "parameters.count TypeInvalid;"},
        {__LINE__, "{\"image\":\"a\",\"count\":0}", "parameters.count Invalid;"},
        {__LINE__, "{\"image\":\"a\",\"count\":101}", "parameters.count Invalid;"},
        {__LINE__, "{\"image\":\"a\",\"count\":1e999}", "parameters.count Invalid;"},
        {__LINE__, "{\"image\":\"a\",\"big\":9007199254740993}", "parameters.big Invalid;"},
        {__LINE__, "{\"image\":\"a\",\"share\":-1e999}", "parameters.share Invalid;"},
        {__LINE__, "{\"image\":\"a\",\"debug\":\"true\"}", "parameters.debug TypeInvalid;"},
        {__LINE__, "{\"image\":\"a\",\"debug\":0}", "parameters.debug TypeInvalid;"},
        {__LINE__, "{\"image\":\"a\",\"size\":\"Small\"}", "parameters.size NotSupported;"},
        {__LINE__, "{\"image\":\"a\",\"Image\":\"a\"}", "parameters.Image Forbidden;"},
        {__LINE__, "{\"x\":1,\"count\":0,\"debug\":1}",
         "parameters.x Forbidden;parameters.count Invalid;parameters.debug TypeInvalid;parameters.image Required;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parameters parameters;
        struct err err = {0};

        row_int(rows[i].line, parameters_read(&parameters, arena, parse(rows[i].line, declared), &err), 0);
        row_int(rows[i].line, parameters_take(&parameters, parse(rows[i].line, rows[i].given), &err),
                *rows[i].causes ? -1 : 0);
        row_text(rows[i].line, causes_of(&err), rows[i].causes);
    }
}

static const char *print(const cJSON *tree)
{
    static struct buf out;
    struct json j;

    buf_free(&out);
    buf_init(&out, MIB(4));
    json_init(&j, &out);
    json_value(&j, NULL, tree);
    return buf_str(&out).ptr;
}

static void placeholders(void **state)
{
    static const struct {
        int line;
        const char *manifest;
        const char *filled;
    } rows[] = {
        {__LINE__, "{\"a\":1,\"b\":[true,null,0.5,\"x\",{}],\"c\":{}}",
         "{\"a\":1,\"b\":[true,null,0.5,\"x\",{}],\"c\":{}}"},
        /* alone: with its own type */
        {__LINE__, "[\"${image}\",\"${count}\",\"${share}\",\"${debug}\",\"${size}\"]",
         "[\"busybox\",3,0.1,false,\"small\"]"},
        {__LINE__, "\"${big}\"", "1000000"},
        {__LINE__, "{\"a\":{\"b\":[{\"c\":\"${count}\"}]}}", "{\"a\":{\"b\":[{\"c\":3}]}}"},
        /* among other text, and where a text is asked for: as text */
        {__LINE__, "\"a-${count}-${size}${debug}\"", "\"a-3-smallfalse\""},
        {__LINE__, "\"${count}${count}\"", "\"33\""},
        {__LINE__, "\" ${count}\"", "\" 3\""},
        {__LINE__, "\"${share} of ${big}\"", "\"0.1 of 1000000\""},
        {__LINE__, "[\"${count:string}\",\"${debug:string}\",\"${share:string}\",\"${image:string}\"]",
         "[\"3\",\"false\",\"0.1\",\"busybox\"]"},
        /* what has no value takes its place with it */
        {__LINE__, "{\"a\":\"${free}\",\"b\":1}", "{\"b\":1}"},
        {__LINE__, "[\"${free}\",2,\"${free:string}\"]", "[2]"},
        {__LINE__, "{\"a\":[\"${free}\"]}", "{\"a\":[]}"},
        {__LINE__, "\"a${free}b\"", "\"ab\""},
        /* and what only looks like one stays */
        {__LINE__, "\"$${count}\"", "\"${count}\""},
        {__LINE__, "\"$$${count}\"", "\"$${count}\""},
        {__LINE__, "\"$$ $(count) $ {count} $count $\"", "\"$$ $(count) $ {count} $count $\""},
        {__LINE__, "\"\"", "\"\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const cJSON *manifest = parse(rows[i].line, rows[i].manifest);
        struct parameters parameters;
        struct err err = {0};

        row_int(rows[i].line, parameters_read(&parameters, arena, parse(rows[i].line, declared), &err), 0);
        row_int(rows[i].line, parameters_take(&parameters, parse(rows[i].line, "{\"image\":\"busybox\"}"), &err), 0);
        row_int(rows[i].line, template_check(manifest, &parameters, &err), 0);
        row_text(rows[i].line, print(template_fill(arena, manifest, &parameters, &err)), rows[i].filled);
    }
    print(NULL);
}

static void broken_placeholders(void **state)
{
    static const struct {
        int line;
        const char *manifest;
        const char *causes;
    } rows[] = {
        {__LINE__, "{\"spec\":\"${other}\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${}\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${count\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${ count }\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${count:number}\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${count:}\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":\"${HOME:-/root}\"}", "job_manifest.spec Invalid;"},
        {__LINE__, "{\"spec\":[1,{\"a\":\"${other}\"}]}", "job_manifest.spec[1].a Invalid;"},
        {__LINE__, "{\"${count}\":1}", "job_manifest.${count} Invalid;"},
        {__LINE__, "{\"a\":\"${x}${y}\",\"b\":\"${\"}",
         "job_manifest.a Invalid;job_manifest.a Invalid;job_manifest.b Invalid;"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parameters parameters;
        struct err err = {0};

        row_int(rows[i].line, parameters_read(&parameters, arena, parse(rows[i].line, declared), &err), 0);
        row_int(rows[i].line, template_check(parse(rows[i].line, rows[i].manifest), &parameters, &err), -1);
        row_text(rows[i].line, causes_of(&err), rows[i].causes);
    }
}

/* Quotes, braces and placeholders in a value are text like any other. */
static void a_value_stays_the_value_it_is(void **state)
{
    static const char given[] = "{\"image\":\"a\",\"free\":\"${image}\\\"},{\\\"x\\\":1\\n- y: $${count} \"}";
    const cJSON *manifest = parse(__LINE__, "{\"a\":\"${free}\",\"b\":\"<${free}>\"}");
    const cJSON *filled;
    struct parameters parameters;
    struct err err = {0};

    (void)state;
    assert_int_equal(parameters_read(&parameters, arena, parse(__LINE__, declared), &err), 0);
    assert_int_equal(parameters_take(&parameters, parse(__LINE__, given), &err), 0);
    filled = template_fill(arena, manifest, &parameters, &err);
    assert_int_equal(cJSON_GetArraySize(filled), 2);
    assert_string_equal(json_find_text(filled, "a"), "${image}\"},{\"x\":1\n- y: $${count} ");
    assert_string_equal(json_find_text(filled, "b"), "<${image}\"},{\"x\":1\n- y: $${count} >");
}

static void what_is_filled_in_is_bounded(void **state)
{
    struct parameters parameters;
    struct err err = {0};
    struct buf manifest;
    char *given = arena_alloc(arena, PARAMETER_TEXT_MAX + 64);

    (void)state;
    snprintf(given, 64, "{\"image\":\"a\",\"free\":\"");
    memset(given + strlen(given), 'x', PARAMETER_TEXT_MAX);
    strncat(given, "\"}", 3);
    buf_init(&manifest, MIB(1));
    buf_add_str(&manifest, STR("{\"a\":\""));
    for (int i = 0; i < 1000; i++)
        buf_add_str(&manifest, STR("${free}"));
    buf_add_str(&manifest, STR("\"}"));
    assert_int_equal(parameters_read(&parameters, arena, parse(__LINE__, declared), &err), 0);
    assert_int_equal(parameters_take(&parameters, parse(__LINE__, given), &err), 0);
    assert_null(template_fill(arena, parse(__LINE__, manifest.ptr), &parameters, &err));
    assert_string_equal(causes_of(&err), "parameters TooLong;");
    buf_free(&manifest);
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new(MIB(16));
    return arena ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(declarations, begin, end),
        cmocka_unit_test_setup_teardown(values, begin, end),
        cmocka_unit_test_setup_teardown(placeholders, begin, end),
        cmocka_unit_test_setup_teardown(broken_placeholders, begin, end),
        cmocka_unit_test_setup_teardown(a_value_stays_the_value_it_is, begin, end),
        cmocka_unit_test_setup_teardown(what_is_filled_in_is_bounded, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
