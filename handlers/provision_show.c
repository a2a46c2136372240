/*
 * What is known of clusters that eksgate makes: lists, one of them, its runs, plans and lock. All of it from Redis, as
 * the agent has written it.
 */
#include <string.h>

#include "base/clock.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/provision.h"
#include "handlers/provision_json.h"
#include "handlers/provision_submit.h"
#include "terraform/name.h"

#define ANSWER_MAX MIB(8)

static const char *check_lock(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!(id.ptr[i] >= '0' && id.ptr[i] <= '9') && !(id.ptr[i] >= 'a' && id.ptr[i] <= 'f') &&
            (id.ptr[i] != '-' || i == 0) && (id.ptr[i] != 'r' || i > 0))
            return "must be the id of a lock, Terraform's or a run's: digits of hex, and - between them";
    return NULL;
}

/* clang-format off */
#define RUN_PARAMETER {.name = "run", .type = FIELD_TEXT, .min = TERRAFORM_RUN_LEN, .max = TERRAFORM_RUN_LEN, .pattern = "^r[0-9]{13}[0-9a-f]{4}$", .check = provision_check_run, .help = "id of a run; when left out the active one, or the last"}

const struct field provision_status_query[] = {
    RUN_PARAMETER,
    {.name = NULL},
};

const struct field provision_unlock_query[] = {
    {.name = "id", .type = FIELD_TEXT, .required = true, .min = 1, .max = 127, .pattern = "^[0-9a-fr][0-9a-f-]*$", .check = check_lock, .help = "of the lock, as GET shows it", .example = "c5fa1c33-6a0c-9b0d-5a5e-1f8c3a3a1a10"},
    {.name = NULL},
};

static const struct field clusters_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = cluster_item_shape},
    {.name = NULL},
};

static const struct field runs_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = run_item_shape},
    {.name = NULL},
};

static const struct field status_shape[] = {
    {.name = "cluster_name", .example = "prod-cluster-001"},
    {.name = "job_name", .nullable = true, .example = "provision-prod-cluster-001"},
    {.name = "status", .type = FIELD_CHOICE, .choices = RUN_STATUSES, .example = "completed"},
    {.name = "phase", .nullable = true, .help = "of the run's pod: Pending, Running, Succeeded or Failed", .example = "Succeeded"},
    {.name = "message", .nullable = true},
    {.name = "cluster_id", .nullable = true, .help = "in EKS, once it is there", .example = "prod-cluster-001"},
    {.name = "kubeconfig_command", .nullable = true, .help = "once it is there", .example = "aws eks update-kubeconfig --region ap-south-1 --name prod-cluster-001"},
    {.name = "op", .type = FIELD_CHOICE, .choices = RUN_OPS, .nullable = true, .example = "provision"},
    {.name = "run", .nullable = true, .example = "r17637600000001a2b"},
    {.name = "step", .nullable = true, .example = "apply"},
    {.name = "progress", .type = FIELD_OBJECT, .nullable = true, .children = progress_shape},
    {.name = "changes", .type = FIELD_OBJECT, .nullable = true, .children = changes_shape},
    {.name = "plan_hash", .nullable = true},
    {.name = "diagnostics", .type = FIELD_OBJECT_LIST, .children = diagnostic_shape},
    {.name = "issues", .type = FIELD_OBJECT_LIST, .children = issue_shape, .help = "what EKS said last is wrong with node groups and add-ons"},
    {.name = "started_at", .format = "date-time", .nullable = true, .example = "2026-11-21T19:00:02Z"},
    {.name = "finished_at", .format = "date-time", .nullable = true, .example = "2026-11-21T19:15:02Z"},
    {.name = "lock", .type = FIELD_OBJECT, .nullable = true, .help = "who held Terraform's lock when it failed for that"},
    {.name = NULL},
};
/* clang-format on */

const struct answer provision_list_answers[] = {{200, "those that changed last first", clusters_shape}, {0}};
const struct answer provision_cluster_answers[] = {{200, "the cluster", cluster_shape}, {0}};
const struct answer provision_runs_answers[] = {{200, "the newest 50, the newest first", runs_shape}, {0}};
const struct answer provision_run_answers[] = {{200, "the run", run_shape}, {0}};
const struct answer provision_status_answers[] = {{200, "how it stands", status_shape}, {0}};
const struct answer provision_lock_answers[] = {{200, "the lock", lock_shape}, {0}};
const struct answer provision_plan_answers[] = {
    {200, "the plan as a tree, what is sensitive masked", run_plan_shape},
    {404, "there is no such run, or it has no plan"},
    {0},
};

static void write_listed_cluster(struct json *j, struct request *request, const void *cluster)
{
    run_cluster_write_members(j, request, cluster, false);
}

int provisions_list(struct request *request)
{
    struct run_cluster *clusters;
    size_t count;

    if (run_clusters_list(request->worker->redis, request->arena, &clusters, &count, &request->err) < 0)
        return -1;
    return response_list(request, "items", clusters, count, sizeof(*clusters), write_listed_cluster);
}

