#include "handlers/provision_submit.h"

#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "fcgi/response.h"
#include "handlers/provision.h"
#include "handlers/provision_json.h"
#include "terraform/name.h"
#include "terraform/order.h"

#define QUEUE_RETRY_SECONDS 30

/* clang-format off */
static const struct field submitted_shape[] = {
    {.name = "cluster_name", .example = "prod-cluster-001"},
    {.name = "job_name", .example = "provision-prod-cluster-001"},
    {.name = "status", .type = FIELD_CHOICE, .choices = "pending", .example = "pending"},
    {.name = "message", .example = "Provisioning job created. Check status endpoint for progress."},
    {.name = "created_at", .format = "date-time", .example = "2026-11-21T19:00:00Z"},
    {.name = "run", .help = "its id", .example = "r17637600000001a2b"},
    {.name = "op", .type = FIELD_CHOICE, .choices = RUN_OPS, .example = "provision"},
    {.name = "plan_only", .type = FIELD_BOOLEAN, .help = "it stops behind the plan, which is then to be approved", .example = "false"},
    {.name = "warnings", .type = FIELD_TEXT_LIST, .help = "what could not be looked into, and what will cost"},
    {.name = NULL},
};

static const struct link submitted_links[] = {
    {"cluster", METHOD_GET, "/api/provision/clusters/:cluster_name", "cluster_name=cluster_name"},
    {"status", METHOD_GET, "/api/provision/clusters/:cluster_name/status", "cluster_name=cluster_name"},
    {"logs", METHOD_GET, "/api/provision/clusters/:cluster_name/logs", "cluster_name=cluster_name"},
    {"run", METHOD_GET, "/api/provision/clusters/:cluster_name/runs/:run", "cluster_name=cluster_name run=run"},
    {"cancel", METHOD_POST, "/api/provision/clusters/:cluster_name/runs/:run/cancel", "cluster_name=cluster_name run=run"},
    {NULL},
};

const struct answer provision_submit_answers[] = {
    {202, "it is queued", submitted_shape, .links = submitted_links},
    {409, "the cluster has an active run (details: run, op, job_name, since), or is not in a state for this"},
    {0},
};

const struct answer provision_approve_answers[] = {
    {202, "it is queued", submitted_shape, .links = submitted_links},
    {409, "another run is active, the hash is not that of the plan, or the plan is stale: the cluster has changed since"},
    {0},
};

const struct answer provision_destroy_answers[] = {
    {202, "it is queued", submitted_shape, .links = submitted_links},
    {409, "another run is active"},
    {423, "the cluster is protected: PUT …/protection first"},
    {0},
};

const struct answer provision_cleanup_answers[] = {
    {202, "it is queued", submitted_shape, .links = submitted_links},
    {409, "another run is active, or Terraform's state still has resources: destroy them first, or say force=true"},
    {0},
};
/* clang-format on */

static const struct {
    const char *op;
    const char *message;
} messages[] = {
    {"test", "Dry-run job created. Check status endpoint for progress."},
    {"provision", "Provisioning job created. Check status endpoint for progress."},
    {"upgrade", "Upgrade job created. Check status endpoint for progress."},
    {"scale", "Scaling job created. Check status endpoint for progress."},
    {"update", "Update job created. Check status endpoint for progress."},
    {"drift", "Drift job created. Check status endpoint for what it finds."},
    {"apply", "Job created that applies the approved plan. Check status endpoint for progress."},
    {"destroy", "Destroy job created. Check status endpoint for progress."},
    {"cleanup", "Cleanup job created: Jobs, volumes and records of the cluster go."},
    {"unlock", "Job created that releases Terraform's lock."},
};

static const char *message_of(struct str op)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        if (str_equal(op, str_from(messages[i].op)))
            return messages[i].message;
    return "Job created. Check status endpoint for progress.";
}

static void release_tree(void *tree)
{
    cJSON_Delete(tree);
}

int provision_no_memory(struct request *request)
{
    return err_set(&request->err, ERR_INTERNAL, "there is no memory for the request");
}

const cJSON *provision_keep(struct request *request, cJSON *tree)
{
    if (tree && arena_defer(request->arena, release_tree, tree) == 0)
        return tree;
    provision_no_memory(request);
    return NULL;
}

bool provision_is_true(const struct request *request, const char *member)
{
    return cJSON_IsTrue(json_find(request->json, member));
}

