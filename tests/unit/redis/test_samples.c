/* Samples of what clusters, nodes and pods use, in a real Redis. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/clock.h"
#include "redis/keys.h"
#include "redis/samples.h"
#include "tests/unit/redis/server.h"

#define BATCH ((size_t)200)
#define HOLDER "0123456789abcdef0123456789abcdef"

static const struct config config = {
    .usage_step = 60, .usage_kept = 900, .usage_long_step = 300, .usage_long_kept = 86400};

static void lead(const char *holder)
{
    struct err err;
    redisReply *reply =
        redis_run(redis, (const struct str[]){STR("SET"), STR(KEY_AGENT_LEASE), str_from(holder)}, 3, &err);

    assert_non_null(reply);
    freeReplyObject(reply);
}

static int64_t ask_number(const char *command, const char *key)
{
    struct err err;
    redisReply *reply = redis_run(redis, (const struct str[]){str_from(command), str_from(key)}, 2, &err);
    int64_t number;

    assert_non_null(reply);
    number = reply->integer;
    freeReplyObject(reply);
    return number;
}

static int leading(void **state)
{
    lead(HOLDER);
    (void)state;
    return 0;
}

/* The begin of a longer step that is wholly past, and within what is kept of the shorter ones. */
static int64_t some_time(void)
{
    int64_t now = clock_now();

    return now - now % 300 - 300;
}

static enum samples_written sample(int64_t at, const char *node_a, const char *node_b, const char *pod)
{
    const struct samples_place place = {STR("demo"), at};
    const struct samples_cell nodes[] = {{STR("a"), str_from(node_a)}, {STR("b"), str_from(node_b)}};
    const struct samples_cell pods[] = {{STR("web/one"), str_from(pod)}, {STR("web/two"), STR("5 1000 main")}};
    enum samples_written written;
    struct err err;

    assert_int_equal(samples_begin(redis, HOLDER, &place, &written, &err), 0);
    if (written != SAMPLES_WRITTEN)
        return written;
    assert_int_equal(samples_add_pods(redis, HOLDER, &place, pods, 2, &written, &err), 0);
    if (written == SAMPLES_WRITTEN)
        assert_int_equal(samples_end(redis, &config, HOLDER, &place, nodes, node_b ? 2 : 1, &written, &err), 0);
    return written;
}

static size_t read_points(const struct samples_query *query, struct samples_point **points)
{
    size_t count;
    struct err err;

    if (samples_read(redis, arena, &config, query, points, &count, &err) < 0)
        fail_msg("%s", err.message);
    return count;
}

static void nodes_are_taken_together_as_it_is_asked(void **state)
{
    static const struct {
        enum samples_aggregate aggregate;
        int64_t cpu;
        int64_t memory;
    } rows[] = {{SAMPLES_SUM, 400, 3072}, {SAMPLES_AVG, 200, 1536}, {SAMPLES_MAX, 300, 2048}, {SAMPLES_MIN, 100, 1024}};
    int64_t at = some_time();
    const struct str both[] = {STR("a"), STR("b"), STR("c")};
    struct samples_point *points;

    (void)state;
    assert_int_equal(sample(at, "1 100 2048", "1 300 1024", "10 64 main"), SAMPLES_WRITTEN);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct samples_query query = {.cluster = STR("demo"), .aggregate = rows[i].aggregate, .from = at, .to = at};

        assert_int_equal(read_points(&query, &points), 1);
        assert_int_equal(points[0].at, at);
        assert_int_equal(points[0].cpu, rows[i].cpu);
        assert_int_equal(points[0].memory, rows[i].memory);
        query.subject = SAMPLES_NODES;
        query.names = both;
        query.name_count = 3;
        assert_int_equal(read_points(&query, &points), 1);
        assert_int_equal(points[0].cpu, rows[i].cpu);
        assert_int_equal(points[0].memory, rows[i].memory);
    }
}

