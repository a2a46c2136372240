/* The ordered level of the log, in a real Redis. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "redis/keys.h"
#include "redis/log_level.h"
#include "tests/unit/redis/server.h"

static void an_order_is_kept_until_it_is_withdrawn(void **state)
{
    const struct log_order order = {LOG_LEVEL_DEBUG, clock_now() + 100};
    struct log_order got = {0};
    struct err err;

    (void)state;
    assert_int_equal(log_level_ordered(redis, &got, &err), 0);
    assert_int_equal(log_level_order(redis, &order, &err), 0);
    assert_int_equal(log_level_ordered(redis, &got, &err), 1);
    assert_int_equal(got.level, LOG_LEVEL_DEBUG);
    assert_int_equal(got.until, order.until);
    assert_int_equal(log_level_withdraw(redis, &err), 0);
    assert_int_equal(log_level_ordered(redis, &got, &err), 0);
}

static void what_is_no_order_counts_as_none(void **state)
{
    static const char *const values[] = {"", "DEBUG", "LOUD 1790000000", "DEBUG x", "DEBUG -1", "DEBUG 1 2"};
    struct log_order got;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        redisReply *reply =
            redis_run(redis, (const struct str[]){STR("SET"), STR(KEY_LOG_LEVEL), str_from(values[i])}, 3, &err);

        assert_non_null(reply);
        freeReplyObject(reply);
        assert_int_equal(log_level_ordered(redis, &got, &err), 0);
    }
    assert_int_equal(log_level_withdraw(redis, &err), 0);
}

static void without_redis_nothing_is_known(void **state)
{
    struct redis_client *nobody = redis_client_new("unix:/nonexistent", 0);
    struct log_order got;
    struct err err;

    (void)state;
    assert_int_equal(log_level_ordered(nobody, &got, &err), -1);
    assert_int_equal(log_level_withdraw(nobody, &err), -1);
    redis_client_free(nobody);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_kept_until_it_is_withdrawn),
        cmocka_unit_test(what_is_no_order_counts_as_none),
        cmocka_unit_test(without_redis_nothing_is_known),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
