/* Searches over many regions keep to five calls a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "aws/pace.h"
#include "aws/random.h"
#include "base/clock.h"

#define THREADS 8

static void *wait_for_turn(void *arg)
{
    (void)arg;
    aws_pace_wait();
    return NULL;
}

static void threads_take_turns(void **state)
{
    int64_t began = clock_monotonic_ms();
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wait_for_turn, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_in_range(clock_monotonic_ms() - began, 1400, 10000);
}

static void chance_stays_below(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        unsigned n = aws_random_below(8);

        assert_in_range(n, 0, 7);
        seen |= 1U << n;
    }
    assert_int_equal(seen, 0xff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_take_turns),
        cmocka_unit_test(chance_stays_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