static void pods_are_sums_of_their_containers_or_one_of_them(void **state)
{
    static const struct {
        const char *names[2];
        size_t count;
        const char *container;
        enum samples_aggregate aggregate;
        size_t points;
        int64_t cpu;
        int64_t memory;
    } rows[] = {
        {{"one"}, 1, NULL, SAMPLES_SUM, 1, 30, 96},          {{"one"}, 1, "main", SAMPLES_SUM, 1, 10, 64},
        {{"one"}, 1, "proxy", SAMPLES_MAX, 1, 20, 32},       {{"one"}, 1, "absent", SAMPLES_SUM, 0, 0, 0},
        {{"one", "two"}, 2, NULL, SAMPLES_SUM, 1, 35, 1096}, {{"one", "two"}, 2, NULL, SAMPLES_AVG, 1, 17, 548},
        {{"one", "two"}, 2, "main", SAMPLES_MIN, 1, 5, 64},  {{"absent"}, 1, NULL, SAMPLES_SUM, 0, 0, 0},
    };
    int64_t at = some_time();
    struct samples_point *points;

    (void)state;
    assert_int_equal(sample(at, "1 100 2048", NULL, "10 64 main 20 32 proxy"), SAMPLES_WRITTEN);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct str names[] = {str_from(rows[i].names[0]), str_from(rows[i].names[1])};
        const struct samples_query query = {.cluster = STR("demo"),
                                            .subject = SAMPLES_PODS,
                                            .namespace = STR("web"),
                                            .names = names,
                                            .name_count = rows[i].count,
                                            .container = str_from(rows[i].container),
                                            .aggregate = rows[i].aggregate,
                                            .from = at};

        assert_int_equal(read_points(&query, &points), rows[i].points);
        if (rows[i].points > 0) {
            assert_int_equal(points[0].cpu, rows[i].cpu);
            assert_int_equal(points[0].memory, rows[i].memory);
        }
    }
}

static void a_step_that_was_not_sampled_is_a_gap(void **state)
{
    int64_t at = some_time();
    const struct samples_query query = {.cluster = STR("demo"), .from = at, .to = at + 240};
    struct samples_point *points;

    (void)state;
    assert_int_equal(sample(at, "1 100 1", NULL, "1 1 main"), SAMPLES_WRITTEN);
    assert_int_equal(sample(at + 180, "1 300 3", NULL, "1 1 main"), SAMPLES_WRITTEN);
    assert_int_equal(read_points(&query, &points), 2);
    assert_int_equal(points[0].at, at);
    assert_int_equal(points[1].at, at + 180);
    assert_int_equal(points[1].cpu, 300);
}

static void a_longer_step_is_the_mean_of_its_samples(void **state)
{
    int64_t at = some_time();
    struct samples_query query = {.cluster = STR("demo"), .from = at, .to = at + 240, .step = 120};
    struct samples_point *points;

    (void)state;
    sample(at, "1 100 10", NULL, "1 1 main");
    sample(at + 60, "1 300 30", NULL, "1 1 main");
    sample(at + 240, "1 50 5", NULL, "1 1 main");
    query.from = at - at % 120;
    assert_int_equal(read_points(&query, &points), at % 120 == 0 ? 2 : 3);
    query.from = at - at % 300;
    query.step = 300; /* what is kept for longer */
    assert_int_equal(read_points(&query, &points), 1);
    assert_int_equal(points[0].at, at);
    assert_int_equal(points[0].cpu, 150);
    assert_int_equal(points[0].memory, 15);
    query.subject = SAMPLES_NODES;
    query.names = (const struct str[]){STR("a")};
    query.name_count = 1;
    assert_int_equal(read_points(&query, &points), 1);
    assert_int_equal(points[0].cpu, 150);
    query.step = 0;
    query.from = at - 3600; /* beyond what is kept of short steps */
    assert_int_equal(read_points(&query, &points), 1);
    assert_int_equal(points[0].cpu, 150);
    query.aggregate = SAMPLES_MAX;
    query.step = 300;
    query.from = at;
    query.subject = SAMPLES_CLUSTER;
    assert_int_equal(read_points(&query, &points), 1);
    assert_int_equal(points[0].cpu, 150);
}

