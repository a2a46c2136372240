#include "fcgi/workers.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/thread.h"
#include "fcgi/front.h"
#include "fcgi/prepare.h"
#include "fcgi/response.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STACK_SIZE MIB(1)
#define HAS_LIBC_HEAP 0
#else
#define STACK_SIZE KIB(256)
#define HAS_LIBC_HEAP 1
#endif

#define IDLE_S 10
#define LEFT_IDLE 1 /* thread that does not end: the next request need not wait for one */
#define SLOW_MS 1000

/* What is to be done: a connection with a request, or a cluster to be read again. */
struct job {
    struct job *next;
    int fd; /* or -1 */
    char cluster[LIMIT_CLUSTER_ID + 1];
};

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_ENDED };

/* What the other threads may see of a worker. */
struct slot {
    struct workers *workers;
    pthread_t thread;
    enum slot_state state;
    pthread_cond_t called;
    struct slot *below;        /* while it is idle */
    atomic_llong started_ms;   /* of the request in work, or 0 */
    atomic_ulong cluster_hash; /* of its cluster, or 0 */
};

struct workers {
    const struct server *server;
    struct worker shared;
    struct streams *streams;
    struct caller_store *callers;
    struct front *front;
    struct slot *slots;
    long count;

    pthread_mutex_t lock; /* of all below, and of the slots' states */
    struct job *first;
    struct job **last;
    long waiting;      /* jobs */
    struct slot *idle; /* that nobody has called, the last to become so first: few jobs are done by few threads */
    long running;
    pthread_cond_t ended; /* one of those */
    bool draining;
    bool closed; /* nothing is begun any more */
};

/*
 * A cluster that hangs must not take the threads that others need: once a quarter of them has been busy with it
 * for over a second, further requests to it are turned away. Quick requests are never counted, so load alone
 * turns nobody away.
 */
