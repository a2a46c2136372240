/* What a run is in Kubernetes, field by field, and how it stands by what the cluster tells of it. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/run_job.h"
#include "agent/run_outcome.h"
#include "agent/run_status.h"

#define A10 "aaaaaaaaaa"
#define LONG A10 A10 A10 A10 A10 A10 A10

static const struct config config = {.provision_image = "registry.example/eksgate-worker:1",
                                     .provision_account = "eksgate-worker",
                                     .provision_credentials = "serviceaccount",
                                     .provision_secret = "aws-creds",
                                     .provision_grace = 120};

static const struct run_texts texts = {.vars = {"{\"cluster_name\":\"demo\"}", 23}};

static struct run run_of(const char *op, const char *job, const char *cluster)
{
    return (struct run){
        .id = STR("r1795285200123beef"), .cluster = str_from(cluster), .op = str_from(op), .job_name = str_from(job)};
}

static cJSON *read_golden(const char *name)
{
    static char text[65536];
    char path[512];
    const char *why;
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "%s/%s", GOLDEN, name);
    file = fopen(path, "r");
    assert_non_null(file);
    n = fread(text, 1, sizeof(text), file);
    fclose(file);
    return json_tree((struct str){text, n}, 64, &why);
}

static void check_golden(cJSON *object, const char *name)
{
    cJSON *expected = read_golden(name);

    assert_non_null(object);
    assert_non_null(expected);
    if (!cJSON_Compare(object, expected, true))
        fail_msg("%s differs:\n%s", name, cJSON_Print(object));
    cJSON_Delete(expected);
    cJSON_Delete(object);
}

static void the_job_is_this(void **state)
{
    const struct run run = run_of("provision", "provision-demo", "demo");

    (void)state;
    check_golden(run_job_new(&config, &run, &texts, NULL), "job-provision.json");
}

/* The last choice of credentials, a private registry, an approved plan, a state in S3, a role in another account. */
static void everything_that_may_be_said_is_said(void **state)
{
    struct config all = config;
    struct run run = run_of("apply", "apply-demo", "demo");
    struct run_texts more = texts;
    const char *why;
    cJSON *order = json_tree(STR("{\"role_arn\":\"arn:aws:iam::111122223333:role/r\",\"external_id\":\"x\"}"), 4, &why);

    (void)state;
    all.provision_credentials = "secret";
    all.provision_pull_secret = "regcred";
    run.approves = STR("r1795285200000aaaa");
    run.plan_hash = STR("sha256:ab");
    more.backend = STR("bucket = \"b\"");
    more.ended = STR("r1795285100000aaaa,r1795285000000aaaa");
    check_golden(run_job_new(&all, &run, &more, order), "job-apply.json");
    cJSON_Delete(order);
}

static void claims_outlive_runs(void **state)
{
    struct config with_class = config;
    const struct run run = run_of("test", "test-demo", "demo");

    (void)state;
    check_golden(run_claim_new(&config, &run, RUN_CLAIM_STATE, "20261121"), "claim-state.json");
    with_class.provision_storage_class = "eks-provisioner";
    check_golden(run_claim_new(&with_class, &run, RUN_CLAIM_LOGS, NULL), "claim-logs.json");
}

static void what_is_not_told_any_more_goes(void **state)
{
    const struct run run = run_of("test", "test-demo", "demo");
    cJSON *made = run_config_map_new(&run, &texts, false);
    cJSON *changed = run_config_map_new(&run, &texts, true);

    (void)state;
    assert_string_equal(json_find_text(made, "metadata.name"), "tfvars-demo");
    assert_int_equal(cJSON_GetArraySize(json_find(made, "data")), 1);
    assert_int_equal(cJSON_GetArraySize(json_find(changed, "data")), 3);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json_find(changed, "data"), "allow.json")));
    cJSON_Delete(made);
    cJSON_Delete(changed);
}

static const char *mark(const cJSON *object, const char *where, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json_find(object, where), name));
}

