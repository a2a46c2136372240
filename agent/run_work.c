#include "agent/run_work.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/run_aws.h"
#include "base/log.h"
#include "base/thread.h"

#define STACK_SIZE KIB(512)
#define SLICE_MS 100
#define AGAIN_MS 500 /* while Redis is away */

bool run_work_must_stop(const struct run_work *work)
{
    return atomic_load(&work->stop);
}

bool run_work_wait(struct run_work *work, long milliseconds)
{
    const struct timespec slice = {.tv_nsec = SLICE_MS * 1000000L};

    for (long waited = 0; waited < milliseconds && !run_work_must_stop(work); waited += SLICE_MS)
        nanosleep(&slice, NULL);
    return !run_work_must_stop(work);
}

void run_work_stands(struct run_work *work, const char *phase, const char *message)
{
    if (work->phase == phase && strcmp(work->message, message) == 0)
        return;
    work->phase = phase;
    str_copy(work->message, sizeof(work->message), str_from(message));
    work->is_written = false;
}

int run_work_take(struct run_work *work, const struct str *lines, size_t count)
{
    int64_t first = work->lines + 1;
    enum run_written written;
    struct err err;

    if (count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        work->news |= report_line(work->report, lines[i], clock_now());
    work->lines += (int64_t)count;
    while (run_log_append(work->worker.redis, work->holder, str_from(work->id), first, lines, count, clock_now_ms(),
                          &written, &err) < 0)
        if (!run_work_wait(work, AGAIN_MS))
            return -1;
    if (written == RUN_WRITTEN_CANCEL)
        work->cancel_asked = true;
    else if (written != RUN_WRITTEN)
        atomic_store(&work->stop, true);
    return run_work_must_stop(work) ? -1 : 0;
}

/* The run and its cluster, when it began; in the arena that is kept. 0, or -1 with err. */
static int load(struct run_work *work, struct err *err)
{
    const char *why;
    int rc = run_find(work->worker.redis, work->kept, str_from(work->id), &work->run, err);

    if (rc == REDIS_FOUND)
        rc = run_cluster_read(work->worker.redis, work->kept, work->run.cluster, &work->cluster, err);
    if (rc == REDIS_MISSING)
        atomic_store(&work->stop, true);
    if (rc != REDIS_FOUND)
        return -1;
    work->runner = str_equal(work->run.runner, STR("kube")) ? &runner_kube : &runner_local;
    work->cancel_asked = work->run.cancel;
    work->order = json_parse(work->kept, work->run.order, LIMIT_JSON_DEPTH, &why);
    return work->order ? 0 : err_set(err, ERR_INTERNAL, "the order of the run can not be read: %s", why);
}

static void follow(struct run_work *work)
{
    enum runner_state state = RUNNER_RUNS;
    struct err err = {0};

    while (state == RUNNER_RUNS) {
        arena_reset(work->worker.arena);
        if (work->cancel_asked && !work->cancel_passed) {
            log_info("a run is cancelled", LOG_TEXT("run", work->id), LOG_STR("cluster", work->run.cluster));
            work->cancel_passed = true;
            work->runner->cancel(work);
        }
        state = work->runner->poll(work, &err);
        run_aws_look(work, state != RUNNER_RUNS);
        if (run_work_must_stop(work) || run_work_publish(work) < 0)
            return;
    }
    /* The end is not stored before what led to it. */
    while (work->news != 0)
        if (!run_work_wait(work, AGAIN_MS) || run_work_publish(work) < 0)
            return;
    run_work_finish(work, state == RUNNER_FAILED ? &err : NULL);
}

static void perform(struct run_work *work)
{
    struct err err = {0};

    while (load(work, &err) < 0) {
        if (err.kind != ERR_STORE_UNAVAILABLE && !run_work_must_stop(work)) {
            run_work_finish(work, &err);
            return;
        }
        arena_reset(work->kept);
        if (!run_work_wait(work, AGAIN_MS))
            return;
    }
    log_info("a run is followed", LOG_TEXT("run", work->id), LOG_STR("cluster", work->run.cluster),
             LOG_STR("op", work->run.op));
    if (str_equal(work->run.op, STR("cleanup"))) {
        run_work_finish(work, work->runner->cleanup(work, &err) < 0 ? &err : NULL);
        return;
    }
    if (!str_equal(work->run.op, STR("unlock")))
        run_aws_find_images(work);
    if (work->runner->start(work, &err) < 0)
        run_work_finish(work, &err);
    else
        follow(work);
}

static void run_work_free(struct run_work *work)
{
    if (work->own)
        work->runner->release(work);
    report_free(work->report);
    redis_client_free(work->worker.redis);
    http_client_free(work->worker.http);
    arena_free(work->worker.arena);
    arena_free(work->kept);
    free(work);
}

static void *run_main(void *arg)
{
    struct run_work *work = arg;

    perform(work);
    atomic_store(&work->done, true);
    loop_wake(work->loop);
    return NULL;
}

struct run_work *run_work_start(const struct worker *shared, struct loop *loop, const char *holder, struct str id)
{
    const struct config *config = shared->config;
    struct run_work *work = calloc(1, sizeof(*work));

    if (!work)
        return NULL;
    str_copy(work->id, sizeof(work->id), id);
    str_copy(work->holder, sizeof(work->holder), str_from(holder));
    work->loop = loop;
    work->phase = "Pending";
    work->exit_code = -1;
    work->worker = *shared;
    work->worker.request_id = work->id;
    work->worker.arena = arena_new(LIMIT_REQUEST_ARENA);
    work->worker.http = http_client_new();
    work->worker.redis = redis_client_new(config->redis, config->redis_db);
    work->kept = arena_new(LIMIT_REQUEST_ARENA);
    work->report = report_new();
    if (work->worker.arena && work->worker.http && work->worker.redis && work->kept && work->report &&
        thread_start(&work->thread, STACK_SIZE, run_main, work) == 0)
        return work;
    run_work_free(work);
    return NULL;
}

void run_work_join(struct run_work *work)
{
    pthread_join(work->thread, NULL);
    run_work_free(work);
}
