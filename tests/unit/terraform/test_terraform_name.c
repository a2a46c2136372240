/* What clusters, their Jobs and their runs are called. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "terraform/name.h"

#define A10 "aaaaaaaaaa"
#define A50 A10 A10 A10 A10 A10

static void good_cluster_names(void **state)
{
    static const char *const rows[] = {
        "a",
        "0",
        "prod-cluster-001",
        "test-cluster-001",
        "a--b",
        "9lives",
        "kube-system",
        "test",
        "null",
        "x1",
        "tfstate-x",
        "a-1",
        "1-a",
        "00",
        "dev",
        A50 "aa",
        A50 "aaa",
        A50 "aaaaaaaa",
        A50 A10 "aaa",
        A50 A50,
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (terraform_check_cluster(str_from(rows[i])))
            fail_msg("%s: %s", rows[i], terraform_check_cluster(str_from(rows[i])));
}

static void bad_cluster_names(void **state)
{
    static const struct str rows[] = {
        {"", 0},         STR("-a"),    STR("a-"),       STR("-"),      STR("A"),      STR("Prod"),      STR("a_b"),
        STR("a.b"),      STR("a b"),   STR("a/b"),      STR("../etc"), STR("a\n"),    STR("a\nb"),      STR("a\0b"),
        STR("\xc3\xbc"), STR("$(id)"), STR("a;rm -rf"), STR("a%2e"),   STR("--help"), STR(A50 A50 "a"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (!terraform_check_cluster(rows[i]))
            fail_msg("\"%.*s\" is taken for good", STR_FMT(rows[i]));
}

/* The limits are those of a label of the Job's pods: 63 characters. */
static void job_names(void **state)
{
    static const struct {
        int line;
        const char *op;
        const char *cluster;
        const char *expected;
    } rows[] = {
        {__LINE__, "test", "demo", "test-demo"},
        {__LINE__, "provision", "demo", "provision-demo"},
        {__LINE__, "destroy", "demo", "destroy-demo"},
        {__LINE__, "provision", A50 "aaa", "provision-" A50 "aaa"},
        {__LINE__, "provision", A50 "aaaa", "provision-" A10 A10 A10 A10 "-a3f01b69"},
        {__LINE__, "destroy", A50 "aaaaa", "destroy-" A50 "aaaaa"},
        {__LINE__, "destroy", A50 "aaaaaa", "destroy-" A10 A10 A10 A10 "-b35439a4"},
        {__LINE__, "test", A50 "aaaaaaaa", "test-" A50 "aaaaaaaa"},
        {__LINE__, "test", A50 "aaaaaaaaa", "test-" A10 A10 A10 A10 "-111bb261"},
    };
    char out[TERRAFORM_JOB_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(terraform_job_name(str_from(rows[i].op), str_from(rows[i].cluster), out), 0);
        row_text(rows[i].line, out, rows[i].expected);
        row_true(rows[i].line, "it fits a label", strlen(out) <= TERRAFORM_JOB_MAX);
    }
    assert_int_equal(terraform_job_name(STR(""), STR("demo"), out), -1);
    assert_int_equal(terraform_job_name(STR("an-operation-too-long"), STR("demo"), out), -1);
}

static void names_that_are_cut_stay_different(void **state)
{
    char one[TERRAFORM_JOB_MAX + 1];
    char other[TERRAFORM_JOB_MAX + 1];

    (void)state;
    assert_int_equal(terraform_job_name(STR("provision"), STR(A50 A10 "b"), one), 0);
    assert_int_equal(terraform_job_name(STR("provision"), STR(A50 A10 "c"), other), 0);
    assert_string_not_equal(one, other);
    terraform_cluster_label(STR(A50 A10 "aaa"), one);
    assert_string_equal(one, A50 A10 "aaa");
    terraform_cluster_label(STR(A50 A50), one);
    terraform_cluster_label(STR(A50 A10 A10), other);
    assert_string_not_equal(one, other);
}

static void runs(void **state)
{
    char run[TERRAFORM_RUN_LEN + 1];

    (void)state;
    assert_int_equal(terraform_run_new(1795285200123, run), 0);
    assert_memory_equal(run, "r1795285200123", 14);
    assert_true(terraform_is_run(str_from(run)));
    assert_int_equal(terraform_run_new(-1, run), -1);
    assert_true(terraform_is_run(STR("r1795285200123beef")));
    assert_false(terraform_is_run(STR("")));
    assert_false(terraform_is_run(STR("r1795285200123bee")));
    assert_false(terraform_is_run(STR("r1795285200123beeff")));
    assert_false(terraform_is_run(STR("x1795285200123beef")));
    assert_false(terraform_is_run(STR("r179528520012abeef")));
    assert_false(terraform_is_run(STR("r1795285200123BEEF")));
    assert_false(terraform_is_run(STR("r1795285200123bee\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_cluster_names),
        cmocka_unit_test(bad_cluster_names),
        cmocka_unit_test(job_names),
        cmocka_unit_test(names_that_are_cut_stay_different),
        cmocka_unit_test(runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
