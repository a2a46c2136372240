/* Patterns as <input pattern> reads them: what matches, what is refused, and that none takes long. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/limits.h"
#include "base/pattern.h"

#define ROW(pattern, text, matches)                                                                                    \
    {                                                                                                                  \
        __LINE__, pattern, text, matches                                                                               \
    }

static void texts(void **state)
{
    static const struct {
        int line;
        const char *pattern;
        const char *text;
        bool matches;
    } rows[] = {
        ROW("", "", true),
        ROW("", "a", false),
        ROW("a", "a", true),
        ROW("a", "", false),
        ROW("a", "ab", false),
        ROW("a", "ba", false),
        ROW("abc", "abc", true),
        ROW("a|bc", "bc", true),
        ROW("a|bc", "ac", false),
        ROW("a||b", "", true),
        ROW("(a|b)c", "bc", true),
        ROW("(?:a|b)c", "ac", true),
        ROW("a*", "", true),
        ROW("a*", "aaaa", true),
        ROW("a*", "aaab", false),
        ROW("a+", "", false),
        ROW("a+", "aa", true),
        ROW("ab?c", "ac", true),
        ROW("ab?c", "abbc", false),
        ROW("(ab)*", "abab", true),
        ROW("(ab)*", "aba", false),
        ROW("(a*)*", "aaa", true),
        ROW("(a*)*", "b", false),
        ROW("(|a)+", "aa", true),
        ROW("a{2}", "aa", true),
        ROW("a{2}", "aaa", false),
        ROW("a{2,}", "a", false),
        ROW("a{2,}", "aaaaa", true),
        ROW("a{1,3}", "aaa", true),
        ROW("a{1,3}", "aaaa", false),
        ROW("a{0,2}b", "b", true),
        ROW("a{0}", "", true),
        ROW("a{0}", "a", false),
        ROW("(a|b){2}c", "abc", true),
        ROW(".", "x", true),
        ROW(".", "\n", false),
        ROW(".", "\xC3\xA4", true), /* one character */
        ROW("..", "\xC3\xA4", false),
        ROW("\xC3\xA4+", "\xC3\xA4\xC3\xA4", true),
        ROW("[\xC3\xA4-\xC3\xBC]", "\xC3\xB6", true),
        ROW("[a-c]", "b", true),
        ROW("[a-c]", "d", false),
        ROW("[^a-c]", "d", true),
        ROW("[^a-c]", "b", false),
        ROW("[^a-c]", "", false),
        ROW("[a-]", "-", true),
        ROW("[-a]", "-", true),
        ROW("[a\\-z]", "m", false),
        ROW("[\\]]", "]", true),
        ROW("[.*]", "*", true),
        ROW("[.*]", "a", false),
        ROW("[a^]", "^", true),
        ROW("[b-da-c]", "d", true),
        ROW("[qomkigeca]{9}", "acegikmoq", true),
        ROW("[qomkigeca]", "b", false),
        ROW("[qomkigeca]", "r", false),
        ROW("[^qomkigeca]", "b", true),
        ROW("[^b-da-c]", "a", false),
        ROW("[^b-da-c]", "e", true),
        ROW("\\d+", "0123456789", true),
        ROW("\\D", "1", false),
        ROW("\\w+", "aZ_9", true),
        ROW("\\w", "-", false),
        ROW("\\W", "-", true),
        ROW("\\s\\S", " a", true),
        ROW("[\\d.]+", "1.2", true),
        ROW("[^\\d]", "1", false),
        ROW("[^\\D]", "1", true),
        ROW("\\.", ".", true),
        ROW("\\.", "a", false),
        ROW("\\\\", "\\", true),
        ROW("\\/", "/", true),
        ROW("\\n", "\n", true),
        ROW("^a$", "a", true),
        ROW("^a\\$", "a$", true),
        ROW("a\\\\$", "a\\", true),
        ROW("^$", "", true),
        ROW("(x+x+)+y", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false),
        ROW("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "a-name-of-dns", true),
        ROW("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "a-name-", false),
    };
    struct arena *arena = arena_new(MIB(8));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        const struct pattern *pattern = pattern_compile(arena, str_from(rows[i].pattern), &why);

        row_true(rows[i].line, why ? why : "compiled", pattern != NULL);
        row_int(rows[i].line, pattern_matches(pattern, str_from(rows[i].text)), rows[i].matches);
    }
    arena_free(arena);
}

static void faults(void **state)
{
    static const struct {
        int line;
        const char *pattern;
        const char *why;
    } rows[] = {
        {__LINE__, "(", "a ( without"},
        {__LINE__, ")", "without its ("},
        {__LINE__, "a)", "without its ("},
        {__LINE__, "(a", "a ( without"},
        {__LINE__, "[", "a [ without"},
        {__LINE__, "[a", "a [ without"},
        {__LINE__, "[]", "empty class"},
        {__LINE__, "[^]", "empty class"},
        {__LINE__, "[z-a]", "comes before"},
        {__LINE__, "[a-\\d]", "comes before"},
        {__LINE__, "*", "means nothing"},
        {__LINE__, "a**", "a repeat already"},
        {__LINE__, "a*?", "a repeat already"},
        {__LINE__, "a{2}{2}", "a repeat already"},
        {__LINE__, "a|*", "means nothing"},
        {__LINE__, "{2}", "means nothing"},
        {__LINE__, "a{", "{2,5}"},
        {__LINE__, "a{}", "{2,5}"},
        {__LINE__, "a{,2}", "{2,5}"},
        {__LINE__, "a{3,2}", "{2,5}"},
        {__LINE__, "a{2", "{2,5}"},
        {__LINE__, "a{256}", "255"},
        {__LINE__, "a{99999999999999999999}", "255"},
        {__LINE__, "a^b", "means nothing"},
        {__LINE__, "a$b", "means nothing"},
        {__LINE__, "a\\", "ends with a backslash"},
        {__LINE__, "a\\$$$", "means nothing"},
        {__LINE__, "(a)\\1", "no such meaning"},
        {__LINE__, "\\bword", "no such meaning"},
        {__LINE__, "(?=a)", "(?:"},
        {__LINE__, "(?", "(?:"},
        {__LINE__, "((((((((((((((((((a))))))))))))))))))", "nested"},
        {__LINE__, "((a{255}){255}){255}", "too large"},
        {__LINE__, "(((){255}){255}){255}", "too large"},
        {__LINE__, "(((|){255}){255}){255}", "too large"},
    };
    struct arena *arena = arena_new(MIB(8));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;

        row_true(rows[i].line, rows[i].pattern, pattern_compile(arena, str_from(rows[i].pattern), &why) == NULL);
        row_true(rows[i].line, why, strstr(why, rows[i].why) != NULL);
    }
    arena_free(arena);
}

static void a_long_pattern_is_refused(void **state)
{
    char text[PATTERN_TEXT_MAX + 2];
    struct arena *arena = arena_new(MIB(1));
    const char *why;

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_non_null(pattern_compile(arena, (struct str){text, PATTERN_TEXT_MAX}, &why));
    assert_null(pattern_compile(arena, (struct str){text, PATTERN_TEXT_MAX + 1}, &why));
    assert_string_equal(why, "is too long");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(faults),
        cmocka_unit_test(a_long_pattern_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
