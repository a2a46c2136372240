/* Bodies taken apart into objects. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "kube/manifest.h"

#define HEAD "\"apiVersion\":\"v1\",\"kind\":\"A\","

static int set_up(void **state)
{
    *state = arena_new(MIB(4));
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void objects_become_json(void **state)
{
    static const struct {
        int line;
        const char *body;
        const char *objects; /* as JSON, one a line */
    } rows[] = {
        {__LINE__, "{" HEAD "\"metadata\":{\"name\":\"a\"}}", "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n"},
        {__LINE__, "apiVersion: v1\nkind: A\nmetadata: {name: a}", "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n"},
        {__LINE__, "{apiVersion: v1, kind: A, metadata: {name: a}}", "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n"},
        {__LINE__, "{" HEAD "\"metadata\":{\"name\":\"a\"}}{" HEAD "\"metadata\":{\"name\":\"b\"}}",
         "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n{" HEAD "\"metadata\":{\"name\":\"b\"}}\n"},
        {__LINE__, "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n---\n{" HEAD "\"metadata\":{\"name\":\"b\"}}",
         "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n{" HEAD "\"metadata\":{\"name\":\"b\"}}\n"},
        {__LINE__, "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n---\napiVersion: v1\nkind: A\nmetadata: {name: b}",
         "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n{" HEAD "\"metadata\":{\"name\":\"b\"}}\n"},
        {__LINE__, "{" HEAD "\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"\"}}",
         "{" HEAD "\"metadata\":{\"name\":\"a\"}}\n"},
        {__LINE__,
         "{" HEAD
         "\"metadata\":{\"name\":\"a\"},\"n\":[12345678901234567890,1,-0,1.10,1e2,{\"12345678901234567\":\"\\\"9\"}]}",
         "{" HEAD "\"metadata\":{\"name\":\"a\"},\"n\":[12345678901234567890,1,-0,1.10,1e2,{\"12345678901234567\":"
         "\"\\\"9\"}]}\n"},
        {__LINE__,
         "{\"apiVersion\":\"v1\",\"kind\":\"AList\",\"items\":[{\"metadata\":{\"name\":\"a\"}},"
         "{\"metadata\":{\"name\":\"b\"},\"kind\":\"B\",\"apiVersion\":\"b/v1\"}]}",
         "{\"metadata\":{\"name\":\"a\"},\"kind\":\"A\",\"apiVersion\":\"v1\"}\n"
         "{\"metadata\":{\"name\":\"b\"},\"kind\":\"B\",\"apiVersion\":\"b/v1\"}\n"},
        {__LINE__, "apiVersion: v1\nkind: List\nitems: []", ""},
        /* No JSON, but YAML: an octal number. */
        {__LINE__, "{" HEAD "\"metadata\":{\"name\":\"a\"},\"n\":010}",
         "{" HEAD "\"metadata\":{\"name\":\"a\"},\"n\":8}\n"},
        /* A list is what has items; a kind may be called so without being one. */
        {__LINE__, "{\"apiVersion\":\"a/v1\",\"kind\":\"AllowList\",\"metadata\":{\"name\":\"a\"}}",
         "{\"apiVersion\":\"a/v1\",\"kind\":\"AllowList\",\"metadata\":{\"name\":\"a\"}}\n"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct manifests all;
        struct err err = {0};
        struct buf out;
        int rc = manifests_read(&all, *state, str_from(rows[i].body), &err);

        row_text(rows[i].line, err.message, "");
        row_int(rows[i].line, rc, 0);
        buf_init(&out, KIB(16));
        buf_add_str(&out, STR(""));
        for (size_t k = 0; k < all.count; k++) {
            struct str json = manifest_json(&all, &all.objects[k]);

            row_int(rows[i].line,
                    memcmp(json.ptr + all.objects[k].metadata - strlen("\"metadata\":{"), "\"metadata\":{", 12), 0);
            buf_add_str(&out, json);
            buf_add_char(&out, '\n');
        }
        row_text(rows[i].line, buf_str(&out).ptr, rows[i].objects);
        buf_free(&out);
        arena_reset(*state);
    }
}

static void every_fault_has_its_field(void **state)
{
    static const char body[] = "kind: A\nmetadata: {name: a}\n"
                               "---\n"
                               "# an empty document counts\n"
                               "---\n"
                               "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: A}, 3]\n";
    static const char *const fields[] = {"documents[0].apiVersion", "documents[2].items[0].metadata.name",
                                         "documents[2].items[1]"};
    struct manifests all;
    struct err err = {0};

    assert_int_equal(manifests_read(&all, *state, STR(body), &err), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    assert_int_equal(err.cause_count, COUNT(fields));
    for (size_t i = 0; i < COUNT(fields); i++)
        assert_string_equal(err.causes[i].field, fields[i]);
}

static void what_can_not_be_read_is_told_by_line_and_column(void **state)
{
    static const struct {
        int line;
        const char *body;
        const char *message;
    } rows[] = {
        {__LINE__, "kind: A\n---\nb: [\n", "documents[1]: line "},
        {__LINE__, "{\"a\": 1,\n \"b\" 2}", "documents[0]: line 2, column "},
        {__LINE__, "a: 1\nb: \xFF", "line 2, column 4: the body is not UTF-8"},
        {__LINE__, "{\"a\": 1, \"a\": 2}", "documents[0]: an object has the key \"a\" twice"},
        {__LINE__, "{\"a\": {\"b\": 1, \"b\": 2}}", "documents[0]: an object has the key \"b\" twice"},
        {__LINE__, "{\"a\": \"\\u0000\"}", "documents[0]: a text contains a NUL"},
        {__LINE__, "", "the body holds no object"},
        {__LINE__, " \n# nothing\n", "the body holds no object"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct manifests all;
        struct err err = {0};

        row_int(rows[i].line, manifests_read(&all, *state, str_from(rows[i].body), &err), -1);
        row_int(rows[i].line, err.kind, ERR_BAD_REQUEST);
        row_true(rows[i].line, err.message, strstr(err.message, rows[i].message) == err.message);
        arena_reset(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(objects_become_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_fault_has_its_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_not_be_read_is_told_by_line_and_column, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
