/* What a run tells of itself, and what is known after it. Lines marked "recorded" are terraform 1.11.4's own. */
#include "../rows.h"

#include <stdio.h>

#include "terraform/report.h"

#define AT 1795287600 /* 2026-11-21T19:00:00Z */
#define RESOURCE(address, type) "{\"addr\":\"" address "\",\"resource_type\":\"" type "\"}"
#define PLANNED(resource, action)                                                                                      \
    "{\"type\":\"planned_change\",\"change\":{\"resource\":" resource ",\"action\":\"" action "\"}}\n"
#define STARTED(resource, action)                                                                                      \
    "{\"type\":\"apply_start\",\"@timestamp\":\"2026-11-21T19:00:00Z\",\"hook\":{\"resource\":" resource               \
    ",\"action\":\"" action "\"}}\n"
#define COMPLETE(resource, action)                                                                                     \
    "{\"type\":\"apply_complete\",\"hook\":{\"resource\":" resource ",\"action\":\"" action "\"}}\n"
#define ERRORED(resource) "{\"type\":\"apply_errored\",\"hook\":{\"resource\":" resource ",\"action\":\"create\"}}\n"
#define PHASE(phase) "{\"type\":\"eksgate_phase\",\"phase\":\"" phase "\",\"rc\":0,\"at\":\"2026-11-21T19:00:00Z\"}\n"
#define CLUSTER RESOURCE("aws_eks_cluster.this", "aws_eks_cluster")
#define VPC RESOURCE("aws_vpc.this[0]", "aws_vpc")
#define ADDON(name) RESOURCE("aws_eks_addon." name, "aws_eks_addon")
#define DATA RESOURCE("data.aws_region.here", "aws_region")
#define LOCK_INFO                                                                                                      \
    "Error message: resource temporarily unavailable\\nLock Info:\\n  ID:        09ff87dd-5b69-c792\\n  Path:      "   \
    "terraform.tfstate\\n  Operation: OperationTypeApply\\n  Who:       root@vm\\n  Version:   1.11.4\\n  Created:   " \
    "2026-11-21 19:07:24.439261812 +0000 UTC\\n  Info:      \\n\\n\\nTerraform acquires a state lock"

static struct report *read_lines(const char *lines)
{
    struct report *s = report_new();
    struct str rest = str_from(lines);

    assert_non_null(s);
    while (rest.ptr)
        report_line(s, str_cut(&rest, '\n'), AT);
    return s;
}

