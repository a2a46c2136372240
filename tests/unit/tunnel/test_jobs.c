/* Whose turn it is. The file under test is part of this program, so that its queue can be asked. */
#include "tests/unit/rows.h"

#include "tunnel/jobs.c"

#define SLOW                                                                                                           \
    {                                                                                                                  \
        .lane = STR("slow")                                                                                            \
    }

static void a_cluster_gets_half_of_the_threads(void **state)
{
    struct job slow[4] = {SLOW, SLOW, SLOW, SLOW};
    struct job quick = {.lane = STR("quick")};
    struct job *running[4] = {NULL};
    struct jobs jobs = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER, .running = running, .count = 4};

    (void)state;
    for (size_t i = 0; i < COUNT(slow); i++)
        assert_int_equal(jobs_add(&jobs, &slow[i]), 0);
    assert_int_equal(jobs_add(&jobs, &quick), 0);
    assert_ptr_equal(take(&jobs, &running[0]), &slow[0]);
    assert_ptr_equal(take(&jobs, &running[1]), &slow[1]);
    assert_ptr_equal(take(&jobs, &running[2]), &quick); /* it came last, and two of four are busy with the slow one */
    assert_null(unlink_next(&jobs));
    ran(&jobs, &running[0]);
    assert_ptr_equal(take(&jobs, &running[0]), &slow[2]);
    assert_null(unlink_next(&jobs));
    ran(&jobs, &running[1]);
    assert_ptr_equal(unlink_next(&jobs), &slow[3]);
    assert_null(jobs.first);
    assert_int_equal(jobs.waiting, 0);
    assert_int_equal(jobs_add(&jobs, &quick), 0); /* the queue is whole although its last was taken out of the middle */
    assert_ptr_equal(unlink_next(&jobs), &quick);
}

static void what_was_added_before_the_end_is_still_done(void **state)
{
    struct job last = {.lane = STR("a")};
    struct job late = {.lane = STR("a")};
    struct job *running[1] = {NULL};
    struct jobs jobs = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER, .running = running, .count = 1};

    (void)state;
    assert_int_equal(jobs_add(&jobs, &last), 0);
    jobs.stopping = true;
    assert_int_equal(jobs_add(&jobs, &late), -1);
    assert_ptr_equal(take(&jobs, &running[0]), &last);
    ran(&jobs, &running[0]);
    assert_null(take(&jobs, &running[0]));
}

static void how_many_wait_is_bounded(void **state)
{
    static struct job all[JOBS_WAITING_MAX + 1];
    struct jobs jobs = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

    (void)state;
    for (size_t i = 0; i < JOBS_WAITING_MAX; i++)
        assert_int_equal(jobs_add(&jobs, &all[i]), 0);
    assert_int_equal(jobs_add(&jobs, &all[JOBS_WAITING_MAX]), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cluster_gets_half_of_the_threads),
        cmocka_unit_test(what_was_added_before_the_end_is_still_done),
        cmocka_unit_test(how_many_wait_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
