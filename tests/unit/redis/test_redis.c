/* Connections in a real Redis, on a socket of its own. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/clock.h"
#include "redis/connections.h"
#include "redis/keys.h"
#include "tests/unit/redis/server.h"

static const struct connection demo = {.id = "us-east-1_demo",
                                       .name = "demo",
                                       .region = "us-east-1",
                                       .source = SOURCE_EKS,
                                       .auth_type = "credentials",
                                       .profile = "",
                                       .role_arn = "arn:aws:iam::1:role/r",
                                       .external_id = "",
                                       .role_chain = "",
                                       .identity_arn = "arn:aws:sts::1:assumed-role/r/session",
                                       .account = "1",
                                       .connected_at = 1795240800};
static const struct description described = {.endpoint = "https://abc.eks.amazonaws.com",
                                             .ca_pem =
                                                 STR("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"),
                                             .version = "1.33",
                                             .platform_version = "eks.7",
                                             .status = "ACTIVE",
                                             .created_at = 1700000000,
                                             .described_at = 1795240801};

static enum connection_written write_as(const char *id, const char *identity, struct str sealed, bool replace)
{
    struct connection c = demo;
    enum connection_written written = CONNECTION_REFUSED;
    struct err err;

    c.id = id;
    c.principal_arn = identity;
    assert_int_equal(connection_write(redis, &c, &described, sealed, 3600, replace, &written, &err), 0);
    return written;
}

static int64_t number(const char *command, const char *key)
{
    const struct str arguments[] = {str_from(command), str_from(key)};
    struct err err;
    int64_t n;

    assert_int_equal(redis_integer(redis, arguments, 2, &n, &err), 0);
    return n;
}

static void what_was_written_is_read(void **state)
{
    struct connection_texts texts;
    struct connection c;
    struct description d;
    struct err err;

    (void)state;
    assert_int_equal(connection_read(redis, arena, STR("us-east-1_demo"), &texts, &err), REDIS_MISSING);
    assert_int_equal(write_as("us-east-1_demo", "a", STR("s\0s\r\n"), false), CONNECTION_CREATED);
    assert_int_equal(connection_read(redis, arena, STR("us-east-1_demo"), &texts, &err), REDIS_FOUND);
    assert_true(str_equal(texts.sealed, STR("s\0s\r\n")));
    assert_int_equal(connection_parse(arena, texts.connection, &c), 0);
    assert_string_equal(c.id, demo.id);
    assert_string_equal(c.name, demo.name);
    assert_string_equal(c.region, demo.region);
    assert_string_equal(c.auth_type, demo.auth_type);
    assert_string_equal(c.identity_arn, demo.identity_arn);
    assert_string_equal(c.principal_arn, "a");
    assert_string_equal(c.role_arn, demo.role_arn);
    assert_int_equal(c.connected_at, demo.connected_at);
    assert_int_equal(description_parse(arena, texts.description, &d), 0);
    assert_string_equal(d.endpoint, described.endpoint);
    assert_true(str_equal(d.ca_pem, described.ca_pem));
    assert_string_equal(d.status, "ACTIVE");
    assert_int_equal(d.created_at, described.created_at);
    assert_int_equal(d.described_at, described.described_at);
}

static void every_key_has_its_life(void **state)
{
    (void)state;
    write_as("a", "x", STR("sealed"), false);
    assert_int_equal(number("TTL", KEY_CONNECTION "a"), -1); /* until it is disconnected */
    assert_in_range(number("TTL", KEY_DESCRIPTION "a"), 86390, 86400);
    assert_in_range(number("TTL", KEY_SEALED "a"), 3590, 3600);
    assert_int_equal(number("SCARD", KEY_CONNECTIONS), 1);
}