static void progress_is_weighed_by_time(void **state)
{
    static const struct {
        int line;
        const char *what;
        const char *lines;
        int64_t seconds; /* since the start */
        const char *progress;
    } rows[] = {
        {__LINE__, "nothing is known", "", 0, "{\"done\":0,\"total\":0,\"percent\":0,\"eta_s\":null,\"current\":[]}"},
        {__LINE__, "what is read or stays is not counted", PLANNED(VPC, "read") PLANNED(VPC, "noop"), 0,
         "{\"done\":0,\"total\":0,\"percent\":0,\"eta_s\":null,\"current\":[]}"},
        {__LINE__, "a replaced resource counts twice", PLANNED(VPC, "replace") COMPLETE(VPC, "delete"), 0,
         "{\"done\":1,\"total\":2,\"percent\":50,\"eta_s\":1,\"current\":[]}"},
        {__LINE__, "a data source's read is not done work", PLANNED(VPC, "create") COMPLETE(DATA, "read"), 0,
         "{\"done\":0,\"total\":1,\"percent\":0,\"eta_s\":1,\"current\":[]}"},
        {__LINE__, "a cluster weighs more than a VPC",
         PLANNED(VPC, "create") PLANNED(CLUSTER, "create") COMPLETE(VPC, "create"), 0,
         "{\"done\":1,\"total\":2,\"percent\":0,\"eta_s\":600,\"current\":[]}"},
        {__LINE__, "what runs counts with its time",
         PLANNED(VPC, "create") PLANNED(CLUSTER, "create") COMPLETE(VPC, "create") STARTED(CLUSTER, "create"), 300,
         "{\"done\":1,\"total\":2,\"percent\":50,\"eta_s\":300,\"current\":[{\"address\":\"aws_eks_cluster.this\","
         "\"action\":\"create\",\"elapsed_s\":300,\"expected_s\":600}]}"},
        {__LINE__, "a late resource never counts as done", PLANNED(CLUSTER, "create") STARTED(CLUSTER, "create"), 9000,
         "{\"done\":0,\"total\":1,\"percent\":95,\"eta_s\":30,\"current\":[{\"address\":\"aws_eks_cluster.this\","
         "\"action\":\"create\",\"elapsed_s\":9000,\"expected_s\":600}]}"},
        {__LINE__, "the last 1 % is the end's", PLANNED(VPC, "create") COMPLETE(VPC, "create"), 0,
         "{\"done\":1,\"total\":1,\"percent\":99,\"eta_s\":0,\"current\":[]}"},
        {__LINE__, "the end", PLANNED(VPC, "create") COMPLETE(VPC, "create") PHASE("succeeded"), 0,
         "{\"done\":1,\"total\":1,\"percent\":100,\"eta_s\":null,\"current\":[]}"},
        {__LINE__, "a failed resource does not run any more",
         PLANNED(VPC, "create") STARTED(VPC, "create") ERRORED(VPC), 0,
         "{\"done\":0,\"total\":1,\"percent\":0,\"eta_s\":1,\"current\":[]}"},
        {__LINE__, "what the plan did not know is added", STARTED(VPC, "delete") COMPLETE(VPC, "delete"), 0,
         "{\"done\":1,\"total\":1,\"percent\":99,\"eta_s\":0,\"current\":[]}"},
        {__LINE__, "a plan that is made again begins anew", PLANNED(VPC, "create") PHASE("plan") PLANNED(VPC, "update"),
         0, "{\"done\":0,\"total\":1,\"percent\":0,\"eta_s\":1,\"current\":[]}"},
        {__LINE__, "a saved plan is told by us",
         "{\"type\":\"eksgate_plan\",\"tree\":[{\"address\":\"a.b\",\"type\":\"a\",\"action\":\"update\"}]}", 0,
         "{\"done\":0,\"total\":1,\"percent\":0,\"eta_s\":1,\"current\":[]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct report *s = read_lines(rows[i].lines);
        struct buf text;
        struct json j;

        buf_init(&text, KIB(16));
        json_init(&j, &text);
        report_write_progress(s, AT + rows[i].seconds, &j, NULL);
        row_str(rows[i].line, buf_str(&text), rows[i].progress);
        buf_free(&text);
        report_free(s);
    }
}

static void percent_never_falls(void **state)
{
    struct report *s = read_lines(PLANNED(VPC, "create") COMPLETE(VPC, "create"));

    (void)state;
    assert_int_equal(report_percent(s, AT), 99);
    report_line(s, STR(STARTED(CLUSTER, "create")), AT);
    assert_int_equal(report_percent(s, AT), 99);
    report_free(s);
}

static void resources_made_side_by_side_are_waited_for_once(void **state)
{
    struct report *s =
        read_lines(PLANNED(ADDON("a"), "create") PLANNED(ADDON("b"), "create") PLANNED(CLUSTER, "create"));

    (void)state;
    assert_int_equal(progress_eta(&s->progress, AT), 660);
    report_free(s);
}

static void phases_are_told(void **state)
{
    static const struct {
        int line;
        const char *text;
        enum report_phase phase;
        bool ended;
    } rows[] = {
        {__LINE__, "", REPORT_BEGINS, false},
        {__LINE__, PHASE("init"), REPORT_INIT, false},
        {__LINE__, PHASE("guard"), REPORT_GUARD, false},
        {__LINE__, PHASE("outputs"), REPORT_OUTPUTS, false},
        {__LINE__, PHASE("planned"), REPORT_PLANNED, true},
        {__LINE__, PHASE("blocked"), REPORT_BLOCKED, true},
        {__LINE__, PHASE("cancelled"), REPORT_CANCELLED, true},
        {__LINE__, PHASE("init") PHASE("dreaming"), REPORT_INIT, false},
        {__LINE__, "{\"type\":\"eksgate_phase\",\"phase\":\"init\"", REPORT_BEGINS, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct report *s = read_lines(rows[i].text);

        row_int(rows[i].line, s->phase, rows[i].phase);
        row_int(rows[i].line, report_has_ended(s), rows[i].ended);
        report_free(s);
    }
}

static void summaries_are_kept_apart(void **state)
{
    static const char planned[] = "{\"type\":\"change_summary\",\"changes\":{\"add\":2,\"change\":1,\"import\":3,"
                                  "\"remove\":4,\"operation\":\"plan\"}}";
    static const char applied[] = "{\"type\":\"change_summary\",\"changes\":{\"add\":1,\"change\":0,\"import\":0,"
                                  "\"remove\":0,\"operation\":\"apply\"}}";
    struct report *s = read_lines(planned);
    struct buf text;
    struct json j;

    (void)state;
    buf_init(&text, KIB(16));
    json_init(&j, &text);
    json_array_open(&j, NULL);
    report_write_changes(s, &j, NULL);
    assert_int_equal(report_line(s, str_from(applied), AT), REPORT_HAS_CHANGES);
    report_write_changes(s, &j, NULL);
    json_array_close(&j);
    assert_str(buf_str(&text), "[{\"add\":2,\"change\":1,\"destroy\":4,\"import\":3},"
                               "{\"add\":1,\"change\":0,\"destroy\":0,\"import\":0}]");
    assert_int_equal(s->planned.destroy, 4);
    buf_free(&text);
    report_free(s);
}

static void a_lock_in_the_way_is_told(void **state)
{
    /* recorded */
    struct report *s = read_lines(
        "{\"@level\":\"error\",\"@message\":\"Error: Error acquiring the state lock\",\"diagnostic\":{\"severity\":"
        "\"error\",\"summary\":\"Error acquiring the state lock\",\"detail\":\"" LOCK_INFO "\"},\"type\":"
        "\"diagnostic\"}");
    struct buf text;
    struct json j;

    (void)state;
    buf_init(&text, KIB(16));
    json_init(&j, &text);
    report_write_lock(s, &j, NULL);
    assert_str(buf_str(&text),
               "{\"id\":\"09ff87dd-5b69-c792\",\"who\":\"root@vm\",\"operation\":\"OperationTypeApply\","
               "\"created\":\"2026-11-21T19:07:24Z\",\"path\":\"terraform.tfstate\"}");
    assert_string_equal(s->message, "Error acquiring the state lock");
    buf_free(&text);
    report_free(s);
}

static void errors_in_plain_text_are_diagnostics(void **state)
{
    /* recorded, from init and plan without -json */
    struct report *s = read_lines("Initializing the backend...\n"
                                  "\xe2\x95\xb7\n\xe2\x94\x82 Error: Error acquiring the state lock\n\xe2\x94\x82\n"
                                  "\xe2\x94\x82 Lock Info:\n\xe2\x94\x82   ID:        09ff\n\xe2\x95\xb5\n");

    (void)state;
    assert_int_equal(s->diagnostic_count, 1);
    assert_string_equal(s->diagnostics[0].summary, "Error acquiring the state lock");
    assert_string_equal(s->diagnostics[0].detail, "Lock Info:\nID:        09ff");
    assert_string_equal(s->lock.id, "09ff");
    report_free(s);
}

static void diagnostics_are_bounded_and_errors_are_kept(void **state)
{
    struct report *s = report_new();
    char line[256];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof(line),
                 "{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"warning\",\"summary\":\"w%d\"}}", i);
        report_line(s, str_from(line), AT);
    }
    for (int i = 0; i < 2; i++)
        report_line(s,
                    STR("{\"type\":\"diagnostic\",\"diagnostic\":{\"severity\":\"error\",\"summary\":\"e\","
                        "\"address\":\"a.b\"}}"),
                    AT);
    assert_int_equal(s->diagnostic_count, REPORT_DIAGNOSTICS_MAX);
    assert_int_equal(s->errors, 1); /* told twice, it is one */
    assert_string_equal(s->diagnostics[0].severity, "error");
    assert_string_equal(s->diagnostics[0].address, "a.b");
    report_free(s);
}

