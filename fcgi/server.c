#include "fcgi/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "fcgi/lasting.h"
#include "fcgi/prepare.h"
#include "fcgi/response.h"
#include "fcgi/streams.h"
#include "redis/log_level.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SIZE MIB(1)
#else
#define STACK_SIZE KIB(256)
#endif

#define DRAIN_MS 5000
#define DRAIN_STREAMS_MS 3000
#define SLOW_MS 1000

/* What the other threads may see of a worker. */
struct slot {
    atomic_int idle_fd;        /* the kept connection it waits on, or -1 */
    atomic_llong started_ms;   /* of the request in work, or 0 */
    atomic_ulong cluster_hash; /* of its cluster, or 0 */
};

struct pool {
    const struct server *server;
    struct cluster_memory *memory;
    struct streams *streams;
    struct caller_store *callers;
    struct slot *slots;
    pthread_t *threads;
    long count;
    atomic_bool draining;
};

struct thread_start {
    struct pool *pool;
    long index;
};

static unsigned long hash_of(struct str text)
{
    unsigned long hash = 14695981039346656037u;

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 1099511628211u;
    return hash ? hash : 1;
}

/*
 * A cluster that hangs must not take the threads that others need: once a quarter of them has been busy with it
 * for over a second, further requests to it are turned away. Quick requests are never counted, so load alone
 * turns nobody away.
 */
static int admit(struct pool *pool, struct request *request, long index)
{
    struct str id = route_segment(&request->match, "cluster");
    unsigned long hash = hash_of(id);
    int64_t now = clock_monotonic_ms();
    long slow_here = 0;
    long slow = 0;

    atomic_store(&pool->slots[index].cluster_hash, id.len > 0 ? hash : 0);
    for (long i = 0; i < pool->count; i++) {
        int64_t started = atomic_load(&pool->slots[i].started_ms);

        if (started == 0 || now - started < SLOW_MS || i == index)
            continue;
        slow++;
        if (id.len > 0 && atomic_load(&pool->slots[i].cluster_hash) == hash)
            slow_here++;
    }
    if (slow < pool->count - 2 && slow_here < (pool->count + 3) / 4)
        return 0;
    err_set(&request->err, ERR_OVERLOADED, "eksgate: too many requests%s are waiting for an answer: try again",
            slow_here >= (pool->count + 3) / 4 ? " to this cluster" : "");
    request->err.retry_after = 1;
    return -1;
}

static void log_request(const struct request *request, int64_t started_us)
{
    size_t row = request->match.route ? request->match.row : METRICS_ROUTE_NONE;
    int status = request->response.gone ? 499 : request->response.status;
    int64_t duration_us = clock_monotonic_us() - started_us;
    struct str path = request->path;

    metrics_request(row, request->method_name, status);
    metrics_request_time(row, request->method_name, duration_us);

    if (path.len > 512)
        path.len = 512;
    log_info("request", LOG_TEXT("method", request->method_name), LOG_STR("path", path), LOG_INT("status", status),
             LOG_INT("duration_ms", duration_us / 1000), LOG_TEXT("request_id", request->id),
             LOG_STR("audit_id", request->audit_id), LOG_TEXT("remote_address", request->remote_address),
             LOG_TEXT("key", request->caller.id),
             LOG_TEXT("error", request->err.kind == ERR_NONE ? "" : request->err.message));
}

static int handle(struct pool *pool, struct request *request, long index)
{
    const struct server *server = pool->server;

    request->streams = pool->streams;
    if (request_route(request, server->routes, server->route_count) < 0 || admit(pool, request, index) < 0 ||
        request_prepare(request, pool->callers) < 0)
        return -1;
    return request->match.route->handle(request);
}

static void serve_request(struct pool *pool, struct worker *worker, FCGX_Request *fcgx, long index)
{
    int64_t started_us = clock_monotonic_us();
    struct request *request = arena_alloc(worker->arena, sizeof(*request));

    if (!request) {
        FCGX_Free(fcgx, 1); /* no memory even for an error: the connection ends here */
        return;
    }
    metrics_add(&metrics->now.threads_busy, 1);
    atomic_store(&pool->slots[index].started_ms, started_us / 1000);
    if (request_init(request, worker, fcgx) < 0 || handle(pool, request, index) < 0)
        response_error(request);
    if (!request->response.handed_off)
        log_request(request, started_us); /* before the parameters that it shows are gone */
    fcgi_finish(request);
    atomic_store(&pool->slots[index].started_ms, 0);
    atomic_store(&pool->slots[index].cluster_hash, 0);
    metrics_add(&metrics->now.threads_busy, -1);
    arena_reset(worker->arena);
}

static int worker_init(struct worker *worker, struct pool *pool)
{
    const struct config *config = pool->server->config;

    *worker = (struct worker){
        .config = config,
        .seal = pool->server->seal,
        .memory = pool->memory,
        .arena = arena_new(LIMIT_REQUEST_ARENA),
        .http = http_client_new(),
        .redis = redis_client_new(config->redis, config->redis_db),
    };
    return worker->arena && worker->http && worker->redis ? 0 : -1;
}

