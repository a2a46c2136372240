/* What is remembered of Jobs, in a real Redis: changes, history, what is queued of them, and who may write. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/clock.h"
#include "redis/job_records.h"
#include "redis/lease.h"
#include "redis/webhooks.h"
#include "tests/unit/redis/server.h"

#define ME "me"
#define CLUSTER STR("us-east-1_demo")

static const struct job_bounds bounds = {.count = 3, .seconds = 86400};

static int setup(void **state)
{
    int64_t beat;
    struct err err;

    if (empty(state) < 0)
        return -1;
    return lease_take(redis, ME, 60000, &beat, &err) == 0 && beat == 1 ? 0 : -1;
}

static void register_webhook(const char *id)
{
    const char *why;
    const struct webhook webhook = {.id = id,
                                    .url = "https://hooks.example.com/",
                                    .events = json_parse(arena, STR("[\"job.failed\",\"job.deleted\"]"), 4, &why),
                                    .enabled = true,
                                    .created_by = "a"};
    struct err err;

    assert_int_equal(webhook_write(redis, &webhook, STR("sealed"), &err), 0);
}

static size_t queued(const char *webhook, struct delivery **deliveries)
{
    size_t count;
    struct err err;

    assert_int_equal(deliveries_list(redis, arena, str_from(webhook), STR(""), deliveries, &count, &err), 0);
    return count;
}

static struct job_record job(const char *uid, const char *now, long met)
{
    bool finished = strcmp(now, "failed") == 0 || strcmp(now, "succeeded") == 0;

    return (struct job_record){.cluster = CLUSTER,
                               .uid = str_from(uid),
                               .namespace = STR("default"),
                               .name = str_from(uid),
                               .state = str_from(now),
                               .body = STR("{\"job_name\":\"a\"}"),
                               .at = 100,
                               .finished_at = finished ? clock_now() : 0,
                               .listed = true,
                               .met = met};
}

static enum job_recorded record(const struct job_record *record)
{
    enum job_recorded recorded;
    struct err err;

    assert_int_equal(job_record(redis, ME, &bounds, record, &recorded, &err), 0);
    return recorded;
}

static void list_ends(long met)
{
    enum job_recorded recorded;
    struct err err;

    assert_int_equal(job_list_end(redis, ME, CLUSTER, met, STR("10"), &recorded, &err), 0);
    assert_int_equal(recorded, JOB_CHANGED);
}

static enum job_recorded change(const char *uid, const char *now, const char *expected, const char *version)
{
    struct job_record r = job(uid, now, 0);

    r.listed = false;
    r.expected = str_from(expected);
    r.version = str_from(version);
    return record(&r);
}

static void each_change_is_queued_once_with_an_id_of_its_own(void **state)
{
    struct delivery *deliveries;
    struct job_record first = job("u1", "running", 0);

    (void)state;
    register_webhook("hook");
    assert_int_equal(record(&first), JOB_CHANGED);
    list_ends(1);
    assert_int_equal(queued("hook", &deliveries), 0);
    assert_int_equal(change("u1", "running", "10", "11"), JOB_UNCHANGED);
    assert_int_equal(change("u1", "failed", "11", "12"), JOB_CHANGED);
    assert_int_equal(change("u1", "failed", "12", "13"), JOB_UNCHANGED);
    assert_int_equal(change("u1", "unknown", "13", "14"), JOB_UNCHANGED);
    assert_int_equal(change("u1", "deleted", "14", "15"), JOB_CHANGED);
    assert_int_equal(change("u1", "deleted", "15", "16"), JOB_UNCHANGED);
    assert_int_equal(queued("hook", &deliveries), 2);
    assert_false(str_equal(deliveries[0].id, deliveries[1].id));
}

static void what_is_stored_is_not_overtaken_by_who_knows_more(void **state)
{
    struct job_record second = job("u2", "pending", 1);
    enum job_recorded recorded;
    struct err err;

    (void)state;
    /* A list of which one Job is stored no more. */
    assert_int_equal(record(&second), JOB_FORGOTTEN);
    assert_int_equal(job_list_end(redis, ME, CLUSTER, 1, STR("10"), &recorded, &err), 0);
    assert_int_equal(recorded, JOB_FORGOTTEN);
    list_ends(0);
    assert_int_equal(change("u2", "pending", "9", "11"), JOB_FORGOTTEN);
    assert_int_equal(job_watch_write(redis, ME, CLUSTER, STR("9"), STR("11"), &recorded, &err), 0);
    assert_int_equal(recorded, JOB_FORGOTTEN);
    assert_int_equal(change("u2", "pending", "10", "11"), JOB_CHANGED);
}

