/* Views of bytes: comparing, cutting, numbers. */
#include "tests/unit/rows.h"

static void views_compare_by_bytes(void **state)
{
    static const struct {
        int line;
        struct str a;
        struct str b;
        int order;
        bool same_ignoring_case;
    } rows[] = {
        {__LINE__, STR(""), STR(""), 0, true},       {__LINE__, {NULL, 0}, STR(""), 0, true},
        {__LINE__, STR("a"), STR(""), 1, false},     {__LINE__, STR("a"), STR("ab"), -1, false},
        {__LINE__, STR("ab"), STR("b"), -1, false},  {__LINE__, STR("A"), STR("a"), -1, true},
        {__LINE__, STR("\xff"), STR("a"), 1, false}, {__LINE__, STR("a\0b"), STR("a\0c"), -1, false},
        {__LINE__, STR("a\0b"), STR("a"), 1, false}, {__LINE__, STR("Content-Type"), STR("content-type"), -1, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int order = str_compare(rows[i].a, rows[i].b);

        row_int(rows[i].line, order < 0 ? -1 : order > 0, rows[i].order);
        row_int(rows[i].line, str_equal(rows[i].a, rows[i].b), rows[i].order == 0);
        row_int(rows[i].line, str_equal_ignore_case(rows[i].a, rows[i].b), rows[i].same_ignoring_case);
    }
}

static void starts_ends_and_contains(void **state)
{
    (void)state;
    assert_true(str_starts_with(STR("/raw/x"), STR("/raw")));
    assert_true(str_starts_with(STR("/raw"), STR("/raw")));
    assert_true(str_starts_with(STR("/raw"), STR("")));
    assert_false(str_starts_with(STR("/ra"), STR("/raw")));
    assert_true(str_ends_with(STR("a*"), STR("*")));
    assert_true(str_ends_with(STR(""), STR("")));
    assert_false(str_ends_with(STR(""), STR("*")));
    assert_false(str_ends_with(STR("b"), STR("ab")));
    assert_true(str_contains(STR("a\0b"), '\0'));
    assert_false(str_contains(STR(""), '\0'));
}

static void skipping_never_leaves_the_view(void **state)
{
    const struct str text = STR("abc");

    (void)state;
    assert_str(str_skip(text, 0), "abc");
    assert_str(str_skip(text, 2), "c");
    assert_str(str_skip(text, 3), "");
    assert_ptr_equal(str_skip(text, 99).ptr, text.ptr + 3);
    assert_str(str_trim(STR(" \t a b\t ")), "a b");
    assert_str(str_trim(STR(" \t ")), "");
    assert_str(str_trim(STR("\na\n")), "\na\n");
    assert_str(str_from(NULL), "");
}

/* An empty last part is a part: "a," has two. The NULL pointer ends a walk. */
static void cutting_walks_over_all_parts(void **state)
{
    static const struct {
        int line;
        struct str text;
        const char *parts; /* joined by "|" */
    } rows[] = {
        {__LINE__, STR("a,b,c"), "a|b|c"}, {__LINE__, STR("a"), "a"},     {__LINE__, STR(""), ""},
        {__LINE__, STR("a,"), "a|"},       {__LINE__, STR(",a"), "|a"},   {__LINE__, STR(",,"), "||"},
        {__LINE__, STR("a b,c"), "a b|c"}, {__LINE__, STR("a;b"), "a;b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str rest = rows[i].text;
        struct str expected = str_from(rows[i].parts);

        while (rest.ptr) {
            struct str part = str_cut(&rest, ',');

            row_true(rows[i].line, "the next part", str_equal(part, str_cut(&expected, '|')));
        }
        row_true(rows[i].line, "all parts came", expected.ptr == NULL);
    }
}

static void numbers_fill_the_view_and_lie_in_their_range(void **state)
{
    static const struct {
        int line;
        const char *text;
        long min;
        long max;
        int rc;
        long value;
    } rows[] = {
        {__LINE__, "0", 0, 9, 0, 0},
        {__LINE__, "9", 0, 9, 0, 9},
        {__LINE__, "007", 0, 9, 0, 7},
        {__LINE__, "-5", -5, 5, 0, -5},
        {__LINE__, "999999999999999999", 0, 999999999999999999, 0, 999999999999999999},
        {__LINE__, "10", 0, 9, -1, 0},
        {__LINE__, "-6", -5, 5, -1, 0},
        {__LINE__, "", 0, 9, -1, 0},
        {__LINE__, "-", -5, 9, -1, 0},
        {__LINE__, "+1", 0, 9, -1, 0},
        {__LINE__, " 1", 0, 9, -1, 0},
        {__LINE__, "1 ", 0, 9, -1, 0},
        {__LINE__, "1x", 0, 9, -1, 0},
        {__LINE__, "0x1", 0, 9, -1, 0},
        {__LINE__, "1e1", 0, 99, -1, 0},
        {__LINE__, "9223372036854775808", 0, 9, -1, 0},
        {__LINE__, "18446744073709551617", 0, 9, -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        long value = 0;

        row_int(rows[i].line, str_to_long(str_from(rows[i].text), rows[i].min, rows[i].max, &value), rows[i].rc);
        row_int(rows[i].line, value, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_compare_by_bytes),
        cmocka_unit_test(starts_ends_and_contains),
        cmocka_unit_test(skipping_never_leaves_the_view),
        cmocka_unit_test(cutting_walks_over_all_parts),
        cmocka_unit_test(numbers_fill_the_view_and_lie_in_their_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
