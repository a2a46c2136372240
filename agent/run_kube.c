/*
 * Runs as Jobs in a cluster. The Job's name is a lock of its own: whoever made the Job of that name first performs.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/run_job.h"
#include "agent/run_lines.h"
#include "agent/run_status.h"
#include "base/log.h"
#include "cluster/object.h"

#define POLL_MS 1000
#define TRIES 10 /* while the cluster is away, or an old Job goes */
#define AGAIN_MS 2000
#define PIECE KIB(32)
#define LOG_TRIES 5 /* at a log that can not be read, of a pod that has ended */

struct kube {
    struct cluster cluster; /* open since the beginning of the turn */
    char pod[256];          /* whose log was read */
    struct run_lines lines;
    unsigned refused; /* readings that failed */
    bool has_ended;   /* its log was read after its container had ended */
    bool is_told;     /* of the Job's success */
};

static bool is_passing(const struct err *err)
{
    return err->kind == ERR_UPSTREAM_UNREACHABLE || err->kind == ERR_UPSTREAM_TIMEOUT ||
           err->kind == ERR_UPSTREAM_BROKEN || err->kind == ERR_STORE_UNAVAILABLE || err->code == 429 ||
           err->code >= 500;
}

/* With the cluster's own Status: NotFound and AlreadyExists are ordinary. */
static bool is_status(struct run_work *work, const struct err *err, int code)
{
    const cJSON *status = object_error_status(&work->worker, err);

    return status && json_find_int(status, "code", 0) == code;
}

static int open_cluster(struct run_work *work, struct kube *kube, struct err *err)
{
    err_clear(err);
    return cluster_load(&work->worker, str_from(work->worker.config->provision_cluster), &kube->cluster, err) < 0 ||
                   cluster_open(&work->worker, &kube->cluster, err) < 0
               ? -1
               : 0;
}

/* Below the namespace of the Jobs. */
static int call(struct run_work *work, const char *method, const char *group, const char *rest, const cJSON *body,
                cJSON **out, struct err *err)
{
    struct kube *kube = work->own;
    const char *path = arena_printf(work->worker.arena, "/%s/namespaces/%s/%s", group,
                                    work->worker.config->provision_namespace, rest ? rest : "");

    err_clear(err);
    if (!path || !rest)
        return err_set(err, ERR_INTERNAL, "there is no memory for a call");
    return object_call(&work->worker, &kube->cluster, method, path, body, out, err);
}

static const char *path_of(struct run_work *work, const char *plural, const char *name)
{
    return arena_printf(work->worker.arena, "%s/%s", plural, name);
}

static const char *job_path(struct run_work *work)
{
    return arena_printf(work->worker.arena, "jobs/%.*s", STR_FMT(work->run.job_name));
}

/* Makes it, or changes the one of an earlier run to say the same. */
static int put_config_map(struct run_work *work, const struct run_texts *texts, struct err *err)
{
    const char *name = run_config_map_name(work->worker.arena, work->run.cluster);
    cJSON *object = run_config_map_new(&work->run, texts, false);
    int rc;

    if (!object || !name)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the run");
    else
        rc = call(work, "POST", "api/v1", "configmaps", object, NULL, err);
    cJSON_Delete(object);
    if (rc == 0 || !is_status(work, err, 409))
        return rc;
    object = run_config_map_new(&work->run, texts, true);
    if (object)
        rc = call(work, "PATCH", "api/v1", path_of(work, "configmaps", name), object, NULL, err);
    cJSON_Delete(object);
    return rc;
}

/* A claim keeps what it was made with; only the mark of a test goes, once it holds more than that. */
static int put_claim(struct run_work *work, enum run_claim claim, struct err *err)
{
    const char *name = run_claim_name(work->worker.arena, work->run.cluster, claim);
    bool is_test = str_equal(work->run.op, STR("test"));
    const char *why;
    char day[16];
    time_t now = (time_t)clock_now();
    struct tm utc;
    cJSON *object;
    cJSON *patch;
    int rc;

    gmtime_r(&now, &utc);
    strftime(day, sizeof(day), "%Y%m%d", &utc);
    object = run_claim_new(work->worker.config, &work->run, claim, is_test ? day : NULL);
    if (!object || !name)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the run");
    else
        rc = call(work, "POST", "api/v1", "persistentvolumeclaims", object, NULL, err);
    cJSON_Delete(object);
    if (rc == 0 || !is_status(work, err, 409))
        return rc;
    if (is_test)
        return 0;
    patch = json_tree(STR("{\"metadata\":{\"labels\":{\"" RUN_LABEL_TEST_DAY "\":null}}}"), 4, &why);
    rc = call(work, "PATCH", "api/v1", path_of(work, "persistentvolumeclaims", name), patch, NULL, err);
    cJSON_Delete(patch);
    return rc;
}

