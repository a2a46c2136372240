/* A Job as the API tells of it. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/limits.h"
#include "kube/job.h"

static cJSON *parse(const char *text)
{
    const char *why;
    cJSON *object = json_tree(str_from(text), 32, &why);

    assert_non_null(object);
    return object;
}

#define CONDITION(type) "{\"type\":\"" type "\",\"status\":\"True\",\"reason\":\"R\",\"message\":\"m\"}"
#define JOB(spec, status) "{\"metadata\":{\"name\":\"j\"},\"spec\":{" spec "},\"status\":{" status "}}"

static void states(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *object;
        enum job_state state;
    } rows[] = {
        {__LINE__, "what is no job is unknown", "{}", JOB_UNKNOWN},
        {__LINE__, "so is what is no object", "[1]", JOB_UNKNOWN},
        {__LINE__, "without a status it has not begun", "{\"metadata\":{},\"spec\":{}}", JOB_PENDING},
        {__LINE__, "a pod that is not ready is waited for", JOB("", "\"active\":1,\"ready\":0"), JOB_PENDING},
        {__LINE__, "one that is runs", JOB("", "\"active\":1,\"ready\":1"), JOB_RUNNING},
        {__LINE__, "an API server that does not count the ready", JOB("", "\"active\":1"), JOB_RUNNING},
        {__LINE__, "between two tries it is under way", JOB("", "\"failed\":1,\"ready\":0"), JOB_RUNNING},
        {__LINE__, "one of several has succeeded", JOB("", "\"active\":1,\"ready\":0,\"succeeded\":1"), JOB_RUNNING},
        {__LINE__, "complete", JOB("", "\"succeeded\":1,\"conditions\":[" CONDITION("Complete") "]"), JOB_SUCCEEDED},
        {__LINE__, "failed", JOB("", "\"failed\":1,\"conditions\":[" CONDITION("Failed") "]"), JOB_FAILED},
        {__LINE__, "about to fail, while pods still end",
         JOB("", "\"failed\":1,\"conditions\":[" CONDITION("FailureTarget") "]"), JOB_RUNNING},
        {__LINE__, "a condition that is not true says nothing",
         JOB("", "\"conditions\":[{\"type\":\"Failed\",\"status\":\"False\"}]"), JOB_PENDING},
        {__LINE__, "suspended", JOB("\"suspend\":true", ""), JOB_SUSPENDED},
        {__LINE__, "one that ended is not suspended any more",
         JOB("\"suspend\":true", "\"conditions\":[" CONDITION("Complete") "]"), JOB_SUCCEEDED},
        {__LINE__, "texts where numbers should be", JOB("", "\"active\":\"1\",\"failed\":\"2\""), JOB_PENDING},
        {__LINE__, "a number where a list should be", JOB("", "\"conditions\":7"), JOB_PENDING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *object = parse(rows[i].object);
        struct job job;

        job_read(object, &job);
        row_true(rows[i].line, rows[i].sentence, job.state == rows[i].state);
        cJSON_Delete(object);
    }
}

static void names_of_states(void **state)
{
    (void)state;
    for (unsigned i = 0; i < JOB_STATE__MAX; i++) {
        assert_int_equal(job_state_find(str_from(job_state_name((enum job_state)i))), i);
        assert_int_equal(job_state_is_final((enum job_state)i), i == JOB_SUCCEEDED || i == JOB_FAILED);
    }
    assert_int_equal(job_state_find(STR("done")), JOB_STATE__MAX);
}

static void bodies(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *object;
        const char *part;
    } rows[] = {
        {__LINE__, "what is not there is null, what is counted is 0",
         "{\"metadata\":{\"name\":\"j\",\"namespace\":\"n\"},\"spec\":{}}",
         "{\"job_name\":\"j\",\"namespace\":\"n\",\"cluster\":\"c\",\"state\":\"pending\",\"active\":0,\"succeeded\":0,"
         "\"failed\":0,\"completions\":null,\"parallelism\":1,\"backoff_limit\":6,\"suspended\":false,"
         "\"creation_time\":null,\"start_time\":null,\"completion_time\":null,\"duration_seconds\":null,"
         "\"conditions\":[],\"failure_reason\":null,\"template\":null,\"cronjob\":null,\"labels\":{}"},
        {__LINE__, "a job that succeeded lasted until its completion",
         JOB("", "\"startTime\":\"2026-11-21T08:00:00Z\",\"completionTime\":\"2026-11-21T08:01:05Z\","
                 "\"conditions\":[" CONDITION("Complete") "]"),
         "\"completion_time\":\"2026-11-21T08:01:05Z\",\"duration_seconds\":65"},
        {__LINE__, "one that failed until it did",
         JOB("", "\"startTime\":\"2026-11-21T08:00:00Z\",\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\","
                 "\"reason\":\"DeadlineExceeded\",\"message\":\"too long\","
                 "\"lastTransitionTime\":\"2026-11-21T08:00:10Z\"}]"),
         "\"completion_time\":null,\"duration_seconds\":10"},
        {__LINE__, "and says why",
         JOB("", "\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"DeadlineExceeded\","
                 "\"message\":\"too long\"}]"),
         "\"failure_reason\":\"DeadlineExceeded: too long\""},
        {__LINE__, "times that can not be read give no duration",
         JOB("", "\"startTime\":\"today\",\"completionTime\":\"2026-11-21T08:01:05Z\","
                 "\"conditions\":[" CONDITION("Complete") "]"),
         "\"duration_seconds\":null"},
        {__LINE__, "where it comes from stands in its labels and owners",
         "{\"metadata\":{\"name\":\"j\",\"labels\":{\"eksgate/template\":\"t\",\"eksgate/template-version\":\"3\"},"
         "\"ownerReferences\":[{\"kind\":\"CronJob\",\"name\":\"nightly\"}]},\"spec\":{}}",
         "\"template\":{\"name\":\"t\",\"version\":3},\"cronjob\":\"nightly\""},
        {__LINE__, "a version that is no number is none",
         "{\"metadata\":{\"labels\":{\"eksgate/template\":\"t\",\"eksgate/template-version\":\"x\"}},\"spec\":{}}",
         "\"template\":{\"name\":\"t\",\"version\":null}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *object = parse(rows[i].object);
        struct buf out;
        struct json j;
        struct job job;

        buf_init(&out, MIB(1));
        json_init(&j, &out);
        json_object_open(&j, NULL);
        job_read(object, &job);
        job_write_members(&j, &job, STR("c"));
        json_object_close(&j);
        row_true(rows[i].line, rows[i].sentence, strstr(out.ptr, rows[i].part) != NULL);
        buf_free(&out);
        cJSON_Delete(object);
    }
}

#define POD(phase, status) "{\"metadata\":{\"name\":\"p\"},\"status\":{\"phase\":\"" phase "\"," status "}}"
#define WAITS "\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"waiting\":{\"reason\":\"R\",\"message\":\"m\"}}}]"

static void what_pods_wait_for(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *pods;
        const char *waiting;
    } rows[] = {
        {__LINE__, "none are known", "{}", "[]"},
        {__LINE__, "a container waits", "{\"items\":[" POD("Pending", WAITS) "]}",
         "[{\"pod\":\"p\",\"container\":\"c\",\"reason\":\"R\",\"message\":\"m\"}]"},
        {__LINE__, "a pod that has ended does not", "{\"items\":[" POD("Failed", WAITS) "]}", "[]"},
        {__LINE__, "no node takes the pod",
         "{\"items\":[" POD("Pending", "\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\","
                                       "\"reason\":\"Unschedulable\",\"message\":\"no\"}]") "]}",
         "[{\"pod\":\"p\",\"container\":null,\"reason\":\"Unschedulable\",\"message\":\"no\"}]"},
        {__LINE__, "one that runs does not wait",
         "{\"items\":[" POD("Running", "\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"running\":{}}}]") "]}",
         "[]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *pods = parse(rows[i].pods);
        struct buf out;
        struct json j;

        buf_init(&out, MIB(1));
        json_init(&j, &out);
        json_array_open(&j, NULL);
        job_write_waiting(&j, pods);
        json_array_close(&j);
        row_str(rows[i].line, buf_str(&out), rows[i].waiting);
        buf_free(&out);
        cJSON_Delete(pods);
    }
}

static void where_its_pods_are(void **state)
{
    cJSON *object = parse("{\"metadata\":{\"namespace\":\"n\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a/b\":\"c\","
                          "\"d\":\"e\"}}}}");
    cJSON *none = parse("{\"metadata\":{\"namespace\":\"n\"},\"spec\":{}}");
    struct buf path;

    (void)state;
    buf_init(&path, 1024);
    assert_int_equal(job_pods_path(object, &path), 0);
    assert_string_equal(path.ptr, "/api/v1/namespaces/n/pods?labelSelector=a%2Fb%3Dc%2Cd%3De");
    buf_reset(&path);
    assert_int_equal(job_pods_path(none, &path), -1);
    buf_free(&path);
    cJSON_Delete(object);
    cJSON_Delete(none);
}

#define EVENT(when, message) "{\"reason\":\"FailedCreate\",\"message\":\"" message "\"," when "}"
#define TOLD(message) "[{\"pod\":null,\"container\":null,\"reason\":\"FailedCreate\",\"message\":\"" message "\"}]"

static void why_pods_can_not_be_made(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *events;
        const char *refusal;
    } rows[] = {
        {__LINE__, "nobody says", "{}", "[]"},
        {__LINE__, "one event", "{\"items\":[" EVENT("\"lastTimestamp\":\"2026-11-21T08:00:00Z\"", "a") "]}",
         TOLD("a")},
        {__LINE__, "the newest counts",
         "{\"items\":[" EVENT("\"lastTimestamp\":\"2026-11-21T08:00:02Z\"",
                              "a") "," EVENT("\"lastTimestamp\":\"2026-11-21T08:00:01Z\"", "b") "]}",
         TOLD("a")},
        {__LINE__, "whichever form its time has",
         "{\"items\":[" EVENT("\"lastTimestamp\":null,\"eventTime\":\"2026-11-21T08:00:02.000000Z\"",
                              "a") "," EVENT("\"lastTimestamp\":\"2026-11-21T08:00:01Z\"", "b") "]}",
         TOLD("a")},
        {__LINE__, "none has a time", "{\"items\":[" EVENT("\"a\":1", "a") "," EVENT("\"a\":1", "b") "]}", TOLD("b")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *events = parse(rows[i].events);
        struct buf out;
        struct json j;

        buf_init(&out, MIB(1));
        json_init(&j, &out);
        json_array_open(&j, NULL);
        job_write_refusal(&j, events);
        json_array_close(&j);
        row_str(rows[i].line, buf_str(&out), rows[i].refusal);
        buf_free(&out);
        cJSON_Delete(events);
    }
}

/* Events are asked for where pods are missing, and nowhere else. */
static void whose_events_are_read(void **state)
{
#define MISSING(spec, status)                                                                                          \
    "{\"metadata\":{\"namespace\":\"n\",\"uid\":\"u-1\"},\"spec\":{" spec "},\"status\":{" status "}}"
    static const struct {
        int line;
        const char *job;
        bool read;
    } rows[] = {
        {__LINE__, MISSING("", ""), true},
        {__LINE__, MISSING("", "\"active\":1"), false},
        {__LINE__, MISSING("\"parallelism\":3", "\"active\":2"), true},
        {__LINE__, MISSING("\"parallelism\":3,\"completions\":5", "\"active\":2,\"succeeded\":3"), false},
        {__LINE__, MISSING("\"parallelism\":3,\"completions\":5", "\"active\":1,\"succeeded\":3"), true},
        {__LINE__, MISSING("\"parallelism\":0", ""), false},
        {__LINE__, MISSING("\"suspend\":true", ""), false},
        {__LINE__, MISSING("", "\"conditions\":[" CONDITION("Failed") "]"), false},
        {__LINE__, "{\"metadata\":{\"namespace\":\"n\"},\"spec\":{}}", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *job = parse(rows[i].job);
        struct buf path;

        buf_init(&path, 1024);
        row_int(rows[i].line, job_events_path(job, &path), rows[i].read ? 0 : -1);
        if (rows[i].read)
            assert_string_equal(path.ptr, "/api/v1/namespaces/n/events?fieldSelector=reason%3DFailedCreate"
                                          "%2CinvolvedObject.uid%3Du-1");
        buf_free(&path);
        cJSON_Delete(job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states),
        cmocka_unit_test(names_of_states),
        cmocka_unit_test(bodies),
        cmocka_unit_test(what_pods_wait_for),
        cmocka_unit_test(where_its_pods_are),
        cmocka_unit_test(why_pods_can_not_be_made),
        cmocka_unit_test(whose_events_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
