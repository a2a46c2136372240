/* Which labels a selector selects. */
#include "tests/unit/rows.h"

#include "kube/selector.h"

static void selectors(void **state)
{
    static const char labels_text[] = "{\"app\":\"web\",\"tier\":\"\",\"example.com/part\":\"a.b-c\"}";
    static const struct {
        int line;
        const char *selector;
        bool selects;
    } rows[] = {
        {__LINE__, "", true},
        {__LINE__, "app", true},
        {__LINE__, "!app", false},
        {__LINE__, "! app", false},
        {__LINE__, "other", false},
        {__LINE__, "!other", true},
        {__LINE__, "app=web", true},
        {__LINE__, "app==web", true},
        {__LINE__, "app = web", true},
        {__LINE__, "app=db", false},
        {__LINE__, "app!=web", false},
        {__LINE__, "app!=db", true},
        {__LINE__, "other!=web", true},
        {__LINE__, "other=", false},
        {__LINE__, "tier=", true},
        {__LINE__, "tier", true},
        {__LINE__, "app in (web)", true},
        {__LINE__, "app in (db, web)", true},
        {__LINE__, "app in (db,cache)", false},
        {__LINE__, "app notin (db,cache)", true},
        {__LINE__, "app notin (db,web)", false},
        {__LINE__, "other notin (db)", true},
        {__LINE__, "app=web,tier=", true},
        {__LINE__, "app in (db,web),other", false},
        {__LINE__, "app in (db,web) , !other", true},
        {__LINE__, "example.com/part=a.b-c", true},
    };
    const char *why;
    cJSON *labels = json_tree(str_from(labels_text), 4, &why);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_true(rows[i].line, rows[i].selector, !selector_check(str_from(rows[i].selector)));
        row_true(rows[i].line, rows[i].selector,
                 selector_matches(str_from(rows[i].selector), labels) == rows[i].selects);
    }
    assert_false(selector_matches(STR("app"), NULL));
    cJSON_Delete(labels);
}

static void what_is_no_selector_is_refused(void **state)
{
    static const char *const texts[] = {",",        "a,",        ",a",   "a=b,,c",  "a in", "a in b",       "a in (b",
                                        "a on (b)", "a in (b))", "=b",   "!",       "a b",  "a=b c",        "a=(b)",
                                        "a==b=c",   "-a=b",      "a=-b", "a/b/c=d", "(a)",  "a in (b),c=(", "a\n=b"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        row_true(__LINE__, texts[i], selector_check(str_from(texts[i])) != NULL);
}

static void selectors_of_workloads_are_written(void **state)
{
    static const struct {
        int line;
        const char *selector;
        const char *written; /* NULL: it can not be */
    } rows[] = {
        {__LINE__, "{\"matchLabels\":{\"app\":\"web\"}}", "app%3Dweb"},
        {__LINE__, "{\"matchLabels\":{\"a/b\":\"\",\"c\":\"d\"}}", "a%2Fb%3D%2Cc%3Dd"},
        {__LINE__, "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"b\",\"c\"]}]}",
         "a%20in%20%28b%2Cc%29"},
        {__LINE__, "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"b\"]}]}",
         "a%20notin%20%28b%29"},
        {__LINE__, "{\"matchLabels\":{\"x\":\"y\"},\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}",
         "x%3Dy%2Ca"},
        {__LINE__, "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"DoesNotExist\"}]}", "%21a"},
        {__LINE__,
         "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Gt\"},{\"key\":\"b\",\"operator\":\"Exists\"}]}", NULL},
        {__LINE__, "{\"matchExpressions\":[{\"operator\":\"Exists\"}]}", NULL},
        {__LINE__, "{}", NULL},
        {__LINE__, "null", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *selector = json_tree(str_from(rows[i].selector), 8, &why);
        struct buf text;

        buf_init(&text, 1024);
        row_int(rows[i].line, selector_write(selector, &text), rows[i].written ? 0 : -1);
        if (rows[i].written)
            row_str(rows[i].line, buf_str(&text), rows[i].written);
        buf_free(&text);
        cJSON_Delete(selector);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors),
        cmocka_unit_test(what_is_no_selector_is_refused),
        cmocka_unit_test(selectors_of_workloads_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
