/* API keys as text. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/key.h"

static char text[KEY_TEXT_LEN + 1];
static struct key made;

static int make(void **state)
{
    (void)state;
    return key_generate(&made, text);
}

static void what_is_made_is_read_again(void **state)
{
    struct key read;

    (void)state;
    assert_int_equal(strlen(text), 97);
    assert_int_equal(key_parse(str_from(text), &read), 0);
    assert_string_equal(read.id, made.id);
    assert_true(key_hash_equal(read.hash, made.hash));
    assert_true(key_is_id(str_from(made.id)));
    assert_null(strstr(text, made.hash));
}

static void no_two_keys_are_the_same(void **state)
{
    char other_text[KEY_TEXT_LEN + 1];
    struct key other;

    (void)state;
    assert_int_equal(key_generate(&other, other_text), 0);
    assert_string_not_equal(other.id, made.id);
    assert_false(key_hash_equal(other.hash, made.hash));
    assert_string_not_equal(other_text + 25, text + 25);
}

/* The check finds every change of one character, so a typing error costs nobody a look into Redis. */
static void one_character_changed_is_no_key(void **state)
{
    struct key read;

    (void)state;
    for (size_t i = 0; i < KEY_TEXT_LEN; i++) {
        char changed[KEY_TEXT_LEN + 1];

        memcpy(changed, text, sizeof(changed));
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        assert_int_equal(key_parse(str_from(changed), &read), -1);
    }
}

static void other_lengths_are_no_keys(void **state)
{
    char longer[KEY_TEXT_LEN + 2];
    struct key read;

    (void)state;
    for (size_t len = 0; len < KEY_TEXT_LEN; len++)
        assert_int_equal(key_parse((struct str){text, len}, &read), -1);
    snprintf(longer, sizeof(longer), "%s0", text);
    assert_int_equal(key_parse(str_from(longer), &read), -1);
    assert_int_equal(key_parse((struct str){NULL, 0}, &read), -1);
}

static void the_header_is_bearer_and_a_key(void **state)
{
    static const struct {
        int line;
        const char *before;
        const char *after;
        int rc;
    } rows[] = {
        {__LINE__, "Bearer ", "", 0},         {__LINE__, "bearer ", "", 0},     {__LINE__, "BEARER   ", "", 0},
        {__LINE__, " Bearer ", " ", 0},       {__LINE__, "", "", -1},           {__LINE__, "Basic ", "", -1},
        {__LINE__, "Bearer", "", -1},         {__LINE__, "Bearer: ", "", -1},   {__LINE__, "Bearer ", " x", -1},
        {__LINE__, "Bearer Bearer ", "", -1}, {__LINE__, "Bearer ", ", x", -1}, {__LINE__, "Token ", "", -1},
    };
    struct key read;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char value[256];

        err_clear(&err);
        snprintf(value, sizeof(value), "%s%s%s", rows[i].before, text, rows[i].after);
        row_int(rows[i].line, key_from_authorization(str_from(value), &read, &err), rows[i].rc);
        row_int(rows[i].line, err.kind, rows[i].rc ? ERR_UNAUTHORIZED : ERR_NONE);
        row_true(rows[i].line, "the message tells nothing of the key", !strstr(err.message, text + 25));
    }
    assert_int_equal(key_from_authorization(STR(""), &read, &err), -1);
    assert_int_equal(key_from_authorization(STR("Bearer"), &read, &err), -1);
    assert_int_equal(key_from_authorization(STR("Bearer "), &read, &err), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_made_is_read_again),      cmocka_unit_test(no_two_keys_are_the_same),
        cmocka_unit_test(one_character_changed_is_no_key), cmocka_unit_test(other_lengths_are_no_keys),
        cmocka_unit_test(the_header_is_bearer_and_a_key),
    };

    return cmocka_run_group_tests(tests, make, NULL);
}
