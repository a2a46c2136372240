/* How often a key may ask: with a real Redis between two processes, and without one. */
#include "tests/unit/rows.h"

#include <string.h>

#include "access/limits.h"
#include "base/arena.h"
#include "redis/bucket.h"
#include "tests/unit/redis/server.h"

#define ANNA "00000000000000aa"
#define BERT "00000000000000bb"

/* So slow that what is given back while the tests run does not matter. */
static const struct config few = {.auth = "keys", .limit_reads = "1/m:10", .limit_writes = "1/m:3", .limit_raw = "off"};
static const struct config many = {
    .auth = "keys", .limit_reads = "1/m:2000", .limit_writes = "off", .limit_raw = "1/m:1"};
static const struct config nobody = {
    .auth = "off", .limit_reads = "1/m:1", .limit_writes = "1/m:1", .limit_raw = "1/m"};

static struct limit_state told;
static struct err err;

static int take(struct limits *limits, enum metrics_limit group, const char *key)
{
    err_clear(&err);
    return limits_take(limits, redis, group, key, &told, &err);
}

static long take_all(struct limits *limits, enum metrics_limit group, const char *key)
{
    long taken = 0;

    while (taken < 5000 && take(limits, group, key) == 0)
        taken++;
    return taken;
}

static void two_processes_give_as_much_as_one(void **state)
{
    struct limits *one = limits_new(&few);
    struct limits *other = limits_new(&few);
    long taken = 0;

    (void)state;
    for (int i = 0; i < 10; i++)
        taken += (take(one, METRICS_READS, ANNA) == 0) + (take(other, METRICS_READS, ANNA) == 0);
    assert_int_equal(taken, 10);
    assert_int_equal(take(one, METRICS_READS, ANNA), -1);
    assert_int_equal(err.kind, ERR_OVERLOADED);
    assert_in_range(err.retry_after, 1, 60);
    assert_int_equal(told.limit, 10);
    assert_int_equal(told.remaining, 0);
    assert_in_range(told.reset, 500, 600);
    /* The other key, and the other group, are others. */
    assert_int_equal(take(one, METRICS_READS, BERT), 0);
    assert_in_range(told.remaining, 8, 9);
    assert_int_equal(take_all(other, METRICS_WRITES, ANNA), 3);
    limits_free(one);
    limits_free(other);
}

static long long asked(void)
{
    return metrics_read(&metrics->redis[METRICS_OK]);
}

/* The busier a key is, the more is taken at a time; who is refused asks no more. */
static void a_busy_key_costs_few_words_with_redis(void **state)
{
    struct limits *limits = limits_new(&many);
    long long before = asked();

    (void)state;
    assert_int_equal(take_all(limits, METRICS_READS, BERT), 2000);
    assert_in_range(asked() - before, 10, 200);
    before = asked();
    for (int i = 0; i < 100; i++)
        assert_int_equal(take(limits, METRICS_READS, BERT), -1);
    assert_in_range(asked() - before, 0, 3);
    limits_free(limits);
}

static void where_there_is_no_limit_redis_is_not_asked(void **state)
{
    struct limits *limits = limits_new(&many);
    struct limits *open = limits_new(&nobody);
    long long before = asked();

    (void)state;
    assert_int_equal(take_all(limits, METRICS_WRITES, ANNA), 5000);
    assert_int_equal(told.limit, 0);
    assert_int_equal(take_all(limits, METRICS_RAW, ""), 5000); /* a scraper, a stranger */
    assert_int_equal(take_all(open, METRICS_READS, ANNA), 5000);
    assert_int_equal(asked(), before);
    limits_free(limits);
    limits_free(open);
}

/* Everybody gets his burst from each process, and nobody more. */
static void while_redis_is_away_each_process_counts_for_itself(void **state)
{
    struct limits *limits = limits_new(&few);

    (void)state;
    stop_server();
    assert_int_equal(take_all(limits, METRICS_READS, "00000000000000cc"), 10);
    assert_int_equal(err.kind, ERR_OVERLOADED);
    limits_free(limits);
    start_server();
}

static void who_may_not_wait_takes_nothing_that_would_have_to_be_waited_for(void **state)
{
    static const struct config limited = {.auth = "keys", .limit_reads = "1/m:40"};
    struct limits *limits = limits_new(&limited);
    long without = 0;

    (void)state;
    assert_int_equal(limits_take(limits, NULL, METRICS_READS, "00000000000000dd", &told, &err), -1);
    assert_int_equal(take(limits, METRICS_READS, "00000000000000dd"), 0);
    assert_int_equal(take(limits, METRICS_READS, "00000000000000dd"), 0); /* two are taken for it */
    while (limits_take(limits, NULL, METRICS_READS, "00000000000000dd", &told, &err) == 0)
        without++;
    assert_in_range(without, 0, 4);
    assert_int_equal(take_all(limits, METRICS_READS, "00000000000000dd"), 38 - without);
    limits_free(limits);
}

/* The script and the function are one algorithm. */
static void a_bucket_of_ones_own_is_as_the_shared_one(void **state)
{
    static const struct rate rate = {.every_us = 60000000, .burst = 10};
    static const int64_t wanted[] = {1, 4, 1, 100, 1, 5};
    int64_t full_at_us = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        struct bucket_answer shared;
        struct bucket_answer own;

        assert_int_equal(bucket_take(redis, STR("same"), &rate, wanted[i], &shared, &err), 0);
        bucket_take_own(&full_at_us, 1000, &rate, wanted[i], &own);
        assert_int_equal(shared.given, own.given);
        assert_int_equal(shared.left, own.left);
        assert_in_range(own.full_us - shared.full_us, 0, 50000000);
        assert_true((shared.wait_us > 0) == (own.wait_us > 0));
    }
}

static void a_bucket_fills_again(void **state)
{
    static const struct rate rate = {.every_us = 1000, .burst = 2};
    struct bucket_answer answer;
    int64_t full_at_us = 0;

    (void)state;
    bucket_take_own(&full_at_us, 5000, &rate, 5, &answer);
    assert_int_equal(answer.given, 2);
    bucket_take_own(&full_at_us, 5999, &rate, 5, &answer);
    assert_int_equal(answer.given, 0);
    assert_int_equal(answer.wait_us, 1);
    bucket_take_own(&full_at_us, 6000, &rate, 5, &answer);
    assert_int_equal(answer.given, 1);
    bucket_take_own(&full_at_us, 1000000, &rate, 5, &answer);
    assert_int_equal(answer.given, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(two_processes_give_as_much_as_one, empty),
        cmocka_unit_test_setup(a_busy_key_costs_few_words_with_redis, empty),
        cmocka_unit_test_setup(where_there_is_no_limit_redis_is_not_asked, empty),
        cmocka_unit_test_setup(while_redis_is_away_each_process_counts_for_itself, empty),
        cmocka_unit_test_setup(who_may_not_wait_takes_nothing_that_would_have_to_be_waited_for, empty),
        cmocka_unit_test_setup(a_bucket_of_ones_own_is_as_the_shared_one, empty),
        cmocka_unit_test(a_bucket_fills_again),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
