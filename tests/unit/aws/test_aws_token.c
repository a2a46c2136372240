/* EKS tokens: what the vectors do not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/sigv4.h"
#include "aws/token.h"
#include "base/limits.h"

#define NOW 1795233601

static struct aws_credentials keys(void)
{
    return (struct aws_credentials){.access_key_id = "AKIDEXAMPLE", .secret_access_key = "secret"};
}

static int mint(const struct aws_credentials *c, const char *region, const char *cluster, int64_t at, struct buf *out,
                struct err *err)
{
    buf_init(out, LIMIT_EKS_TOKEN);
    err_clear(err);
    return aws_token_mint(c, str_from(region), str_from(cluster), at, out, err);
}

static void signing_times_lie_on_a_grid_of_300_seconds(void **state)
{
    (void)state;
    assert_int_equal(aws_token_signing_time(1795233600), 1795233600);
    assert_int_equal(aws_token_signing_time(1795233899), 1795233600);
    assert_int_equal(aws_token_signing_time(1795233900), 1795233900);
}

static void a_refused_token_is_never_signed_anew_at_its_own_time(void **state)
{
    (void)state;
    assert_int_equal(aws_token_renewal_time(1795233600), 1795233599);
    assert_int_equal(aws_token_renewal_time(1795233601), 1795233601);
    assert_int_equal(aws_token_renewal_time(1795233899), 1795233899);
}

static void two_processes_mint_the_same_token_inside_a_cell(void **state)
{
    struct aws_credentials c = keys();
    char theirs[LIMIT_EKS_TOKEN] = "";
    struct buf token;
    struct err err;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        mint(&c, "eu-west-1", "demo", aws_token_signing_time(NOW + 200), &token, &err);
        _exit(write(ends[1], token.ptr, token.len) != (ssize_t)token.len);
    }
    assert_true(read(ends[0], theirs, sizeof(theirs) - 1) > 0);
    wait(NULL);
    assert_int_equal(mint(&c, "eu-west-1", "demo", aws_token_signing_time(NOW), &token, &err), 0);
    assert_string_equal(token.ptr, theirs);
    buf_wipe(&token);
}

static void another_cell_gives_another_token(void **state)
{
    struct aws_credentials c = keys();
    struct buf a;
    struct buf b;
    struct err err;

    (void)state;
    assert_int_equal(mint(&c, "eu-west-1", "demo", aws_token_signing_time(NOW), &a, &err), 0);
    assert_int_equal(mint(&c, "eu-west-1", "demo", aws_token_signing_time(NOW + 300), &b, &err), 0);
    assert_string_not_equal(a.ptr, b.ptr);
    buf_wipe(&a);
    buf_wipe(&b);
}

/* The cache must never lend one secret's key to another. */
static void a_cached_key_belongs_to_its_secret_and_region(void **state)
{
    struct aws_credentials c = keys();
    struct aws_credentials other = keys();
    static const char *const regions[] = {"eu-west-1", "eu-west-2", "us-east-1"};
    struct buf cached;
    struct buf fresh;
    struct err err;

    (void)state;
    strcpy(other.secret_access_key, "other");
    for (int round = 0; round < 20; round++) {
        const struct aws_credentials *used = round % 2 ? &c : &other;
        const char *region = regions[round % 3];
        int64_t at = NOW + (round % 5) * 86400;

        assert_int_equal(mint(used, region, "demo", at, &cached, &err), 0);
        sigv4_forget_keys();
        assert_int_equal(mint(used, region, "demo", at, &fresh, &err), 0);
        assert_string_equal(cached.ptr, fresh.ptr);
        buf_wipe(&cached);
        buf_wipe(&fresh);
        mint(&c, "eu-west-1", "demo", NOW, &cached, &err);
        buf_wipe(&cached);
    }
}

static void *mint_many(void *arg)
{
    const char *want = arg;
    struct aws_credentials c = keys();
    size_t same = 0;

    for (int i = 0; i < 50; i++) {
        struct buf token;
        struct err err;

        if (mint(&c, "eu-west-1", "demo", NOW, &token, &err) == 0 && strcmp(token.ptr, want) == 0)
            same++;
        buf_wipe(&token);
    }
    sigv4_forget_keys();
    return (void *)same;
}

static void threads_mint_at_once(void **state)
{
    struct aws_credentials c = keys();
    pthread_t threads[4];
    struct buf token;
    struct err err;

    (void)state;
    assert_int_equal(mint(&c, "eu-west-1", "demo", NOW, &token, &err), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, mint_many, token.ptr);
    for (size_t i = 0; i < 4; i++) {
        void *same;

        pthread_join(threads[i], &same);
        assert_int_equal((size_t)same, 50);
    }
    buf_wipe(&token);
}

static void what_can_not_be_a_token_is_refused(void **state)
{
    static const struct {
        const char *region;
        const char *cluster;
        const char *field;
    } rows[] = {
        {"evil.com/#", "demo", "region"},         {"", "demo", "region"},
        {"eu-west-1", "", "cluster_name"},        {"eu-west-1", "a b", "cluster_name"},
        {"eu-west-1", "demo\nx", "cluster_name"},
    };
    struct aws_credentials c = keys();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf token;
        struct err err;

        assert_int_equal(mint(&c, rows[i].region, rows[i].cluster, NOW, &token, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
        assert_string_equal(err.causes[0].field, rows[i].field);
        assert_int_equal(token.len, 0);
        buf_wipe(&token);
    }
}

static void a_session_token_that_is_too_long_is_told(void **state)
{
    struct aws_credentials c = keys();
    struct buf token;
    struct err err;

    (void)state;
    memset(c.session_token, 'a', 2600);
    assert_int_equal(mint(&c, "eu-west-1", "demo", NOW, &token, &err), 0);
    assert_true(token.len <= LIMIT_EKS_TOKEN);
    buf_wipe(&token);
    memset(c.session_token, 'a', 3000);
    assert_int_equal(mint(&c, "eu-west-1", "demo", NOW, &token, &err), -1);
    assert_int_equal(err.kind, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "3000 bytes"));
    buf_wipe(&token);
}

/* Overrides are for API calls: a token with another host is refused by every verifier. */
static void an_endpoint_override_never_reaches_the_token(void **state)
{
    struct aws_credentials c = keys();
    struct buf plain;
    struct buf overridden;
    struct err err;

    (void)state;
    assert_int_equal(mint(&c, "eu-west-1", "demo", NOW, &plain, &err), 0);
    setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1", 1);
    setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
    assert_int_equal(mint(&c, "eu-west-1", "demo", NOW, &overridden, &err), 0);
    unsetenv("AWS_ENDPOINT_URL_STS");
    unsetenv("AWS_USE_FIPS_ENDPOINT");
    assert_string_equal(plain.ptr, overridden.ptr);
    buf_wipe(&plain);
    buf_wipe(&overridden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signing_times_lie_on_a_grid_of_300_seconds),
        cmocka_unit_test(a_refused_token_is_never_signed_anew_at_its_own_time),
        cmocka_unit_test(two_processes_mint_the_same_token_inside_a_cell),
        cmocka_unit_test(another_cell_gives_another_token),
        cmocka_unit_test(a_cached_key_belongs_to_its_secret_and_region),
        cmocka_unit_test(threads_mint_at_once),
        cmocka_unit_test(what_can_not_be_a_token_is_refused),
        cmocka_unit_test(a_session_token_that_is_too_long_is_told),
        cmocka_unit_test(an_endpoint_override_never_reaches_the_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
