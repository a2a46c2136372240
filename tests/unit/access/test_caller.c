/* Who is let in: keys in a real Redis, on a clock that the test moves. */
#include "tests/unit/rows.h"

#include <string.h>

#include "access/caller.h"
#include "access/failures.h"
#include "access/hold.h"
#include "access/issue.h"
#include "base/clock.h"
#include "redis/attempts.h"
#include "redis/keys.h"
#include "tests/unit/redis/server.h"

static int64_t ahead_ms;
static int64_t stopped_ms; /* 0: the clock goes */

int64_t __real_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void)
{
    return stopped_ms ? stopped_ms : __real_clock_monotonic_ms() + ahead_ms;
}

static const struct config keys_on = {.auth = "keys", .redis = address};
static const struct config keys_off = {.auth = "off"};
static struct caller_store *store;
static struct caller caller;
static struct err err;

static int begin(void **state)
{
    store = caller_store_new(&keys_on);
    err_clear(&err);
    return store ? empty(state) : -1;
}

static int end(void **state)
{
    (void)state;
    caller_store_free(store);
    return 0;
}

/* The header's value for a new key. */
static const char *issue(const char *role, const char *connections, int64_t expires_at)
{
    static char value[8][128];
    static size_t next;
    struct api_key record = {.expires_at = expires_at, .created_by = "test", .name = "of the test"};
    char text[KEY_TEXT_LEN + 1];
    char *out = value[next++ % 8];

    snprintf(record.role, sizeof(record.role), "%s", role);
    snprintf(record.connections, sizeof(record.connections), "%s", connections);
    assert_int_equal(key_issue(redis, &record, text, &err), 0);
    snprintf(out, sizeof(value[0]), "Bearer %s", text);
    return out;
}

static struct str id_in(const char *header)
{
    return (struct str){header + strlen("Bearer eksgate_"), KEY_ID_LEN};
}

static int ask_from(const char *where, const char *header)
{
    const struct credentials shown = {.authorization = str_from(header), .remote_address = str_from(where)};

    return caller_authenticate(store, redis, &shown, &caller, &err);
}

static int ask(const char *header)
{
    return ask_from("192.0.2.1", header);
}

static void without_authentication_everybody_is_an_administrator(void **state)
{
    struct caller_store *open = caller_store_new(&keys_off);

    (void)state;
    assert_int_equal(
        caller_authenticate(open, redis, &(struct credentials){.remote_address = STR("127.0.0.1")}, &caller, &err), 0);
    assert_int_equal(caller.role, ROLE_ADMIN);
    assert_string_equal(caller.name, "anonymous");
    assert_string_equal(caller.id, "");
    assert_true(caller_sees(&caller, STR("any")));
    caller_store_free(open);
}

static void a_key_lets_in_with_its_role(void **state)
{
    static const char *const roles[] = {"viewer", "editor", "admin"};

    (void)state;
    for (size_t i = 0; i < COUNT(roles); i++) {
        const char *header = issue(roles[i], "", 0);

        assert_int_equal(ask(header), 0);
        assert_int_equal(err.kind, ERR_NONE);
        assert_string_equal(role_name(caller.role), roles[i]);
        assert_string_equal(caller.name, "of the test");
        assert_true(str_equal(str_from(caller.id), id_in(header)));
    }
}

static void who_has_no_good_key_is_a_stranger(void **state)
{
    const char *good = issue("admin", "", 0);
    char wrong[128];
    char text[KEY_TEXT_LEN + 1];
    char unknown[128];
    struct key key;

    (void)state;
    key_generate(&key, text);
    snprintf(unknown, sizeof(unknown), "Bearer %s", text);
    /* A well-made key with the id of a good one and another secret. */
    {
        struct api_key stored;

        assert_int_equal(api_key_read(redis, id_in(good), &stored, &err), REDIS_FOUND);
        memset(stored.hash, '0', sizeof(stored.hash) - 1);
        assert_int_equal(api_key_delete(redis, id_in(good), &err), REDIS_FOUND);
        assert_int_equal(api_key_write(redis, &stored, &err), 0);
        snprintf(wrong, sizeof(wrong), "%s", good);
    }
    const struct {
        int line;
        const char *header;
    } rows[] = {
        {__LINE__, ""},
        {__LINE__, "Bearer eksgate_"},
        {__LINE__, "Basic YWRtaW46YWRtaW4="},
        {__LINE__, unknown},
        {__LINE__, wrong},
        {__LINE__, issue("admin", "", 1)}, /* expired long ago */
        {__LINE__, issue("admin", "", clock_now() - 1)},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_int(rows[i].line, ask(rows[i].header), -1);
        row_int(rows[i].line, err.kind, ERR_UNAUTHORIZED);
        row_int(rows[i].line, caller.role, ROLE_NONE);
        row_int(rows[i].line, caller_check(&caller, ROLE_VIEWER, STR(""), &err), -1);
        row_int(rows[i].line, err.kind, ERR_UNAUTHORIZED);
        row_int(rows[i].line, caller_check(&caller, ROLE_NONE, STR(""), &err), 0);
    }
}