static void names_that_are_too_long_stand_whole_in_an_annotation(void **state)
{
    const struct run run = run_of("provision", "provision-x", LONG);
    cJSON *job = run_job_new(&config, &run, &texts, NULL);

    (void)state;
    assert_true(strlen(mark(job, "metadata.labels", "cluster")) <= 63);
    assert_string_equal(mark(job, "spec.template.metadata.labels", "cluster"), mark(job, "metadata.labels", "cluster"));
    assert_string_equal(mark(job, "metadata.annotations", "eksgate.io/cluster"), LONG);
    assert_int_equal(strlen(mark(job, "metadata.labels", "eksgate.io/cluster-hash")), 8);
    cJSON_Delete(job);
}

static void how_long_jobs_may_take(void **state)
{
    (void)state;
    assert_int_equal(run_deadline(STR("test")), 900);
    assert_int_equal(run_deadline(STR("drift")), 900);
    assert_int_equal(run_deadline(STR("provision")), 5400);
    assert_int_equal(run_deadline(STR("upgrade")), 5400);
    assert_int_equal(run_deadline(STR("destroy")), 3600);
}

#define COMPLETE "{\"status\":{\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\"}]}}"
#define FAILED(reason)                                                                                                 \
    "{\"status\":{\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"" reason                       \
    "\",\"message\":\"said\"}]}}"
#define POD(phase, rest)                                                                                               \
    "{\"items\":[{\"metadata\":{\"name\":\"p\",\"creationTimestamp\":\"2026-11-21T08:00:00Z\"},\"status\":{"           \
    "\"phase\":\"" phase "\"" rest "}}]}"
#define CONTAINER(state) ",\"containerStatuses\":[{\"state\":{" state "}}]"
#define WAITING(reason, message) CONTAINER("\"waiting\":{\"reason\":\"" reason "\",\"message\":\"" message "\"}")
#define ENDED(code, reason) CONTAINER("\"terminated\":{\"exitCode\":" #code ",\"reason\":\"" reason "\"}")

