/*
 * The task that follows the Jobs of every connected cluster.
 */
#include <stdlib.h>

#include "agent/task.h"
#include "agent/watch.h"
#include "base/backoff.h"
#include "base/log.h"
#include "cluster/in_cluster.h"
#include "redis/changes.h"
#include "redis/job_records.h"

#define HEAR_MS 500   /* how often changes of connections are listened for */
#define READ_MS 30000 /* and how often they are read though none was heard */
#define AGAIN_MS 2000 /* while Redis is away */

struct jobs {
    struct agent *agent;
    struct http_multi *multi;
    struct redis_changes *changes;
    struct watch *first;
    int64_t hear_ms;
    int64_t read_ms;
    bool draining;
};

static void jobs_stop(void *task)
{
    struct jobs *jobs = task;

    while (jobs->first) {
        struct watch *next = jobs->first->next;

        watch_free(jobs->first);
        jobs->first = next;
    }
    http_multi_free(jobs->multi);
    redis_changes_free(jobs->changes);
    free(jobs);
}

static void *jobs_start(struct agent *agent)
{
    struct jobs *jobs = calloc(1, sizeof(*jobs));

    if (!jobs)
        return NULL;
    jobs->agent = agent;
    jobs->multi = http_multi_new(agent->loop);
    jobs->changes = redis_changes_new(agent->config->redis);
    if (jobs->multi && jobs->changes)
        return jobs;
    jobs_stop(jobs);
    return NULL;
}

static struct watch *find(struct jobs *jobs, struct str id)
{
    struct watch *watch = jobs->first;

    while (watch && !str_equal(str_from(watch->id), id))
        watch = watch->next;
    return watch;
}

static void add(struct jobs *jobs, struct str id)
{
    struct watch *watch = watch_new(jobs->agent, jobs->multi, id);

    if (!watch)
        return;
    watch->is_connected = true;
    watch->next = jobs->first;
    jobs->first = watch;
}

static void remove_disconnected(struct jobs *jobs)
{
    struct watch **link = &jobs->first;

    while (*link) {
        struct watch *watch = *link;

        if (watch->is_connected) {
            link = &watch->next;
            continue;
        }
        log_info("the cluster is connected no more", LOG_TEXT("cluster", watch->id));
        *link = watch->next;
        watch_free(watch);
    }
}

static int read_connections(struct jobs *jobs)
{
    struct str *ids;
    size_t count;
    struct err err;

    if (cluster_ids(jobs->agent->config, jobs->agent->redis, jobs->agent->arena, &ids, &count, &err) < 0 ||
        job_records_tidy(jobs->agent->redis, jobs->agent->holder, &err) < 0)
        return -1;
    for (struct watch *watch = jobs->first; watch; watch = watch->next)
        watch->is_connected = false;
    for (size_t i = 0; i < count; i++) {
        struct watch *watch = find(jobs, ids[i]);

        if (watch)
            watch->is_connected = true;
        else
            add(jobs, ids[i]);
    }
    remove_disconnected(jobs);
    return 0;
}

static void on_change(void *arg, struct str id)
{
    struct jobs *jobs = arg;
    struct watch *watch = find(jobs, id);

    jobs->read_ms = 0;
    /* Perhaps with what it lacked until now. */
    if (watch && watch->step == WATCH_WAITING)
        watch->due_ms = 0;
}

static int64_t jobs_run(void *task, int64_t now_ms)
{
    struct jobs *jobs = task;
    int64_t next_ms;

    http_multi_run(jobs->multi);
    if (jobs->draining)
        return INT64_MAX;
    if (now_ms >= jobs->hear_ms) {
        redis_changes_hear(jobs->changes, true, on_change, jobs);
        jobs->hear_ms = now_ms + HEAR_MS;
    }
    if (now_ms >= jobs->read_ms)
        jobs->read_ms = now_ms + (read_connections(jobs) == 0 ? READ_MS : AGAIN_MS);
    next_ms = jobs->hear_ms;
    for (struct watch *watch = jobs->first; watch; watch = watch->next) {
        int64_t due_ms = watch_run(watch, now_ms);

        if (due_ms < next_ms)
            next_ms = due_ms;
    }
    return now_ms + http_multi_wait_ms(jobs->multi, (int)(next_ms > now_ms ? next_ms - now_ms : 0));
}

/* A watch that is cut loses nothing: the next one goes on from what was recorded. */
static bool jobs_drain(void *task)
{
    struct jobs *jobs = task;

    jobs->draining = true;
    while (jobs->first) {
        struct watch *next = jobs->first->next;

        watch_free(jobs->first);
        jobs->first = next;
    }
    return true;
}

const struct task_kind task_jobs = {
    .name = "jobs", .start = jobs_start, .run = jobs_run, .drain = jobs_drain, .stop = jobs_stop};