static int admit(struct workers *workers, struct request *request, struct slot *own)
{
    struct str id = route_segment(&request->match, "cluster");
    unsigned long hash = str_hash(id, 0);
    int64_t now = clock_monotonic_ms();
    long slow_here = 0;
    long slow = 0;

    atomic_store(&own->cluster_hash, id.len > 0 ? hash : 0);
    for (long i = 0; i < workers->count; i++) {
        int64_t started = atomic_load(&workers->slots[i].started_ms);

        if (started == 0 || now - started < SLOW_MS || &workers->slots[i] == own)
            continue;
        slow++;
        if (id.len > 0 && atomic_load(&workers->slots[i].cluster_hash) == hash)
            slow_here++;
    }
    if (slow < workers->count - 2 && slow_here < (workers->count + 3) / 4)
        return 0;
    err_set(&request->err, ERR_OVERLOADED, "eksgate: too many requests%s are waiting for an answer: try again",
            slow_here >= (workers->count + 3) / 4 ? " to this cluster" : "");
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

static int handle(struct workers *workers, struct request *request, struct slot *slot)
{
    const struct server *server = workers->server;

    request->streams = workers->streams;
    if (request_route(request, server->routes, server->route_count) < 0 || admit(workers, request, slot) < 0 ||
        request_prepare(request, workers->callers) < 0)
        return -1;
    return request->match.route->handle(request);
}

/* The stream takes the connection and the arena, with the request in it. */
static void hand_off(struct workers *workers, struct worker *worker, struct request *request)
{
    FCGX_Request *fcgx = request->fcgx;
    struct stream *stream = request->stream;
    int fd = fcgx->ipcFd;

    buf_free(&request->response.out);
    fcgx->ipcFd = -1;
    worker->arena = NULL;
    worker->request_id = NULL;
    streams_begin(workers->streams, stream, fd, fcgx->requestId, fcgx->keepConnection);
    FCGX_Free(fcgx, 0);
}

static void serve_request(struct workers *workers, struct worker *worker, FCGX_Request *fcgx, struct slot *slot)
{
    int64_t started_us = clock_monotonic_us();
    struct request *request = worker->arena ? arena_alloc(worker->arena, sizeof(*request)) : NULL;

    if (!request) {
        FCGX_Free(fcgx, 1); /* no memory even for an error: the connection ends here */
        return;
    }
    metrics_add(&metrics->now.threads_busy, 1);
    atomic_store(&slot->started_ms, started_us / 1000);
    if (request_init(request, worker, fcgx) < 0 || handle(workers, request, slot) < 0)
        response_error(request);
    if (request->stream) {
        hand_off(workers, worker, request);
    } else {
        if (!request->response.handed_off)
            log_request(request, started_us); /* before the parameters that it shows are gone */
        fcgi_finish(request);
        arena_reset(worker->arena);
    }
    atomic_store(&slot->started_ms, 0);
    atomic_store(&slot->cluster_hash, 0);
    metrics_add(&metrics->now.threads_busy, -1);
}

/* libfcgi reads the request from a connection that has been accepted already. */
static void serve_connection(struct workers *workers, struct worker *worker, FCGX_Request *fcgx, struct slot *slot,
                             int fd)
{
    fcgx->ipcFd = fd;
    fcgx->keepConnection = 1;
    if (!worker->arena)
        worker->arena = arena_new(LIMIT_REQUEST_ARENA);
    if (FCGX_Accept_r(fcgx) != 0)
        return; /* it was no request, and libfcgi has closed it */
    serve_request(workers, worker, fcgx, slot);
    if (fcgx->ipcFd < 0)
        return;
    fd = fcgx->ipcFd;
    fcgx->ipcFd = -1;
    front_give(workers->front, fd);
}

static void read_again(struct worker *worker, const char *cluster)
{
    struct err ignored;

    if (!worker->arena)
        worker->arena = arena_new(LIMIT_REQUEST_ARENA);
    if (!worker->arena)
        return;
    cluster_read_again(worker, str_from(cluster), &ignored);
    arena_reset(worker->arena);
}

static struct job *take_job(struct workers *workers)
{
    struct job *job = workers->first;

    if (!job)
        return NULL;
    workers->first = job->next;
    if (!workers->first)
        workers->last = &workers->first;
    metrics_set(&metrics->now.queue, --workers->waiting);
    return job;
}

static void push_idle(struct workers *workers, struct slot *slot)
{
    slot->below = workers->idle;
    workers->idle = slot;
}

static bool call_idle(struct workers *workers)
{
    struct slot *slot = workers->idle;

    if (!slot)
        return false;
    workers->idle = slot->below;
    pthread_cond_signal(&slot->called);
    return true;
}

static void drop_idle(struct workers *workers, const struct slot *slot)
{
    for (struct slot **at = &workers->idle; *at; at = &(*at)->below)
        if (*at == slot) {
            *at = slot->below;
            return;
        }
}

/* With the lock held. 0 when it was called, perhaps in vain. */
static int wait_idle(struct workers *workers, struct slot *slot, const struct timespec *until)
{
    int rc;

    push_idle(workers, slot);
    rc = pthread_cond_timedwait(&slot->called, &workers->lock, until);
    drop_idle(workers, slot);
    return rc;
}

/* NULL when this thread may end; its slot is given back then. */
static struct job *next_job(struct workers *workers, struct slot *slot)
{
    struct timespec until;
    struct job *job;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_S;
    pthread_mutex_lock(&workers->lock);
    while (!(job = take_job(workers)) && !workers->draining && (rc == 0 || workers->running <= LEFT_IDLE)) {
        if (rc == ETIMEDOUT)
            until.tv_sec += IDLE_S;
        rc = wait_idle(workers, slot, &until);
    }
    if (!job) {
        workers->running--;
        slot->state = SLOT_ENDED;
        pthread_cond_broadcast(&workers->ended);
    }
    pthread_mutex_unlock(&workers->lock);
    return job;
}

static int worker_init(struct worker *worker, const struct workers *workers)
{
    const struct config *config = workers->server->config;

    *worker = workers->shared;
    worker->arena = arena_new(LIMIT_REQUEST_ARENA);
    worker->http = http_client_new();
    worker->redis = redis_client_new(config->redis, config->redis_db);
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
    struct slot *slot = arg;
    struct workers *workers = slot->workers;
    FCGX_Request *fcgx = calloc(1, sizeof(*fcgx));
    struct worker worker;
    struct job *job;

    if (!fcgx || worker_init(&worker, workers) < 0 || FCGX_InitRequest(fcgx, -1, 0) != 0) {
        log_critical("a worker thread could not start");
        _exit(1);
    }
    while ((job = next_job(workers, slot))) {
        if (job->fd >= 0)
            serve_connection(workers, &worker, fcgx, slot, job->fd);
        else
            read_again(&worker, job->cluster);
        free(job);
    }
    FCGX_Free(fcgx, 1);
    free(fcgx);
    worker_free(&worker);
    if (HAS_LIBC_HEAP)
        malloc_trim(0); /* what it used is not needed for a while */
    return NULL;
}

static struct slot *find_slot(struct workers *workers)
{
    struct slot *ended = NULL;

    for (long i = 0; i < workers->count; i++) {
        if (workers->slots[i].state == SLOT_FREE)
            return &workers->slots[i];
        if (workers->slots[i].state == SLOT_ENDED)
            ended = &workers->slots[i];
    }
    return ended;
}

/* With the lock held. */
static void start_thread(struct workers *workers)
{
    struct slot *slot = find_slot(workers);

    if (!slot)
        return;
    if (slot->state == SLOT_ENDED)
        pthread_join(slot->thread, NULL);
    slot->state = SLOT_FREE;
    if (thread_start(&slot->thread, STACK_SIZE, worker_main, slot) == 0) {
        slot->state = SLOT_RUNNING;
        workers->running++;
    }
}

/* False when nobody will do it. */
static bool add(struct workers *workers, struct job *job)
{
    bool taken;

    pthread_mutex_lock(&workers->lock);
    if (!workers->closed && !call_idle(workers))
        start_thread(workers);
    taken = !workers->closed && workers->running > 0;
    if (taken) {
        job->next = NULL;
        *workers->last = job;
        workers->last = &job->next;
        metrics_set(&metrics->now.queue, ++workers->waiting);
    }
    pthread_mutex_unlock(&workers->lock);
    if (!taken)
        free(job);
    return taken;
}

void workers_add(struct workers *workers, int fd)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job)
        job->fd = fd;
    if (!job || !add(workers, job))
        close(fd); /* nginx says 503 */
}

