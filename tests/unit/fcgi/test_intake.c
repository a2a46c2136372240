/* A FastCGI request that lies in one piece. */
#include "tests/unit/rows.h"

#include "fcgi/intake.h"
#include "tests/unit/fcgi/fastcgi.h"

static struct arena *arena;
static struct buf bytes;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(MIB(1));
    buf_init(&bytes, MIB(1));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&bytes);
    arena_free(arena);
    return 0;
}

static void a_whole_request_is_read(void **state)
{
    static const char *const more[] = {"HTTP_ACCEPT=application/json", "HTTP_X_EMPTY=", NULL};
    struct intake intake;

    (void)state;
    fastcgi_request(&bytes, true, "GET", "/raw/clusters/a/api?x=1", more, STR(""));
    assert_int_equal(intake_parse(arena, buf_str(&bytes), &intake), 0);
    assert_int_equal(intake.request_id, 1);
    assert_true(intake.keep);
    assert_string_equal(intake.params[0], "REQUEST_METHOD=GET");
    assert_string_equal(intake.params[1], "REQUEST_URI=/raw/clusters/a/api?x=1");
    assert_string_equal(intake.params[6], "HTTP_ACCEPT=application/json");
    assert_string_equal(intake.params[7], "HTTP_X_EMPTY=");
    assert_null(intake.params[8]);
    assert_int_equal(intake.body.len, 0);
}

static void a_body_of_several_records_is_one(void **state)
{
    static const char *const params[] = {"REQUEST_METHOD=POST", NULL};
    struct intake intake;

    (void)state;
    fastcgi_begin(&bytes, false);
    fastcgi_params(&bytes, params);
    fastcgi_body(&bytes, STR("one two three"), 4);
    assert_int_equal(intake_parse(arena, buf_str(&bytes), &intake), 0);
    assert_false(intake.keep);
    assert_str(intake.body, "one two three");
}

static void a_long_value_has_a_long_length(void **state)
{
    static char param[4096 + sizeof("HTTP_A=")] = "HTTP_A=";
    const char *const params[] = {param, NULL};
    struct intake intake;

    (void)state;
    memset(param + strlen("HTTP_A="), 'x', 4096);
    fastcgi_begin(&bytes, true);
    fastcgi_params(&bytes, params);
    fastcgi_body(&bytes, STR(""), 1);
    assert_int_equal(intake_parse(arena, buf_str(&bytes), &intake), 0);
    assert_string_equal(intake.params[0], param);
}

static void every_part_of_it_is_none(void **state)
{
    struct intake intake;

    (void)state;
    fastcgi_request(&bytes, true, "POST", "/raw/clusters/a/api", NULL, STR("body"));
    for (size_t len = 0; len < bytes.len; len++) {
        assert_int_equal(intake_parse(arena, (struct str){bytes.ptr, len}, &intake), -1);
        arena_reset(arena);
    }
    assert_int_equal(intake_parse(arena, buf_str(&bytes), &intake), 0);
}

static void what_stands_behind_it_is_seen(void **state)
{
    struct intake intake;

    (void)state;
    fastcgi_request(&bytes, true, "GET", "/one", NULL, STR(""));
    fastcgi_request(&bytes, true, "GET", "/two", NULL, STR(""));
    assert_int_equal(intake_parse(arena, buf_str(&bytes), &intake), -1);
}

/* One byte of a good request becomes another one. */
static void what_is_odd_is_not_read(void **state)
{
    static const struct {
        int line;
        size_t at;
        char value;
    } rows[] = {
        {__LINE__, 0, 2},      /* version */
        {__LINE__, 1, 4},      /* no begin */
        {__LINE__, 3, 0},      /* id 0 */
        {__LINE__, 5, 7},      /* length of begin */
        {__LINE__, 9, 2},      /* role */
        {__LINE__, 16 + 3, 2}, /* parameters of another request */
        {__LINE__, 24, 127},   /* a name longer than all parameters */
        {__LINE__, 26, 0},     /* a NUL in a name */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct intake intake;

        buf_reset(&bytes);
        fastcgi_request(&bytes, true, "GET", "/raw/clusters/a/api", NULL, STR(""));
        bytes.ptr[rows[i].at] = rows[i].value;
        row_int(rows[i].line, intake_parse(arena, buf_str(&bytes), &intake), -1);
    }
}

static void the_number_of_parameters_is_bounded(void **state)
{
    static const char *params[INTAKE_PARAMS_MAX + 2];
    struct intake intake;

    (void)state;
    for (size_t count = INTAKE_PARAMS_MAX; count <= INTAKE_PARAMS_MAX + 1; count++) {
        for (size_t i = 0; i < count; i++)
            params[i] = "A=b";
        buf_reset(&bytes);
        fastcgi_begin(&bytes, true);
        fastcgi_params(&bytes, params);
        fastcgi_body(&bytes, STR(""), 1);
        assert_int_equal(intake_parse(arena, buf_str(&bytes), &intake), count > INTAKE_PARAMS_MAX ? -1 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_request_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_of_several_records_is_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_value_has_a_long_length, setup, teardown),
        cmocka_unit_test_setup_teardown(every_part_of_it_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(what_stands_behind_it_is_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_odd_is_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(the_number_of_parameters_is_bounded, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
