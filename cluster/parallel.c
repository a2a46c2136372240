#include "cluster/parallel.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/limits.h"

struct jobs {
    const struct parallel *wanted;
    atomic_size_t next;
    int64_t started_ms;
};

static void wait_for_turn(const struct jobs *jobs, size_t index)
{
    int64_t wait = jobs->started_ms + (int64_t)index * jobs->wanted->pace_ms - clock_monotonic_ms();

    if (jobs->wanted->pace_ms > 0 && wait > 0)
        clock_sleep_ms(wait);
}

static void *run_jobs(void *arg)
{
    struct jobs *jobs = arg;
    const struct parallel *wanted = jobs->wanted;
    struct aws_client aws = {
        .http = http_client_new(), .arena = arena_new(LIMIT_REQUEST_ARENA), .profile = wanted->profile};
    size_t i;

    while (aws.http && aws.arena && (i = atomic_fetch_add(&jobs->next, 1)) < wanted->count) {
        wait_for_turn(jobs, i);
        aws.deadline_ms = clock_monotonic_ms() + AWS_WITHIN_MS;
        wanted->call(&aws, wanted->arg, i);
        arena_reset(aws.arena);
    }
    http_client_free(aws.http);
    arena_free(aws.arena);
    return NULL;
}

void parallel_run(const struct parallel *parallel)
{
    struct jobs jobs = {.wanted = parallel, .started_ms = clock_monotonic_ms()};
    pthread_t threads[PARALLEL_MAX];
    size_t started = 0;

    while (started < PARALLEL_MAX && started < parallel->count &&
           pthread_create(&threads[started], NULL, run_jobs, &jobs) == 0)
        started++;
    if (started == 0 && parallel->count > 0)
        run_jobs(&jobs);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}
