/* Names by Kubernetes' own rules. */
#include "tests/unit/rows.h"

#include "kube/name.h"

#define N61 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void rules(void **state)
{
    static const struct {
        int line;
        const char *name;
        bool label;
        bool subdomain;
        bool job;
        bool prefix;
        bool key;
        bool value;
    } rows[] = {
        {__LINE__, "a", true, true, true, true, true, true},
        {__LINE__, "my-name", true, true, true, true, true, true},
        {__LINE__, "123-abc", true, true, true, true, true, true},
        {__LINE__, "a.b", false, true, true, true, true, true},
        {__LINE__, "example.com", false, true, true, true, true, true},
        {__LINE__, "", false, false, false, false, false, true},
        {__LINE__, "a-", false, false, false, true, false, false},
        {__LINE__, "-a", false, false, false, false, false, false},
        {__LINE__, "-", false, false, false, false, false, false},
        {__LINE__, "a..b", false, false, false, false, true, true},
        {__LINE__, "a.-b", false, false, false, false, true, true},
        {__LINE__, "a.", false, false, false, false, false, false},
        {__LINE__, "A", false, false, false, false, true, true},
        {__LINE__, "a_b", false, false, false, false, true, true},
        {__LINE__, "a b", false, false, false, false, false, false},
        {__LINE__, "a/b", false, false, false, false, true, false},
        {__LINE__, "example.com/b", false, false, false, false, true, false},
        {__LINE__, "/b", false, false, false, false, false, false},
        {__LINE__, "a/", false, false, false, false, false, false},
        {__LINE__, "a/b/c", false, false, false, false, false, false},
        {__LINE__, "A/b", false, false, false, false, false, false},
        {__LINE__, "\xc3\xa9", false, false, false, false, false, false},
        {__LINE__, N61 "aa", true, true, true, true, true, true},
        {__LINE__, N61 "aaa", false, true, false, true, false, false},
        {__LINE__, N61 "." N61 "." N61 "." N61 ".aaaaa", false, true, false, true, false, false},
        {__LINE__, N61 "." N61 "." N61 "." N61 ".aaaaaa", false, false, false, false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str name = str_from(rows[i].name);

        row_true(rows[i].line, "label", (name_check_label(name) == NULL) == rows[i].label);
        row_true(rows[i].line, "subdomain", (name_check_subdomain(name) == NULL) == rows[i].subdomain);
        row_true(rows[i].line, "job", (name_check_job(name) == NULL) == rows[i].job);
        row_true(rows[i].line, "prefix", (name_check_prefix(name) == NULL) == rows[i].prefix);
        row_true(rows[i].line, "label key", (name_check_label_key(name) == NULL) == rows[i].key);
        row_true(rows[i].line, "label value", (name_check_label_value(name) == NULL) == rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
