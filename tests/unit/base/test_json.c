/* JSON out and in. */
#include "tests/unit/rows.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define REPLACEMENT "\xEF\xBF\xBD"

static void quoting(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        struct str text;
        const char *quoted;
    } rows[] = {
        {__LINE__, "empty", STR(""), "\"\""},
        {__LINE__, "plain", STR("a b"), "\"a b\""},
        {__LINE__, "quote and backslash", STR("\"\\/"), "\"\\\"\\\\/\""},
        {__LINE__, "shorthands", STR("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {__LINE__, "other control bytes", STR("\0\x01\x1b\x1f\x7f"), "\"\\u0000\\u0001\\u001b\\u001f\\u007f\""},
        {__LINE__, "two, three and four bytes", STR("\u00e9\u20ac\U0001F600"), "\"\u00e9\u20ac\U0001F600\""},
        {__LINE__, "the first of each length", STR("\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80"),
         "\"\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80\""},
        {__LINE__, "the last code point", STR("\xf4\x8f\xbf\xbf"), "\"\xf4\x8f\xbf\xbf\""},
        {__LINE__, "beyond it", STR("\xf4\x90\x80\x80"), "\"" REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT "\""},
        {__LINE__, "a lone continuation", STR("a\x80z"), "\"a" REPLACEMENT "z\""},
        {__LINE__, "a lone first byte", STR("a\xc3"), "\"a" REPLACEMENT "\""},
        {__LINE__, "cut in the middle", STR("\xe2\x82"), "\"" REPLACEMENT REPLACEMENT "\""},
        {__LINE__, "interrupted by a quote", STR("\xe2\x82\""), "\"" REPLACEMENT REPLACEMENT "\\\"\""},
        {__LINE__, "overlong slash", STR("\xc0\xaf"), "\"" REPLACEMENT REPLACEMENT "\""},
        {__LINE__, "overlong in three", STR("\xe0\x9f\xbf"), "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\""},
        {__LINE__, "a surrogate", STR("\xed\xa0\x80"), "\"" REPLACEMENT REPLACEMENT REPLACEMENT "\""},
        {__LINE__, "a byte that never occurs", STR("\xff\xfe"), "\"" REPLACEMENT REPLACEMENT "\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;

        buf_init(&out, 256);
        json_quote(&out, rows[i].text);
        row_true(rows[i].line, rows[i].sentence, str_equal(buf_str(&out), str_from(rows[i].quoted)));
        buf_free(&out);
    }
}

static void the_writer_keeps_commas_and_nesting(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 1024);
    json_init(&j, &out);
    json_object_open(&j, NULL);
    json_array_open(&j, "empty");
    json_array_close(&j);
    json_object_open(&j, "none");
    json_object_close(&j);
    json_array_open(&j, "list");
    json_int(&j, NULL, INT64_MIN);
    json_int(&j, NULL, 1000000);
    json_object_open(&j, NULL);
    json_bool(&j, "a\"b", true);
    json_object_close(&j);
    json_text(&j, NULL, NULL);
    json_array_close(&j);
    json_str(&j, "s", STR("x"));
    json_raw(&j, "raw", STR("[1,2]"));
    json_bool(&j, "no", false);
    json_time(&j, "at", 1763704800);
    json_time(&j, "never", 0);
    json_object_close(&j);
    assert_str(buf_str(&out),
               "{\"empty\":[],\"none\":{},\"list\":[-9223372036854775808,1000000,{\"a\\\"b\":true},null],"
               "\"s\":\"x\",\"raw\":[1,2],\"no\":false,\"at\":\"2025-11-21T06:00:00Z\",\"never\":null}");
    buf_free(&out);
}

