#include "handlers/provision_json.h"

#include <string.h>

#include "base/clock.h"
#include "terraform/cost.h"
#include "terraform/order.h"
#include "terraform/versions.h"

/* clang-format off */
static const struct field current_shape[] = {
    {.name = "address", .example = "aws_eks_cluster.this"},
    {.name = "action", .example = "create"},
    {.name = "elapsed_s", .type = FIELD_INTEGER, .example = "130"},
    {.name = "expected_s", .type = FIELD_INTEGER, .optional = true, .example = "600"},
    {.name = NULL},
};

const struct field progress_shape[] = {
    {.name = "done", .type = FIELD_INTEGER, .help = "resources", .example = "12"},
    {.name = "total", .type = FIELD_INTEGER, .example = "28"},
    {.name = "percent", .type = FIELD_INTEGER, .help = "by the time that resources take; it never goes down", .example = "41"},
    {.name = "eta_s", .type = FIELD_INTEGER, .nullable = true, .example = "620"},
    {.name = "current", .type = FIELD_OBJECT_LIST, .children = current_shape, .help = "what is in work"},
    {.name = NULL},
};

const struct field changes_shape[] = {
    {.name = "add", .type = FIELD_INTEGER, .example = "28"},
    {.name = "change", .type = FIELD_INTEGER, .example = "0"},
    {.name = "destroy", .type = FIELD_INTEGER, .example = "0"},
    {.name = "import", .type = FIELD_INTEGER, .optional = true, .example = "0"},
    {.name = NULL},
};

const struct field diagnostic_shape[] = {
    {.name = "severity", .type = FIELD_CHOICE, .choices = "error|warning", .example = "error"},
    {.name = "summary", .example = "creating EKS Cluster"},
    {.name = "detail", .example = ""},
    {.name = "address", .optional = true, .nullable = true, .example = "aws_eks_cluster.this"},
    {.name = NULL},
};

const struct field issue_shape[] = {
    {.name = "kind", .type = FIELD_CHOICE, .choices = "nodegroup|addon", .example = "nodegroup"},
    {.name = "name", .example = "node-group-2"},
    {.name = "status", .nullable = true, .help = "EKS's word for how the whole stands", .example = "CREATING"},
    {.name = "code", .nullable = true, .example = "AsgInstanceLaunchFailures"},
    {.name = "message", .nullable = true, .example = "Could not launch Spot Instances."},
    {.name = "resources", .type = FIELD_TEXT_LIST, .help = "what of AWS it is about", .example = "[\"eks-node-group-2-1a2b\"]"},
    {.name = NULL},
};

static const struct field lock_member_shape[] = {
    {.name = "id", .example = "c5fa1c33-6a0c-9b0d-5a5e-1f8c3a3a1a10"},
    {.name = "who", .example = "eksgate@worker-1"},
    {.name = "operation", .example = "OperationTypeApply"},
    {.name = "created", .format = "date-time", .example = "2026-11-21T19:00:00Z"},
    {.name = "path", .example = "clusters/prod-cluster-001/terraform.tfstate"},
    {.name = "age_s", .type = FIELD_INTEGER, .optional = true, .nullable = true, .example = "4000"},
    {.name = NULL},
};

const struct field lock_shape[] = {
    {.name = "lock", .type = FIELD_OBJECT, .nullable = true, .children = lock_member_shape, .help = "what the last run found in its way; null: nothing"},
    {.name = "can_unlock", .type = FIELD_BOOLEAN, .help = "no run is active, so whoever held it is gone", .example = "true"},
    {.name = "why", .nullable = true, .help = "why not"},
    {.name = NULL},
};

