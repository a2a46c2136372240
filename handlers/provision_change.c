/*
 * What is done with a cluster that was ordered: upgraded, scaled, compared, its plans approved, its runs cancelled, and
 * in the end destroyed and forgotten.
 */
#include <string.h>

#include "base/clock.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/provision.h"
#include "handlers/provision_check.h"
#include "handlers/provision_json.h"
#include "handlers/provision_submit.h"
#include "terraform/name.h"
#include "terraform/order.h"
#include "terraform/order_text.h"
#include "terraform/versions.h"

static const char *check_hash(struct str hash)
{
    static const char wanted[] = "must be sha256: and 64 digits of hex, as the plan has it";

    if (hash.len != 71 || !str_starts_with(hash, STR("sha256:")))
        return wanted;
    for (size_t i = 7; i < hash.len; i++)
        if (!(hash.ptr[i] >= '0' && hash.ptr[i] <= '9') && !(hash.ptr[i] >= 'a' && hash.ptr[i] <= 'f'))
            return wanted;
    return NULL;
}

/* clang-format off */
#define PLAN_ONLY {.name = "plan_only", .type = FIELD_BOOLEAN, .help = "stop behind the plan, until that is approved"}

const struct field provision_upgrade_fields[] = {
    {.name = "kubernetes_version", .type = FIELD_TEXT, .required = true, .min = 4, .max = 4, .pattern = "^1[.](2[5-9]|[3-9][0-9])$", .check = order_check_version, .help = "one minor version above what the cluster has", .example = "1.34"},
    {.name = "confirm_warnings", .type = FIELD_BOOLEAN, .help = "go on although insights of EKS warn, or disruption budgets let no pod go"},
    PLAN_ONLY,
    {.name = NULL},
};

const struct field provision_scale_fields[] = {
    {.name = "first_node_count", .type = FIELD_INTEGER, .min = 1, .max = ORDER_NODES_MAX, .help = "nodes of the first group; like the others as it is when left out", .example = "2"},
    {.name = "node_min", .type = FIELD_INTEGER, .min = 0, .max = ORDER_NODES_MAX, .help = "nodes of the second group: at least", .example = "1"},
    {.name = "node_desired", .type = FIELD_INTEGER, .min = 0, .max = ORDER_NODES_MAX, .help = "how many there are to be now", .example = "3"},
    {.name = "node_max", .type = FIELD_INTEGER, .min = 1, .max = ORDER_NODES_MAX, .help = "at most", .example = "6"},
    PLAN_ONLY,
    {.name = NULL},
};