static void a_step_is_sampled_once(void **state)
{
    int64_t at = some_time();
    const struct samples_query query = {.cluster = STR("demo"), .from = at, .to = at};
    struct samples_point *points;

    (void)state;
    assert_int_equal(sample(at, "1 100 1", NULL, "1 1 main"), SAMPLES_WRITTEN);
    assert_int_equal(sample(at, "1 900 9", NULL, "1 1 main"), SAMPLES_ALREADY);
    assert_int_equal(read_points(&query, &points), 1);
    assert_int_equal(points[0].cpu, 100);
}

static void a_sample_without_its_end_is_none(void **state)
{
    int64_t at = some_time();
    const struct samples_place place = {STR("demo"), at};
    const struct samples_cell pods[] = {{STR("web/old"), STR("1 1 main")}};
    const struct str names[] = {STR("old")};
    const struct samples_query query = {.cluster = STR("demo"),
                                        .subject = SAMPLES_PODS,
                                        .namespace = STR("web"),
                                        .names = names,
                                        .name_count = 1,
                                        .from = at};
    enum samples_written written;
    struct samples_point *points;
    struct err err;

    (void)state;
    assert_int_equal(samples_begin(redis, HOLDER, &place, &written, &err), 0);
    assert_int_equal(samples_add_pods(redis, HOLDER, &place, pods, 1, &written, &err), 0);
    assert_int_equal(read_points(&query, &points), 0);
    /* Nor does it become part of the next one. */
    assert_int_equal(sample(at + 60, "1 1 1", NULL, "1 1 main"), SAMPLES_WRITTEN);
    assert_int_equal(read_points(&query, &points), 0);
}

static void who_does_not_lead_changes_nothing(void **state)
{
    const struct samples_place place = {STR("demo"), some_time()};
    const struct samples_cell cell = {STR("x"), STR("1 1 1")};
    const struct samples_state said = {.state = STR("sampled")};
    struct samples_state found;
    enum samples_written written;
    struct err err;

    (void)state;
    lead("somebody else");
    assert_int_equal(samples_begin(redis, HOLDER, &place, &written, &err), 0);
    assert_int_equal(written, SAMPLES_NOT_LEADER);
    assert_int_equal(samples_add_pods(redis, HOLDER, &place, &cell, 1, &written, &err), 0);
    assert_int_equal(written, SAMPLES_NOT_LEADER);
    assert_int_equal(samples_end(redis, &config, HOLDER, &place, &cell, 1, &written, &err), 0);
    assert_int_equal(written, SAMPLES_NOT_LEADER);
    assert_int_equal(samples_state_write(redis, &config, HOLDER, STR("demo"), &said, &written, &err), 0);
    assert_int_equal(written, SAMPLES_NOT_LEADER);
    assert_int_equal(samples_state_read(redis, arena, STR("demo"), &found, &err), 0);
    assert_true(str_equal(found.state, STR("unknown")));
    assert_int_equal(ask_number("EXISTS", KEY_SAMPLES_NEW "demo"), 0);
}

static void samples_end_with_their_life(void **state)
{
    int64_t at = some_time();
    char key[128];

    (void)state;
    sample(at, "1 1 1", NULL, "1 1 main");
    snprintf(key, sizeof(key), KEY_SAMPLES "%lld:demo", (long long)at);
    assert_in_range(ask_number("TTL", key), 800, 900);
    snprintf(key, sizeof(key), KEY_SAMPLES_LONG "%lld:demo", (long long)at);
    assert_in_range(ask_number("TTL", key), 86000, 86400);
}

static void too_much_at_once_is_refused(void **state)
{
    static const struct config fine = {
        .usage_step = 1, .usage_kept = 1500, .usage_long_step = 300, .usage_long_kept = 86400};
    struct str names[SAMPLES_NAMES_MAX];
    const struct samples_query query = {.cluster = STR("demo"),
                                        .subject = SAMPLES_PODS,
                                        .namespace = STR("web"),
                                        .names = names,
                                        .name_count = SAMPLES_NAMES_MAX};
    struct samples_point *points;
    struct err err;
    size_t count;

    (void)state;
    for (size_t i = 0; i < SAMPLES_NAMES_MAX; i++)
        names[i] = STR("x");
    assert_int_equal(samples_read(redis, arena, &fine, &query, &points, &count, &err), -1);
    assert_int_equal(err.kind, ERR_BAD_REQUEST);
    read_points(&query, &points);
}