#define RUN_SHAPE \
    {.name = "run", .help = "its id; ids sort by time", .example = "r17637600000001a2b"}, \
    {.name = "cluster_name", .example = "prod-cluster-001"}, \
    {.name = "op", .type = FIELD_CHOICE, .choices = RUN_OPS, .example = "provision"}, \
    {.name = "job_name", .example = "provision-prod-cluster-001"}, \
    {.name = "status", .type = FIELD_CHOICE, .choices = RUN_STATUSES, .help = "planned: it waits for its plan to be approved", .example = "running"}, \
    {.name = "phase", .nullable = true, .help = "of its pod: Pending, Running, Succeeded or Failed", .example = "Running"}, \
    {.name = "step", .nullable = true, .help = "what the worker is at: init, heal, plan, guard, sweep, apply, outputs", .example = "apply"}, \
    {.name = "message", .nullable = true, .help = "for people"}, \
    {.name = "progress", .type = FIELD_OBJECT, .nullable = true, .children = progress_shape}, \
    {.name = "changes", .type = FIELD_OBJECT, .nullable = true, .children = changes_shape, .help = "made, or planned where nothing was made"}, \
    {.name = "plan_hash", .nullable = true, .help = "of its plan: what an approval names", .example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, \
    {.name = "plan_only", .type = FIELD_BOOLEAN, .help = "it stops behind the plan", .example = "false"}, \
    {.name = "blocked", .type = FIELD_TEXT_LIST, .help = "addresses that would be replaced or destroyed, which the guard does not allow"}, \
    {.name = "approves", .nullable = true, .help = "the run whose plan it applies"}, \
    {.name = "approved_by_run", .nullable = true, .help = "the run that applies its plan"}, \
    {.name = "lock", .type = FIELD_OBJECT, .nullable = true, .children = lock_member_shape, .help = "who held Terraform's lock when it failed for that"}, \
    {.name = "runner", .type = FIELD_CHOICE, .choices = "local|kube", .help = "what performs it: a process beside the agent, or a Job", .example = "local"}, \
    {.name = "created_by", .nullable = true, .help = "name of the API key", .example = "ops"}, \
    {.name = "created_at", .format = "date-time", .example = "2026-11-21T19:00:00Z"}, \
    {.name = "started_at", .format = "date-time", .nullable = true, .example = "2026-11-21T19:00:02Z"}, \
    {.name = "finished_at", .format = "date-time", .nullable = true}

const struct field run_item_shape[] = {RUN_SHAPE, {.name = NULL}};

const struct field run_shape[] = {
    RUN_SHAPE,
    {.name = "diagnostics", .type = FIELD_OBJECT_LIST, .children = diagnostic_shape, .help = "terraform's errors and warnings"},
    {.name = "issues", .type = FIELD_OBJECT_LIST, .children = issue_shape, .help = "what EKS said last is wrong with node groups and add-ons while they were made or changed"},
    {.name = "outputs", .type = FIELD_OBJECT, .nullable = true, .help = "of the module, when it has ended well"},
    {.name = "order", .type = FIELD_OBJECT, .nullable = true, .help = "what was ordered, whole", .example = "{\"cluster_name\":\"prod-cluster-001\"}"},
    {.name = NULL},
};

static const struct field attribute_shape[] = {
    {.name = "path", .example = "version"},
    {.name = "before", .type = FIELD_ANY, .optional = true, .example = "\"1.32\""},
    {.name = "after", .type = FIELD_ANY, .optional = true, .example = "\"1.33\""},
    {.name = "sensitive", .type = FIELD_BOOLEAN, .optional = true, .help = "its values are not told", .example = "false"},
    {.name = "known", .type = FIELD_BOOLEAN, .optional = true, .help = "false: known after the apply", .example = "true"},
    {.name = NULL},
};

static const struct field tree_shape[] = {
    {.name = "address", .example = "aws_eks_cluster.this"},
    {.name = "type", .optional = true, .example = "aws_eks_cluster"},
    {.name = "name", .optional = true, .example = "this"},
    {.name = "action", .type = FIELD_CHOICE, .choices = "create|update|delete|replace|import|read|forget|move", .example = "update"},
    {.name = "reason", .optional = true, .nullable = true},
    {.name = "attributes", .type = FIELD_OBJECT_LIST, .optional = true, .children = attribute_shape},
    {.name = NULL},
};

const struct field run_plan_shape[] = {
    {.name = "hash", .help = "what an approval names", .example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {.name = "changes", .type = FIELD_OBJECT, .children = changes_shape},
    {.name = "blocked", .type = FIELD_TEXT_LIST, .optional = true, .help = "addresses that the guard does not allow to be replaced or destroyed"},
    {.name = "truncated", .type = FIELD_BOOLEAN, .optional = true, .help = "the tree is longer than what is kept of it", .example = "false"},
    {.name = "tree", .type = FIELD_OBJECT_LIST, .children = tree_shape},
    {.name = NULL},
};

static const struct field support_shape[] = {
    {.name = "phase", .type = FIELD_CHOICE, .choices = "standard|extended|unsupported|unknown", .example = "extended"},
    {.name = "until", .format = "date", .nullable = true, .example = "2027-07-29"},
    {.name = "days_left", .type = FIELD_INTEGER, .nullable = true, .example = "250"},
    {.name = NULL},
};

static const struct field active_shape[] = {
    {.name = "run", .example = "r17637600000001a2b"},
    {.name = "op", .type = FIELD_CHOICE, .choices = RUN_OPS, .example = "provision"},
    {.name = "status", .type = FIELD_CHOICE, .choices = RUN_STATUSES, .example = "running"},
    {.name = "percent", .type = FIELD_INTEGER, .nullable = true, .example = "41"},
    {.name = NULL},
};

static const struct field drift_shape[] = {
    {.name = "run", .example = "r17637600000001a2b"},
    {.name = "at", .format = "date-time", .nullable = true, .example = "2026-11-21T19:00:00Z"},
    {.name = "found", .type = FIELD_BOOLEAN, .example = "false"},
    {.name = "changes", .type = FIELD_OBJECT, .nullable = true, .children = changes_shape},
    {.name = NULL},
};

static const struct field price_shape[] = {
    {.name = "monthly", .type = FIELD_NUMBER, .help = "of what is known: GET /api/provision/cost says more", .example = "1029.24"},
    {.name = "currency", .example = COST_CURRENCY},
    {.name = "is_whole", .type = FIELD_BOOLEAN, .help = "false: some of it has no price here", .example = "true"},
    {.name = NULL},
};

#define CLUSTER_SHAPE \
    {.name = "cluster_name", .example = "prod-cluster-001"}, \
    {.name = "state", .type = FIELD_CHOICE, .choices = "none|partial|present|destroyed", .help = "of what is in AWS, as the last run left it", .example = "present"}, \
    {.name = "region", .nullable = true, .example = "ap-south-1"}, \
    {.name = "kubernetes_version", .nullable = true, .help = "as applied last, or else as ordered", .example = "1.33"}, \
    {.name = "support", .type = FIELD_OBJECT, .nullable = true, .children = support_shape}, \
    {.name = "connection", .nullable = true, .help = "id of its connection", .example = "ap-south-1_prod-cluster-001"}, \
    {.name = "protected", .type = FIELD_BOOLEAN, .help = "from being destroyed", .example = "false"}, \
    {.name = "created_at", .format = "date-time", .nullable = true, .example = "2026-11-21T19:00:00Z"}, \
    {.name = "active", .type = FIELD_OBJECT, .nullable = true, .children = active_shape, .help = "the run that is pending, queued or running"}, \
    {.name = "last_run", .type = FIELD_OBJECT, .nullable = true, .children = run_item_shape}, \
    {.name = "drift", .type = FIELD_OBJECT, .nullable = true, .children = drift_shape, .help = "what was found when it was looked for last"}, \
    {.name = "cost", .type = FIELD_OBJECT, .nullable = true, .children = price_shape}

const struct field cluster_item_shape[] = {CLUSTER_SHAPE, {.name = NULL}};

const struct field cluster_shape[] = {
    CLUSTER_SHAPE,
    {.name = "message", .nullable = true, .help = "of the last run"},
    {.name = "order", .type = FIELD_OBJECT, .nullable = true, .help = "what was ordered last", .example = "{\"cluster_name\":\"prod-cluster-001\"}"},
    {.name = "applied", .type = FIELD_OBJECT, .nullable = true, .help = "and applied last"},
    {.name = "outputs", .type = FIELD_OBJECT, .nullable = true},
    {.name = NULL},
};
/* clang-format on */

void run_write_json(struct json *j, const char *key, struct str text)
{
    if (text.len > 0)
        json_raw(j, key, text);
    else
        json_null(j, key);
}

void run_write_text(struct json *j, const char *key, struct str text)
{
    if (text.len > 0)
        json_str(j, key, text);
    else
        json_null(j, key);
}

void run_write_time(struct json *j, const char *key, int64_t milliseconds)
{
    char text[CLOCK_TEXT_SIZE];

    json_text(j, key, milliseconds > 0 ? clock_format(milliseconds / 1000, text) : NULL);
}

void run_write_list(struct json *j, const char *key, struct str text)
{
    json_raw(j, key, text.len > 0 ? text : STR("[]"));
}

void run_write_members(struct json *j, const struct run *run, bool is_whole)
{
    json_str(j, "run", run->id);
    json_str(j, "cluster_name", run->cluster);
    json_str(j, "op", run->op);
    json_str(j, "job_name", run->job_name);
    json_str(j, "status", run->status);
    run_write_text(j, "phase", run->phase);
    run_write_text(j, "step", run->step);
    run_write_text(j, "message", run->message);
    run_write_json(j, "progress", run->progress);
    run_write_json(j, "changes", run->changes);
    run_write_text(j, "plan_hash", run->plan_hash);
    json_bool(j, "plan_only", run->plan_only);
    run_write_list(j, "blocked", run->blocked);
    run_write_text(j, "approves", run->approves);
    run_write_text(j, "approved_by_run", run->approved_by);
    run_write_json(j, "lock", run->lock);
    json_str(j, "runner", run->runner);
    run_write_text(j, "created_by", run->created_by);
    run_write_time(j, "created_at", run->created_at);
    run_write_time(j, "started_at", run->started_at);
    run_write_time(j, "finished_at", run->finished_at);
    if (!is_whole)
        return;
    run_write_list(j, "diagnostics", run->diagnostics);
    run_write_list(j, "issues", run->issues);
    run_write_json(j, "outputs", run->outputs);
    run_write_json(j, "order", run->order);
}

const cJSON *run_read_json(struct request *request, struct str text)
{
    const char *why;

    return text.len > 0 ? json_parse(request->arena, text, LIMIT_JSON_DEPTH, &why) : NULL;
}

const cJSON *run_cluster_order(struct request *request, const struct run_cluster *cluster)
{
    const cJSON *order = run_read_json(request, cluster->applied);

    return order ? order : run_read_json(request, cluster->order);
}

static void write_support(struct json *j, const char *name)
{
    const struct version *v = name ? versions_find(name) : NULL;
    enum support support = v ? versions_support(name) : SUPPORT_UNKNOWN;
    char date[CLOCK_TEXT_SIZE];

    if (!name) {
        json_null(j, "support");
        return;
    }
    json_object_open(j, "support");
    json_text(j, "phase", support_name(support));
    if (v) {
        clock_format(support == SUPPORT_STANDARD ? v->standard_until : v->extended_until, date);
        json_str(j, "until", (struct str){date, 10});
        json_int(j, "days_left", support_days_left(v->standard_until, v->extended_until, clock_now()));
    } else {
        json_null(j, "until");
        json_null(j, "days_left");
    }
    json_object_close(j);
}

static void write_active(struct json *j, struct request *request, const struct run_cluster *c)
{
    const cJSON *progress = run_read_json(request, c->last.progress);
    int64_t percent = json_find_int(progress, "percent", -1);

    if (c->active.len == 0 || !str_equal(c->active, c->last.id)) {
        json_null(j, "active");
        return;
    }
    json_object_open(j, "active");
    json_str(j, "run", c->last.id);
    json_str(j, "op", c->last.op);
    json_str(j, "status", c->last.status);
    if (percent >= 0)
        json_int(j, "percent", percent);
    else
        json_null(j, "percent");
    json_object_close(j);
}

static bool has_changes(const cJSON *changes)
{
    const cJSON *count;

    cJSON_ArrayForEach(count, changes) if (cJSON_IsNumber(count) && count->valuedouble > 0) return true;
    return false;
}

static void write_drift(struct json *j, struct request *request, const struct run *drift)
{
    if (drift->id.len == 0) {
        json_null(j, "drift");
        return;
    }
    json_object_open(j, "drift");
    json_str(j, "run", drift->id);
    run_write_time(j, "at", drift->finished_at);
    json_bool(j, "found", has_changes(run_read_json(request, drift->changes)));
    run_write_json(j, "changes", drift->changes);
    json_object_close(j);
}

static void write_cost(struct json *j, const cJSON *order)
{
    struct cost cost;

    if (!order) {
        json_null(j, "cost");
        return;
    }
    cost_estimate(order, &cost);
    json_object_open(j, "cost");
    cost_write_amount(j, "monthly", cost.monthly);
    json_text(j, "currency", COST_CURRENCY);
    json_bool(j, "is_whole", cost.is_whole);
    json_object_close(j);
}

static void write_last(struct json *j, const struct run *last)
{
    if (last->id.len == 0) {
        json_null(j, "last_run");
        return;
    }
    json_object_open(j, "last_run");
    run_write_members(j, last, false);
    json_object_close(j);
}

void run_cluster_write_members(struct json *j, struct request *request, const struct run_cluster *c, bool is_whole)
{
    const cJSON *order = run_cluster_order(request, c);

    json_str(j, "cluster_name", c->name);
    json_str(j, "state", c->state.len > 0 ? c->state : STR("none"));
    json_text(j, "region", json_find_text(order, "region"));
    json_text(j, "kubernetes_version", json_find_text(order, "kubernetes_version"));
    write_support(j, json_find_text(order, "kubernetes_version"));
    run_write_text(j, "connection", c->connection);
    json_bool(j, "protected", c->is_protected);
    run_write_time(j, "created_at", c->created_at);
    write_active(j, request, c);
    write_last(j, &c->last);
    write_drift(j, request, &c->drift);
    write_cost(j, order);
    if (!is_whole)
        return;
    run_write_text(j, "message", c->last.message);
    run_write_json(j, "order", c->order);
    run_write_json(j, "applied", c->applied);
    run_write_json(j, "outputs", c->outputs);
}