static int put_objects(struct run_work *work, const struct run_texts *texts, struct err *err)
{
    return put_claim(work, RUN_CLAIM_STATE, err) < 0 || put_claim(work, RUN_CLAIM_LOGS, err) < 0 ||
                   put_config_map(work, texts, err) < 0
               ? -1
               : 0;
}

/* A label or an annotation; NULL when there is none of that name. */
static const char *mark_of(const cJSON *object, const char *where, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json_find(object, where), name));
}

enum found_job { JOB_ABSENT, JOB_OURS, JOB_OLD, JOB_OTHER };

static int find_job(struct run_work *work, enum found_job *out, struct err *err)
{
    struct run_status status;
    const char *run;
    cJSON *job = NULL;

    *out = JOB_ABSENT;
    if (call(work, "GET", "apis/batch/v1", job_path(work), NULL, &job, err) < 0)
        return is_status(work, err, 404) ? 0 : -1;
    run = mark_of(job, "metadata.labels", RUN_LABEL_RUN);
    run_status_read(job, NULL, &status);
    if (run && strcmp(run, work->id) == 0)
        *out = JOB_OURS;
    else
        *out = status.has_finished ? JOB_OLD : JOB_OTHER;
    return 0;
}

static int delete_job(struct run_work *work, const char *path, struct err *err)
{
    const char *with = arena_printf(work->worker.arena, "%s?propagationPolicy=Background", path ? path : "");

    return call(work, "DELETE", "apis/batch/v1", with, NULL, NULL, err) == 0 || is_status(work, err, 404) ? 0 : -1;
}

/* No pod of it is there that may still do something. */
static bool is_worker_gone(const void *arg, struct str run)
{
    const cJSON *pod;

    cJSON_ArrayForEach(pod, json_find((const cJSON *)arg, "items"))
    {
        const char *phase = json_find_text(pod, "status.phase");
        bool has_ended = phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);

        if (!has_ended && str_equal(str_from(mark_of(pod, "metadata.labels", RUN_LABEL_RUN)), run))
            return false;
    }
    return true;
}

static int find_ended(struct run_work *work, struct run_texts *texts, struct err *err)
{
    cJSON *pods = NULL;

    return call(work, "GET", "api/v1", "pods?labelSelector=app%3Deks-provisioner", NULL, &pods, err) < 0
               ? -1
               : run_ended_list(work, is_worker_gone, pods, &texts->ended, err);
}

/* 1: it is there; 0: try again; or -1 with err. */
static int try_to_start(struct run_work *work, struct run_texts *texts, struct err *err)
{
    struct kube *kube = work->own;
    enum found_job found;
    cJSON *job;
    int rc;

    if (open_cluster(work, kube, err) < 0 || find_job(work, &found, err) < 0)
        return is_passing(err) ? 0 : -1;
    if (found == JOB_OURS)
        return 1;
    if (found == JOB_OTHER)
        return err_set(err, ERR_CONFLICT, "the Job %.*s is there already and runs: it is not of this gateway's making",
                       STR_FMT(work->run.job_name));
    if (found == JOB_OLD)
        return delete_job(work, job_path(work), err) == 0 || is_passing(err) ? 0 : -1;
    if (find_ended(work, texts, err) < 0 || put_objects(work, texts, err) < 0)
        return is_passing(err) ? 0 : -1;
    job = run_job_new(work->worker.config, &work->run, texts, work->order);
    rc = job ? call(work, "POST", "apis/batch/v1", "jobs", job, NULL, err)
             : err_set(err, ERR_INTERNAL, "there is no memory for the run");
    cJSON_Delete(job);
    if (rc == 0)
        log_info("a run was started", LOG_TEXT("run", work->id), LOG_STR("cluster", work->run.cluster),
                 LOG_STR("job", work->run.job_name));
    return rc == 0 ? 1 : is_status(work, err, 409) || is_passing(err) ? 0 : -1;
}

