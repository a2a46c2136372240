/*
 * The end of a run: what it came to is stored in one step, after the cluster that was made has been connected, or the
 * connection of one that is gone was forgotten.
 */
#include <stdio.h>
#include <string.h>

#include "agent/run_outcome.h"
#include "agent/run_work.h"
#include "base/log.h"

#define AGAIN_MS 500
#define CONNECT_TRIES 5
#define CONNECT_AGAIN_MS 3000
#define TOLD_MAX KIB(64)

struct ending {
    struct run_outcome outcome;
    char message[1024];
    const char *connection; /* as in struct run_end */
    const char *id;         /* of the connection that there is, was or would be */
};

static const char *text_of(const struct run_work *work, const char *name)
{
    const char *text = json_find_text(work->order, name);

    return text ? text : "";
}

/* As the order says, whose role made the cluster. */
static struct aws_auth *auth_of(struct run_work *work)
{
    struct aws_auth *auth = aws_auth_new(work->worker.arena);
    const char *role = text_of(work, "role_arn");

    if (auth && *role && aws_auth_add_role(auth, str_from(role), text_of(work, "external_id")) < 0)
        return NULL;
    return auth;
}

static int connect_once(struct run_work *work, struct err *err)
{
    struct connect_request request = {.name = work->run.cluster, .region = str_from(text_of(work, "region"))};
    struct connect_result result;

    arena_reset(work->worker.arena);
    request.auth = auth_of(work);
    if (!request.auth)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connection");
    /* One that a user has made with another identity is as good. */
    return cluster_connect(&work->worker, &request, &result, err) == 0 || err->kind == ERR_CONFLICT ? 0 : -1;
}

/* A new cluster may not answer at once. That it can not be connected is told, but it is there. */
static void connect_cluster(struct run_work *work, struct ending *ending)
{
    struct err err = {0};

    if (work->cluster.connection.len > 0)
        return;
    for (int tries = 1; connect_once(work, &err) < 0; tries++) {
        if (tries == CONNECT_TRIES || !run_work_wait(work, CONNECT_AGAIN_MS)) {
            snprintf(ending->message, sizeof(ending->message), "the cluster is there but could not be connected: %s",
                     err.message);
            return;
        }
    }
    ending->connection = ending->id;
}

static void forget_connection(struct run_work *work, struct ending *ending)
{
    struct err err;

    ending->connection = "";
    if (connection_delete(work->worker.redis, str_from(ending->id), &err) == REDIS_FOUND)
        log_info("cluster disconnected: it was destroyed", LOG_TEXT("cluster", ending->id));
    memory_forget(work->worker.memory, str_from(ending->id));
}

static void write_told(struct run_work *work, const struct ending *ending, struct buf *out)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_str(&j, "run", work->run.id);
    json_str(&j, "cluster_name", work->run.cluster);
    json_text(&j, "region", text_of(work, "region"));
    json_str(&j, "op", work->run.op);
    json_str(&j, "job_name", work->run.job_name);
    json_text(&j, "status", ending->outcome.status);
    json_text(&j, "message", *ending->message ? ending->message : NULL);
    report_write_changes(work->report, &j, "changes");
    json_text(&j, "plan_hash", *work->report->plan_hash ? work->report->plan_hash : NULL);
    json_str(&j, "created_by", work->run.created_by);
    json_object_close(&j);
}

/* Until Redis has taken it, or somebody else leads, who will find the same end. */
static void store(struct run_work *work, const struct ending *ending)
{
    const struct run_outcome *outcome = &ending->outcome;
    bool is_cleanup = str_equal(work->run.op, STR("cleanup"));
    struct run_end end = {
        .cluster = work->run.cluster,
        .run = str_from(work->id),
        .status = str_from(outcome->status),
        .phase = str_from(outcome->phase),
        .message = str_from(ending->message),
        .exit_code = work->exit_code >= 0 ? work->exit_code : work->report->rc,
        .now_ms = clock_now_ms(),
        .state = str_from(outcome->state),
        .applied = outcome->applied,
        .is_drift = str_equal(work->run.op, STR("drift")) && work->report->phase >= REPORT_SUCCEEDED,
        .connected = ending->connection,
        .outputs = outcome->applied ? work->report->outputs : STR(""),
        .event = outcome->event,
        .id = str_from(ending->id),
        .forget = is_cleanup && strcmp(outcome->status, "completed") == 0,
    };
    enum run_written written;
    struct buf told;
    struct err err;

    buf_init(&told, TOLD_MAX);
    write_told(work, ending, &told);
    end.told = buf_str(&told);
    if (told.failed)
        end.event = NULL;
    while (run_finish(work->worker.redis, work->holder, &end, &written, &err) < 0)
        if (!run_work_wait(work, AGAIN_MS))
            break;
    buf_free(&told);
    log_info("a run has ended", LOG_TEXT("run", work->id), LOG_STR("cluster", work->run.cluster),
             LOG_STR("op", work->run.op), LOG_TEXT("status", outcome->status), LOG_TEXT("message", ending->message));
}

/* What is known best of why a run did not come to its end. */
static struct str why(const struct run_work *work, const struct run_outcome *outcome, const struct err *failure)
{
    const char *const known[] = {failure ? failure->message : "", work->message,
                                 outcome->message ? outcome->message : "", work->report->message};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (*known[i])
            return str_from(known[i]);
    return STR("Terraform failed: its log says why");
}

void run_work_finish(struct run_work *work, const struct err *failure)
{
    const struct run_facts facts = {.op = work->run.op,
                                    .plan_only = work->run.plan_only,
                                    .phase = work->report->phase,
                                    .state = work->cluster.state,
                                    .applies = work->report->applies,
                                    .cancel_asked = work->cancel_asked,
                                    .exit_code = work->exit_code};
    struct ending ending = {0};

    run_outcome(&facts, &ending.outcome);
    if (str_equal(work->run.op, STR("cleanup")))
        ending.outcome =
            (struct run_outcome){.status = failure ? "failed" : "completed", .phase = failure ? "Failed" : "Succeeded"};
    ending.id = cluster_id(work->kept, str_from(text_of(work, "region")), work->run.cluster);
    if (strcmp(ending.outcome.phase, "Failed") == 0)
        str_copy(ending.message, sizeof(ending.message), why(work, &ending.outcome, failure));
    if (ending.id && ending.outcome.is_present)
        connect_cluster(work, &ending);
    else if (ending.id && ending.outcome.is_gone)
        forget_connection(work, &ending);
    if (!run_work_must_stop(work))
        store(work, &ending);
}
