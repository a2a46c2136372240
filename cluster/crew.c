#include "cluster/crew.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"

struct shift {
    const struct crew *crew;
    atomic_size_t next;
};

static void *work(void *arg)
{
    struct shift *shift = arg;
    const struct crew *crew = shift->crew;
    struct worker worker = *crew->worker;
    size_t i;

    worker.arena = arena_new(LIMIT_REQUEST_ARENA);
    worker.http = http_client_new();
    worker.redis = redis_client_new(worker.config->redis, worker.config->redis_db);
    while (worker.arena && worker.http && worker.redis && (i = atomic_fetch_add(&shift->next, 1)) < crew->count) {
        /* What a call renews, a token or the address, dies with its arena. */
        struct cluster cluster = *crew->cluster;

        crew->call(&worker, &cluster, crew->arg, i);
        arena_reset(worker.arena);
    }
    redis_client_free(worker.redis);
    http_client_free(worker.http);
    arena_free(worker.arena);
    return NULL;
}

void crew_run(const struct crew *crew)
{
    struct shift shift = {.crew = crew};
    pthread_t threads[CREW_MAX];
    size_t started = 0;

    while (started < CREW_MAX && started < crew->count && pthread_create(&threads[started], NULL, work, &shift) == 0)
        started++;
    if (started == 0)
        work(&shift);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}
