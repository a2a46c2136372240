/* The INI parser: faults with their line, limits, lookups. The vectors say the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "aws/ini.h"
#include "base/buf.h"

static void a_fault_is_told_with_its_line(void **state)
{
    static const struct {
        const char *text;
        enum ini_kind kind;
        size_t line;
        const char *why;
    } rows[] = {
        {"a = 1\n", INI_CONFIG, 1, "before the first section"},
        {"[a]\n# c\nb\n", INI_CONFIG, 3, "no \"=\""},
        {"[a]\n= 1\n", INI_CONFIG, 2, "the key is empty"},
        {"[a]\nb = 1\n\nB : 2\n", INI_CONFIG, 4, "the key is there already"},
        {"[a]\n[b]\n[a]\n", INI_CONFIG, 3, "the section is there already"},
        {"[]\n", INI_CONFIG, 1, "before the first section"},
        {"[a\n", INI_CREDENTIALS, 1, "before the first section"},
        {"\xEF\xBB\xBF[a]\n", INI_CREDENTIALS, 1, "before the first section"},
        {"[a]\rb\r", INI_CREDENTIALS, 2, "no \"=\""},
        {"[a]\ns3 =\n  nonsense\n", INI_CONFIG, 3, "nested"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ini ini;
        const char *why;
        size_t line;

        assert_int_equal(ini_parse(str_from(rows[i].text), rows[i].kind, &ini, &why, &line), -1);
        assert_int_equal(line, rows[i].line);
        assert_non_null(strstr(why, rows[i].why));
    }
}

static void nested_blocks_are_plain_text_in_the_credentials_file(void **state)
{
    struct ini ini;
    const char *why;
    size_t line;

    (void)state;
    assert_int_equal(ini_parse(STR("[a]\ns3 =\n  nonsense\n"), INI_CREDENTIALS, &ini, &why, &line), 0);
    ini_free(&ini);
}

static void section_headers_name_what_they_describe(void **state)
{
    static const struct {
        const char *header;
        enum ini_role role;
        const char *name;
    } rows[] = {
        {"default", INI_PROFILE, "default"},
        {"profile x", INI_PROFILE, "x"},
        {"profile \"a b\"", INI_PROFILE, "a b"},
        {"profile 'a \\ b'", INI_PROFILE, "a \\ b"},
        {"profile \"a\\\"b\\c\"", INI_PROFILE, "a\"b\\c"},
        {"profile a\\ b", INI_PROFILE, "a b"},
        {"profile ''", INI_PROFILE, ""},
        {"sso-session s", INI_SSO_SESSION, "s"},
        {"services v", INI_SERVICES, "v"},
        {"plugins", INI_OTHER, "plugins"},
        {"profile", INI_DROPPED, NULL},
        {"profile a b", INI_DROPPED, NULL},
        {"profile \"a", INI_DROPPED, NULL},
        {"profile a\\", INI_DROPPED, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text;
        struct ini ini;
        const char *why;
        size_t line;

        buf_init(&text, 256);
        buf_printf(&text, "[%s]\nk = v\n", rows[i].header);
        assert_int_equal(ini_parse(buf_str(&text), INI_CONFIG, &ini, &why, &line), 0);
        assert_int_equal(ini.sections[0].role, rows[i].role);
        if (rows[i].name)
            assert_non_null(ini_find(&ini, rows[i].role, str_from(rows[i].name)));
        ini_free(&ini);
        buf_free(&text);
    }
}

static void sizes_are_bounded(void **state)
{
    struct buf text;
    struct ini ini;
    const char *why;
    size_t line;

    (void)state;
    buf_init(&text, 2 * INI_TEXT_MAX);
    for (int i = 0; i <= INI_SECTIONS_MAX; i++)
        buf_printf(&text, "[s%d]\n", i);
    assert_int_equal(ini_parse(buf_str(&text), INI_CREDENTIALS, &ini, &why, &line), -1);
    assert_string_equal(why, "there are too many sections");
    buf_reset(&text);
    buf_add_str(&text, STR("[s]\n"));
    for (int i = 0; i <= INI_OPTIONS_MAX; i++)
        buf_printf(&text, "k%d = v\n", i);
    assert_int_equal(ini_parse(buf_str(&text), INI_CREDENTIALS, &ini, &why, &line), -1);
    assert_string_equal(why, "the section has too many keys");
    buf_reset(&text);
    while (text.len <= INI_TEXT_MAX)
        buf_add_str(&text, STR("# a comment\n"));
    assert_int_equal(ini_parse(buf_str(&text), INI_CREDENTIALS, &ini, &why, &line), -1);
    assert_string_equal(why, "the file is too large");
    buf_free(&text);
}

static void the_default_section_lends_its_keys(void **state)
{
    struct ini ini;
    struct str value;
    const char *why;
    size_t line;
    const struct ini_section *p;

    (void)state;
    assert_int_equal(ini_parse(STR("[DEFAULT]\na = 1\nb = 2\n[p]\nb = 3\n"), INI_CREDENTIALS, &ini, &why, &line), 0);
    p = ini_find(&ini, INI_PROFILE, STR("p"));
    assert_true(ini_get(&ini, p, "a", &value) && str_equal(value, STR("1")));
    assert_true(ini_get(&ini, p, "b", &value) && str_equal(value, STR("3")));
    assert_false(ini_get(&ini, p, "c", &value));
    assert_null(ini_find(&ini, INI_PROFILE, STR("DEFAULT")));
    ini_free(&ini);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_is_told_with_its_line),
        cmocka_unit_test(nested_blocks_are_plain_text_in_the_credentials_file),
        cmocka_unit_test(section_headers_name_what_they_describe),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(the_default_section_lends_its_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