static void one_identity_holds_an_id(void **state)
{
    struct connection_texts texts;
    struct connection c;
    struct err err;

    (void)state;
    assert_int_equal(write_as("a", "first", STR("first's"), false), CONNECTION_CREATED);
    assert_int_equal(write_as("a", "first", STR("renewed"), false), CONNECTION_UPDATED);
    assert_int_equal(write_as("a", "second", STR("second's"), false), CONNECTION_REFUSED);
    assert_int_equal(connection_read(redis, arena, STR("a"), &texts, &err), REDIS_FOUND);
    assert_str(texts.sealed, "renewed"); /* nothing was changed */
    assert_int_equal(connection_parse(arena, texts.connection, &c), 0);
    assert_string_equal(c.principal_arn, "first");
    assert_int_equal(write_as("a", "second", STR(""), true), CONNECTION_UPDATED);
    assert_int_equal(connection_read(redis, arena, STR("a"), &texts, &err), REDIS_FOUND);
    assert_str(texts.sealed, ""); /* the first one's keys are gone, not taken over */
}

static void a_deleted_connection_leaves_nothing(void **state)
{
    struct err err;

    (void)state;
    write_as("a", "x", STR("sealed"), false);
    write_as("b", "x", STR(""), false);
    assert_int_equal(connection_delete(redis, STR("a"), &err), REDIS_FOUND);
    assert_int_equal(connection_delete(redis, STR("a"), &err), REDIS_MISSING);
    assert_int_equal(number("EXISTS", KEY_CONNECTION "a"), 0);
    assert_int_equal(number("EXISTS", KEY_DESCRIPTION "a"), 0);
    assert_int_equal(number("EXISTS", KEY_SEALED "a"), 0);
    assert_int_equal(number("EXISTS", KEY_CONNECTION "b"), 1);
    assert_int_equal(number("SCARD", KEY_CONNECTIONS), 1);
}

static void a_description_is_renewed_alone(void **state)
{
    const struct connection a = {.id = "a", .source = SOURCE_EKS};
    struct description newer = described;
    struct connection_texts texts;
    struct description d;
    struct err err;

    (void)state;
    write_as("a", "x", STR("sealed"), false);
    newer.version = "1.34";
    assert_int_equal(description_write(redis, &a, &newer, &err), 0);
    assert_int_equal(connection_read(redis, arena, STR("a"), &texts, &err), REDIS_FOUND);
    assert_int_equal(description_parse(arena, texts.description, &d), 0);
    assert_string_equal(d.version, "1.34");
    assert_str(texts.sealed, "sealed");
    assert_in_range(number("TTL", KEY_DESCRIPTION "a"), 86390, 86400);
}

static void a_description_that_was_asked_for_later_stays(void **state)
{
    static const struct {
        int line;
        const char *held; /* NULL: nothing is there */
        int64_t asked_ms;
        bool is_written;
    } rows[] = {
        {__LINE__, NULL, 1000, true},
        {__LINE__, "{\"asked_ms\":999}", 1000, true},
        {__LINE__, "{\"asked_ms\":1000}", 1000, true},
        {__LINE__, "{\"asked_ms\":1001}", 1000, false},
        {__LINE__, "{\"asked_ms\":1795240801001}", 1795240801000, false},
        {__LINE__, "{\"described_at\":1795240801}", 1000, true}, /* of the version before */
        {__LINE__, "{\"asked_ms\":\"x\"}", 1000, true},
        {__LINE__, "{broken", 1000, true},
        {__LINE__, "7", 1000, true},
    };
    const struct connection a = {.id = "a", .source = SOURCE_EKS};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct description d = described;
        struct connection_texts texts;
        struct err err;
        bool is_ours;

        write_as("a", "x", STR(""), false);
        number("DEL", KEY_DESCRIPTION "a");
        if (rows[i].held) {
            const struct str set[] = {STR("SET"), STR(KEY_DESCRIPTION "a"), str_from(rows[i].held)};

            assert_int_equal(redis_do(redis, set, 3, &err), 0);
        }
        d.asked_ms = rows[i].asked_ms;
        row_int(rows[i].line, description_write(redis, &a, &d, &err), 0);
        row_int(rows[i].line, connection_read(redis, arena, STR("a"), &texts, &err), REDIS_FOUND);
        is_ours = description_parse(arena, texts.description, &d) == 0 && d.asked_ms == rows[i].asked_ms;
        row_int(rows[i].line, is_ours, rows[i].is_written);
    }
}