static void on_ageing(void *arg, struct str id)
{
    struct job *job = calloc(1, sizeof(*job));

    if (!job)
        return;
    job->fd = -1;
    memcpy(job->cluster, id.ptr, id.len <= LIMIT_CLUSTER_ID ? id.len : 0);
    add(arg, job);
}

struct workers *workers_new(const struct server *server, const struct worker *shared, struct streams *streams,
                            struct caller_store *callers)
{
    struct workers *workers = calloc(1, sizeof(*workers));
    pthread_condattr_t monotonic;

    if (!workers)
        return NULL;
    workers->server = server;
    workers->shared = *shared;
    workers->streams = streams;
    workers->callers = callers;
    workers->count = server->config->threads;
    workers->last = &workers->first;
    workers->slots = calloc((size_t)workers->count, sizeof(*workers->slots));
    if (!workers->slots) {
        free(workers);
        return NULL;
    }
    pthread_mutex_init(&workers->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&workers->ended, &monotonic);
    for (long i = 0; i < workers->count; i++) {
        workers->slots[i].workers = workers;
        pthread_cond_init(&workers->slots[i].called, &monotonic);
    }
    pthread_condattr_destroy(&monotonic);
    memory_on_ageing(shared->memory, on_ageing, workers);
    return workers;
}

void workers_set_front(struct workers *workers, struct front *front)
{
    workers->front = front;
}

int workers_drain(struct workers *workers, long milliseconds)
{
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    pthread_mutex_lock(&workers->lock);
    workers->draining = true;
    while (call_idle(workers))
        ;
    while (rc == 0 && workers->running > 0)
        rc = pthread_cond_timedwait(&workers->ended, &workers->lock, &until);
    rc = workers->running > 0 ? -1 : 0;
    workers->closed = true;
    pthread_mutex_unlock(&workers->lock);
    for (long i = 0; rc == 0 && i < workers->count; i++)
        if (workers->slots[i].state == SLOT_ENDED)
            pthread_join(workers->slots[i].thread, NULL);
    return rc;
}

void workers_free(struct workers *workers)
{
    struct job *job;

    if (!workers)
        return;
    while ((job = take_job(workers))) {
        if (job->fd >= 0)
            close(job->fd);
        free(job);
    }
    for (long i = 0; i < workers->count; i++)
        pthread_cond_destroy(&workers->slots[i].called);
    pthread_mutex_destroy(&workers->lock);
    pthread_cond_destroy(&workers->ended);
    free(workers->slots);
    free(workers);
}