bool provision_stops(const struct request *request, const cJSON *order)
{
    return provision_is_true(request, "plan_only") || cJSON_IsTrue(json_find(order, "require_approval"));
}

void provision_warn(struct request *request, struct provision *p, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (p->warning_count < PROVISION_WARNINGS_MAX)
        p->warnings[p->warning_count++] = arena_strdup(request->arena, text);
}

/* Several texts to one of 64 digits; each counts with its end. */
static void digest(const struct str *parts, size_t count, char out[RUN_KEY_MAX + 1])
{
    unsigned char bytes[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    if (context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1) {
        for (size_t i = 0; i < count; i++) {
            EVP_DigestUpdate(context, &parts[i].len, sizeof(parts[i].len));
            EVP_DigestUpdate(context, parts[i].ptr, parts[i].len);
        }
        EVP_DigestFinal_ex(context, bytes, NULL);
    }
    EVP_MD_CTX_free(context);
    encode_hex(bytes, RUN_KEY_MAX / 2, out);
}

/* The same key of another caller, or for another route, is another key. */
static int take_key(struct request *request, struct run_request *out)
{
    struct str given = request->repeat_key;
    const struct str subject[] = {str_from(request->caller.id), str_from(request->method_name),
                                  str_from(request->match.route->path), given};
    const struct str content[] = {request->path, request->query, request->body};
    char *key = arena_alloc(request->arena, RUN_KEY_MAX + 1);
    char *body = arena_alloc(request->arena, RUN_KEY_MAX + 1);

    if (given.len == 0)
        return 0;
    if (!key || !body)
        return provision_no_memory(request);
    digest(subject, sizeof(subject) / sizeof(subject[0]), key);
    digest(content, sizeof(content) / sizeof(content[0]), body);
    out->key = str_from(key);
    out->key_body = str_from(body);
    return 0;
}

static int take_order(struct request *request, const cJSON *order, struct run_request *out)
{
    struct buf text;
    struct json j;

    if (!order)
        return 0;
    buf_init(&text, ORDER_TEXT_MAX);
    json_init(&j, &text);
    order_write(&j, order);
    if (!text.failed)
        out->order = (struct str){arena_strndup(request->arena, text.ptr, text.len), text.len};
    buf_free(&text);
    return out->order.ptr ? 0 : err_set(&request->err, ERR_TOO_LARGE, "the order is too large to be stored");
}

static int take_names(struct request *request, const struct provision *p, struct run_request *out)
{
    char *run = arena_alloc(request->arena, TERRAFORM_RUN_LEN + 1);
    char *job = arena_alloc(request->arena, TERRAFORM_JOB_MAX + 1);

    if (!run || !job)
        return provision_no_memory(request);
    if (terraform_run_new(out->now_ms, run) < 0 || terraform_job_name(str_from(p->op), p->cluster, job) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no randomness for the run's id");
    out->run = str_from(run);
    out->job_name = str_from(job);
    return 0;
}

/* An order can protect a cluster; only PUT …/protection takes that back. */
static struct str protection(const struct provision *p)
{
    return cJSON_IsTrue(json_find(p->order, "deletion_protection")) ? STR("1") : STR("");
}

static int build(struct request *request, const struct provision *p, struct run_request *out)
{
    const struct config *config = request->worker->config;

    *out = (struct run_request){
        .cluster = p->cluster,
        .op = str_from(p->op),
        .runner = str_from(config->provision_runner),
        .created_by = str_from(request->caller.name),
        .request_id = str_from(request->id),
        .approves = p->approves,
        .plan_hash = p->plan_hash,
        .protect = protection(p),
        .plan_only = p->plan_only,
        .lock_id = p->lock_id,
        .force = p->force,
        .creates = p->creates,
        .queue_max = config->provision_queue,
        .running_max = config->provision_runs,
        .now_ms = clock_now_ms(),
    };
    return take_names(request, p, out) < 0 || take_order(request, p->order, out) < 0 ? -1 : take_key(request, out);
}

/* 409 with the run that is active. */
static int busy(struct request *request, const struct run *run)
{
    char since[CLOCK_TEXT_SIZE];
    cJSON *about = cJSON_CreateObject();

    cJSON_AddStringToObject(about, "run", arena_strndup(request->arena, run->id.ptr, run->id.len));
    cJSON_AddStringToObject(about, "op", arena_strndup(request->arena, run->op.ptr, run->op.len));
    cJSON_AddStringToObject(about, "job_name", arena_strndup(request->arena, run->job_name.ptr, run->job_name.len));
    cJSON_AddStringToObject(about, "since", clock_format(run->created_at / 1000, since));
    if (!provision_keep(request, about))
        return -1;
    err_set(&request->err, ERR_CONFLICT, "the cluster has an active run: %.*s since %s. Wait for it, or cancel it",
            STR_FMT(run->op), since);
    request->err.about = about;
    return -1;
}

static int refuse(struct request *request, enum run_submitted why, const struct run_request *wanted,
                  const struct run *found)
{
    struct err *err = &request->err;

    switch (why) {
    case RUN_BUSY:
        return busy(request, found);
    case RUN_KEY_TAKEN:
        return err_field(err, route_key.name, CAUSE_DUPLICATE, "has been used with another body");
    case RUN_QUEUE_FULL:
        err_set(err, ERR_OVERLOADED, "as many runs wait as may (EKSGATE_PROVISION_QUEUE): try again later");
        err->retry_after = QUEUE_RETRY_SECONDS;
        return -1;
    case RUN_PROTECTED:
        return err_set(err, ERR_LOCKED,
                       "the cluster \"%.*s\" is protected from being destroyed: PUT {\"protected\":false} to "
                       "/api/provision/clusters/%.*s/protection first",
                       STR_FMT(wanted->cluster), STR_FMT(wanted->cluster));
    case RUN_NOT_PLANNED:
        return err_set(err, ERR_CONFLICT,
                       "the run has no plan of that hash that waits to be approved: read the plan again");
    case RUN_PLAN_STALE:
        return err_set(err, ERR_CONFLICT,
                       "plan_stale: another run has changed the cluster since, or has applied this plan: plan again");
    case RUN_STATE_PRESENT:
        return err_set(err, ERR_CONFLICT,
                       "Terraform's state still has resources of the cluster: destroy it first, or say force=true and "
                       "delete them in AWS yourself");
    case RUN_CLUSTERS_FULL:
        return err_set(err, ERR_CONFLICT, "there are %zu clusters already: clean up some", RUN_CLUSTERS_MAX);
    case RUN_UNKNOWN:
    case RUN_SUBMITTED:
    case RUN_REPEATED:
        break;
    }
    return provision_not_there(request, wanted->cluster);
}

static int answer(struct request *request, const struct provision *p, const struct run *run)
{
    char time[CLOCK_TEXT_SIZE];
    struct buf body;
    struct json j;

    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "cluster_name", run->cluster);
    json_str(&j, "job_name", run->job_name);
    json_text(&j, "status", "pending");
    json_text(&j, "message", message_of(run->op));
    json_text(&j, "created_at", clock_format(run->created_at / 1000, time));
    json_str(&j, "run", run->id);
    json_str(&j, "op", run->op);
    json_bool(&j, "plan_only", run->plan_only);
    json_array_open(&j, "warnings");
    for (size_t i = 0; i < p->warning_count; i++)
        json_text(&j, NULL, p->warnings[i] ? p->warnings[i] : "");
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 202, &body);
}