static void how_a_run_stands(void **state)
{
    static const struct {
        int line;
        const char *job;
        const char *pods;
        const char *phase;
        const char *message;
        bool has_finished;
        bool has_succeeded;
        bool has_log;
        bool has_ended;
        int exit_code;
    } rows[] = {
        {__LINE__, "{}", "{\"items\":[]}", "Pending", "", false, false, false, false, -1},
        {__LINE__, "{}", POD("Pending", ""), "Pending", "", false, false, false, false, -1},
        {__LINE__, "{}", POD("Pending", WAITING("ContainerCreating", "")), "Pending", "", false, false, false, false,
         -1},
        {__LINE__, "{}", POD("Pending", WAITING("ImagePullBackOff", "no such image")), "Pending",
         "ImagePullBackOff: no such image", false, false, false, false, -1},
        {__LINE__, "{}", POD("Pending", WAITING("CreateContainerConfigError", "secret not found")), "Pending",
         "CreateContainerConfigError: secret not found", false, false, false, false, -1},
        {__LINE__, "{}",
         POD("Pending", ",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\",\"reason\":"
                        "\"Unschedulable\",\"message\":\"unbound immediate PersistentVolumeClaims\"}]"),
         "Pending", "Unschedulable: unbound immediate PersistentVolumeClaims", false, false, false, false, -1},
        {__LINE__, "{}", POD("Running", CONTAINER("\"running\":{}")), "Running", "", false, false, true, false, -1},
        {__LINE__, "{}", POD("Succeeded", ENDED(0, "Completed")), "Succeeded", "", false, false, true, true, 0},
        {__LINE__, COMPLETE, POD("Succeeded", ENDED(0, "Completed")), "Succeeded", "", true, true, true, true, 0},
        {__LINE__, COMPLETE, "{\"items\":[]}", "Succeeded", "", true, true, false, false, -1},
        {__LINE__, FAILED("BackoffLimitExceeded"), POD("Failed", ENDED(1, "Error")), "Failed", "", true, false, true,
         true, 1},
        {__LINE__, FAILED("PodFailurePolicy"), POD("Failed", ENDED(143, "Error")), "Failed", "", true, false, true,
         true, 143},
        {__LINE__, FAILED("BackoffLimitExceeded"), "{\"items\":[]}", "Failed", "BackoffLimitExceeded: said", true,
         false, false, false, -1},
        {__LINE__, FAILED("DeadlineExceeded"), "{\"items\":[]}", "Failed",
         "DeadlineExceeded: the run took longer than its Job may", true, false, false, false, -1},
        {__LINE__, FAILED("BackoffLimitExceeded"), POD("Failed", ENDED(137, "OOMKilled")), "Failed",
         "OOMKilled: the worker needed more memory than its limit", true, false, true, true, 137},
        {__LINE__, FAILED("BackoffLimitExceeded"),
         POD("Failed", ",\"reason\":\"Evicted\",\"message\":\"The node was low on resource\""), "Failed",
         "Evicted: The node was low on resource", true, false, false, false, -1},
        {__LINE__, "{\"status\":{\"conditions\":[{\"type\":\"Suspended\",\"status\":\"True\"}]}}", "{\"items\":[]}",
         "Pending", "Suspended: somebody has suspended the Job", false, false, false, false, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *job = json_tree(str_from(rows[i].job), 16, &why);
        cJSON *pods = json_tree(str_from(rows[i].pods), 16, &why);
        struct run_status status;

        row_true(rows[i].line, "the row can be read", job && pods);
        run_status_read(job, pods, &status);
        row_text(rows[i].line, status.phase, rows[i].phase);
        row_text(rows[i].line, status.message, rows[i].message);
        row_int(rows[i].line, status.has_finished, rows[i].has_finished);
        row_int(rows[i].line, status.has_succeeded, rows[i].has_succeeded);
        row_int(rows[i].line, status.has_log, rows[i].has_log);
        row_int(rows[i].line, status.has_ended, rows[i].has_ended);
        row_int(rows[i].line, status.exit_code, rows[i].exit_code);
        cJSON_Delete(job);
        cJSON_Delete(pods);
    }
}

static void the_newest_pod_counts(void **state)
{
    const char *why;
    cJSON *pods = json_tree(STR("{\"items\":[{\"metadata\":{\"name\":\"old\",\"creationTimestamp\":"
                                "\"2026-11-21T08:00:00Z\"},\"status\":{\"phase\":\"Failed\"}},{\"metadata\":{\"name\":"
                                "\"new\",\"creationTimestamp\":\"2026-11-21T08:00:01Z\"},\"status\":{\"phase\":"
                                "\"Running\"}}]}"),
                            16, &why);
    struct run_status status;

    (void)state;
    run_status_read(NULL, pods, &status);
    assert_string_equal(status.pod, "new");
    assert_string_equal(status.phase, "Running");
    cJSON_Delete(pods);
}

/* From how a run ended to what is said of it, and what its cluster is from then on. */
static void what_a_run_came_to(void **state)
{
    static const struct {
        int line;
        const char *op;
        bool plan_only;
        enum report_phase phase;
        const char *was; /* the cluster */
        bool applies;
        bool cancelled;
        int exit_code;
        const char *status;
        const char *state;
        const char *event;
        bool applied;
        bool is_gone;
    } rows[] = {
        {__LINE__, "test", false, REPORT_PLANNED, "none", false, false, 0, "completed", "", "provision.completed",
         false, false},
        {__LINE__, "drift", false, REPORT_PLANNED, "present", false, false, 0, "planned", "", "provision.planned",
         false, false},
        {__LINE__, "drift", false, REPORT_UNCHANGED, "present", false, false, 0, "completed", "", "provision.completed",
         false, false},
        {__LINE__, "upgrade", true, REPORT_PLANNED, "present", false, false, 0, "planned", "", "provision.planned",
         false, false},
        {__LINE__, "upgrade", true, REPORT_UNCHANGED, "present", false, false, 0, "completed", "",
         "provision.completed", false, false},
        {__LINE__, "provision", false, REPORT_SUCCEEDED, "none", true, false, 0, "completed", "present",
         "provision.completed", true, false},
        {__LINE__, "update", false, REPORT_UNCHANGED, "present", false, false, 0, "completed", "present",
         "provision.completed", true, false},
        {__LINE__, "apply", false, REPORT_SUCCEEDED, "present", true, false, 0, "completed", "present",
         "provision.completed", true, false},
        {__LINE__, "destroy", false, REPORT_SUCCEEDED, "present", true, false, 0, "completed", "destroyed",
         "provision.destroyed", false, true},
        {__LINE__, "destroy", false, REPORT_UNCHANGED, "partial", false, false, 0, "completed", "destroyed",
         "provision.destroyed", false, true},
        {__LINE__, "unlock", false, REPORT_SUCCEEDED, "present", false, false, 0, "completed", "", "", false, false},
        {__LINE__, "provision", false, REPORT_FAILED, "none", true, false, 1, "failed", "partial", "provision.failed",
         false, false},
        {__LINE__, "provision", false, REPORT_FAILED, "none", false, false, 1, "failed", "", "provision.failed", false,
         false},
        {__LINE__, "upgrade", false, REPORT_FAILED, "present", true, false, 1, "failed", "", "provision.failed", false,
         false},
        {__LINE__, "destroy", false, REPORT_FAILED, "present", true, false, 1, "failed", "partial", "provision.failed",
         false, false},
        {__LINE__, "upgrade", false, REPORT_BLOCKED, "present", false, false, 3, "blocked", "", "provision.blocked",
         false, false},
        {__LINE__, "provision", false, REPORT_CANCELLED, "none", true, true, 143, "cancelled", "partial",
         "provision.cancelled", false, false},
        {__LINE__, "provision", false, REPORT_APPLY, "none", true, true, 137, "cancelled", "partial",
         "provision.cancelled", false, false},
        {__LINE__, "provision", false, REPORT_APPLY, "none", true, false, -1, "failed", "partial", "provision.failed",
         false, false},
        {__LINE__, "provision", false, REPORT_BEGINS, "none", false, false, 64, "failed", "", "provision.failed", false,
         false},
        /* It was asked too late. */
        {__LINE__, "provision", false, REPORT_SUCCEEDED, "none", true, true, 0, "completed", "present",
         "provision.completed", true, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct run_facts facts = {.op = str_from(rows[i].op),
                                        .plan_only = rows[i].plan_only,
                                        .phase = rows[i].phase,
                                        .state = str_from(rows[i].was),
                                        .applies = rows[i].applies,
                                        .cancel_asked = rows[i].cancelled,
                                        .exit_code = rows[i].exit_code};
        struct run_outcome outcome;

        run_outcome(&facts, &outcome);
        row_text(rows[i].line, outcome.status, rows[i].status);
        row_text(rows[i].line, outcome.state ? outcome.state : "", rows[i].state);
        row_text(rows[i].line, outcome.event ? outcome.event : "", rows[i].event);
        row_int(rows[i].line, outcome.applied, rows[i].applied);
        row_int(rows[i].line, outcome.is_gone, rows[i].is_gone);
        row_int(rows[i].line, outcome.is_present, rows[i].applied);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_job_is_this),
        cmocka_unit_test(everything_that_may_be_said_is_said),
        cmocka_unit_test(claims_outlive_runs),
        cmocka_unit_test(what_is_not_told_any_more_goes),
        cmocka_unit_test(names_that_are_too_long_stand_whole_in_an_annotation),
        cmocka_unit_test(how_long_jobs_may_take),
        cmocka_unit_test(how_a_run_stands),
        cmocka_unit_test(the_newest_pod_counts),
        cmocka_unit_test(what_a_run_came_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
