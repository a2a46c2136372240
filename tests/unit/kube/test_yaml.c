/* YAML in, JSON out. The rows were held against the parser that kubectl and the API server use. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "kube/yaml.h"

/* Documents as JSON, one a line. */
static int on_document(void *arg, cJSON *document)
{
    struct json j;

    json_init(&j, arg);
    json_value(&j, NULL, document);
    return buf_add_char(arg, '\n');
}

static int read_yaml(struct str text, struct buf *out, struct err *err)
{
    err_clear(err);
    buf_init(out, MIB(32));
    return kube_yaml_read(text, on_document, out, err);
}

struct row {
    int line;
    const char *yaml;
    const char *json; /* of the documents, each with its line end; NULL: refused */
    const char *message;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf out;
        struct err err;
        int rc = read_yaml(str_from(rows[i].yaml), &out, &err);

        if (rows[i].json) {
            row_text(rows[i].line, err.message, "");
            row_int(rows[i].line, rc, 0);
            row_text(rows[i].line, buf_str(&out).ptr, rows[i].json);
        } else {
            row_int(rows[i].line, rc, -1);
            row_int(rows[i].line, err.kind, ERR_BAD_REQUEST);
            row_true(rows[i].line, err.message, strstr(err.message, rows[i].message));
        }
        buf_free(&out);
    }
}