int provision_once(struct request *request, int (*submit)(struct request *request))
{
    static const struct provision nothing = {0};
    struct run_request wanted = {0};
    enum run_submitted outcome;
    struct err ignored = {0};
    struct run run;

    if (strcmp(request->worker->config->provision_runner, "off") == 0)
        return err_set(
            &request->err, ERR_NOT_CONFIGURED,
            "this gateway makes no clusters: an operator has to set EKSGATE_PROVISION_RUNNER to local or kube");
    if (take_key(request, &wanted) < 0)
        return -1;
    if (submit(request) == 0)
        return 0;
    if (wanted.key.len == 0 || run_find_repeated(request->worker->redis, request->arena, wanted.key, wanted.key_body,
                                                 &outcome, &run, &ignored) < 0)
        return -1;
    if (outcome != RUN_REPEATED || run.id.len == 0)
        return -1;
    err_clear(&request->err);
    return answer(request, &nothing, &run);
}

int provision_submit(struct request *request, const struct provision *p)
{
    struct run_request wanted;
    enum run_submitted outcome;
    struct run run;

    if (build(request, p, &wanted) < 0 ||
        run_submit(request->worker->redis, request->arena, &wanted, &outcome, &run, &request->err) < 0)
        return -1;
    if (outcome != RUN_SUBMITTED && outcome != RUN_REPEATED)
        return refuse(request, outcome, &wanted, &run);
    return answer(request, p, &run);
}