static void plan_and_outputs_are_kept(void **state)
{
    static const char plan[] = "{\"type\":\"eksgate_plan\",\"hash\":\"sha256:ab\",\"changes\":{\"add\":1,\"change\":0,"
                               "\"destroy\":2,\"import\":0},\"blocked\":[\"a.b\"],\"truncated\":false,\"tree\":[]}";
    struct report *s = read_lines(plan);

    (void)state;
    report_line(s, STR("{\"type\":\"eksgate_outputs\",\"outputs\":{\"cluster_id\":\"demo\"}}"), AT);
    assert_str(s->plan, plan);
    assert_string_equal(s->plan_hash, "sha256:ab");
    assert_int_equal(s->blocked_count, 1);
    assert_string_equal(s->blocked[0], "a.b");
    assert_int_equal(s->planned.destroy, 2);
    assert_str(s->outputs, "{\"cluster_id\":\"demo\"}");
    report_free(s);
}

static void another_version_of_the_ui_is_not_read(void **state)
{
    struct report *s = read_lines("{\"type\":\"version\",\"ui\":\"2.0\"}\n" PLANNED(VPC, "create") PHASE("apply"));

    (void)state;
    assert_int_equal(progress_total(&s->progress), 0);
    assert_int_equal(s->phase, REPORT_APPLY);
    assert_true(s->applies);
    report_free(s);
}