static void a_key_lives_until_it_expires(void **state)
{
    (void)state;
    assert_int_equal(ask(issue("viewer", "", clock_now() + 100)), 0);
}

static void a_revoked_key_is_dead_within_five_seconds(void **state)
{
    const char *header = issue("admin", "", 0);

    (void)state;
    assert_int_equal(ask(header), 0);
    assert_int_equal(api_key_delete(redis, id_in(header), &err), REDIS_FOUND);
    ahead_ms += CALLER_FRESH_MS;
    assert_int_equal(ask(header), -1);
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    assert_true(CALLER_FRESH_MS + REDIS_COMMAND_MS <= 5000);
}

/* And what is known of it is forgotten: Redis' end does not bring it back. */
static void a_revoked_key_stays_dead_while_redis_is_away(void **state)
{
    const char *header = issue("admin", "", 0);

    (void)state;
    assert_int_equal(ask(header), 0);
    assert_int_equal(api_key_delete(redis, id_in(header), &err), REDIS_FOUND);
    ahead_ms += CALLER_FRESH_MS;
    assert_int_equal(ask(header), -1);
    stop_server();
    assert_int_equal(ask(header), -1);
    start_server();
}

static void known_keys_go_on_while_redis_is_away_and_nobody_else(void **state)
{
    const char *known = issue("editor", "", 0);
    const char *never_seen = issue("admin", "", 0);
    char forged[128];

    (void)state;
    assert_int_equal(ask(known), 0);
    stop_server();
    ahead_ms += CALLER_FRESH_MS;
    assert_int_equal(ask(known), 0);
    assert_int_equal(caller.role, ROLE_EDITOR);
    assert_int_equal(ask(never_seen), -1);
    assert_int_equal(err.kind, ERR_STORE_UNAVAILABLE);
    snprintf(forged, sizeof(forged), "%s", known);
    forged[40] = forged[40] == 'a' ? 'b' : 'a';
    assert_int_equal(ask(forged), -1);
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    ahead_ms += CALLER_LIFE_MS - CALLER_FRESH_MS - 1000;
    assert_int_equal(ask(known), 0);
    ahead_ms += 2000;
    assert_int_equal(ask(known), -1);
    assert_int_equal(err.kind, ERR_STORE_UNAVAILABLE);
    start_server();
}

/* A record that something else wrote never means more than it says. */
static void what_can_not_be_read_lets_nobody_in(void **state)
{
    static const char *const texts[] = {
        "",
        "{}",
        "nonsense",
        "{\"id\":\"%s\",\"role\":\"admin\"}",
        "{\"id\":\"%s\",\"hash\":\"\",\"name\":\"\",\"role\":\"admin\",\"connections\":\"\",\"created_by\":\"\","
        "\"expires_at\":0}",
        "{\"id\":\"%s\",\"hash\":\"%s\",\"name\":\"\",\"role\":\"root\",\"connections\":\"\",\"created_by\":\"\","
        "\"expires_at\":0}",
        "{\"id\":\"%s\",\"hash\":\"%s\",\"name\":\"\",\"role\":\"admin\",\"connections\":null,\"created_by\":\"\","
        "\"expires_at\":0}",
        "{\"id\":\"%s\",\"hash\":\"%s\",\"name\":\"\",\"role\":\"admin\",\"connections\":\"\",\"created_by\":\"\"}",
        "{\"id\":\"0000000000000000\",\"hash\":\"%2$s\",\"name\":\"\",\"role\":\"admin\",\"connections\":\"\","
        "\"created_by\":\"\",\"expires_at\":0}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *header = issue("admin", "", 0);
        struct str id = id_in(header);
        struct key key;
        char name[64];
        char text[512];
        char id_text[KEY_ID_LEN + 1];

        assert_int_equal(key_parse(str_skip(str_from(header), 7), &key), 0);
        snprintf(id_text, sizeof(id_text), "%.*s", STR_FMT(id));
        snprintf(name, sizeof(name), KEY_API_KEY "%s", id_text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof(text), texts[i], id_text, key.hash);
#pragma GCC diagnostic pop
        {
            const struct str set[] = {STR("SET"), str_from(name), str_from(text)};

            freeReplyObject(redis_run(redis, set, 3, &err));
        }
        row_int((int)i, ask_from("192.0.2.77", header), -1);
        row_int((int)i, caller.role, ROLE_NONE);
    }
}

