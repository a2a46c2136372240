/* Answers of EKS are asked for once, by one thread, and kept for a moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/eks_cache.h"
#include "base/limits.h"

#define THREADS 16

/* What the simulated EKS does. */
static struct {
    _Atomic int asked;
    int fails_from; /* the call that fails first; 0 for none */
    int code;       /* of the failure */
    long pause_us;
    size_t padding;
} eks;

static int ask(void *arg, struct buf *out, struct err *err)
{
    int asked = atomic_fetch_add(&eks.asked, 1) + 1;

    (void)arg;
    usleep((useconds_t)eks.pause_us);
    if (eks.fails_from && asked >= eks.fails_from) {
        err_set(err, ERR_AWS, "call %d failed", asked);
        err->code = eks.code;
        return -1;
    }
    buf_printf(out, "answer %d", asked);
    for (size_t i = 0; i < eks.padding; i++)
        buf_add_char(out, ' ');
    return 0;
}

static void begin(void)
{
    eks_cache_forget();
    atomic_store(&eks.asked, 0);
    eks.fails_from = 0;
    eks.pause_us = 0;
    eks.padding = 0;
}

static struct eks_question question(int number, int fresh_seconds)
{
    struct eks_question q = {.about = (uint64_t)number % 10, .fresh_seconds = fresh_seconds};

    memcpy(q.key, &number, sizeof(number));
    return q;
}

static const char *get(int number, int fresh_seconds)
{
    const struct eks_question q = question(number, fresh_seconds);
    static char text[64];
    struct buf out;
    struct err err;

    err_clear(&err);
    buf_init(&out, MIB(2));
    snprintf(text, sizeof(text), "%.20s", eks_cache_answer(&q, ask, NULL, &out, &err) == 0 ? out.ptr : err.message);
    buf_free(&out);
    return text;
}

static void answers_are_kept_for_a_moment(void **state)
{
    (void)state;
    begin();
    assert_string_equal(get(1, 60), "answer 1");
    assert_string_equal(get(1, 60), "answer 1");
    assert_string_equal(get(2, 60), "answer 2");
    assert_string_equal(get(1, 0), "answer 3");
    assert_string_equal(get(1, 60), "answer 3");
}

static void a_change_voids_what_is_about_the_same(void **state)
{
    (void)state;
    begin();
    get(11, 60);
    get(21, 60);
    get(22, 60);
    eks_cache_drop(1);
    assert_string_equal(get(22, 60), "answer 3");
    assert_string_equal(get(11, 60), "answer 4");
    assert_string_equal(get(21, 60), "answer 5");
}

static void an_older_answer_does_while_eks_throttles(void **state)
{
    (void)state;
    begin();
    get(1, 60);
    eks.fails_from = 2;
    eks.code = 429;
    sleep(1);
    assert_string_equal(get(1, 1), "answer 1");
    assert_string_equal(get(1, 0), "call 3 failed");
    assert_string_equal(get(2, 1), "call 4 failed");
    eks.code = 403;
    assert_string_equal(get(1, 1), "call 5 failed");
}

static void there_is_room_for_more_than_fit(void **state)
{
    (void)state;
    begin();
    eks.padding = KIB(100);
    for (int i = 0; i < 400; i++)
        get(i, 60);
    assert_int_equal(eks.asked, 400);
    get(399, 60);
    assert_int_equal(eks.asked, 400);
    get(0, 60);
    assert_int_equal(eks.asked, 401);
}

static void what_is_too_long_is_not_kept(void **state)
{
    (void)state;
    begin();
    eks.padding = MIB(1);
    assert_string_equal(get(1, 60), "answer 1            ");
    assert_string_equal(get(1, 60), "answer 2            ");
}

struct reader {
    pthread_t thread;
    int number;
    int fresh_seconds;
    int result;
    struct buf out;
    struct err err;
};

static void *read_it(void *arg)
{
    struct reader *reader = arg;
    const struct eks_question q = question(reader->number, reader->fresh_seconds);

    err_clear(&reader->err);
    buf_init(&reader->out, MIB(2));
    reader->result = eks_cache_answer(&q, ask, NULL, &reader->out, &reader->err);
    return NULL;
}

/* How many have got an answer. */
static int read_together(int fresh_seconds)
{
    static struct reader readers[THREADS];
    int answered = 0;

    for (int i = 0; i < THREADS; i++) {
        readers[i].number = i % 2;
        readers[i].fresh_seconds = fresh_seconds;
        pthread_create(&readers[i].thread, NULL, read_it, &readers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(readers[i].thread, NULL);
        answered += readers[i].result == 0;
        if (readers[i].result == 0)
            assert_memory_equal(readers[i].out.ptr, "answer ", 7);
        else
            assert_int_equal(readers[i].err.code, eks.code);
        buf_free(&readers[i].out);
    }
    return answered;
}

static void threads_wait_for_one_answer(void **state)
{
    (void)state;
    begin();
    eks.pause_us = 200000;
    assert_int_equal(read_together(60), THREADS);
    assert_int_equal(eks.asked, 2);
    /* What is said right now does for all who want nothing older. */
    assert_int_equal(read_together(0), THREADS);
    assert_int_equal(eks.asked, 4);
}

static void threads_share_a_failure(void **state)
{
    (void)state;
    begin();
    eks.pause_us = 200000;
    eks.fails_from = 1;
    eks.code = 403;
    assert_int_equal(read_together(60), 0);
    assert_int_equal(eks.asked, 2);
}

static void threads_ask_themselves_for_what_is_not_kept(void **state)
{
    (void)state;
    begin();
    eks.pause_us = 50000;
    eks.padding = MIB(1);
    assert_int_equal(read_together(60), THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_kept_for_a_moment),
        cmocka_unit_test(a_change_voids_what_is_about_the_same),
        cmocka_unit_test(an_older_answer_does_while_eks_throttles),
        cmocka_unit_test(there_is_room_for_more_than_fit),
        cmocka_unit_test(what_is_too_long_is_not_kept),
        cmocka_unit_test(threads_wait_for_one_answer),
        cmocka_unit_test(threads_share_a_failure),
        cmocka_unit_test(threads_ask_themselves_for_what_is_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
