/* Memory that dies with the request. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"

static void the_limit_holds_until_reset(void **state)
{
    struct arena *a = arena_new(1000);

    (void)state;
    assert_non_null(arena_alloc(a, 500));
    assert_null(arena_alloc(a, 501));
    assert_null(arena_alloc(a, SIZE_MAX));
    assert_null(arena_alloc(a, SIZE_MAX - 15));
    assert_null(arena_strndup(a, "", SIZE_MAX));
    assert_non_null(arena_alloc(a, 400)); /* a refusal changes nothing */
    assert_int_equal(arena_used(a), 512 + 400);
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    assert_non_null(arena_alloc(a, 992));
    arena_free(a);
    arena_free(NULL);
}

static void memory_is_aligned_and_zero_also_after_reset(void **state)
{
    static const size_t sizes[] = {1, 15, 16, 17, 0, ARENA_CHUNK, ARENA_CHUNK + 1, 3};
    static const char zeros[ARENA_CHUNK + 1];
    struct arena *a = arena_new(MIB(1));

    (void)state;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(sizes); i++) {
            char *p = arena_alloc(a, sizes[i]);

            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            assert_memory_equal(p, zeros, sizes[i]);
            memset(p, 0xa5, sizes[i]);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void texts_are_copies(void **state)
{
    struct arena *a = arena_new(KIB(64));
    char source[] = "abc";
    char *copy = arena_strdup(a, source);

    (void)state;
    source[0] = 'x';
    assert_string_equal(copy, "abc");
    assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(a, NULL, 0), "");
    assert_string_equal(arena_printf(a, "%s/%d", "a", 7), "a/7");
    assert_null(arena_printf(a, "%070000d", 1));
    arena_free(a);
}

struct calls {
    char order[8];
    size_t count;
};

struct call {
    struct calls *calls;
    char name;
};

static void note(void *data)
{
    struct call *call = data;

    call->calls->order[call->calls->count++] = call->name;
}

static void deferred_calls_run_last_first_once(void **state)
{
    struct calls calls = {0};
    struct call all[] = {{&calls, 'a'}, {&calls, 'b'}, {&calls, 'c'}};
    struct arena *a = arena_new(KIB(64));

    (void)state;
    for (size_t i = 0; i < COUNT(all); i++)
        assert_int_equal(arena_defer(a, note, &all[i]), 0);
    assert_string_equal(calls.order, "");
    arena_reset(a);
    assert_string_equal(calls.order, "cba");
    arena_reset(a);
    assert_string_equal(calls.order, "cba");
    assert_int_equal(arena_defer(a, note, &all[0]), 0);
    arena_free(a);
    assert_string_equal(calls.order, "cbaa");
}

/* The caller must not have to remember what could not be registered. */
static void what_can_not_be_deferred_is_released_at_once(void **state)
{
    struct calls calls = {0};
    struct call call = {&calls, 'a'};
    struct arena *a = arena_new(16);

    (void)state;
    assert_int_equal(arena_defer(a, note, &call), -1);
    assert_string_equal(calls.order, "a");
    arena_free(a);
    assert_string_equal(calls.order, "a");
}

static void a_secret_is_overwritten_at_reset(void **state)
{
    struct arena *a = arena_new(KIB(64));
    char *secret = arena_secret(a, "k8s-aws-v1.abc", 14);

    (void)state;
    assert_string_equal(secret, "k8s-aws-v1.abc");
    arena_reset(a); /* the first chunk stays, so the bytes can still be looked at */
    for (size_t i = 0; i < 14; i++)
        assert_int_equal(secret[i], 0);
    assert_string_equal(arena_secret(a, "", 0), "");
    assert_null(arena_secret(a, secret, SIZE_MAX - 64));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_holds_until_reset),
        cmocka_unit_test(memory_is_aligned_and_zero_also_after_reset),
        cmocka_unit_test(texts_are_copies),
        cmocka_unit_test(deferred_calls_run_last_first_once),
        cmocka_unit_test(what_can_not_be_deferred_is_released_at_once),
        cmocka_unit_test(a_secret_is_overwritten_at_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
