/* Whether what runs is ready, and why not; and what pods ask for. */
#include "tests/unit/rows.h"

#include "kube/resources.h"
#include "kube/workload.h"

#define CONDITION(type, status, rest) "{\"type\":\"" type "\",\"status\":\"" status "\"" rest "}"
#define SINCE ",\"lastTransitionTime\":\"2026-11-21T07:00:00Z\""

static void it_is_told_what_is_ready_and_why_not(void **state)
{
    static const struct {
        int line;
        enum workload_kind kind;
        const char *object;
        const char *status; /* of a pod, as kubectl prints it */
        const char *is;     /* "ready", "over", "starting", "broken" */
        const char *reason;
        const char *since;
    } rows[] = {
        {__LINE__, WORKLOAD_DEPLOYMENT, "{}", NULL, "broken", NULL, NULL},
        {__LINE__, WORKLOAD_DEPLOYMENT, "{\"spec\":{\"replicas\":0}}", NULL, "ready", NULL, NULL},
        {__LINE__, WORKLOAD_DEPLOYMENT,
         "{\"metadata\":{\"generation\":2},\"spec\":{\"replicas\":1},\"status\":{\"readyReplicas\":1,"
         "\"observedGeneration\":1}}",
         NULL, "broken", NULL, NULL},
        {__LINE__, WORKLOAD_DEPLOYMENT,
         "{\"status\":{\"conditions\":[" CONDITION("Available", "False", ",\"reason\":\"Few\"") "," CONDITION(
             "Progressing", "False", ",\"reason\":\"ProgressDeadlineExceeded\"" SINCE) "]}}",
         NULL, "broken", "ProgressDeadlineExceeded", "2026-11-21T07:00:00Z"},
        {__LINE__, WORKLOAD_DAEMONSET, "{\"status\":{\"desiredNumberScheduled\":2,\"numberReady\":1}}", NULL, "broken",
         NULL, NULL},
        {__LINE__, WORKLOAD_DAEMONSET, "{\"status\":{\"desiredNumberScheduled\":0}}", NULL, "ready", NULL, NULL},
        {__LINE__, WORKLOAD_STATEFULSET, "{\"spec\":{\"replicas\":2},\"status\":{\"readyReplicas\":3}}", NULL, "ready",
         NULL, NULL},
        {__LINE__, WORKLOAD_POD, "{}", NULL, "broken", "Unknown", NULL},
        {__LINE__, WORKLOAD_POD, "null", "", "broken", "", NULL},
        {__LINE__, WORKLOAD_POD,
         "{\"status\":{\"phase\":\"Running\",\"conditions\":[" CONDITION("Ready", "True", "") "]}}", "Running", "ready",
         NULL, NULL},
        {__LINE__, WORKLOAD_POD,
         "{\"status\":{\"phase\":\"Pending\",\"conditions\":[" CONDITION("Ready", "True", "") "]}}", "Pending",
         "starting", "Pending", NULL},
        {__LINE__, WORKLOAD_POD,
         "{\"status\":{\"phase\":\"Running\",\"conditions\":[" CONDITION(
             "Ready", "False", ",\"reason\":\"ContainersNotReady\"" SINCE) "]}}",
         "Running", "starting", "ContainersNotReady", "2026-11-21T07:00:00Z"},
        {__LINE__, WORKLOAD_POD, "{\"metadata\":{\"creationTimestamp\":\"then\"},\"status\":{\"phase\":\"Running\"}}",
         "Init:Error", "broken", "Init:Error", "then"},
        {__LINE__, WORKLOAD_POD, "{\"status\":{\"phase\":\"Pending\"}}", "Init:0/2", "starting", "Init:0/2", NULL},
        {__LINE__, WORKLOAD_POD, "{\"status\":{\"phase\":\"Succeeded\"}}", "Completed", "over", NULL, NULL},
        {__LINE__, WORKLOAD_POD, "{\"status\":{\"phase\":\"Failed\"}}", "Evicted", "broken", "Evicted", NULL},
        {__LINE__, WORKLOAD_POD,
         "{\"status\":{\"phase\":\"Pending\",\"conditions\":[" CONDITION("PodScheduled", "False",
                                                                         ",\"reason\":\"Unschedulable\"" SINCE) "]}}",
         "Pending", "starting", "Pending", "2026-11-21T07:00:00Z"},
        {__LINE__, WORKLOAD_POD, "{\"status\":{\"phase\":7,\"conditions\":[1,null,{\"type\":\"Ready\"}]}}", "Running",
         "starting", "NotReady", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *object = json_tree(str_from(rows[i].object), 8, &why);
        struct workload_state told;

        workload_read(rows[i].kind, object, rows[i].status, &told);
        row_text(rows[i].line,
                 told.is_ready      ? "ready"
                 : told.is_over     ? "over"
                 : told.is_starting ? "starting"
                                    : "broken",
                 rows[i].is);
        row_text(rows[i].line, told.reason ? told.reason : "(none)", rows[i].reason ? rows[i].reason : "(none)");
        row_text(rows[i].line, told.since ? told.since : "(none)", rows[i].since ? rows[i].since : "(none)");
        cJSON_Delete(object);
    }
}

static void what_containers_say_goes_before_conditions(void **state)
{
    static const char text[] = "{\"status\":{\"phase\":\"Pending\",\"conditions\":[" CONDITION(
        "Ready", "False",
        ",\"message\":\"unready\"") "],"
                                    "\"initContainerStatuses\":[{\"state\":{\"terminated\":{\"exitCode\":0}}}],"
                                    "\"containerStatuses\":[{\"state\":{\"waiting\":{\"message\":\"Back-off pulling "
                                    "image\"}}}]}}";
    const char *why;
    cJSON *pod = json_tree(str_from(text), 8, &why);
    struct workload_state told;

    (void)state;
    workload_read(WORKLOAD_POD, pod, "ImagePullBackOff", &told);
    assert_string_equal(told.message, "Back-off pulling image");
    cJSON_Delete(pod);
}

static void owners_are_those_that_control(void **state)
{
    const char *why;
    cJSON *pod = json_tree(
        STR("{\"metadata\":{\"ownerReferences\":[{\"uid\":\"a\"},{\"uid\":\"b\",\"controller\":true}]}}"), 8, &why);

    (void)state;
    assert_string_equal(owner_uid(pod), "b");
    assert_null(owner_uid(NULL));
    cJSON_Delete(pod);
}

static void broken_amounts_ask_for_nothing_and_limit_nothing(void **state)
{
    struct resources sum = {{0, 0}, {0, 0}};
    const char *why;
    cJSON *pod =
        json_tree(STR("{\"spec\":{\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"-1\",\"memory\":\"many\"},"
                      "\"limits\":{\"cpu\":\"1\",\"memory\":\"7Ei\"}}},{\"resources\":{\"limits\":{\"cpu\":1,"
                      "\"memory\":\"7Ei\"}}}]}}"),
                  8, &why);

    (void)state;
    resources_add_pod(pod, &sum);
    assert_int_equal(sum.requests.cpu, 0);
    assert_int_equal(sum.requests.memory, 0);
    assert_int_equal(sum.limits.cpu, -1);
    assert_true(sum.limits.memory == INT64_MAX);
    cJSON_Delete(pod);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_what_is_ready_and_why_not),
        cmocka_unit_test(what_containers_say_goes_before_conditions),
        cmocka_unit_test(owners_are_those_that_control),
        cmocka_unit_test(broken_amounts_ask_for_nothing_and_limit_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
