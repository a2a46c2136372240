/* The event loop: who is called, and who is not called any more. */
#include "tests/unit/rows.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"

static struct loop *loop;
static int called[2];
static uint32_t seen[2];

static int setup(void **state)
{
    (void)state;
    loop = loop_new();
    called[0] = called[1] = 0;
    return loop ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static void count(void *arg, int fd, uint32_t events)
{
    size_t i = arg == &called[0] ? 0 : 1;

    (void)fd;
    called[i]++;
    seen[i] = events;
}

static void what_is_ready_is_called_until_it_is_handled(void **state)
{
    int ends[2];
    char byte;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(loop_watch(loop, ends[0], EPOLLIN, count, &called[0]), 0);
    loop_run_once(loop, 0);
    assert_int_equal(called[0], 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    loop_run_once(loop, 1000);
    loop_run_once(loop, 1000);
    assert_int_equal(called[0], 2);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    loop_run_once(loop, 0);
    assert_int_equal(called[0], 2);
    close(ends[1]);
    loop_watch(loop, ends[0], 0, count, &called[0]); /* the end is told whatever is asked for */
    loop_run_once(loop, 1000);
    assert_true(seen[0] & EPOLLHUP);
    loop_forget(loop, ends[0]);
    close(ends[0]);
}

/* Both are ready; the first that is called forgets both, closes them and opens a new one under an old number. */
static int pair[2][2];
static int heirs;

static void heir(void *arg, int fd, uint32_t events)
{
    (void)arg;
    (void)fd;
    (void)events;
    heirs++;
}

static void forget_both(void *arg, int fd, uint32_t events)
{
    int *reader = arg;

    (void)fd;
    (void)events;
    called[0]++;
    for (int i = 0; i < 2; i++)
        loop_forget(loop, pair[i][0]);
    close(*reader == pair[0][0] ? pair[1][0] : pair[0][0]);
    if (*reader == pair[0][0])
        pair[1][0] = dup(*reader);
    else
        pair[0][0] = dup(*reader);
    loop_watch(loop, *reader == pair[0][0] ? pair[1][0] : pair[0][0], 0, heir, NULL);
}

static void an_event_of_an_earlier_holder_of_the_number_is_dropped(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe2(pair[i], O_CLOEXEC | O_NONBLOCK), 0);
        assert_int_equal(write(pair[i][1], "x", 1), 1);
        loop_watch(loop, pair[i][0], EPOLLIN, forget_both, &pair[i][0]);
    }
    heirs = 0;
    loop_run_once(loop, 1000);
    assert_int_equal(called[0], 1);
    assert_int_equal(heirs, 0);
    for (int i = 0; i < 2; i++) {
        close(pair[i][0]);
        close(pair[i][1]);
    }
}

static void *wake_later(void *arg)
{
    usleep(20000);
    loop_wake(arg);
    return NULL;
}

static void another_thread_wakes_it(void **state)
{
    int64_t before = clock_monotonic_ms();
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, wake_later, loop);
    loop_run_once(loop, 10000);
    assert_in_range(clock_monotonic_ms() - before, 0, 9000);
    pthread_join(thread, NULL);
    before = clock_monotonic_ms();
    loop_run_once(loop, 30); /* woken once, not for ever */
    assert_in_range(clock_monotonic_ms() - before, 20, 9000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_ready_is_called_until_it_is_handled, setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_of_an_earlier_holder_of_the_number_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(another_thread_wakes_it, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