int provisions_show(struct request *request)
{
    struct run_cluster cluster;
    struct buf body;
    struct json j;

    if (provision_find(request, &cluster) < 0)
        return -1;
    buf_init(&body, ANSWER_MAX);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    run_cluster_write_members(&j, request, &cluster, true);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void write_listed_run(struct json *j, struct request *request, const void *run)
{
    (void)request;
    run_write_members(j, run, false);
}

int provisions_runs(struct request *request)
{
    struct run_cluster cluster;
    struct run *runs;
    size_t count;

    if (provision_find(request, &cluster) < 0 ||
        runs_list(request->worker->redis, request->arena, cluster.name, &runs, &count, &request->err) < 0)
        return -1;
    return response_list(request, "items", runs, count, sizeof(*runs), write_listed_run);
}

int provisions_run(struct request *request)
{
    struct run run;
    struct buf body;
    struct json j;

    if (provision_find_run(request, &run) < 0)
        return -1;
    buf_init(&body, ANSWER_MAX);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    run_write_members(&j, &run, true);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* As the worker wrote it, but for what says that it is a line of a log. */
static int answer_plan(struct request *request, const cJSON *plan)
{
    const cJSON *member;
    struct buf body;
    struct json j;

    buf_init(&body, ANSWER_MAX);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    cJSON_ArrayForEach(member, plan) if (strcmp(member->string, "type") != 0) json_value(&j, member->string, member);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int provisions_plan(struct request *request)
{
    struct run run;
    struct str text;
    const cJSON *plan;
    int rc;

    if (provision_find_run(request, &run) < 0)
        return -1;
    rc = run_plan_read(request->worker->redis, request->arena, run.cluster, run.id, &text, &request->err);
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "the run has no plan, or not yet");
    if (rc < 0)
        return -1;
    plan = run_read_json(request, text);
    if (!cJSON_IsObject(plan))
        return err_set(&request->err, ERR_INTERNAL, "what is stored of the plan can not be read");
    return answer_plan(request, plan);
}

static void write_place(struct json *j, struct request *request, const struct run_cluster *cluster)
{
    const cJSON *outputs = run_read_json(request, cluster->outputs);
    const char *region = json_find_text(run_cluster_order(request, cluster), "region");
    bool is_there = str_equal(cluster->state, STR("present"));
    const char *id = json_find_text(outputs, "cluster_id");
    const char *command = json_find_text(outputs, "kubeconfig_command");

    if (!command && region)
        command = arena_printf(request->arena, "aws eks update-kubeconfig --region %s --name %.*s", region,
                               STR_FMT(cluster->name));
    if (!id)
        id = arena_strndup(request->arena, cluster->name.ptr, cluster->name.len);
    json_text(j, "cluster_id", is_there ? id : NULL);
    json_text(j, "kubeconfig_command", is_there ? command : NULL);
}

int provisions_status(struct request *request)
{
    struct run_cluster cluster;
    struct run run;
    struct buf body;
    struct json j;

    if (provision_find_shown(request, &cluster, &run) < 0)
        return -1;
    buf_init(&body, ANSWER_MAX);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "cluster_name", cluster.name);
    run_write_text(&j, "job_name", run.job_name);
    json_str(&j, "status", run.status.len > 0 ? run.status : STR("unknown"));
    run_write_text(&j, "phase", run.phase);
    run_write_text(&j, "message", run.message);
    write_place(&j, request, &cluster);
    run_write_text(&j, "op", run.op);
    run_write_text(&j, "run", run.id);
    run_write_text(&j, "step", run.step);
    run_write_json(&j, "progress", run.progress);
    run_write_json(&j, "changes", run.changes);
    run_write_text(&j, "plan_hash", run.plan_hash);
    run_write_list(&j, "diagnostics", run.diagnostics);
    run_write_list(&j, "issues", run.issues);
    run_write_time(&j, "started_at", run.started_at);
    run_write_time(&j, "finished_at", run.finished_at);
    run_write_json(&j, "lock", run.lock);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void write_lock(struct json *j, const cJSON *lock)
{
    const char *created = json_find_text(lock, "created");
    const cJSON *member;
    int64_t at;

    if (!cJSON_IsObject(lock)) {
        json_null(j, "lock");
        return;
    }
    json_object_open(j, "lock");
    cJSON_ArrayForEach(member, lock) json_value(j, member->string, member);
    if (created && clock_parse(str_from(created), &at) == 0)
        json_int(j, "age_s", clock_now() - at);
    else
        json_null(j, "age_s");
    json_object_close(j);
}

int provisions_lock(struct request *request)
{
    struct run_cluster cluster;
    const cJSON *lock;
    struct buf body;
    struct json j;

    if (provision_find(request, &cluster) < 0)
        return -1;
    lock = run_read_json(request, cluster.last.lock);
    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_lock(&j, lock);
    json_bool(&j, "can_unlock", cJSON_IsObject(lock) && cluster.active.len == 0);
    json_text(&j, "why",
              !cJSON_IsObject(lock)    ? "the last run found no lock in its way"
              : cluster.active.len > 0 ? "a run is active, which may hold it"
                                       : NULL);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* Only the lock that was looked at: another one may have been taken since. That no run is active is held by the
 * submission itself. */
static int unlock(struct request *request)
{
    struct str wanted = request_query(request, "id");
    struct provision p = {.op = "unlock", .lock_id = wanted};
    struct run_cluster cluster;
    const char *id;

    if (provision_find(request, &cluster) < 0)
        return -1;
    id = json_find_text(run_read_json(request, cluster.last.lock), "id");
    if (!id)
        return err_set(&request->err, ERR_CONFLICT, "the last run found no lock in its way: there is none to release");
    if (!str_equal(wanted, str_from(id)))
        return err_set(&request->err, ERR_CONFLICT, "the lock that was found has another id: look at it again");
    p.cluster = cluster.name;
    return provision_submit(request, &p);
}

int provisions_unlock(struct request *request)
{
    return provision_once(request, unlock);
}