static void its_use_is_noted_to_a_minute(void **state)
{
    const char *header = issue("viewer", "", 0);
    struct api_key *keys;
    size_t count;

    (void)state;
    assert_int_equal(api_keys_list(redis, arena, &keys, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(keys[0].last_used_at, 0);
    assert_int_equal(ask(header), 0);
    assert_int_equal(api_keys_list(redis, arena, &keys, &count, &err), 0);
    assert_true(keys[0].last_used_at > clock_now() - 60);
    /* Within the minute Redis says no to a later time, whichever process brings it. */
    assert_int_equal(api_key_touch(redis, id_in(header), keys[0].last_used_at + 59, &err), 0);
    assert_int_equal(api_keys_list(redis, arena, &keys, &count, &err), 0);
    assert_true(keys[0].last_used_at <= clock_now());
    assert_int_equal(api_key_touch(redis, id_in(header), keys[0].last_used_at + 60, &err), 0);
    assert_int_equal(api_keys_list(redis, arena, &keys, &count, &err), 0);
    assert_true(keys[0].last_used_at > clock_now());
}

static void what_is_revoked_leaves_nothing(void **state)
{
    const char *header = issue("viewer", "", 0);
    const struct str all[] = {STR("KEYS"), STR("*")};
    redisReply *reply;

    (void)state;
    assert_int_equal(ask(header), 0);
    assert_int_equal(api_key_delete(redis, id_in(header), &err), REDIS_FOUND);
    assert_int_equal(api_key_delete(redis, id_in(header), &err), REDIS_MISSING);
    assert_int_equal(api_key_touch(redis, id_in(header), clock_now(), &err), 0);
    reply = redis_run(redis, all, 2, &err);
    assert_int_equal(reply->elements, 0);
    freeReplyObject(reply);
}

/* Until it is refused unread; how often it was looked at. What is given back while this takes its time is one more a
 * second. */
static int wrong_until_refused(const char *where, const char *header)
{
    int64_t before = __real_clock_monotonic_ms();
    int looked_at = 0;

    while (ask_from(where, header) < 0 && err.kind == ERR_UNAUTHORIZED)
        looked_at++;
    assert_int_equal(err.kind, ERR_OVERLOADED);
    assert_int_equal(err.retry_after, 1);
    return looked_at - (int)((__real_clock_monotonic_ms() - before) / FAILURES_EVERY_MS);
}

/* What all processes have counted; who counts for himself knows better. */
static void forget_attempts(void)
{
    freeReplyObject(redis_run(redis, (const struct str[]){STR("DEL"), STR(KEY_ATTEMPTS)}, 2, &err));
}

static void failures_are_counted_by_address(void **state)
{
    const char *good = issue("viewer", "", 0);
    const char *fresh = issue("viewer", "", 0);
    bool let_in = false;

    (void)state;
    assert_int_equal(ask(good), 0);
    assert_in_range(wrong_until_refused("192.0.2.1", "Bearer wrong"), FAILURES_BURST - 1, FAILURES_BURST + 1);
    assert_int_equal(ask(""), -1); /* no attempt */
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    assert_int_equal(ask(good), 0); /* a known holder is not locked out by others behind his address */
    wrong_until_refused("192.0.2.1", "Bearer wrong");
    /* Few of many share a slot. */
    for (int i = 2; i < 10 && !let_in; i++) {
        char from[16];

        snprintf(from, sizeof(from), "192.0.2.%d", i);
        let_in = ask_from(from, fresh) == 0;
    }
    assert_true(let_in);
    forget_attempts();
    ahead_ms += FAILURES_EVERY_MS;
    assert_int_equal(ask("Bearer wrong"), -1);
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
    forget_attempts();
    ahead_ms += FAILURES_EVERY_MS * FAILURES_BURST;
    assert_int_equal(ask("Bearer wrong"), -1);
    assert_int_equal(err.kind, ERR_UNAUTHORIZED);
}

/* Knowing the id of a key that is in use is no way around the count. */
static void another_secret_of_a_known_key_is_a_failure(void **state)
{
    const char *good = issue("viewer", "", 0);
    char other[128];

    (void)state;
    snprintf(other, sizeof(other), "%s", good);
    other[strlen("Bearer eksgate_") + KEY_ID_LEN + 1] ^= 1;
    assert_int_equal(ask(good), 0);
    wrong_until_refused("192.0.2.3", other);
    assert_int_equal(ask_from("192.0.2.3", good), 0);
}

static void two_processes_count_failures_together(void **state)
{
    struct caller_store *other = caller_store_new(&keys_on);
    struct caller_store *one = store;
    int looked_at;

    (void)state;
    wrong_until_refused("192.0.2.1", "Bearer wrong");
    store = other;
    looked_at = wrong_until_refused("192.0.2.1", "Bearer wrong");
    assert_in_range(looked_at + 1, 0, 2);
    store = one;
    caller_store_free(other);
}

static void while_redis_is_away_each_process_counts_failures_for_itself(void **state)
{
    (void)state;
    stop_server();
    assert_in_range(wrong_until_refused("192.0.2.1", "Bearer wrong"), FAILURES_BURST - 1, FAILURES_BURST + 1);
    start_server();
}

/* However many addresses fail, there is one hash of so many fields, and it goes by itself. */
static void what_is_stored_of_failures_is_bounded(void **state)
{
    static const struct rate rate = {.every_us = FAILURES_EVERY_MS * 1000, .burst = FAILURES_BURST};
    const struct str size[] = {STR("HLEN"), STR(KEY_ATTEMPTS)};
    const struct str life[] = {STR("PTTL"), STR(KEY_ATTEMPTS)};
    redisReply *reply;
    int64_t full_us;

    (void)state;
    for (int i = 0; i < 8000; i++) {
        char from[64];

        snprintf(from, sizeof(from), "10.0.%d.%d", i / 256, i % 256);
        assert_int_equal(attempts_count(redis, str_from(from), &rate, true, &full_us, &err), 0);
        assert_in_range(full_us, 1, FAILURES_BURST * rate.every_us);
    }
    reply = redis_run(redis, size, 2, &err);
    assert_in_range(reply->integer, 1000, 4096 + 1);
    freeReplyObject(reply);
    reply = redis_run(redis, life, 2, &err);
    assert_in_range(reply->integer, 1, FAILURES_BURST * FAILURES_EVERY_MS + 1);
    freeReplyObject(reply);
}

static struct redis_client *nowhere;
static struct failures failures;

static int begin_alone(void **state)
{
    (void)state;
    nowhere = redis_client_new("unix:/nowhere", 0);
    stopped_ms = 1000000;
    failures_init(&failures);
    return nowhere ? 0 : -1;
}

static int end_alone(void **state)
{
    (void)state;
    failures_end(&failures);
    stopped_ms = 0;
    redis_client_free(nowhere);
    return 0;
}

static void an_ipv6_network_is_one_address(void **state)
{
    int exhausted = 0;

    (void)state;
    for (int i = 0; i < FAILURES_BURST; i++) {
        char from[64];

        snprintf(from, sizeof(from), "2001:db8:1:2::%x", i + 1);
        assert_false(failures_exhausted(&failures, nowhere, STR("2001:db8:1:2:ffff::1")));
        failures_add(&failures, nowhere, str_from(from));
    }
    assert_true(failures_exhausted(&failures, nowhere, STR("2001:db8:1:2:ffff::1")));
    for (int i = 3; i < 11; i++) {
        char from[64];

        snprintf(from, sizeof(from), "2001:db8:1:%x::1", i);
        exhausted += failures_exhausted(&failures, nowhere, str_from(from));
    }
    assert_in_range(exhausted, 0, 7);
}

/* Ten thousand addresses that fail do not push another's count out. */
static void counts_can_not_be_evicted(void **state)
{
    (void)state;
    for (int i = 0; i < FAILURES_BURST; i++)
        failures_add(&failures, nowhere, STR("192.0.2.1"));
    for (int i = 0; i < 10000; i++) {
        char from[64];

        snprintf(from, sizeof(from), "10.0.%d.%d", i / 256, i % 256);
        failures_add(&failures, nowhere, str_from(from));
    }
    assert_true(failures_exhausted(&failures, nowhere, STR("192.0.2.1")));
    stopped_ms += FAILURES_EVERY_MS;
    assert_false(failures_exhausted(&failures, nowhere, STR("192.0.2.1")));
}

static void what_a_caller_may_do(void **state)
{
    static const struct {
        int line;
        enum role role;
        const char *connections;
        enum role needed;
        const char *cluster;
        bool may;
    } rows[] = {
        {__LINE__, ROLE_VIEWER, "", ROLE_VIEWER, "", true},
        {__LINE__, ROLE_VIEWER, "", ROLE_VIEWER, "a", true},
        {__LINE__, ROLE_VIEWER, "", ROLE_EDITOR, "a", false},
        {__LINE__, ROLE_VIEWER, "", ROLE_ADMIN, "", false},
        {__LINE__, ROLE_EDITOR, "", ROLE_EDITOR, "a", true},
        {__LINE__, ROLE_EDITOR, "", ROLE_ADMIN, "a", false},
        {__LINE__, ROLE_ADMIN, "", ROLE_ADMIN, "", true},
        {__LINE__, ROLE_ADMIN, "a\nb", ROLE_ADMIN, "b", true},
        {__LINE__, ROLE_ADMIN, "a\nb", ROLE_ADMIN, "c", false},
        {__LINE__, ROLE_ADMIN, "a\nb", ROLE_VIEWER, "c", false},
        {__LINE__, ROLE_ADMIN, "a\nb", ROLE_VIEWER, "a\nb", false},
        {__LINE__, ROLE_ADMIN, "ab", ROLE_VIEWER, "a", false},
        {__LINE__, ROLE_ADMIN, "a", ROLE_VIEWER, "ab", false},
        {__LINE__, ROLE_ADMIN, "a", ROLE_ADMIN, "", false}, /* of everything, bound to one: keys, connecting */
        {__LINE__, ROLE_VIEWER, "a", ROLE_VIEWER, "", true},
        {__LINE__, ROLE_VIEWER, "a", ROLE_NONE, "c", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct caller one = {.name = "key", .role = rows[i].role};

        snprintf(one.connections, sizeof(one.connections), "%s", rows[i].connections);
        err_clear(&err);
        row_int(rows[i].line, caller_check(&one, rows[i].needed, str_from(rows[i].cluster), &err),
                rows[i].may ? 0 : -1);
        row_int(rows[i].line, err.kind, rows[i].may ? ERR_NONE : ERR_FORBIDDEN);
    }
}

static void beyond_loopback_it_is_keys_and_tls_or_nothing(void **state)
{
    static const struct {
        int line;
        const struct config *config;
        const char *address;
        bool tls;
        bool may;
    } rows[] = {
        {__LINE__, &keys_off, "127.0.0.1", false, true}, {__LINE__, &keys_off, "::1", false, true},
        {__LINE__, &keys_off, "", false, true},          {__LINE__, &keys_off, "192.0.2.1", false, false},
        {__LINE__, &keys_off, "192.0.2.1", true, false}, {__LINE__, &keys_on, "127.0.0.1", false, true},
        {__LINE__, &keys_on, "192.0.2.1", false, false}, {__LINE__, &keys_on, "2001:db8::1", false, false},
        {__LINE__, &keys_on, "192.0.2.1", true, true},   {__LINE__, &keys_on, "2001:db8::1", true, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_int(rows[i].line, caller_check_transport(rows[i].config, str_from(rows[i].address), rows[i].tls, &err),
                rows[i].may ? 0 : -1);
}

static bool ends_within(const struct caller_hold *hold, int milliseconds)
{
    for (int waited = 0; waited < milliseconds && !caller_hold_ended(hold); waited += 20)
        usleep(20000);
    return caller_hold_ended(hold);
}

static void what_lasts_ends_with_its_key(void **state)
{
    const char *revoked = issue("viewer", "", 0);
    const char *kept = issue("viewer", "", 0);
    struct caller_hold *holds[3];

    (void)state;
    assert_int_equal(ask(revoked), 0);
    holds[0] = caller_hold(store, &caller);
    holds[1] = caller_hold(store, &caller);
    assert_int_equal(ask(kept), 0);
    holds[2] = caller_hold(store, &caller);
    assert_int_equal(api_key_delete(redis, id_in(revoked), &err), REDIS_FOUND);
    assert_true(ends_within(holds[0], 5000) && caller_hold_ended(holds[1]));
    assert_false(caller_hold_ended(holds[2]));
    caller_release(store, holds[0]);
    assert_true(caller_hold_ended(holds[1]));
    caller_release(store, holds[1]);
    caller_release(store, holds[2]);
}

static void what_lasts_ends_when_its_key_expires(void **state)
{
    struct caller_hold *hold;

    (void)state;
    assert_int_equal(ask(issue("viewer", "", clock_now() + 2)), 0);
    hold = caller_hold(store, &caller);
    assert_true(ends_within(hold, 4000));
    caller_release(store, hold);
}

/* Redis' absence ends nothing at once, as it refuses no known key; in the end it does. */
static void what_lasts_goes_on_for_a_while_without_redis(void **state)
{
    struct caller_hold *hold;

    (void)state;
    assert_int_equal(ask(issue("viewer", "", 0)), 0);
    hold = caller_hold(store, &caller);
    stop_server();
    assert_false(ends_within(hold, CALLER_FRESH_MS + 1000));
    ahead_ms += CALLER_LIFE_MS;
    assert_true(ends_within(hold, CALLER_FRESH_MS + 3000));
    caller_release(store, hold);
    start_server();
}

static void without_authentication_there_is_nothing_to_lose(void **state)
{
    const struct caller anonymous = {.name = "anonymous", .role = ROLE_ADMIN};

    (void)state;
    assert_null(caller_hold(store, &anonymous));
    assert_false(caller_hold_ended(NULL));
    caller_release(store, NULL);
}

static void a_key_is_bound_to_what_fits(void **state)
{
    static struct api_key record;
    char id[300];

    (void)state;
    err_clear(&err);
    memset(id, 'a', sizeof(id));
    assert_int_equal(key_bind(&record, STR("us-east-1_demo"), &err), 0);
    assert_int_equal(key_bind(&record, STR("arn:aws:eks:us-east-1:1:cluster/b"), &err), 0);
    assert_string_equal(record.connections, "us-east-1_demo\narn:aws:eks:us-east-1:1:cluster/b");
    assert_int_equal(key_bind(&record, STR(""), &err), -1);
    assert_int_equal(key_bind(&record, STR("a\nb"), &err), -1);
    assert_int_equal(key_bind(&record, (struct str){id, 257}, &err), -1);
    for (int i = 0; i < 7; i++)
        assert_int_equal(key_bind(&record, (struct str){id, 256}, &err), 0);
    assert_int_equal(key_bind(&record, (struct str){id, 256}, &err), -1);
    assert_true(strlen(record.connections) < sizeof(record.connections));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_authentication_everybody_is_an_administrator, begin, end),
        cmocka_unit_test_setup_teardown(a_key_lets_in_with_its_role, begin, end),
        cmocka_unit_test_setup_teardown(who_has_no_good_key_is_a_stranger, begin, end),
        cmocka_unit_test_setup_teardown(a_key_lives_until_it_expires, begin, end),
        cmocka_unit_test_setup_teardown(a_revoked_key_is_dead_within_five_seconds, begin, end),
        cmocka_unit_test_setup_teardown(a_revoked_key_stays_dead_while_redis_is_away, begin, end),
        cmocka_unit_test_setup_teardown(known_keys_go_on_while_redis_is_away_and_nobody_else, begin, end),
        cmocka_unit_test_setup_teardown(what_can_not_be_read_lets_nobody_in, begin, end),
        cmocka_unit_test_setup_teardown(its_use_is_noted_to_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(what_is_revoked_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(failures_are_counted_by_address, begin, end),
        cmocka_unit_test_setup_teardown(another_secret_of_a_known_key_is_a_failure, begin, end),
        cmocka_unit_test_setup_teardown(two_processes_count_failures_together, begin, end),
        cmocka_unit_test_setup_teardown(while_redis_is_away_each_process_counts_failures_for_itself, begin, end),
        cmocka_unit_test_setup_teardown(what_is_stored_of_failures_is_bounded, begin, end),
        cmocka_unit_test_setup_teardown(an_ipv6_network_is_one_address, begin_alone, end_alone),
        cmocka_unit_test_setup_teardown(counts_can_not_be_evicted, begin_alone, end_alone),
        cmocka_unit_test(what_a_caller_may_do),
        cmocka_unit_test(beyond_loopback_it_is_keys_and_tls_or_nothing),
        cmocka_unit_test(a_key_is_bound_to_what_fits),
        cmocka_unit_test_setup_teardown(what_lasts_ends_with_its_key, begin, end),
        cmocka_unit_test_setup_teardown(what_lasts_ends_when_its_key_expires, begin, end),
        cmocka_unit_test_setup_teardown(what_lasts_goes_on_for_a_while_without_redis, begin, end),
        cmocka_unit_test_setup_teardown(without_authentication_there_is_nothing_to_lose, begin, end),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