static void worker_free(struct worker *worker)
{
    redis_client_free(worker->redis);
    http_client_free(worker->http);
    arena_free(worker->arena);
}

static void *worker_main(void *arg)
{
    struct thread_start start = *(struct thread_start *)arg;
    struct pool *pool = start.pool;
    struct slot *slot = &pool->slots[start.index];
    FCGX_Request *fcgx = calloc(1, sizeof(*fcgx));
    struct worker worker;

    free(arg);
    if (!fcgx || worker_init(&worker, pool) < 0 || FCGX_InitRequest(fcgx, pool->server->listen_fd, 0) != 0) {
        log_critical("a worker thread could not start");
        _exit(1);
    }
    while (!atomic_load(&pool->draining)) {
        int rc;

        atomic_store(&slot->idle_fd, fcgx->ipcFd);
        rc = FCGX_Accept_r(fcgx);
        atomic_store(&slot->idle_fd, -1);
        if (rc == 0)
            serve_request(pool, &worker, fcgx, start.index);
        else if (!atomic_load(&pool->draining))
            nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL); /* no descriptors left, say: do not spin */
    }
    FCGX_Free(fcgx, 1);
    free(fcgx);
    worker_free(&worker);
    return NULL;
}

static int start_threads(struct pool *pool)
{
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    for (long i = 0; i < pool->count; i++) {
        struct thread_start *start = malloc(sizeof(*start));

        atomic_store(&pool->slots[i].idle_fd, -1);
        if (!start)
            return -1;
        *start = (struct thread_start){pool, i};
        if (pthread_create(&pool->threads[i], &attributes, worker_main, start) != 0) {
            free(start);
            return -1;
        }
    }
    pthread_attr_destroy(&attributes);
    return 0;
}

/* libfcgi's own SIGTERM handler only sets a flag that one thread sees; so the sockets are shut down instead:
 * accept() then fails, and a read() on an idle kept connection ends. */
static void wake_idle(struct pool *pool)
{
    shutdown(pool->server->listen_fd, SHUT_RDWR);
    for (long i = 0; i < pool->count; i++) {
        int fd = atomic_load(&pool->slots[i].idle_fd);

        if (fd >= 0)
            shutdown(fd, SHUT_RD);
    }
}

static bool all_ended(struct pool *pool)
{
    for (long i = 0; i < pool->count; i++)
        if (pool->threads[i] && pthread_tryjoin_np(pool->threads[i], NULL) == 0)
            pool->threads[i] = 0;
    for (long i = 0; i < pool->count; i++)
        if (pool->threads[i])
            return false;
    return true;
}

static int drain(struct pool *pool)
{
    int64_t until = clock_monotonic_ms() + DRAIN_MS;

    atomic_store(&pool->draining, true);
    streams_drain(pool->streams, DRAIN_STREAMS_MS);
    while (!all_ended(pool)) {
        if (clock_monotonic_ms() > until) {
            log_warning("requests were still running at the end");
            return -1;
        }
        wake_idle(pool);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    if (lasting_drain(DRAIN_STREAMS_MS) < 0)
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

/* What the streams share with the workers. */
static struct streams *start_streams(const struct pool *pool)
{
    const struct worker shared = {.config = pool->server->config, .seal = pool->server->seal, .memory = pool->memory};

    return streams_start(&shared, pool->callers);
}

int server_run(const struct server *server)
{
    struct pool pool = {.server = server, .count = server->config->threads};
    int status = 1;

    signal(SIGPIPE, SIG_IGN);
    json_global_init();
    pool.memory = cluster_memory_new();
    pool.callers = caller_store_new(server->config);
    pool.slots = calloc((size_t)pool.count, sizeof(*pool.slots));
    pool.threads = calloc((size_t)pool.count, sizeof(*pool.threads));
    if (!pool.memory || memory_listen(pool.memory, pool.server->config->redis) < 0 || !pool.callers || !pool.slots ||
        !pool.threads || http_global_init() < 0 || FCGX_Init() != 0) {
        log_critical("the serve process could not start");
        goto out;
    }
    raise_descriptor_limit(server->config);
    pool.streams = start_streams(&pool);
    if (!pool.streams || start_threads(&pool) < 0) {
        log_critical("the threads could not start");
        _exit(1); /* those that did use what would be freed */
    }
    metrics_set(&metrics->now.threads, pool.count);
    log_level_attend(server->config, -1, server->listen_fd);
    if (drain(&pool) < 0)
        _exit(0); /* threads still use what would be freed */
    status = 0;
out:
    cluster_memory_free(pool.memory);
    caller_store_free(pool.callers);
    free(pool.slots);
    free(pool.threads);
    return status;
}
