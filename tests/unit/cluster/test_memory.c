/* What a process remembers of clusters. The clock is the test's own. */
#include "tests/unit/rows.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cluster/memory.h"

static int64_t now_ms = 1000000;

/* Stands in for base/clock.c's. */
int64_t __wrap_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void)
{
    return now_ms;
}

static struct cluster_memory *memory;
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    memory = cluster_memory_new();
    arena = arena_new(1 << 20);
    return memory && arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    cluster_memory_free(memory);
    arena_free(arena);
    return 0;
}

static void remember(const char *id, const char *connection)
{
    const struct connection_texts texts = {str_from(connection), STR("d"), STR("s\0s")};

    memory_remember(memory, str_from(id), &texts);
}

static void texts_are_recalled_for_a_quarter_of_an_hour(void **state)
{
    struct connection_texts out;

    (void)state;
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), -1);
    remember("a", "one");
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), 0);
    assert_str(out.connection, "one");
    assert_str(out.description, "d");
    assert_true(str_equal(out.sealed, STR("s\0s")));
    assert_int_equal(memory_recall(memory, arena, STR("aa"), &out), -1);
    now_ms += MEMORY_LIFE_MS - 1;
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), 0);
    now_ms += 1;
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), -1);
}

static void newer_texts_replace_older_ones(void **state)
{
    struct connection_texts out;

    (void)state;
    remember("a", "one");
    remember("a", "two"); /* at most once a second: the same request after request costs nothing */
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), 0);
    assert_str(out.connection, "one");
    now_ms += 1000;
    remember("a", "three");
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), 0);
    assert_str(out.connection, "three");
}

static void what_was_disconnected_is_forgotten(void **state)
{
    struct connection_texts out;

    (void)state;
    remember("a", "one");
    remember("b", "two");
    memory_forget(memory, STR("a"));
    memory_forget(memory, STR("nobody"));
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), -1);
    assert_int_equal(memory_recall(memory, arena, STR("b"), &out), 0);
    remember("a", "new"); /* at once, not a second later */
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), 0);
    assert_str(out.connection, "new");
}

static void texts_that_are_too_large_are_not_remembered(void **state)
{
    static char large[130 * 1024];
    const struct connection_texts texts = {STR("c"), {large, sizeof(large)}, STR("")};
    struct connection_texts out;

    (void)state;
    memory_remember(memory, STR("a"), &texts);
    assert_int_equal(memory_recall(memory, arena, STR("a"), &out), -1);
}

static void recalling_needs_memory(void **state)
{
    struct arena *small = arena_new(32);
    struct connection_texts out;

    (void)state;
    remember("a", "a text that is longer than what the arena holds");
    assert_int_equal(memory_recall(memory, small, STR("a"), &out), -1);
    arena_free(small);
}

static struct err down_error(void)
{
    struct err err;

    err_set(&err, ERR_UPSTREAM_UNREACHABLE, "cluster \"a\" is unreachable");
    err.retry_after = 1;
    err.upstream_status = STR("of a request's arena");
    return err;
}

static void a_cluster_that_is_down_is_not_asked(void **state)
{
    struct err err = down_error();
    struct err seen = {0};

    (void)state;
    assert_int_equal(memory_check_down(memory, STR("a"), &seen), 0);
    memory_mark_down(memory, STR("a"), MEMORY_DOWN_MS, &err);
    assert_int_equal(memory_check_down(memory, STR("b"), &seen), 0);
    assert_int_equal(memory_check_down(memory, STR("a"), &seen), -1);
    assert_int_equal(seen.kind, ERR_UPSTREAM_UNREACHABLE);
    assert_string_equal(seen.message, "cluster \"a\" is unreachable");
    assert_str(seen.upstream_status, "");
    now_ms += MEMORY_DOWN_MS - 1;
    assert_int_equal(memory_check_down(memory, STR("a"), &seen), -1);
    now_ms += 1;
    assert_int_equal(memory_check_down(memory, STR("a"), &seen), 0);
}

/* kubectl repeats ten times whenever it sees a Retry-After. */
static void retry_after_is_granted_three_times_in_ten_seconds(void **state)
{
    static const unsigned granted[] = {1, 1, 1, 0, 0, 0};
    struct err err;

    (void)state;
    for (int round = 0; round < 2; round++) {
        err = down_error();
        memory_mark_down(memory, STR("a"), MEMORY_DOWN_MS, &err);
        assert_int_equal(err.retry_after, granted[0]);
        for (size_t i = 1; i < COUNT(granted); i++) {
            assert_int_equal(memory_check_down(memory, STR("a"), &err), -1);
            assert_int_equal(err.retry_after, granted[i]);
        }
        now_ms += 10000;
        err = down_error();
        memory_mark_down(memory, STR("a"), MEMORY_DOWN_MS, &err);
        assert_int_equal(err.retry_after, 0);
        now_ms += 1;
    }
}

