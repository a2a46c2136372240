/* Credentials are asked for once, by one thread, and kept as long as they are good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/cache.h"
#include "base/clock.h"

#define THREADS 16

/* What the simulated provider does. */
static struct {
    _Atomic int asked;
    int fails_from; /* the attempt that fails first; 0 for none */
    int64_t life;   /* seconds; 0 for credentials that do not end */
    long pause_us;
    bool is_lasting;
} provider;

static int fetch(struct aws_client *client, const struct aws_auth *auth, size_t role_count, struct aws_credentials *out,
                 bool *is_lasting, struct err *err)
{
    int asked = atomic_fetch_add(&provider.asked, 1) + 1;

    (void)client;
    usleep((useconds_t)provider.pause_us);
    memset(out, 0, sizeof(*out));
    *is_lasting = provider.is_lasting;
    if (provider.fails_from && asked >= provider.fails_from)
        return err_set(err, ERR_AWS, "attempt %d failed", asked);
    snprintf(out->access_key_id, sizeof(out->access_key_id), "%d/%.20s/%zu", asked, auth->profile, role_count);
    out->expires_at = provider.life ? clock_now() + provider.life : 0;
    out->source = "test";
    return 0;
}

static void begin(int64_t life)
{
    cache_forget();
    atomic_store(&provider.asked, 0);
    provider.fails_from = 0;
    provider.life = life;
    provider.pause_us = 0;
    provider.is_lasting = true;
}

static const char *resolve(const struct aws_auth *auth, size_t role_count)
{
    static struct aws_credentials got;
    struct err err;

    err_clear(&err);
    return cache_resolve(NULL, auth, role_count, fetch, &got, &err) == 0 ? got.access_key_id : err.message;
}

static void they_are_kept_while_they_last(void **state)
{
    static const struct {
        const char *name;
        int64_t life;
        int asked; /* after three uses */
    } rows[] = {
        {"an hour", 3600, 1},
        {"without an end", 0, 1},
        {"12 minutes: tried again in a minute, not at once", 720, 1},
        {"9 minutes: once more at first, then at each use", 540, 4},
    };
    const struct aws_auth auth = {.type = AWS_AUTH_PROFILE, .profile = "p"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(rows[i].life);
        for (int use = 0; use < 3; use++)
            resolve(&auth, 0);
        if (provider.asked != rows[i].asked)
            fail_msg("%s: asked %d times", rows[i].name, provider.asked);
    }
}

static void what_is_in_files_is_not_kept(void **state)
{
    const struct aws_auth auth = {.type = AWS_AUTH_PROFILE, .profile = "p"};

    (void)state;
    begin(0);
    provider.is_lasting = false;
    assert_string_equal(resolve(&auth, 0), "1/p/0");
    assert_string_equal(resolve(&auth, 0), "2/p/0");
    provider.fails_from = 3;
    assert_string_equal(resolve(&auth, 0), "attempt 3 failed");
}

static void each_way_to_authenticate_has_its_own(void **state)
{
    struct aws_auth a = {.type = AWS_AUTH_PROFILE, .profile = "a", .role_count = 1, .roles = {{"arn:1", ""}}};
    struct aws_auth b = a;
    struct aws_auth keys = {.type = AWS_AUTH_KEYS, .role_count = 1, .roles = {{"arn:1", ""}}};

    (void)state;
    begin(3600);
    assert_string_equal(resolve(&a, 0), "1/a/0");
    assert_string_equal(resolve(&a, 1), "2/a/1");
    strcpy(b.profile, "b");
    assert_string_equal(resolve(&b, 0), "3/b/0");
    b = a;
    strcpy(b.roles[0].external_id, "x1");
    assert_string_equal(resolve(&b, 1), "4/a/1");
    assert_string_equal(resolve(&b, 0), "1/a/0");
    strcpy(keys.keys.secret_access_key, "one");
    assert_string_equal(resolve(&keys, 1), "5//1");
    strcpy(keys.keys.secret_access_key, "two");
    assert_string_equal(resolve(&keys, 1), "6//1");
    /* The same keys again are found again, and a region makes no others of them; a code of a device does. */
    strcpy(a.region, "eu-west-1");
    assert_string_equal(resolve(&a, 1), "2/a/1");
    strcpy(a.mfa_code, "123456");
    assert_string_equal(resolve(&a, 1), "7/a/1");
    strcpy(a.mfa_code, "");
    assert_string_equal(resolve(&a, 1), "2/a/1");
}

