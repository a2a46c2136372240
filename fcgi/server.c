#include "fcgi/server.h"

#include <fcgiapp.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "fcgi/events.h"
#include "fcgi/front.h"
#include "fcgi/lasting.h"
#include "fcgi/streams.h"
#include "fcgi/workers.h"
#include "redis/log_level.h"

#define DRAIN_MS 5000
#define DRAIN_STREAMS_MS 3000
#define DRAIN_FRONT_MS 1000 /* to begin what has come on kept connections */

struct pool {
    const struct server *server;
    struct worker shared; /* what all threads share */
    struct caller_store *callers;
    struct streams *streams;
    struct workers *workers;
    struct front *front;
};

/* -1 when threads still use what would be freed. */
static int drain(struct pool *pool)
{
    streams_drain(pool->streams, DRAIN_STREAMS_MS);
    for (int i = 0; i < DRAIN_FRONT_MS && !front_is_empty(pool->front); i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    if (workers_drain(pool->workers, DRAIN_MS) < 0) {
        log_warning("requests were still running at the end");
        return -1;
    }
    if (events_drain(DRAIN_STREAMS_MS) < 0 || lasting_drain(DRAIN_STREAMS_MS) < 0)
        return -1;
    return streams_stop(pool->streams);
}

/* As many descriptors as the system gives: a stream holds two. */
static void raise_descriptor_limit(const struct config *config)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)(config->streams * 2 + config->threads * 16 + 256);

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max < wanted)
        log_warning("the limit of open files is too low for EKSGATE_STREAMS", LOG_INT("limit", limit.rlim_max),
                    LOG_INT("wanted", wanted));
}

/* Whoever hands this process something to do goes on until it waits itself, so more of it is done in a turn
 * (docs/decisions/021-serve-interrupts-nobody.md). Where the system does not allow it, that is slower and no worse. */
static void interrupt_nobody(void)
{
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0});
}

/* Nothing runs before the last of these. */
static int make(struct pool *pool)
{
    const struct server *server = pool->server;

    pool->shared = (struct worker){.config = server->config, .seal = server->seal, .memory = cluster_memory_new()};
    pool->callers = caller_store_new(server->config);
    if (!pool->shared.memory || memory_listen(pool->shared.memory, server->config->redis) < 0 || !pool->callers ||
        http_global_init() < 0 || FCGX_Init() != 0)
        return -1;
    pool->streams = streams_new(&pool->shared, pool->callers);
    if (!pool->streams)
        return -1;
    pool->workers = workers_new(server, &pool->shared, pool->streams, pool->callers);
    if (!pool->workers)
        return -1;
    pool->front = front_new(server, &pool->shared, pool->streams, pool->callers, pool->workers);
    if (!pool->front)
        return -1;
    workers_set_front(pool->workers, pool->front);
    return streams_start(pool->streams);
}

int server_run(const struct server *server)
{
    struct pool pool = {.server = server};

    signal(SIGPIPE, SIG_IGN);
    json_global_init();
    interrupt_nobody();
    raise_descriptor_limit(server->config);
    if (make(&pool) < 0) {
        log_critical("the serve process could not start");
        _exit(1); /* threads that did start use what would be freed */
    }
    metrics_set(&metrics->now.threads, server->config->threads);
    log_level_attend(server->config, -1, -1);
    if (drain(&pool) < 0)
        _exit(0);
    front_free(pool.front);
    workers_free(pool.workers);
    cluster_memory_free(pool.shared.memory);
    caller_store_free(pool.callers);
    return 0;
}