const struct field provision_approve_fields[] = {
    {.name = "plan_hash", .type = FIELD_TEXT, .required = true, .min = 71, .max = 71, .pattern = "^sha256:[0-9a-f]{64}$", .check = check_hash, .help = "of the plan that was looked at", .example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    {.name = NULL},
};

const struct field provision_protect_fields[] = {
    {.name = "protected", .type = FIELD_BOOLEAN, .required = true, .help = "true: it can not be destroyed", .example = "false"},
    {.name = NULL},
};

const struct field provision_destroy_query[] = {
    {.name = "confirm", .type = FIELD_TEXT, .min = 1, .max = TERRAFORM_CLUSTER_MAX, .check = terraform_check_cluster, .help = "the cluster's name once more: needed where it was ordered with deletion_protection"},
    {.name = NULL},
};

const struct field provision_cleanup_query[] = {
    {.name = "force", .type = FIELD_BOOLEAN, .help = "although Terraform's state has resources: they stay in AWS, and eksgate forgets them"},
    {.name = NULL},
};

static const struct field protection_shape[] = {
    {.name = "cluster_name", .example = "prod-cluster-001"},
    {.name = "protected", .type = FIELD_BOOLEAN, .example = "false"},
    {.name = NULL},
};

static const struct field cancelled_shape[] = {
    {.name = "cluster_name", .example = "prod-cluster-001"},
    {.name = "run", .example = "r17637600000001a2b"},
    {.name = "message", .example = "it is told to stop: what was made by then is kept in the state"},
    {.name = NULL},
};
/* clang-format on */

const struct answer provision_protect_answers[] = {
    {200, "how it is now", protection_shape},
    {0},
};

const struct answer provision_cancel_answers[] = {
    {202, "it ends, or has ended", cancelled_shape},
    {409, "it is over already"},
    {0},
};

/* What is there is changed, and nothing else. */
static int find_applied(struct request *request, struct run_cluster *cluster)
{
    if (provision_find(request, cluster) < 0)
        return -1;
    if (cluster->applied.len > 0 && !str_equal(cluster->state, STR("destroyed")))
        return 0;
    return err_set(&request->err, ERR_CONFLICT,
                   "the cluster is not there yet, or not any more: a run of provision must come to its end first");
}

/* The members of the body that are the order's. */
static cJSON *change_of(struct request *request, const char *const *names, size_t count)
{
    cJSON *change = cJSON_CreateObject();

    for (size_t i = 0; i < count; i++) {
        const cJSON *given = json_find(request->json, names[i]);

        if (given && !cJSON_IsNull(given))
            cJSON_AddItemToObject(change, names[i], cJSON_Duplicate(given, true));
    }
    return change;
}

static const cJSON *changed(struct request *request, const struct run_cluster *cluster, const char *const *names,
                            size_t count)
{
    cJSON *change = change_of(request, names, count);
    const cJSON *order = provision_merge(request, cluster, change);

    cJSON_Delete(change);
    return order;
}

static int upgrade(struct request *request)
{
    static const char *const names[] = {"kubernetes_version"};
    const char *wanted = json_find_text(request->json, "kubernetes_version");
    struct provision p = {.op = "upgrade"};
    struct run_cluster cluster;
    const char *has;

    if (find_applied(request, &cluster) < 0)
        return -1;
    has = json_find_text(run_cluster_order(request, &cluster), "kubernetes_version");
    if (!has)
        return err_set(&request->err, ERR_INTERNAL, "what is stored of the cluster can not be read");
    if (strcmp(has, wanted) == 0)
        return err_field(&request->err, "kubernetes_version", CAUSE_INVALID, "is what the cluster has already");
    p.order = changed(request, &cluster, names, 1);
    if (!p.order || version_check_upgrade(has, wanted, &request->err) < 0 ||
        provision_check_with_aws(request, p.order, &p) < 0 ||
        provision_check_upgrade(request, &cluster, p.order, &p) < 0)
        return -1;
    p.cluster = cluster.name;
    p.plan_only = provision_stops(request, p.order);
    return provision_submit(request, &p);
}

int provisions_upgrade(struct request *request)
{
    return provision_once(request, upgrade);
}

static int scale(struct request *request)
{
    static const char *const names[] = {"first_node_count", "node_min", "node_desired", "node_max"};
    struct provision p = {.op = "scale"};
    struct run_cluster cluster;

    if (find_applied(request, &cluster) < 0)
        return -1;
    p.order = changed(request, &cluster, names, sizeof(names) / sizeof(names[0]));
    if (!p.order)
        return -1;
    order_check(p.order, &request->err);
    if (request->err.kind != ERR_NONE)
        return -1;
    p.cluster = cluster.name;
    p.plan_only = provision_stops(request, p.order);
    return provision_submit(request, &p);
}

int provisions_scale(struct request *request)
{
    return provision_once(request, scale);
}

static int drift(struct request *request)
{
    struct provision p = {.op = "drift", .plan_only = true};
    struct run_cluster cluster;

    if (provision_find(request, &cluster) < 0)
        return -1;
    p.cluster = cluster.name;
    return provision_submit(request, &p);
}

int provisions_drift(struct request *request)
{
    return provision_once(request, drift);
}

static int approve(struct request *request)
{
    struct provision p = {.op = "apply"};
    struct run run;

    if (provision_find_run(request, &run) < 0)
        return -1;
    p.cluster = run.cluster;
    p.approves = run.id;
    p.plan_hash = str_from(json_find_text(request->json, "plan_hash"));
    return provision_submit(request, &p);
}

int provisions_approve(struct request *request)
{
    return provision_once(request, approve);
}

int provisions_cancel(struct request *request)
{
    enum run_cancelled outcome;
    struct run run;
    struct buf body;
    struct json j;

    if (provision_find_run(request, &run) < 0 ||
        run_cancel(request->worker->redis, run.cluster, run.id, clock_now_ms(), &outcome, &request->err) < 0)
        return -1;
    if (outcome == RUN_CANCEL_FINISHED || outcome == RUN_CANCEL_UNKNOWN)
        return err_set(&request->err, ERR_CONFLICT, "the run is over already");
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "cluster_name", run.cluster);
    json_str(&j, "run", run.id);
    json_text(&j, "message",
              outcome == RUN_CANCELLED ? "it is cancelled: nothing was changed"
                                       : "it is told to stop: what was made by then is kept in the state");
    json_object_close(&j);
    return response_json(request, 202, &body);
}

/* What was ordered to be protected is not lost by a slip, even when the protection is off. */
static int check_confirmation(struct request *request, const struct run_cluster *cluster, const cJSON *order)
{
    struct str confirm = request_query(request, "confirm");
    bool is_needed = cJSON_IsTrue(json_find(order, "deletion_protection"));

    if (confirm.ptr && !str_equal(confirm, cluster->name))
        return err_field(&request->err, "confirm", CAUSE_INVALID, "must be the cluster's name: %.*s",
                         STR_FMT(cluster->name));
    if (is_needed && !confirm.ptr && !cluster->is_protected)
        return err_field(&request->err, "confirm", CAUSE_REQUIRED,
                         "must be the cluster's name, since it was ordered with deletion_protection: ?confirm=%.*s",
                         STR_FMT(cluster->name));
    return 0;
}

static int destroy(struct request *request)
{
    struct provision p = {.op = "destroy"};
    struct run_cluster cluster;
    cJSON *change;

    if (provision_find(request, &cluster) < 0 ||
        check_confirmation(request, &cluster, run_cluster_order(request, &cluster)) < 0)
        return -1;
    change = cJSON_CreateObject();
    cJSON_AddBoolToObject(change, "deletion_protection", false);
    p.order = provision_merge(request, &cluster, change);
    cJSON_Delete(change);
    p.cluster = cluster.name;
    return p.order ? provision_submit(request, &p) : -1;
}

int provisions_destroy(struct request *request)
{
    return provision_once(request, destroy);
}

static int cleanup(struct request *request)
{
    struct provision p = {.op = "cleanup"};
    struct run_cluster cluster;

    if (provision_find(request, &cluster) < 0)
        return -1;
    p.cluster = cluster.name;
    p.force = str_equal(request_query(request, "force"), STR("true"));
    return provision_submit(request, &p);
}

int provisions_cleanup(struct request *request)
{
    return provision_once(request, cleanup);
}

int provisions_protect(struct request *request)
{
    bool is_protected = provision_is_true(request, "protected");
    struct run_cluster cluster;
    struct buf body;
    struct json j;

    if (provision_find(request, &cluster) < 0 ||
        run_cluster_protect(request->worker->redis, cluster.name, is_protected, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "cluster_name", cluster.name);
    json_bool(&j, "protected", is_protected);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