static void there_is_room_for_more_than_fit(void **state)
{
    struct aws_auth auth = {.type = AWS_AUTH_PROFILE};

    (void)state;
    begin(3600);
    for (int i = 0; i < 500; i++) {
        snprintf(auth.profile, sizeof(auth.profile), "p%d", i);
        resolve(&auth, 0);
    }
    assert_int_equal(provider.asked, 500);
    resolve(&auth, 0);
    assert_int_equal(provider.asked, 500);
}

/* A fresh answer is not doubted for a minute, so that a cluster that refuses everybody does not storm AWS. */
static void suspicion_needs_a_minute(void **state)
{
    const struct aws_auth auth = {.type = AWS_AUTH_PROFILE, .profile = "p"};

    (void)state;
    begin(3600);
    resolve(&auth, 0);
    cache_suspect(&auth, 0);
    resolve(&auth, 0);
    assert_int_equal(provider.asked, 1);
}

struct user {
    pthread_t thread;
    const char *profile;
    int result;
    struct aws_credentials got;
    struct err err;
};

static void *use(void *arg)
{
    struct user *user = arg;
    struct aws_auth auth = {.type = AWS_AUTH_PROFILE};

    snprintf(auth.profile, sizeof(auth.profile), "%s", user->profile);
    err_clear(&user->err);
    user->result = cache_resolve(NULL, &auth, 0, fetch, &user->got, &user->err);
    return NULL;
}

static struct user *use_together(void)
{
    static struct user users[THREADS];

    for (int i = 0; i < THREADS; i++) {
        users[i].profile = i % 2 ? "odd" : "even";
        pthread_create(&users[i].thread, NULL, use, &users[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(users[i].thread, NULL);
    return users;
}

static void threads_wait_for_one_answer(void **state)
{
    const struct user *users;

    (void)state;
    begin(3600);
    provider.pause_us = 200000;
    users = use_together();
    assert_int_equal(provider.asked, 2);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(users[i].result, 0);
        assert_string_equal(users[i].got.access_key_id, users[i % 2].got.access_key_id);
    }
}

static void threads_share_a_failure(void **state)
{
    const struct user *users;

    (void)state;
    begin(3600);
    provider.pause_us = 200000;
    provider.fails_from = 1;
    users = use_together();
    assert_int_equal(provider.asked, 2);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(users[i].result, -1);
        assert_int_equal(users[i].err.kind, ERR_AWS);
    }
    /* It is not kept: the next one asks again. */
    provider.fails_from = 0;
    assert_int_equal(use_together()->result, 0);
    assert_int_equal(provider.asked, 4);
}

static void threads_look_into_files_themselves(void **state)
{
    const struct user *users;

    (void)state;
    begin(0);
    provider.pause_us = 100000;
    provider.is_lasting = false;
    users = use_together();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(users[i].result, 0);
    assert_int_equal(provider.asked, THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_kept_while_they_last),
        cmocka_unit_test(what_is_in_files_is_not_kept),
        cmocka_unit_test(each_way_to_authenticate_has_its_own),
        cmocka_unit_test(there_is_room_for_more_than_fit),
        cmocka_unit_test(suspicion_needs_a_minute),
        cmocka_unit_test(threads_wait_for_one_answer),
        cmocka_unit_test(threads_share_a_failure),
        cmocka_unit_test(threads_look_into_files_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