/* A cell of a Table may nest as deeply as an item, and stands deeper in the answer than in the item. */
static void nesting_may_be_deeper_than_a_word_has_bits(void **state)
{
    struct buf out;
    struct buf expected;
    struct json j;

    (void)state;
    buf_init(&out, 4096);
    buf_init(&expected, 4096);
    json_init(&j, &out);
    for (size_t depth = 0; depth < 200; depth++) {
        json_array_open(&j, NULL);
        json_int(&j, NULL, 1);
        buf_add_str(&expected, depth ? STR(",[1") : STR("[1"));
    }
    json_array_open(&j, NULL);
    json_array_close(&j);
    buf_add_str(&expected, STR(",[]"));
    for (size_t depth = 0; depth < 200; depth++) {
        json_int(&j, NULL, 2);
        json_array_close(&j);
        buf_add_str(&expected, STR(",2]"));
    }
    assert_str(buf_str(&out), expected.ptr);
    buf_free(&out);
    buf_free(&expected);
}

static void too_much_is_told_once_at_the_end(void **state)
{
    struct buf out;
    struct json j;

    (void)state;
    buf_init(&out, 16);
    json_init(&j, &out);
    json_array_open(&j, NULL);
    for (int i = 0; i < 100; i++)
        json_text(&j, NULL, "abc");
    json_array_close(&j);
    assert_true(out.failed);
    assert_str(buf_str(&out), "");
    buf_free(&out);
}

static void a_tree_is_written_as_it_was(void **state)
{
    static const struct {
        int line;
        const char *text;
        const char *expected; /* NULL: the same */
    } rows[] = {
        {__LINE__, "null", NULL},
        {__LINE__, "true", NULL},
        {__LINE__, "\"a\\nb\"", NULL},
        {__LINE__, "[]", NULL},
        {__LINE__, "{}", NULL},
        {__LINE__, "{\"a\":{\"b\":[1,\"2\",false,null]},\"c\":[]}", NULL},
        {__LINE__, "1000000", NULL},
        {__LINE__, "123456789012", NULL},
        {__LINE__, "-9007199254740992", NULL},
        {__LINE__, "9007199254740992", NULL},
        {__LINE__, "1e6", "1000000"},
        {__LINE__, "-0", "0"},
        {__LINE__, "0.5", NULL},
        {__LINE__, "-12.25", NULL},
        {__LINE__, "1e300", "1.0000000000000001e+300"},
        {__LINE__, "1e999", NULL}, /* more than a double holds is still a number */
        {__LINE__, "-1e999", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *tree = json_tree(str_from(rows[i].text), 8, &why);
        struct buf out;
        struct json j;

        buf_init(&out, 256);
        json_init(&j, &out);
        row_true(rows[i].line, "it can be read", tree != NULL);
        json_value(&j, NULL, tree);
        row_str(rows[i].line, buf_str(&out), rows[i].expected ? rows[i].expected : rows[i].text);
        cJSON_Delete(tree);
        buf_free(&out);
    }
}

#define NUL_WORD "it contains a NUL character"
#define DUPLICATE_WORD "an object in it has the same key twice"
#define DEEP_WORD "it is nested too deeply"
#define BROKEN_WORD "it is not one well-formed JSON value"

static void what_a_client_sends_is_read_strictly(void **state)
{
    static const struct {
        int line;
        struct str text;
        const char *why; /* NULL: accepted */
    } rows[] = {
        {__LINE__, STR("{\"a\":1}"), NULL},
        {__LINE__, STR(" \t\r\n{\"a\":1}\r\n\t "), NULL},
        {__LINE__, STR("[[[[]]]]"), NULL},
        {__LINE__, STR("[\"[[[[[[[[[[\"]"), NULL},
        {__LINE__, STR("[\"\\\"[[[[[[\"]"), NULL},
        {__LINE__, STR("{\"a\":1,\"A\":2}"), NULL},
        {__LINE__, STR("[{\"a\":1},{\"a\":2}]"), NULL},
        {__LINE__, STR("[\"\\\\u0000\"]"), NULL},
        {__LINE__, STR("[\"\\ud83d\\ude00\"]"), NULL},
        {__LINE__, STR(""), "it is empty"},
        {__LINE__, STR(" \n"), "it is empty"},
        {__LINE__, STR("[[[[[]]]]]"), DEEP_WORD},
        {__LINE__, STR("{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}"), DEEP_WORD},
        {__LINE__, STR("[[[[["), DEEP_WORD},
        {__LINE__, STR("{\"a\":1}\0"), NUL_WORD},
        {__LINE__, STR("{\"a\":\"x\0y\"}"), NUL_WORD},
        {__LINE__, STR("{\"a\":\"x\\u0000y\"}"), NUL_WORD},
        {__LINE__, STR("{\"a\\u0000\":1}"), NUL_WORD},
        {__LINE__, STR("[\"\\\\\\u0000\"]"), NUL_WORD},
        {__LINE__, STR("{\"a\":1,\"a\":2}"), DUPLICATE_WORD},
        {__LINE__, STR("{\"a\":1,\"\\u0061\":2}"), DUPLICATE_WORD},
        {__LINE__, STR("[{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]"), DUPLICATE_WORD},
        {__LINE__, STR("{\"a\":1}{\"a\":1}"), BROKEN_WORD},
        {__LINE__, STR("{\"a\":1} x"), BROKEN_WORD},
        {__LINE__, STR("{\"a\":1}]"), BROKEN_WORD},
        {__LINE__, STR("{\"a\":1"), BROKEN_WORD},
        {__LINE__, STR("{\"a\":\"1}"), BROKEN_WORD},
        {__LINE__, STR("{a:1}"), BROKEN_WORD},
        {__LINE__, STR("{'a':1}"), BROKEN_WORD},
        {__LINE__, STR("[1,]"), BROKEN_WORD},
        {__LINE__, STR("[tru]"), BROKEN_WORD},
        {__LINE__, STR("[\"\\ud83d\"]"), BROKEN_WORD},
        {__LINE__, STR("[\"\\x\"]"), BROKEN_WORD},
        {__LINE__, STR("[\"\\"), BROKEN_WORD},
        {__LINE__, STR("-"), BROKEN_WORD},
        {__LINE__, STR("// comment\n{}"), BROKEN_WORD},
    };
    struct arena *arena = arena_new(KIB(64));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why = "";
        const cJSON *root = json_parse(arena, rows[i].text, 4, &why);

        row_true(rows[i].line, "accepted or refused", (root != NULL) == (rows[i].why == NULL));
        if (rows[i].why)
            row_text(rows[i].line, why, rows[i].why);
    }
    arena_free(arena);
}

