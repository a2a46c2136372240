/* Buffers that are born with their maximum. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/buf.h"

static void the_maximum_is_exact(void **state)
{
    static const struct {
        int line;
        size_t max;
        size_t first;
        size_t second;
        int rc; /* of the second */
    } rows[] = {
        {__LINE__, 0, 0, 0, 0},        {__LINE__, 0, 0, 1, -1},           {__LINE__, 1, 1, 0, 0},
        {__LINE__, 1, 1, 1, -1},       {__LINE__, 255, 254, 1, 0},        {__LINE__, 256, 255, 1, 0},
        {__LINE__, 256, 256, 0, 0},    {__LINE__, 256, 256, 1, -1},       {__LINE__, 257, 256, 1, 0},
        {__LINE__, 1000, 999, 1, 0},   {__LINE__, 1000, 999, 2, -1},      {__LINE__, 1000, 0, 1000, 0},
        {__LINE__, 1000, 0, 1001, -1}, {__LINE__, 1000, 1, SIZE_MAX, -1},
    };
    static const char bytes[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b;

        buf_init(&b, rows[i].max);
        row_int(rows[i].line, buf_add(&b, bytes, rows[i].first), 0);
        row_int(rows[i].line, buf_add(&b, bytes, rows[i].second), rows[i].rc);
        row_int(rows[i].line, b.len, rows[i].rc < 0 ? 0 : rows[i].first + rows[i].second);
        row_int(rows[i].line, b.failed, rows[i].rc < 0);
        buf_free(&b);
    }
}

static void a_failure_stays_until_reset(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    assert_int_equal(buf_add_str(&b, STR("abcd")), 0);
    assert_int_equal(buf_add_char(&b, 'e'), -1);
    assert_null(b.ptr);
    assert_int_equal(buf_add_char(&b, 'f'), -1);
    assert_int_equal(buf_printf(&b, "%d", 1), -1);
    assert_int_equal(buf_add_str(&b, STR("")), -1);
    assert_null(buf_reserve(&b, 0));
    assert_str(buf_str(&b), "");
    assert_true(b.failed);

    buf_reset(&b);
    assert_int_equal(buf_add_str(&b, STR("gh")), 0);
    assert_str(buf_str(&b), "gh");
    buf_free(&b);
    assert_int_equal(buf_add_str(&b, STR("abcde")), -1); /* the maximum outlives freeing */
    buf_free(&b);
}

static void content_ends_with_nul(void **state)
{
    struct buf b;
    char *room;

    (void)state;
    buf_init(&b, 100000);
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(buf_add_char(&b, 'x'), 0);
        assert_int_equal(b.ptr[b.len], '\0');
    }
    assert_int_equal(strlen(b.ptr), 5000);
    buf_reset(&b);
    assert_string_equal(b.ptr, "");
    assert_int_equal(buf_printf(&b, "%s-%05d", "a", 42), 0);
    assert_string_equal(b.ptr, "a-00042");
    room = buf_reserve(&b, 2);
    assert_ptr_equal(room, b.ptr + b.len);
    assert_str(buf_str(&b), "a-00042");
    buf_free(&b);
    assert_str(buf_str(&b), "");
}

static void printing_obeys_the_maximum(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    assert_int_equal(buf_printf(&b, "%0100d", 7), 0);
    assert_int_equal(b.len, 100);
    assert_int_equal(buf_printf(&b, "%s", ""), 0);
    assert_int_equal(buf_printf(&b, "%d", 1), -1);
    assert_true(b.failed);
    buf_free(&b);
}

static void wiping_frees(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    buf_wipe(&b); /* nothing there yet */
    assert_int_equal(buf_add_str(&b, STR("secret")), 0);
    buf_wipe(&b);
    assert_null(b.ptr);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.max, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_maximum_is_exact),  cmocka_unit_test(a_failure_stays_until_reset),
        cmocka_unit_test(content_ends_with_nul), cmocka_unit_test(printing_obeys_the_maximum),
        cmocka_unit_test(wiping_frees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
