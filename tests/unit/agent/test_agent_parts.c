/* What the agent's tasks are made of: signatures, pauses, outcomes that wait for Redis. */
#include "tests/unit/rows.h"

#include <string.h>

#include "agent/outcomes.h"
#include "agent/sign.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "redis/keys.h"
#include "tests/unit/redis/server.h"

/* Computed with Python's hmac module. */
#define SIGNATURE "59ef9ae7574a6d1b9c3dd8c9a5d54fb1e670c060f4f22f52bcde8008444c3ff9"

static void signatures(void **state)
{
    char signature[SIGNATURE_SIZE];

    (void)state;
    assert_int_equal(delivery_sign(STR("secret"), STR("1795000000"), STR("{\"id\":\"1\"}"), signature), 0);
    assert_string_equal(signature, SIGNATURE);
    assert_int_equal(delivery_sign(STR("secret"), STR("1795000001"), STR("{\"id\":\"1\"}"), signature), 0);
    assert_string_not_equal(signature, SIGNATURE);
}

static void pauses_double_and_are_bounded(void **state)
{
    (void)state;
    for (unsigned failures = 1; failures < 80; failures++) {
        int64_t whole = failures > 6 ? 60000 : 1000 << (failures - 1);
        int64_t ms = backoff_ms(failures, 1000, 60000);

        if (whole > 60000)
            whole = 60000;
        assert_true(ms >= whole / 2 && ms <= whole);
    }
    assert_int_equal(backoff_between(7, 7), 7);
}

static void queue_one(const char *id)
{
    struct err err;

    assert_int_equal(delivery_enqueue_test(redis, STR("hook"), str_from(id), 1000, &err), 0);
}

static void settle(struct outcomes *outcomes, const char *id, long attempts, bool delivered, bool dead)
{
    const struct delivery_outcome outcome = {.id = str_from(id),
                                             .attempts = attempts,
                                             .delivered = delivered,
                                             .dead = dead,
                                             .response_status = delivered ? 204 : 500,
                                             .error = delivered ? "" : "the receiver answered 500",
                                             .now_ms = 2000,
                                             .next_at_ms = 9000};

    outcomes_add(outcomes, &outcome);
}

static const char *status_of(const char *id)
{
    static char status[16];
    struct delivery delivery;
    struct err err;

    assert_int_equal(delivery_read(redis, arena, STR("hook"), str_from(id), &delivery, &err), REDIS_FOUND);
    snprintf(status, sizeof(status), "%.*s %ld", STR_FMT(delivery.status), delivery.attempts);
    return status;
}

static void outcomes_are_stored_once_and_a_good_one_wins(void **state)
{
    static struct outcomes outcomes;

    (void)state;
    queue_one("a");
    settle(&outcomes, "a", 0, false, false);
    outcomes_flush(&outcomes, redis, 1);
    assert_string_equal(status_of("a"), "pending 1");
    settle(&outcomes, "a", 0, false, true); /* of an attempt that was overtaken */
    outcomes_flush(&outcomes, redis, 2);
    assert_string_equal(status_of("a"), "pending 1");
    settle(&outcomes, "a", 0, true, false);
    outcomes_flush(&outcomes, redis, 3);
    assert_string_equal(status_of("a"), "delivered 2");
    settle(&outcomes, "a", 2, false, true);
    outcomes_flush(&outcomes, redis, 4);
    assert_string_equal(status_of("a"), "delivered 2");
    assert_int_equal(outcomes.count, 0);
}

static void outcomes_wait_while_redis_is_away(void **state)
{
    static struct outcomes outcomes;

    (void)state;
    queue_one("b");
    stop_server();
    settle(&outcomes, "b", 0, false, true);
    outcomes_flush(&outcomes, redis, 1);
    assert_int_equal(outcomes.count, 1);
    start_server();
    queue_one("b");
    outcomes_flush(&outcomes, redis, 2); /* not asked again so soon */
    assert_int_equal(outcomes.count, 1);
    outcomes_flush(&outcomes, redis, 5000);
    assert_int_equal(outcomes.count, 0);
    assert_string_equal(status_of("b"), "dead 1");
}

static void a_dead_delivery_can_be_tried_again_and_others_not(void **state)
{
    static struct outcomes outcomes;
    struct err err;

    (void)state;
    queue_one("c");
    assert_int_equal(delivery_retry(redis, STR("c"), 1, &err), REDIS_MISSING);
    settle(&outcomes, "c", 0, false, true);
    outcomes_flush(&outcomes, redis, 1);
    assert_string_equal(status_of("c"), "dead 1");
    assert_int_equal(delivery_retry(redis, STR("c"), 1, &err), REDIS_FOUND);
    assert_string_equal(status_of("c"), "pending 0");
    assert_int_equal(delivery_retry(redis, STR("none"), 1, &err), REDIS_MISSING);
}

static void a_full_webhook_drops_what_comes_and_makes_room_by_what_is_done(void **state)
{
    static struct outcomes outcomes;
    char id[16];
    struct err err;

    (void)state;
    for (int i = 0; i < (int)DELIVERIES_MAX; i++) {
        snprintf(id, sizeof(id), "d%d", i);
        queue_one(id);
    }
    assert_int_equal(delivery_enqueue_test(redis, STR("hook"), STR("more"), 1, &err), -1);
    assert_int_equal(err.kind, ERR_OVERLOADED);
    settle(&outcomes, "d7", 0, true, false);
    outcomes_flush(&outcomes, redis, 1);
    queue_one("more");
    assert_string_equal(status_of("more"), "pending 0");
    assert_string_equal(status_of("d8"), "pending 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures),
        cmocka_unit_test(pauses_double_and_are_bounded),
        cmocka_unit_test_setup(outcomes_are_stored_once_and_a_good_one_wins, empty),
        cmocka_unit_test_setup(outcomes_wait_while_redis_is_away, empty),
        cmocka_unit_test_setup(a_dead_delivery_can_be_tried_again_and_others_not, empty),
        cmocka_unit_test_setup(a_full_webhook_drops_what_comes_and_makes_room_by_what_is_done, empty),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