/* The same bytes with nothing behind them: the sanitizer sees a read beyond the end. */
static void every_cut_of_a_text_is_safe(void **state)
{
    static const char text[] = "{\"a\":[1,\"b\\u0041\\\\\",true,{\"c\":null}],\"d\":-1.5e3}";
    const char *why;

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        char *cut = test_malloc(n + (n == 0));

        memcpy(cut, text, n);
        assert_null(json_tree((struct str){cut, n}, 8, &why));
        test_free(cut);
    }
}

static void members_are_found_by_path(void **state)
{
    const char *why;
    cJSON *root =
        json_tree(STR("{\"a\":{\"b\":{\"c\":\"x\"}},\"n\":1,\"list\":[{\"a\":1}],\"\":{\"e\":\"y\"}}"), 8, &why);

    (void)state;
    assert_string_equal(json_find_text(root, "a.b.c"), "x");
    assert_ptr_equal(json_find(root, ""), root);
    assert_null(json_find(root, "a.b.d"));
    assert_null(json_find(root, "a.B.c"));
    assert_null(json_find(root, "a.b.c.d"));
    assert_null(json_find(root, "list.a"));
    assert_null(json_find_text(root, "n"));
    assert_null(json_find_text(root, "a"));
    assert_null(json_find(NULL, "a"));
    assert_null(json_find(root, "0123456789012345678901234567890123456789012345678901234567890123456789"
                                "0123456789012345678901234567890123456789012345678901234567890123456789"));
    cJSON_Delete(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoting),
        cmocka_unit_test(the_writer_keeps_commas_and_nesting),
        cmocka_unit_test(nesting_may_be_deeper_than_a_word_has_bits),
        cmocka_unit_test(too_much_is_told_once_at_the_end),
        cmocka_unit_test(a_tree_is_written_as_it_was),
        cmocka_unit_test(what_a_client_sends_is_read_strictly),
        cmocka_unit_test(every_cut_of_a_text_is_safe),
        cmocka_unit_test(members_are_found_by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
