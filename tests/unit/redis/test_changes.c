/* What is heard of changes, in a real Redis on a socket of its own. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/clock.h"
#include "redis/changes.h"
#include "redis/connections.h"
#include "tests/unit/redis/server.h"

static struct redis_changes *changes;
static char heard[256]; /* the ids, each with a blank behind it; "*" for any */

static void note(void *arg, struct str id)
{
    size_t n = strlen(heard);

    (void)arg;
    snprintf(heard + n, sizeof(heard) - n, "%.*s ", STR_FMT(id.len > 0 ? id : STR("*")));
}

/* Waits until something is heard, or a moment when nothing is to be. */
static bool hear(const char *expected)
{
    bool certain = false;

    heard[0] = '\0';
    for (int i = 0; i < 50 && strcmp(heard, expected) != 0; i++) {
        certain = redis_changes_hear(changes, true, note, NULL);
        usleep(2000);
    }
    if (*expected == '\0')
        certain = redis_changes_hear(changes, true, note, NULL);
    assert_string_equal(heard, expected);
    return certain;
}

static int setup(void **state)
{
    changes = redis_changes_new(address);
    if (!changes)
        return -1;
    return empty(state);
}

static int teardown(void **state)
{
    (void)state;
    redis_changes_free(changes);
    return 0;
}

static void write_connection(const char *id)
{
    const struct connection c = {.id = id,
                                 .name = "demo",
                                 .region = "us-east-1",
                                 .source = SOURCE_EKS,
                                 .auth_type = "default",
                                 .profile = "",
                                 .role_arn = "",
                                 .external_id = "",
                                 .role_chain = "",
                                 .identity_arn = "a",
                                 .principal_arn = "a",
                                 .account = "1"};
    const struct description d = {
        .endpoint = "https://a", .ca_pem = STR("pem"), .version = "", .platform_version = "", .status = ""};
    enum connection_written written;
    struct err err;

    assert_int_equal(connection_write(redis, &c, &d, STR(""), 1, true, &written, &err), 0);
}

static void every_write_is_heard(void **state)
{
    const struct description d = {
        .endpoint = "https://b", .ca_pem = STR("pem"), .version = "", .platform_version = "", .status = ""};
    const struct connection b = {.id = "b", .source = SOURCE_EKS};
    struct err err;

    (void)state;
    assert_true(hear("* "));
    write_connection("a");
    write_connection("b");
    assert_true(hear("a b "));
    assert_int_equal(description_write(redis, &b, &d, &err), 0);
    assert_true(hear("b "));
    assert_int_equal(connection_delete(redis, STR("a"), &err), REDIS_FOUND);
    assert_true(hear("a "));
    assert_true(hear(""));
}

static void nothing_is_certain_while_redis_is_away(void **state)
{
    (void)state;
    assert_true(hear("* "));
    stop_server();
    usleep(20000);
    assert_false(hear(""));
    start_server();
    usleep(REDIS_BREAKER_MS * 1000);
    assert_true(hear("* "));
}

static void many_changes_at_once(void **state)
{
    size_t count = 0;

    (void)state;
    assert_true(hear("* "));
    for (int i = 0; i < 500; i++)
        write_connection("a-name-that-is-as-long-as-names-of-clusters-are-in-a-large-company");
    for (int i = 0; i < 100 && count < 500; i++) {
        heard[0] = '\0';
        assert_true(redis_changes_hear(changes, true, note, NULL));
        for (const char *c = heard; *c; c++)
            count += *c == ' ';
        count += strlen(heard) == sizeof(heard) - 1 ? 500 : 0; /* more than this test notes */
        usleep(2000);
    }
    assert_true(count >= 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_write_is_heard, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_certain_while_redis_is_away, setup, teardown),
        cmocka_unit_test_setup_teardown(many_changes_at_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