static int kube_start(struct run_work *work, struct err *err)
{
    struct kube *kube = arena_alloc(work->kept, sizeof(*kube));
    struct run_texts texts;
    int rc = 0;

    if (!kube)
        return err_set(err, ERR_INTERNAL, "there is no memory for the run");
    run_lines_init(&kube->lines);
    work->own = kube;
    if (run_texts_write(work, &texts, err) < 0)
        return -1;
    for (int tries = 0; tries < TRIES && rc == 0; tries++) {
        if (tries > 0 && !run_work_wait(work, AGAIN_MS))
            return -1;
        arena_reset(work->worker.arena);
        rc = try_to_start(work, &texts, err);
    }
    return rc == 1 ? 0 : -1;
}

static int on_head(void *arg, const struct http_head *head)
{
    (void)arg;
    (void)head;
    return 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct run_work *work = arg;
    struct kube *kube = work->own;

    while (len > 0) {
        size_t some = len < PIECE ? len : PIECE;
        char *room = run_lines_reserve(&kube->lines, some);

        if (!room)
            return -1;
        memcpy(room, data, some);
        if (run_lines_take(work, &kube->lines, some, false) < 0)
            return -1;
        data += some;
        len -= some;
    }
    return 0;
}

/* About once a second: what is new is written, and what was asked for heard. */
static bool is_gone(void *arg)
{
    struct run_work *work = arg;

    return run_work_publish(work) < 0 || (work->cancel_asked && !work->cancel_passed);
}

/* Reads the log from its first line on; while the container runs until it ends, or the reading is cut. */
static void read_log(struct run_work *work, struct kube *kube, const struct run_status *status)
{
    const struct http_sink sink = {.on_head = on_head, .on_body = on_body, .is_gone = is_gone, .arg = work};
    struct kube_request request = {.method = "GET", .sink = &sink};
    struct http_reply reply;
    struct err err = {0};

    if (strcmp(kube->pod, status->pod) != 0) {
        str_copy(kube->pod, sizeof(kube->pod), str_from(status->pod));
        kube->lines.seen = 0;
    }
    run_lines_rewind(&kube->lines);
    request.path = str_from(
        arena_printf(work->worker.arena, "/api/v1/namespaces/%s/pods/%s/log?container=" RUN_CONTAINER "%s",
                     work->worker.config->provision_namespace, status->pod, status->has_ended ? "" : "&follow=true"));
    request.headers = kube_own_headers(work->worker.arena, "*/*", work->id);
    if (request.path.len == 0 || !request.headers)
        return;
    if (cluster_call(&work->worker, &kube->cluster, &request, &reply, &err) < 0 && !run_work_must_stop(work)) {
        kube->refused++;
        log_debug("a log could not be read", LOG_TEXT("run", work->id), LOG_TEXT("error", err.message));
        return;
    }
    /* What has no end yet may be a part of a line, or the kubelet's own words about why it does not follow. */
    run_lines_take(work, &kube->lines, 0, status->has_ended);
    kube->refused = 0;
    kube->has_ended = status->has_ended;
}

static int look(struct run_work *work, struct run_status *status, struct err *err)
{
    struct kube *kube = work->own;
    const char *pods_path = arena_printf(work->worker.arena, "pods?labelSelector=eksgate.io%%2Frun%%3D%s", work->id);
    cJSON *job = NULL;
    cJSON *pods = NULL;

    if (open_cluster(work, kube, err) < 0 || call(work, "GET", "apis/batch/v1", job_path(work), NULL, &job, err) < 0 ||
        call(work, "GET", "api/v1", pods_path, NULL, &pods, err) < 0)
        return -1;
    run_status_read(job, pods, status);
    return 0;
}

/* Jobs of tests that went well need not stay. */
static void set_end(struct run_work *work, const struct run_status *status)
{
    const char *why;
    struct err ignored;
    cJSON *patch;

    if (!status->has_succeeded || !str_equal(work->run.op, STR("test")))
        return;
    patch = json_tree(STR("{\"spec\":{\"ttlSecondsAfterFinished\":86400}}"), 4, &why);
    if (patch && call(work, "PATCH", "apis/batch/v1", job_path(work), patch, NULL, &ignored) < 0)
        log_warning("the Job of a test stays: its end could not be set", LOG_TEXT("run", work->id),
                    LOG_TEXT("error", ignored.message));
    cJSON_Delete(patch);
}

static enum runner_state kube_poll(struct run_work *work, struct err *err)
{
    struct kube *kube = work->own;
    struct run_status status;

