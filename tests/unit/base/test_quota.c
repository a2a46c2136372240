/* What is in use, by key, and the maximum. */
#include "tests/unit/rows.h"

#include <pthread.h>
#include <stdio.h>

#include "base/quota.h"

static void as_many_as_the_limit_can_be_taken(void **state)
{
    struct quota *quota = quota_new();

    (void)state;
    assert_int_equal(quota_take(quota, STR("a"), 2), 0);
    assert_int_equal(quota_take(quota, STR("a"), 2), 0);
    assert_int_equal(quota_take(quota, STR("a"), 2), -1);
    assert_int_equal(quota_take(quota, STR("a"), 3), 0); /* the limit is the taker's */
    assert_int_equal(quota_take(quota, STR("b"), 0), -1);
    assert_int_equal(quota_take(quota, STR(""), 1), 0);
    for (int i = 0; i < 3; i++)
        quota_give(quota, STR("a"));
    assert_int_equal(quota_take(quota, STR("a"), 1), 0);
    assert_int_equal(quota_take(quota, STR("a"), 1), -1);
    quota_free(quota);
}

static void keys_do_not_count_for_one_another(void **state)
{
    struct quota *quota = quota_new();
    char key[16];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            snprintf(key, sizeof(key), "key-%d", i);
            assert_int_equal(quota_take(quota, str_from(key), 1), 0);
            assert_int_equal(quota_take(quota, str_from(key), 1), -1);
        }
        for (int i = 0; i < 5000; i++) {
            snprintf(key, sizeof(key), "key-%d", i);
            quota_give(quota, str_from(key));
        }
    }
    quota_give(quota, STR("never taken"));
    quota_free(quota);
}

static void *take_and_give(void *arg)
{
    for (int taken = 0; taken < 5000;) {
        if (quota_take(arg, STR("shared"), 2) < 0)
            continue; /* two others have it, or were put to sleep with it */
        taken++;
        quota_give(arg, STR("shared"));
    }
    return NULL;
}

static void many_threads_leave_nothing_behind(void **state)
{
    struct quota *quota = quota_new();
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, take_and_give, quota);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(quota_take(quota, STR("shared"), 1), 0);
    quota_free(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_the_limit_can_be_taken),
        cmocka_unit_test(keys_do_not_count_for_one_another),
        cmocka_unit_test(many_threads_leave_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
