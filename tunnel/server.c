#include "tunnel/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/attend.h"
#include "base/json.h"
#include "base/log.h"
#include "redis/log_level.h"
#include "tunnel/jobs.h"
#include "tunnel/reactor.h"

#define JOB_THREADS 8
#define ENDING_MS 5000 /* for what still waits for others */

struct carrier {
    struct reactor reactor;
    pthread_t thread;
};

static void *carry(void *arg)
{
    reactor_run(arg);
    return NULL;
}

/* Two descriptors a session: as many as are to be had. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int start(struct tunnel *tunnel, struct carrier *carriers, long count)
{
    tunnel->memory = cluster_memory_new();
    tunnel->shared.callers = caller_store_new(tunnel->config);
    tunnel->shared.quotas = quotas_new((struct quota_bounds){
        tunnel->config->streams, tunnel->config->streams_per_cluster, tunnel->config->streams_per_caller});
    tunnel->shared.terminals = quotas_new((struct quota_bounds){tunnel->config->terminals, tunnel->config->terminals,
                                                                tunnel->config->terminals_per_caller});
    if (!tunnel->memory || !tunnel->shared.callers || !tunnel->shared.quotas || !tunnel->shared.terminals ||
        http_global_init() < 0)
        return -1;
    tunnel->jobs = jobs_start(tunnel, JOB_THREADS);
    if (!tunnel->jobs)
        return -1;
    for (long i = 0; i < count; i++)
        if (reactor_init(&carriers[i].reactor, tunnel) < 0 ||
            pthread_create(&carriers[i].thread, NULL, carry, &carriers[i].reactor) != 0)
            return -1;
    return 0;
}

/* 0, or -1 when something still runs. */
static int stop(struct tunnel *tunnel, struct carrier *carriers, long count)
{
    struct timespec until;

    shutdown(tunnel->listen_fd, SHUT_RDWR); /* who connects now is refused, and may go elsewhere */
    atomic_store(&tunnel->draining, true);
    for (long i = 0; i < count; i++)
        loop_wake(carriers[i].reactor.loop);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += tunnel->config->tunnel_grace + ENDING_MS / 1000;
    for (long i = 0; i < count; i++)
        if (pthread_timedjoin_np(carriers[i].thread, NULL, &until) != 0)
            return -1;
    return jobs_stop(tunnel->jobs, ENDING_MS);
}

int tunnel_run(const struct config *config, const struct seal_key *seal, int listen_fd)
{
    struct tunnel tunnel = {.config = config, .seal = seal, .listen_fd = listen_fd};
    int metrics_fd = attend_listen(config->socket_dir, "tunnel");
    long count = config->processes; /* one for each core, as serve */
    struct carrier *carriers = calloc((size_t)count, sizeof(*carriers));

    signal(SIGPIPE, SIG_IGN);
    metrics_begin(0);
    json_global_init();
    raise_descriptors();
    if (!carriers || start(&tunnel, carriers, count) < 0) {
        log_critical("the tunnel could not start");
        _exit(1); /* threads that did start use what would be freed */
    }
    log_level_attend(config, metrics_fd, listen_fd);
    if (metrics_fd >= 0)
        close(metrics_fd);
    if (stop(&tunnel, carriers, count) < 0) {
        log_warning("connections were still being opened at the end");
        _exit(0);
    }
    for (long i = 0; i < count; i++)
        reactor_free(&carriers[i].reactor);
    free(carriers);
    quotas_free(tunnel.shared.quotas);
    quotas_free(tunnel.shared.terminals);
    caller_store_free(tunnel.shared.callers);
    cluster_memory_free(tunnel.memory);
    return 0;
}
