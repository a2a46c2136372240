/*
 * The task that performs runs of Terraform: it takes them from the queue, in order and only so many at a time, and sees
 * to it that each run that is said to run is followed by a thread. So a new leader finds what the last one was at.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/run_work.h"
#include "agent/task.h"
#include "base/log.h"

#define LOOK_MS 500

struct provision {
    struct agent *agent;
    struct worker shared;
    struct run_work *first;
    int64_t look_ms;
    bool draining;
};

/* Threads that were told to stop and may still be at it. One task begins after another has ended, all in one thread. */
static struct run_work *leaving;

static void join_done(struct run_work **list)
{
    while (*list) {
        struct run_work *work = *list;

        if (!atomic_load(&work->done)) {
            list = &work->next;
            continue;
        }
        *list = work->next;
        run_work_join(work);
    }
}

static void *provision_start(struct agent *agent)
{
    struct provision *provision = calloc(1, sizeof(*provision));

    if (!provision)
        return NULL;
    provision->agent = agent;
    provision->shared =
        (struct worker){.config = agent->config, .seal = agent->seal, .memory = agent->memory, .request_id = "agent"};
    return provision;
}

static bool is_followed(const struct provision *provision, struct str id)
{
    for (const struct run_work *work = provision->first; work; work = work->next)
        if (str_equal(str_from(work->id), id))
            return true;
    return false;
}

static void follow(struct provision *provision, struct str id)
{
    struct agent *agent = provision->agent;
    struct run_work *work = run_work_start(&provision->shared, agent->loop, agent->holder, id);

    if (!work) {
        log_error("there is no thread for a run", LOG_STR("run", id));
        return; /* it is found again */
    }
    work->next = provision->first;
    provision->first = work;
}

static void look(struct provision *provision)
{
    struct agent *agent = provision->agent;
    struct str *ids;
    size_t count;
    struct run run;
    struct err err;

    do {
        if (runs_running(agent->redis, agent->arena, &ids, &count, &err) < 0)
            return;
        for (size_t i = 0; i < count; i++)
            if (!is_followed(provision, ids[i]))
                follow(provision, ids[i]);
    } while (run_take(agent->redis, agent->arena, agent->holder, agent->config->provision_runs, clock_now_ms(), &run,
                      &err) == REDIS_FOUND);
}

static int64_t provision_run(void *task, int64_t now_ms)
{
    struct provision *provision = task;

    join_done(&provision->first);
    join_done(&leaving);
    if (provision->draining || strcmp(provision->agent->config->provision_runner, "off") == 0)
        return INT64_MAX;
    if (now_ms >= provision->look_ms) {
        look(provision);
        provision->look_ms = now_ms + LOOK_MS;
    }
    return provision->look_ms;
}

/* A run goes on without who follows it. */
static bool provision_drain(void *task)
{
    struct provision *provision = task;

    provision->draining = true;
    for (struct run_work *work = provision->first; work; work = work->next)
        atomic_store(&work->stop, true);
    join_done(&provision->first);
    return provision->first == NULL;
}

static void provision_stop(void *task)
{
    struct provision *provision = task;

    while (provision->first) {
        struct run_work *work = provision->first;

        provision->first = work->next;
        atomic_store(&work->stop, true);
        work->next = leaving;
        leaving = work;
    }
    free(provision);
}

int task_provision_end(long within_ms)
{
    int64_t until_ms = clock_monotonic_ms() + within_ms;

    for (join_done(&leaving); leaving && clock_monotonic_ms() < until_ms; join_done(&leaving))
        poll(NULL, 0, 20);
    return leaving ? -1 : 0;
}

const struct task_kind task_provision = {.name = "provision",
                                         .start = provision_start,
                                         .run = provision_run,
                                         .drain = provision_drain,
                                         .stop = provision_stop};
