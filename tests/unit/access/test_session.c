/* Cookies of sessions, and the tokens beside them. */
#include "tests/unit/rows.h"

#include <string.h>

#include "access/session.h"

static void which_cookie_is_ours(void **state)
{
    static const struct {
        int line;
        const char *header;
        bool tls;
        const char *found; /* NULL: refused */
    } rows[] = {
        {__LINE__, "", false, ""},
        {__LINE__, ";", false, ""},
        {__LINE__, "eksgate", false, ""},
        {__LINE__, "eksgate=", false, ""},
        {__LINE__, "eksgate=a", false, "a"},
        {__LINE__, "eksgate=a", true, ""},
        {__LINE__, "__Host-eksgate=a", true, "a"},
        {__LINE__, "__Host-eksgate=a", false, ""},
        {__LINE__, "__host-eksgate=a", true, ""},
        {__LINE__, "theme=dark; eksgate=a;x=y", false, "a"},
        {__LINE__, "eksgate=a=b", false, "a=b"},
        {__LINE__, " eksgate = a ", false, "a"},
        {__LINE__, "xeksgate=b; eksgatex=c; eksgate=a", false, "a"},
        {__LINE__, "x=eksgate=a", false, ""},
        {__LINE__, "eksgate=a; __Host-eksgate=b", true, "b"},
        {__LINE__, "eksgate=a; __Host-eksgate=b", false, "a"},
        {__LINE__, "eksgate=a; eksgate=b", false, NULL},
        {__LINE__, "eksgate=a; eksgate=a", false, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str text = STR("");
        struct err err;
        int rc;

        err_clear(&err);
        rc = session_find(str_from(rows[i].header), rows[i].tls, &text, &err);
        row_int(rows[i].line, rc, rows[i].found ? 0 : -1);
        row_int(rows[i].line, err.kind, rows[i].found ? ERR_NONE : ERR_BAD_REQUEST);
        if (rows[i].found)
            row_str(rows[i].line, text, rows[i].found);
    }
}

static void two_headers_are_one(void **state)
{
    struct str text = STR("");
    struct err err;

    (void)state;
    assert_int_equal(session_find(STR("a=b"), false, &text, &err), 0);
    assert_int_equal(session_find(STR("eksgate=x"), false, &text, &err), 0);
    assert_int_equal(session_find(STR("a=b"), false, &text, &err), 0);
    assert_int_equal(session_find(STR("eksgate=x"), false, &text, &err), -1);
}

static void every_session_is_another(void **state)
{
    char texts[8][SESSION_TEXT_LEN + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(session_generate(texts[i]), 0);
        assert_int_equal(strlen(texts[i]), SESSION_TEXT_LEN);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
}

static void what_is_known_of_a_cookie_depends_on_how_it_came(void **state)
{
    char known[4][SESSION_HASH_LEN + 1];

    (void)state;
    session_hash(STR("a"), false, known[0]);
    session_hash(STR("a"), true, known[1]);
    session_token(STR("a"), false, known[2]);
    session_token(STR("a"), true, known[3]);
    for (size_t i = 0; i < COUNT(known); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(known[i], known[j]);
}

static void only_its_own_token_will_do(void **state)
{
    char token[SESSION_TOKEN_LEN + 1];
    char other[SESSION_TOKEN_LEN + 1];
    struct err err;

    (void)state;
    err_clear(&err);
    session_token(STR("a"), false, token);
    session_token(STR("b"), false, other);
    assert_int_equal(session_check_token(STR("a"), false, str_from(token), &err), 0);
    {
        const struct str wrong[] = {
            STR(""), STR("1"), str_from(other), {token, SESSION_TOKEN_LEN - 1}, {token, SESSION_TOKEN_LEN + 1}};

        for (size_t i = 0; i < COUNT(wrong); i++) {
            err_clear(&err);
            assert_int_equal(session_check_token(STR("a"), false, wrong[i], &err), -1);
            assert_int_equal(err.kind, ERR_FORBIDDEN);
        }
    }
    assert_int_equal(session_check_token(STR("a"), true, str_from(token), &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_cookie_is_ours),
        cmocka_unit_test(two_headers_are_one),
        cmocka_unit_test(every_session_is_another),
        cmocka_unit_test(what_is_known_of_a_cookie_depends_on_how_it_came),
        cmocka_unit_test(only_its_own_token_will_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