static void lists_are_sorted_and_whole(void **state)
{
    struct connection_entry *entries;
    struct err err;
    size_t count;
    char id[32];

    (void)state;
    assert_int_equal(connections_list(redis, arena, &entries, &count, &err), 0);
    assert_int_equal(count, 0);
    for (int i = 0; i < 250; i++) {
        snprintf(id, sizeof(id), "cluster-%03d", (i * 7) % 250);
        write_as(id, "x", STR(""), false);
    }
    /* One whose description ran out, one that is in the set only, one that can not be read. */
    number("DEL", KEY_DESCRIPTION "cluster-007");
    number("DEL", KEY_CONNECTION "cluster-008");
    {
        const struct str set[] = {STR("SET"), STR(KEY_CONNECTION "cluster-009"), STR("{broken")};

        assert_int_equal(redis_do(redis, set, 3, &err), 0);
    }
    assert_int_equal(connections_list(redis, arena, &entries, &count, &err), 0);
    assert_int_equal(count, 248);
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(entries[i - 1].connection.id, entries[i].connection.id) < 0);
    assert_string_equal(entries[7].connection.id, "cluster-007");
    assert_string_equal(entries[7].description.endpoint, "");
    assert_string_equal(entries[8].connection.id, "cluster-010");
    assert_string_equal(entries[8].description.endpoint, described.endpoint);
}

static void what_can_not_be_read_is_refused(void **state)
{
    static const struct {
        int line;
        const char *text;
    } rows[] = {
        {__LINE__, ""},
        {__LINE__, "{}"},
        {__LINE__, "[]"},
        {__LINE__, "null"},
        {__LINE__, "{\"id\":\"a\""},
        {__LINE__, "{\"id\":\"a\",\"name\":\"a\",\"region\":\"r\"}"},
        {__LINE__, "{\"id\":1,\"name\":\"a\",\"region\":\"r\",\"auth_type\":\"default\"}"},
        {__LINE__, "{\"id\":\"\",\"name\":\"a\",\"region\":\"r\",\"auth_type\":\"default\"}"},
    };
    struct connection c;
    struct description d;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_int(rows[i].line, connection_parse(arena, str_from(rows[i].text), &c), -1);
        row_int(rows[i].line, description_parse(arena, str_from(rows[i].text), &d), -1);
    }
    assert_int_equal(description_parse(arena, STR("{\"endpoint\":\"https://a\",\"ca_pem\":\"\"}"), &d), -1);
}

/* Text of a user is one argument, whatever is in it. */
static void no_text_becomes_a_command(void **state)
{
    static const struct str ids[] = {STR("a b"), STR("a\r\nFLUSHALL\r\n"), STR("%s%n"), STR("*"), STR("a\"b")};
    struct connection_texts texts;
    struct err err;

    (void)state;
    write_as("keep", "x", STR(""), false);
    for (size_t i = 0; i < COUNT(ids); i++) {
        write_as(ids[i].ptr, "x", STR(""), false);
        assert_int_equal(connection_read(redis, arena, ids[i], &texts, &err), REDIS_FOUND);
        assert_int_equal(connection_delete(redis, ids[i], &err), REDIS_FOUND);
    }
    assert_int_equal(connection_read(redis, arena, STR("keep"), &texts, &err), REDIS_FOUND);
}

static void an_error_of_redis_is_told(void **state)
{
    const struct str wrong[] = {STR("SADD"), STR(KEY_CONNECTION "a"), STR("x")};
    struct err err;

    (void)state;
    write_as("a", "x", STR(""), false);
    assert_null(redis_run(redis, wrong, 3, &err));
    assert_int_equal(err.kind, ERR_STORE_UNAVAILABLE);
    assert_int_equal(err.code, 503);
    assert_non_null(strstr(err.message, "WRONGTYPE"));
    assert_int_equal(redis_ping(redis), 0); /* the connection is fine */
}

static void what_is_no_number_is_none(void **state)
{
    const struct str set[] = {STR("SET"), STR("text"), STR("12")};
    struct err err;

    (void)state;
    assert_int_equal(redis_do(redis, set, 3, &err), 0);
    assert_int_equal(number("GET", "text"), 0);
    assert_int_equal(number("GET", "nothing"), 0);
    assert_int_equal(number("INCR", "text"), 13);
}