static void lines_read_as_text(void **state)
{
    static const struct {
        int line;
        const char *in;
        const char *out;
    } rows[] = {
        {__LINE__, "Initializing...", "Initializing..."},
        {__LINE__, "{broken", "{broken"},
        {__LINE__, "{\"@message\":\"aws_vpc.this: Creating...\",\"type\":\"apply_start\"}",
         "aws_vpc.this: Creating..."},
        {__LINE__, "{\"@message\":\"Error: no\",\"diagnostic\":{\"address\":\"a.b\",\"detail\":\"why\"}}",
         "Error: no (a.b): why"},
        {__LINE__, "{\"type\":\"eksgate_phase\",\"phase\":\"plan\"}", "eksgate: plan"},
        {__LINE__, "{\"type\":\"eksgate_heal\",\"action\":\"wait\",\"address\":\"a.b\",\"status\":\"CREATING\"}",
         "heal: waiting for a.b: CREATING"},
        {__LINE__, "{\"type\":\"eksgate_heal\",\"action\":\"release\",\"address\":\"b/k\",\"id\":\"r1\"}",
         "heal: the lock of a run that is over is released: b/k (r1)"},
        {__LINE__, "{\"type\":\"eksgate_sweep\",\"action\":\"delete\",\"kind\":\"load balancer\",\"id\":\"k8s-1\"}",
         "sweep: delete load balancer k8s-1"},
        {__LINE__, "{\"type\":\"eksgate_plan\",\"changes\":{\"add\":1},\"blocked\":[\"a\"]}",
         "plan: 1 to add, 0 to change, 0 to destroy, 0 to import; blocked: 1 would be deleted that may not be"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;

        buf_init(&out, KIB(4));
        report_line_text(str_from(rows[i].in), &out);
        row_str(rows[i].line, buf_str(&out), rows[i].out);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_weighed_by_time),
        cmocka_unit_test(percent_never_falls),
        cmocka_unit_test(resources_made_side_by_side_are_waited_for_once),
        cmocka_unit_test(phases_are_told),
        cmocka_unit_test(summaries_are_kept_apart),
        cmocka_unit_test(a_lock_in_the_way_is_told),
        cmocka_unit_test(errors_in_plain_text_are_diagnostics),
        cmocka_unit_test(diagnostics_are_bounded_and_errors_are_kept),
        cmocka_unit_test(plan_and_outputs_are_kept),
        cmocka_unit_test(another_version_of_the_ui_is_not_read),
        cmocka_unit_test(lines_read_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