    if (look(work, &status, err) < 0) {
        if (is_status(work, err, 404)) {
            err_set(err, ERR_CONFLICT, "the Job of the run was deleted: start it again, what was made is adopted");
            return report_has_ended(work->report) || work->cancel_passed ? RUNNER_ENDED : RUNNER_FAILED;
        }
        run_work_stands(work, work->phase, err->message);
        run_work_wait(work, AGAIN_MS);
        return RUNNER_RUNS;
    }
    run_work_stands(work, status.phase, status.message);
    if (status.exit_code >= 0)
        work->exit_code = status.exit_code;
    if (run_work_publish(work) < 0)
        return RUNNER_RUNS;
    if (status.pod && status.has_log && !kube->has_ended)
        read_log(work, kube, &status);
    if (!status.has_finished || (status.has_log && !kube->has_ended && kube->refused < LOG_TRIES)) {
        run_work_wait(work, POLL_MS);
        return RUNNER_RUNS;
    }
    set_end(work, &status);
    return RUNNER_ENDED;
}

/* The pod has its grace to end in, in which Terraform writes its state; the Job then counts it as failed. Without a pod
 * the Job is what would begin. */
static int end_pod(struct run_work *work, struct err *err)
{
    struct run_status status;

    if (look(work, &status, err) < 0)
        return -1;
    if (status.has_finished || status.has_ended)
        return 0;
    if (status.pod)
        return call(work, "DELETE", "api/v1", path_of(work, "pods", status.pod), NULL, NULL, err);
    return delete_job(work, job_path(work), err);
}

static void kube_cancel(struct run_work *work)
{
    struct err err;

    if (end_pod(work, &err) == 0 || is_status(work, &err, 404))
        return;
    log_warning("a run could not be cancelled yet", LOG_TEXT("run", work->id), LOG_TEXT("error", err.message));
    work->cancel_passed = false;
    run_work_wait(work, AGAIN_MS);
}

static int delete_named(struct run_work *work, const char *plural, const char *name, struct err *err)
{
    return call(work, "DELETE", "api/v1", path_of(work, plural, name), NULL, NULL, err) == 0 ||
                   is_status(work, err, 404)
               ? 0
               : -1;
}

/* All Jobs of the cluster: two long names may share a label's value, so the whole name counts. */
static int delete_jobs(struct run_work *work, struct err *err)
{
    char label[TERRAFORM_JOB_MAX + 1];
    const cJSON *job;
    cJSON *jobs = NULL;

    terraform_cluster_label(work->run.cluster, label);
    if (call(work, "GET", "apis/batch/v1",
             arena_printf(work->worker.arena,
                          "jobs?labelSelector=app%%3Deks-provisioner%%2C" RUN_LABEL_CLUSTER "%%3D%s", label),
             NULL, &jobs, err) < 0)
        return -1;
    cJSON_ArrayForEach(job, json_find(jobs, "items"))
    {
        const char *name = json_find_text(job, "metadata.name");
        const char *cluster = mark_of(job, "metadata.annotations", RUN_ANNOTATION_CLUSTER);

        if (name && cluster && str_equal(str_from(cluster), work->run.cluster) &&
            delete_job(work, path_of(work, "jobs", name), err) < 0)
            return -1;
    }
    return 0;
}

static int kube_cleanup(struct run_work *work, struct err *err)
{
    struct kube *kube = arena_alloc(work->kept, sizeof(*kube));
    struct arena *arena = work->worker.arena;

    if (!kube)
        return err_set(err, ERR_INTERNAL, "there is no memory for the run");
    run_lines_init(&kube->lines);
    work->own = kube;
    if (open_cluster(work, kube, err) < 0 || delete_jobs(work, err) < 0 ||
        delete_named(work, "configmaps", run_config_map_name(arena, work->run.cluster), err) < 0)
        return -1;
    for (int i = 0; i < RUN_CLAIMS; i++)
        if (delete_named(work, "persistentvolumeclaims", run_claim_name(arena, work->run.cluster, (enum run_claim)i),
                         err) < 0)
            return -1;
    return 0;
}

static void kube_release(struct run_work *work)
{
    struct kube *kube = work->own;

    run_lines_free(&kube->lines);
}

const struct runner runner_kube = {
    .start = kube_start, .poll = kube_poll, .cancel = kube_cancel, .cleanup = kube_cleanup, .release = kube_release};