static void an_error_without_retry_after_gets_none(void **state)
{
    struct err err;

    (void)state;
    err_set(&err, ERR_UPSTREAM_TLS, "the certificate is wrong");
    memory_mark_down(memory, STR("a"), MEMORY_TLS_DOWN_MS, &err);
    assert_int_equal(err.retry_after, 0);
    assert_int_equal(memory_check_down(memory, STR("a"), &err), -1);
    assert_int_equal(err.retry_after, 0);
}

static void failures_in_a_row_are_counted(void **state)
{
    struct err err = down_error();

    (void)state;
    assert_int_equal(memory_failures(memory, STR("a")), 0);
    for (unsigned i = 1; i <= 3; i++) {
        memory_mark_down(memory, STR("a"), MEMORY_DOWN_MS, &err);
        assert_int_equal(memory_failures(memory, STR("a")), i);
    }
    memory_mark_up(memory, STR("a"));
    memory_mark_up(memory, STR("nobody"));
    assert_int_equal(memory_failures(memory, STR("a")), 0);
    assert_int_equal(memory_check_down(memory, STR("a"), &err), 0);
}

static void a_token_is_renewed_once_in_five_seconds(void **state)
{
    (void)state;
    assert_true(memory_can_renew(memory, STR("a"))); /* asking takes nothing */
    assert_true(memory_can_renew(memory, STR("a")));
    assert_true(memory_may_renew(memory, STR("a")));
    assert_false(memory_can_renew(memory, STR("a")));
    assert_false(memory_may_renew(memory, STR("a")));
    assert_true(memory_may_renew(memory, STR("b")));
    now_ms += MEMORY_RENEW_MS - 1;
    assert_false(memory_may_renew(memory, STR("a")));
    now_ms += 1;
    assert_true(memory_may_renew(memory, STR("a")));
    assert_false(memory_may_renew(memory, STR("a")));
}

static void many_clusters_and_no_more(void **state)
{
    struct connection_texts out;
    char id[32];

    (void)state;
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "cluster-%d", i);
        remember(id, id);
    }
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "cluster-%d", i);
        assert_int_equal(memory_recall(memory, arena, str_from(id), &out), i < 2000 ? 0 : -1);
        if (i < 2000)
            assert_str(out.connection, id);
        arena_reset(arena);
    }
    assert_false(memory_may_renew(memory, STR("one-more")));
    memory_forget(memory, STR("cluster-7"));
    assert_true(memory_may_renew(memory, STR("one-more")));
}

static void ids_of_any_length(void **state)
{
    static char id[258];
    struct connection_texts out;

    (void)state;
    memset(id, 'x', 257);
    remember(id, "too long");
    assert_int_equal(memory_recall(memory, arena, str_from(id), &out), -1);
    id[256] = '\0';
    remember(id, "just right");
    assert_int_equal(memory_recall(memory, arena, str_from(id), &out), 0);
}

static void *hammer(void *arg)
{
    struct arena *own = arena_new(1 << 20);
    struct err err = down_error();
    struct connection_texts out;

    for (int i = 0; i < 2000; i++) {
        remember(arg, "text");
        if (memory_recall(memory, own, str_from(arg), &out) == 0)
            assert_str(out.connection, "text");
        memory_mark_down(memory, str_from(arg), 1, &err);
        memory_check_down(memory, str_from(arg), &err);
        memory_forget(memory, str_from(arg));
        arena_reset(own);
    }
    arena_free(own);
    return NULL;
}

static void threads_may_share_it(void **state)
{
    pthread_t threads[4];
    static char ids[][2] = {"a", "a", "b", "b"};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, ids[i]), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_are_recalled_for_a_quarter_of_an_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(newer_texts_replace_older_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_disconnected_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_that_are_too_large_are_not_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(recalling_needs_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cluster_that_is_down_is_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after_is_granted_three_times_in_ten_seconds, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_without_retry_after_gets_none, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_in_a_row_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_token_is_renewed_once_in_five_seconds, setup, teardown),
        cmocka_unit_test_setup_teardown(many_clusters_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_of_any_length, setup, teardown),
        cmocka_unit_test_setup_teardown(threads_may_share_it, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