static void a_lost_redis_costs_little_and_comes_back(void **state)
{
    struct connection_texts texts;
    struct err err;
    int64_t started;

    (void)state;
    write_as("a", "x", STR(""), false);
    stop_server();
    assert_int_equal(connection_read(redis, arena, STR("a"), &texts, &err), -1);
    assert_int_equal(err.kind, ERR_STORE_UNAVAILABLE);
    started = clock_monotonic_ms();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(connection_read(redis, arena, STR("a"), &texts, &err), -1);
    assert_true(clock_monotonic_ms() - started < 300); /* the breaker: nothing was tried */
    start_server();
    assert_int_equal(connection_read(redis, arena, STR("a"), &texts, &err), REDIS_MISSING);
    assert_int_equal(write_as("a", "x", STR(""), false), CONNECTION_CREATED);
}

/* A restart between two requests: the kept connection is dead, and nobody notices. */
static void a_restart_is_not_noticed(void **state)
{
    struct redis_client *kept = redis_client_new(address, 0);

    (void)state;
    assert_int_equal(redis_ping(kept), 0);
    stop_server();
    start_server();
    assert_int_equal(redis_ping(kept), 0);
    redis_client_free(kept);
}

static void addresses(void **state)
{
    static const char *const wrong[] = {"unix:/nonexistent", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x",
                                        "127.0.0.1:1"};

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct redis_client *client = redis_client_new(wrong[i], 0);

        assert_int_equal(redis_ping(client), -1);
        redis_client_free(client);
    }
    redis_client_free(NULL);
}

static void set_password(const char *password)
{
    const struct str command[] = {STR("CONFIG"), STR("SET"), STR("requirepass"), str_from(password)};
    struct err err;

    assert_int_equal(redis_do(redis, command, 4, &err), 0);
}

static int ping_anew(void)
{
    struct redis_client *client = redis_client_new(address, 0);
    int rc = redis_ping(client);

    redis_client_free(client);
    return rc;
}

static void a_password_is_told_to_redis(void **state)
{
    char path[96];
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/password", folder);
    set_password("open sesame");
    assert_int_equal(ping_anew(), -1);
    redis_password_file(path); /* which is not there */
    assert_int_equal(ping_anew(), -1);
    file = fopen(path, "w");
    fputs("open sesam\n", file);
    fclose(file);
    assert_int_equal(ping_anew(), -1);
    file = fopen(path, "w");
    fputs("open sesame\r\nand a second line\n", file);
    fclose(file);
    assert_int_equal(ping_anew(), 0);
    redis_password_file(NULL);
    assert_int_equal(ping_anew(), -1);
    set_password("");
    assert_int_equal(ping_anew(), 0);
}

static void databases_are_apart(void **state)
{
    struct redis_client *other = redis_client_new(address, 3);
    struct connection_texts texts;
    struct err err;

    (void)state;
    write_as("a", "x", STR(""), false);
    assert_int_equal(connection_read(other, arena, STR("a"), &texts, &err), REDIS_MISSING);
    redis_client_free(other);
    other = redis_client_new(address, 99); /* Redis has 16 */
    assert_int_equal(redis_ping(other), -1);
    redis_client_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_written_is_read, empty),
        cmocka_unit_test_setup(every_key_has_its_life, empty),
        cmocka_unit_test_setup(one_identity_holds_an_id, empty),
        cmocka_unit_test_setup(a_deleted_connection_leaves_nothing, empty),
        cmocka_unit_test_setup(a_description_is_renewed_alone, empty),
        cmocka_unit_test_setup(a_description_that_was_asked_for_later_stays, empty),
        cmocka_unit_test_setup(lists_are_sorted_and_whole, empty),
        cmocka_unit_test_setup(what_can_not_be_read_is_refused, empty),
        cmocka_unit_test_setup(no_text_becomes_a_command, empty),
        cmocka_unit_test_setup(an_error_of_redis_is_told, empty),
        cmocka_unit_test_setup(what_is_no_number_is_none, empty),
        cmocka_unit_test_setup(a_lost_redis_costs_little_and_comes_back, empty),
        cmocka_unit_test_setup(a_restart_is_not_noticed, empty),
        cmocka_unit_test_setup(addresses, empty),
        cmocka_unit_test(a_password_is_told_to_redis),
        cmocka_unit_test_setup(databases_are_apart, empty),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