static void plain_scalars_mean_what_kubernetes_reads(void **state)
{
    static const struct row rows[] = {
        {__LINE__, "a: yes", "{\"a\":true}\n", NULL},
        {__LINE__, "a: y", "{\"a\":true}\n", NULL},
        {__LINE__, "a: N", "{\"a\":false}\n", NULL},
        {__LINE__, "a: Off", "{\"a\":false}\n", NULL},
        {__LINE__, "a: true", "{\"a\":true}\n", NULL},
        {__LINE__, "a: tRue", "{\"a\":\"tRue\"}\n", NULL},
        {__LINE__, "a: ~", "{\"a\":null}\n", NULL},
        {__LINE__, "a:", "{\"a\":null}\n", NULL},
        {__LINE__, "a: Null", "{\"a\":null}\n", NULL},
        {__LINE__, "a: \"yes\"", "{\"a\":\"yes\"}\n", NULL},
        {__LINE__, "a: 'null'", "{\"a\":\"null\"}\n", NULL},
        {__LINE__, "a: \"12\"", "{\"a\":\"12\"}\n", NULL},
        {__LINE__, "a: 010", "{\"a\":8}\n", NULL},
        {__LINE__, "a: 0o10", "{\"a\":8}\n", NULL},
        {__LINE__, "a: 0x1F", "{\"a\":31}\n", NULL},
        {__LINE__, "a: 0b101", "{\"a\":5}\n", NULL},
        {__LINE__, "a: 09", "{\"a\":9}\n", NULL},
        {__LINE__, "a: 0", "{\"a\":0}\n", NULL},
        {__LINE__, "a: 00", "{\"a\":0}\n", NULL},
        {__LINE__, "a: -0", "{\"a\":0}\n", NULL},
        {__LINE__, "a: +12", "{\"a\":12}\n", NULL},
        {__LINE__, "a: -0x10", "{\"a\":-16}\n", NULL},
        {__LINE__, "a: -0b11", "{\"a\":-3}\n", NULL},
        {__LINE__, "a: 0x", "{\"a\":\"0x\"}\n", NULL},
        {__LINE__, "a: 0x1G", "{\"a\":\"0x1G\"}\n", NULL},
        {__LINE__, "a: 0b102", "{\"a\":\"0b102\"}\n", NULL},
        {__LINE__, "a: 1_000", "{\"a\":1000}\n", NULL},
        {__LINE__, "a: _1", "{\"a\":\"_1\"}\n", NULL},
        {__LINE__, "a: 1__0_", "{\"a\":10}\n", NULL},
        {__LINE__, "a: 190:20:30", "{\"a\":\"190:20:30\"}\n", NULL},
        {__LINE__, "a: 9007199254740993", "{\"a\":9007199254740993}\n", NULL},
        {__LINE__, "a: 9223372036854775807", "{\"a\":9223372036854775807}\n", NULL},
        {__LINE__, "a: 18446744073709551615", "{\"a\":18446744073709551615}\n", NULL},
        {__LINE__, "a: 18446744073709551616", "{\"a\":18446744073709551616}\n", NULL},
        {__LINE__, "a: -9223372036854775808", "{\"a\":-9223372036854775808}\n", NULL},
        {__LINE__, "a: -9223372036854775809", "{\"a\":-9223372036854775808}\n", NULL}, /* the same double */
        {__LINE__, "a: 1.0", "{\"a\":1}\n", NULL},
        {__LINE__, "a: 1.10", "{\"a\":1.1}\n", NULL},
        {__LINE__, "a: 1e3", "{\"a\":1000}\n", NULL},
        {__LINE__, "a: 1E+3", "{\"a\":1000}\n", NULL},
        {__LINE__, "a: 1e21", "{\"a\":1e+21}\n", NULL},
        {__LINE__, "a: .5", "{\"a\":0.5}\n", NULL},
        {__LINE__, "a: 5.", "{\"a\":5}\n", NULL},
        {__LINE__, "a: .", "{\"a\":\".\"}\n", NULL},
        {__LINE__, "a: -.5", "{\"a\":-0.5}\n", NULL},
        {__LINE__, "a: .2_5", "{\"a\":0.25}\n", NULL},
        {__LINE__, "a: ._25", "{\"a\":\"._25\"}\n", NULL},
        {__LINE__, "a: 1e999", "{\"a\":\"1e999\"}\n", NULL},
        {__LINE__, "a: 1.5e300", "{\"a\":1.5e+300}\n", NULL},
        {__LINE__, "a: 1e", "{\"a\":\"1e\"}\n", NULL},
        {__LINE__, "a: +", "{\"a\":\"+\"}\n", NULL},
        {__LINE__, "a: 1.2.3", "{\"a\":\"1.2.3\"}\n", NULL},
        {__LINE__, "a: 2001-12-14", "{\"a\":\"2001-12-14\"}\n", NULL},
        {__LINE__, "a: .inf", NULL, "line 1, column 4: JSON has no number for infinity"},
        {__LINE__, "a: .nan", NULL, "JSON has no number for infinity or .nan"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void keys_become_texts(void **state)
{
    static const struct row rows[] = {
        {__LINE__, "yes: 1", "{\"true\":1}\n", NULL},
        {__LINE__, "010: 1", "{\"8\":1}\n", NULL},
        {__LINE__, "1.5: 1", "{\"1.5\":1}\n", NULL},
        {__LINE__, "1.10: 1", "{\"1.1\":1}\n", NULL},
        {__LINE__, "1e6: 1", "{\"1e+06\":1}\n", NULL},
        {__LINE__, "100000.0: 1", "{\"100000\":1}\n", NULL},
        {__LINE__, "123456.7: 1", "{\"123456.7\":1}\n", NULL},
        {__LINE__, "1e-5: 1", "{\"1e-05\":1}\n", NULL},
        {__LINE__, ".inf: 1", "{\".inf\":1}\n", NULL},
        {__LINE__, ".nan: 1", "{\".nan\":1}\n", NULL},
        {__LINE__, "2001-12-14: 1", "{\"2001-12-14\":1}\n", NULL},
        {__LINE__, "!!str 12: a", "{\"12\":\"a\"}\n", NULL},
        {__LINE__, "~: 1", NULL, "can not be keys"},
        {__LINE__, "18446744073709551615: 1", NULL, "can not be keys"},
        {__LINE__, "? [a]\n: b", NULL, "a key must be a scalar"},
        {__LINE__, "a: 1\nb: 2\na: 3", NULL, "has the key \"a\" twice"},
        {__LINE__, "yes: 1\ntrue: 2", NULL, "has the key \"true\" twice"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void only_the_tags_of_yaml_are_known(void **state)
{
    static const struct row rows[] = {
        {__LINE__, "a: !!str 12", "{\"a\":\"12\"}\n", NULL},
        {__LINE__, "a: !!int \"12\"", "{\"a\":12}\n", NULL},
        {__LINE__, "a: !!float 1", "{\"a\":1}\n", NULL},
        {__LINE__, "a: !!bool \"yes\"", "{\"a\":true}\n", NULL},
        {__LINE__, "a: !!null \"\"", "{\"a\":null}\n", NULL},
        {__LINE__, "a: !!binary aGVsbG8=", "{\"a\":\"hello\"}\n", NULL},
        {__LINE__, "a: !!timestamp 2001-12-14", "{\"a\":\"2001-12-14\"}\n", NULL},
        {__LINE__, "a: !!seq [1]\nb: !!map {}", "{\"a\":[1],\"b\":{}}\n", NULL},
        {__LINE__, "a: !!int abc", NULL, "not what its tag says"},
        {__LINE__, "a: !!binary /w==", NULL, "is not text"},
        {__LINE__, "a: !!binary \"*\"", NULL, "is not base64"},
        {__LINE__, "a: !foo 12", NULL, "line 1, column 4: this tag is not one of YAML's own"},
        {__LINE__, "a: !!set {}", NULL, "this tag is not one of YAML's own"},
        {__LINE__, "a: !!python/object [1]", NULL, "this tag is not one of YAML's own"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void aliases_and_merge_keys(void **state)
{
    static const struct row rows[] = {
        {__LINE__, "x: &a {p: 1}\nz: *a", "{\"x\":{\"p\":1},\"z\":{\"p\":1}}\n", NULL},
        {__LINE__, "x: &a 1\nw: &a 2\nz: *a", "{\"x\":1,\"w\":2,\"z\":2}\n", NULL},
        {__LINE__, "x: &a {p: 1, q: 2}\nb:\n  <<: *a\n  q: 3", "{\"x\":{\"p\":1,\"q\":2},\"b\":{\"p\":1,\"q\":3}}\n",
         NULL},
        {__LINE__, "x: &a {p: 1, q: 2}\nb:\n  q: 3\n  <<: *a", "{\"x\":{\"p\":1,\"q\":2},\"b\":{\"p\":1,\"q\":2}}\n",
         NULL},
        {__LINE__, "x: &a {p: 1}\nw: &c {p: 9, r: 4}\nb: {<<: [*a, *c]}",
         "{\"x\":{\"p\":1},\"w\":{\"p\":9,\"r\":4},\"b\":{\"r\":4,\"p\":1}}\n", NULL},
        {__LINE__, "b: {<<: &m {p: &n 1}, c: *m, d: *n}", "{\"b\":{\"p\":1,\"c\":{\"p\":1},\"d\":1}}\n", NULL},
        {__LINE__, "b: {p: &n 1, <<: {p: 2}, d: *n}", "{\"b\":{\"p\":2,\"d\":1}}\n", NULL},
        {__LINE__, "b: {<<: {p: 1}, \"<<\": 2}", "{\"b\":{\"p\":1,\"<<\":2}}\n", NULL},
        {__LINE__, "b: {<<: []}", "{\"b\":{}}\n", NULL},
        {__LINE__, "b: <<", "{\"b\":\"<<\"}\n", NULL},
        {__LINE__, "b: {<<: {p: 1}, p: 2, p: 3}", NULL, "has the key \"p\" twice"},
        {__LINE__, "b: {<<: 3}", NULL, "a merge key takes a mapping or a list of mappings"},
        {__LINE__, "b: {<<: [1]}", NULL, "a merge key takes a mapping or a list of mappings"},
        {__LINE__, "x: &a [*a]", NULL, "the anchor's value contains itself"},
        {__LINE__, "x: *a", NULL, "there is no anchor of this name"},
        {__LINE__, "x: &a 1\n---\ny: *a", NULL, "documents[1]: line 3, column 4: there is no anchor"},
    };

    (void)state;
    check(rows, COUNT(rows));
}

static void documents_and_their_faults(void **state)
{
    static const struct row rows[] = {
        {__LINE__, "", "", NULL},
        {__LINE__, "# nothing\n", "", NULL},
        {__LINE__, "---\n# nothing\n---\na: 1\n", "null\n{\"a\":1}\n", NULL},
        {__LINE__, "a: 1\n...\n---\nb: 2", "{\"a\":1}\n{\"b\":2}\n", NULL},
        {__LINE__,
         "\xEF\xBB\xBF"
         "a: 1",
         "{\"a\":1}\n", NULL},
        {__LINE__, "a: |\n  x\n  y\n", "{\"a\":\"x\\ny\\n\"}\n", NULL},
        {__LINE__, "a: >-\n  x\n  y\n", "{\"a\":\"x y\"}\n", NULL},
        {__LINE__, "a: \"\\u0041\\x41\"", "{\"a\":\"AA\"}\n", NULL},
        {__LINE__, "{\n\t\"a\": [1, \"b\"]}", "{\"a\":[1,\"b\"]}\n", NULL},
        {__LINE__, "a: 1\nb: [", NULL, "documents[0]: line "},
        {__LINE__, "a: 1\n---\nb: 2\n c: 3\n", NULL, "documents[1]: line 4, column 3: "},
        {__LINE__, "\ta: b", NULL, "line 1, column 1: "},
        {__LINE__, "a: \"x\\0\"", NULL, "contains a NUL"},
        {__LINE__, "a: b\n\xFFz", NULL, "line 2, column 1: "},
    };

    (void)state;
    check(rows, COUNT(rows));
}

#define OPEN8 "[[[[[[[["
#define OPEN64 OPEN8 OPEN8 OPEN8 OPEN8 OPEN8 OPEN8 OPEN8 OPEN8
#define CLOSE8 "]]]]]]]]"
#define CLOSE64 CLOSE8 CLOSE8 CLOSE8 CLOSE8 CLOSE8 CLOSE8 CLOSE8 CLOSE8

static struct str repeat(struct buf *out, const char *before, const char *what, size_t times, const char *after)
{
    buf_init(out, MIB(9));
    buf_add_str(out, str_from(before));
    for (size_t i = 0; i < times; i++)
        buf_add_str(out, str_from(what));
    buf_add_str(out, str_from(after));
    return buf_str(out);
}

static void bombs_are_defused(void **state)
{
    static const struct {
        int line;
        const char *before, *what;
        size_t times;
        const char *after;
        const char *message; /* NULL: read */
    } rows[] = {
        {__LINE__, "", "[", LIMIT_MANIFEST_DEPTH + 1, "", "nested too deeply"},
        {__LINE__, "", "[", 1000000, "", "nested too deeply"},
        {__LINE__, "", "- ", 100000, "a", "nested too deeply"},
        {__LINE__, "[", "1,", LIMIT_MANIFEST_NODES - 2, "1]", NULL},
        {__LINE__, "[", "1,", LIMIT_MANIFEST_NODES, "1]", "too many values"},
        {__LINE__, "[", "[],", 2000000, "]", "too many values"},
        {__LINE__,
         "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
         "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
         "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
         "", 0, "", "too many values"},
        {__LINE__, "a: &a \"", "x", MIB(1), "\"\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]", "too long"},
        {__LINE__, "[", "&a 1, ", 257, "1]", "too many anchors"},
        {__LINE__, "a: &a " OPEN64 "1" CLOSE64 "\nb: ", "[", 64, "*a", "nested too deeply"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text;
        struct buf out;
        struct err err;
        int rc = read_yaml(repeat(&text, rows[i].before, rows[i].what, rows[i].times, rows[i].after), &out, &err);

        row_int(rows[i].line, rc, rows[i].message ? -1 : 0);
        if (rows[i].message)
            row_true(rows[i].line, err.message, strstr(err.message, rows[i].message));
        buf_free(&out);
        buf_free(&text);
    }
}

static void many_merges_are_too_much_work(void **state)
{
    struct buf text;
    struct buf out;
    struct err err;

    (void)state;
    buf_init(&text, MIB(1));
    buf_add_str(&text, STR("a: &a {"));
    for (size_t i = 0; i < 8000; i++)
        buf_printf(&text, "k%zu: 1, ", i);
    buf_add_str(&text, STR("}\nb: {<<: [*a, *a, *a, *a, *a, *a, *a, *a]}\n"));
    assert_int_equal(read_yaml(buf_str(&text), &out, &err), -1);
    assert_non_null(strstr(err.message, "too much work"));
    buf_free(&out);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_mean_what_kubernetes_reads),
        cmocka_unit_test(keys_become_texts),
        cmocka_unit_test(only_the_tags_of_yaml_are_known),
        cmocka_unit_test(aliases_and_merge_keys),
        cmocka_unit_test(documents_and_their_faults),
        cmocka_unit_test(bombs_are_defused),
        cmocka_unit_test(many_merges_are_too_much_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