static void who_does_not_lead_changes_nothing(void **state)
{
    struct job_record r = job("u1", "pending", 0);
    enum job_recorded recorded;
    const char *version;
    struct err err;

    (void)state;
    assert_int_equal(job_record(redis, "another", &bounds, &r, &recorded, &err), 0);
    assert_int_equal(recorded, JOB_NOT_LEADER);
    assert_int_equal(job_list_end(redis, "another", CLUSTER, 0, STR("10"), &recorded, &err), 0);
    assert_int_equal(recorded, JOB_NOT_LEADER);
    assert_int_equal(job_watch_read(redis, arena, CLUSTER, &version, &err), 0);
    assert_string_equal(version, "");
}

static void the_lease_is_one_agents_and_counts(void **state)
{
    int64_t beat;
    struct err err;

    (void)state;
    assert_int_equal(lease_take(redis, "another", 60000, &beat, &err), 0);
    assert_int_equal(beat, 0);
    assert_int_equal(lease_take(redis, ME, 60000, &beat, &err), 0);
    assert_int_equal(beat, 2);
    assert_int_equal(lease_release(redis, "another", &err), 0);
    assert_int_equal(lease_take(redis, "another", 60000, &beat, &err), 0);
    assert_int_equal(beat, 0);
    assert_int_equal(lease_release(redis, ME, &err), 0);
    assert_int_equal(lease_take(redis, "another", 60000, &beat, &err), 0);
    assert_int_equal(beat, 3);
}

static void what_a_first_list_finds_from_before_the_connection_is_no_news(void **state)
{
    struct delivery *deliveries;
    struct job_record old = job("old", "failed", 0);
    struct job_record new = job("new", "failed", 1);

    (void)state;
    register_webhook("hook");
    old.announce_from = new.announce_from = 200;
    old.at = 199;
    new.at = 200;
    assert_int_equal(record(&old), JOB_CHANGED);
    assert_int_equal(record(&new), JOB_CHANGED);
    assert_int_equal(queued("hook", &deliveries), 1);
    assert_str(deliveries[0].job_name, "new");
}

static void jobs_that_a_list_does_not_meet_are_gone(void **state)
{
    struct delivery *deliveries;
    struct job_record a = job("a", "running", 0);
    struct job_record b = job("b", "running", 1);
    struct err err;

    (void)state;
    register_webhook("hook");
    record(&a);
    record(&b);
    list_ends(2);
    assert_int_equal(job_list_begin(redis, CLUSTER, &err), 0);
    record(&a);
    list_ends(1);
    assert_int_equal(queued("hook", &deliveries), 1);
    assert_str(deliveries[0].event, "job.deleted");
    assert_str(deliveries[0].job_name, "b");
}

static void the_history_is_bounded_and_read_page_by_page(void **state)
{
    const struct job_place newest = {.finished_at = INT64_MAX, .uid = ""};
    struct job_entry *entries;
    size_t count;
    struct err err;

    (void)state;
    for (long i = 0; i < 5; i++) {
        char uid[8];
        struct job_record r;

        snprintf(uid, sizeof(uid), "u%ld", i);
        r = job(uid, "succeeded", i);
        r.finished_at = clock_now() - 100 + i / 2;
        record(&r);
    }
    assert_int_equal(job_history_read(redis, arena, CLUSTER, &newest, 0, &entries, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_string_equal(entries[0].uid, "u4");
    assert_string_equal(entries[1].uid, "u3");
    assert_string_equal(entries[2].uid, "u2");
    {
        const struct job_place second = {.finished_at = entries[1].finished_at, .uid = "u3"};

        assert_int_equal(job_history_read(redis, arena, CLUSTER, &second, 0, &entries, &count, &err), 0);
    }
    assert_int_equal(count, 1);
    assert_string_equal(entries[0].uid, "u2");
    assert_int_equal(job_history_read(redis, arena, CLUSTER, &newest, clock_now(), &entries, &count, &err), 0);
    assert_int_equal(count, 0);
}

static void a_cluster_that_is_not_connected_is_forgotten(void **state)
{
    struct job_record r = job("a", "succeeded", 0);
    const char *version;
    long count;
    struct err err;

    (void)state;
    record(&r);
    list_ends(1);
    assert_int_equal(job_records_tidy(redis, ME, &err), 0);
    assert_int_equal(job_watch_read(redis, arena, CLUSTER, &version, &err), 0);
    assert_string_equal(version, "");
    assert_int_equal(job_history_count(redis, CLUSTER, &count, &err), 0);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_change_is_queued_once_with_an_id_of_its_own, setup),
        cmocka_unit_test_setup(what_is_stored_is_not_overtaken_by_who_knows_more, setup),
        cmocka_unit_test_setup(who_does_not_lead_changes_nothing, setup),
        cmocka_unit_test_setup(the_lease_is_one_agents_and_counts, setup),
        cmocka_unit_test_setup(what_a_first_list_finds_from_before_the_connection_is_no_news, setup),
        cmocka_unit_test_setup(jobs_that_a_list_does_not_meet_are_gone, setup),
        cmocka_unit_test_setup(the_history_is_bounded_and_read_page_by_page, setup),
        cmocka_unit_test_setup(a_cluster_that_is_not_connected_is_forgotten, setup),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