static void a_state_keeps_when_the_last_sample_was(void **state)
{
    const struct samples_state good = {.state = STR("sampled"),
                                       .source = STR("metrics-server"),
                                       .attempted_at = 100,
                                       .sampled_at = 100,
                                       .nodes = 3,
                                       .containers = 7};
    const struct samples_state bad = {
        .state = STR("unavailable"), .message = STR("the cluster answered 503"), .attempted_at = 160};
    struct samples_state found;
    enum samples_written written;
    struct err err;

    (void)state;
    assert_int_equal(samples_state_write(redis, &config, HOLDER, STR("demo"), &good, &written, &err), 0);
    assert_int_equal(samples_state_write(redis, &config, HOLDER, STR("demo"), &bad, &written, &err), 0);
    assert_int_equal(samples_state_read(redis, arena, STR("demo"), &found, &err), 0);
    assert_true(str_equal(found.state, bad.state));
    assert_true(str_equal(found.message, bad.message));
    assert_int_equal(found.source.len, 0);
    assert_int_equal(found.attempted_at, 160);
    assert_int_equal(found.sampled_at, 100);
    assert_int_equal(found.nodes, 0);
}

/* What docs/usage.md says of Redis' memory. */
static void ten_thousand_pods_take_less_than_two_mebibytes_a_sample(void **state)
{
    const struct samples_place place = {STR("demo"), some_time()};
    struct samples_cell pods[BATCH];
    char names[BATCH][80];
    char key[128];
    enum samples_written written;
    struct err err;
    redisReply *reply;

    (void)state;
    for (size_t batch = 0; batch < 10000 / BATCH; batch++) {
        for (size_t i = 0; i < BATCH; i++) {
            snprintf(names[i], sizeof(names[i]), "team-payments/payments-api-7d9c5b8f6d-%05zu", batch * BATCH + i);
            pods[i] = (struct samples_cell){str_from(names[i]), STR("250 536870912 payments-api")};
        }
        assert_int_equal(samples_add_pods(redis, HOLDER, &place, pods, BATCH, &written, &err), 0);
    }
    if (samples_end(redis, &config, HOLDER, &place, NULL, 0, &written, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(written, SAMPLES_WRITTEN);
    snprintf(key, sizeof(key), KEY_SAMPLES "%lld:demo", (long long)place.at);
    reply = redis_run(redis, (const struct str[]){STR("MEMORY"), STR("USAGE"), str_from(key), STR("SAMPLES"), STR("0")},
                      5, &err);
    assert_non_null(reply);
    print_message("10,000 pods: %lld bytes a sample\n", reply->integer);
    assert_in_range(reply->integer, KIB(500), MIB(2));
    freeReplyObject(reply);
}

static int empty_and_lead(void **state)
{
    return empty(state) < 0 ? -1 : leading(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nodes_are_taken_together_as_it_is_asked, empty_and_lead),
        cmocka_unit_test_setup(pods_are_sums_of_their_containers_or_one_of_them, empty_and_lead),
        cmocka_unit_test_setup(a_step_that_was_not_sampled_is_a_gap, empty_and_lead),
        cmocka_unit_test_setup(a_longer_step_is_the_mean_of_its_samples, empty_and_lead),
        cmocka_unit_test_setup(a_step_is_sampled_once, empty_and_lead),
        cmocka_unit_test_setup(a_sample_without_its_end_is_none, empty_and_lead),
        cmocka_unit_test_setup(who_does_not_lead_changes_nothing, empty_and_lead),
        cmocka_unit_test_setup(samples_end_with_their_life, empty_and_lead),
        cmocka_unit_test_setup(too_much_at_once_is_refused, empty_and_lead),
        cmocka_unit_test_setup(a_state_keeps_when_the_last_sample_was, empty_and_lead),
        cmocka_unit_test_setup(ten_thousand_pods_take_less_than_two_mebibytes_a_sample, empty_and_lead),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
