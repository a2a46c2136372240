#include "fcgi/lasting.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access/hold.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/quota.h"
#include "base/status.h"
#include "cluster/object.h"
#include "fcgi/head.h"
#include "fcgi/peer.h"
#include "fcgi/streams.h"

#define TURN_MS 200                     /* how late the end of the process or of a key may be seen */
#define STALLED_MS 60000                /* a client that accepts nothing for so long is cut */
#define TOKEN_FRESH_MS (5L * 60 * 1000) /* a token is good for three times as long */
#define CALL_CHUNK KIB(4)
#define STACK_SIZE KIB(512)

struct lasting {
    struct worker worker; /* its own, but for what a process shares */
    struct caller_store *callers;
    struct caller_hold *hold; /* of the caller's key, or NULL */
    struct loop *loop;
    struct http_multi *multi;
    struct peer peer;
    uint32_t watched;
    struct lasting_call *waiting; /* the first of those that found the client full */
    struct cluster *cluster;      /* in the worker's arena */
    char cluster_id[LIMIT_CLUSTER_ID + 1];
    int64_t opened_ms; /* when its token was made; 0: there is none that is good */
    bool refused;      /* the last one was */

    lasting_function *run;
    void *arg;

    struct limit_state limit; /* where the caller stood */
    char method[16];
    char path[512];
    char request_id[65];
    char remote_address[64];
    char caller[64];
    int64_t started_ms;
    int status; /* 0 until the head has gone out */
    uint64_t bytes;
    bool ended;
    bool gone; /* the client */
    const char *fault;
};

/* All of this process. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct quota *quota;
    long count;
    pthread_t last; /* that has ended, and is not joined yet */
    bool has_last;
    atomic_bool stopping;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static int take_place(const struct lasting *l, struct err *err)
{
    long each = l->worker.config->streams_per_caller;
    int rc = -1;

    pthread_mutex_lock(&all.lock);
    if (!all.quota)
        all.quota = quota_new();
    if (all.count < LASTING_MAX && all.quota && quota_take(all.quota, str_from(l->caller), each) == 0) {
        all.count++;
        metrics_add(&metrics->streams, 1);
        metrics_add(&metrics->now.streams, 1);
        rc = 0;
    }
    pthread_mutex_unlock(&all.lock);
    if (rc == 0)
        return 0;
    err_set(err, ERR_OVERLOADED, "eksgate: as many jobs are waited for or followed as are allowed: try again");
    err->retry_after = 1;
    return -1;
}

/* With the lock held, which a thread that ends has given up. */
static void join_last(void)
{
    if (all.has_last)
        pthread_join(all.last, NULL);
    all.has_last = false;
}

/* thread: the one that ends here, all of its own freed, or NULL. Each joins the one before, so that none lies around,
 * and none is still ending when the process does. */
static void give_place(const pthread_t *thread)
{
    pthread_mutex_lock(&all.lock);
    if (thread) {
        join_last();
        all.last = *thread;
        all.has_last = true;
    }
    all.count--;
    metrics_add(&metrics->now.streams, -1);
    pthread_cond_broadcast(&all.ended);
    pthread_mutex_unlock(&all.lock);
}

int lasting_drain(long milliseconds)
{
    struct timespec until;
    int rc = 0;
    long left;

    atomic_store(&all.stopping, true);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    pthread_mutex_lock(&all.lock);
    while (all.count > 0 && rc == 0)
        rc = pthread_cond_timedwait(&all.ended, &all.lock, &until);
    left = all.count;
    join_last();
    pthread_mutex_unlock(&all.lock);
    return left > 0 ? -1 : 0;
}

static void lasting_free(struct lasting *l)
{
    if (l->peer.fd >= 0)
        peer_close(&l->peer);
    http_multi_free(l->multi);
    loop_free(l->loop);
    redis_client_free(l->worker.redis);
    http_client_free(l->worker.http);
    arena_free(l->worker.arena);
    free(l->arg);
    free(l);
}

static struct lasting *lasting_new(const struct request *request, lasting_function *run, const void *arg, size_t size)
{
    const struct config *config = request->worker->config;
    struct lasting *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->peer.fd = -1;
    l->worker = *request->worker;
    l->worker.arena = arena_new(LIMIT_REQUEST_ARENA);
    l->worker.http = http_client_new();
    l->worker.redis = redis_client_new(config->redis, config->redis_db);
    l->worker.request_id = l->request_id;
    l->callers = streams_callers(request->streams);
    l->loop = loop_new();
    l->multi = l->loop ? http_multi_new(l->loop) : NULL;
    l->run = run;
    l->arg = malloc(size);
    if (l->arg)
        memcpy(l->arg, arg, size);
    str_copy(l->cluster_id, sizeof(l->cluster_id), request->cluster->id);
    str_copy(l->method, sizeof(l->method), str_from(request->method_name));
    str_copy(l->path, sizeof(l->path), request->path);
    str_copy(l->request_id, sizeof(l->request_id), str_from(request->id));
    str_copy(l->remote_address, sizeof(l->remote_address), str_from(request->remote_address));
    str_copy(l->caller, sizeof(l->caller),
             str_from(*request->caller.id ? request->caller.id : request->remote_address));
    l->limit = request->limit;
    l->started_ms = clock_monotonic_ms();
    if (l->worker.arena && l->worker.http && l->worker.redis && l->multi && l->arg)
        return l;
    lasting_free(l);
    return NULL;
}

static void log_end(const struct lasting *l)
{
    log_info("stream", LOG_TEXT("method", l->method), LOG_TEXT("path", l->path),
             LOG_INT("status", l->gone ? 499 : l->status), LOG_INT("bytes", l->bytes),
             LOG_INT("duration_ms", clock_monotonic_ms() - l->started_ms), LOG_TEXT("request_id", l->request_id),
             LOG_TEXT("remote_address", l->remote_address), LOG_TEXT("key", l->caller),
             LOG_TEXT("error", l->fault ? l->fault : ""));
}

static void *lasting_main(void *arg)
{
    const pthread_t self = pthread_self();
    struct lasting *l = arg;

    l->run(l, l->arg);
    if (!l->ended && !l->gone)
        peer_end(&l->peer, false);
    log_end(l);
    caller_release(l->callers, l->hold);
    quota_give(all.quota, str_from(l->caller));
    lasting_free(l);
    give_place(&self);
    return NULL;
}

static int start_thread(struct lasting *l)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int rc;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    rc = pthread_create(&thread, &attributes, lasting_main, l);
    pthread_attr_destroy(&attributes);
    return rc == 0 ? 0 : -1;
}

int lasting_take(struct request *request, lasting_function *run, const void *arg, size_t size)
{
    FCGX_Request *fcgx = request->fcgx;
    struct lasting *l = request->streams ? lasting_new(request, run, arg, size) : NULL;
    int fd = fcgx->ipcFd;

    if (!l)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the answer");
    if (take_place(l, &request->err) < 0) {
        lasting_free(l);
        return -1;
    }
    l->hold = caller_hold(l->callers, &request->caller);
    peer_init(&l->peer, fd, fcgx->requestId);
    fcgx->ipcFd = -1;
    request->response.handed_off = true;
    if (start_thread(l) == 0)
        return 0;
    fcgx->ipcFd = fd;
    request->response.handed_off = false;
    l->peer.fd = -1;
    caller_release(l->callers, l->hold);
    quota_give(all.quota, str_from(l->caller));
    give_place(NULL);
    lasting_free(l);
    return err_set(&request->err, ERR_INTERNAL, "there is no thread for the answer");
}

static void on_peer(void *arg, int fd, uint32_t events);

static void watch_peer(struct lasting *l)
{
    uint32_t events = EPOLLRDHUP | (peer_is_waiting(&l->peer) ? EPOLLOUT : 0);

    if (events == l->watched)
        return;
    l->watched = events;
    if (loop_watch(l->loop, l->peer.fd, events, on_peer, l) < 0)
        l->gone = true;
}

static void on_peer(void *arg, int fd, uint32_t events)
{
    struct lasting *l = arg;

    (void)fd;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || peer_flush(&l->peer) < 0)
        l->gone = true;
    else
        watch_peer(l);
}

static void send_out(struct lasting *l, struct str data)
{
    if (l->gone || l->ended)
        return;
    if (peer_write(&l->peer, data.ptr, data.len) < 0)
        l->gone = true;
    else
        watch_peer(l);
}

void lasting_begin(struct lasting *l, int status, const char *type)
{
    struct buf head;

    l->status = status;
    buf_init(&head, KIB(8));
    head_begin(&head, status, STR(""), l->request_id);
    limit_state_write(&l->limit, &head);
    head_add(&head, "Content-Type", str_from(type));
    head_add(&head, "Cache-Control", STR("no-store"));
    buf_add_str(&head, STR("\r\n"));
    send_out(l, buf_str(&head));
    buf_free(&head);
}

void lasting_write(struct lasting *l, struct str data)
{
    l->bytes += data.len;
    if (data.len > 0)
        send_out(l, data);
}

bool lasting_is_full(const struct lasting *l)
{
    return peer_is_waiting(&l->peer);
}

void lasting_end(struct lasting *l)
{
    if (l->gone || l->ended)
        return;
    l->ended = true;
    loop_forget(l->loop, l->peer.fd);
    peer_end(&l->peer, true);
}

void lasting_fail(struct lasting *l, const struct err *err)
{
    struct str type = err->upstream_status.len > 0 ? err->upstream_type : STR("application/json");
    struct buf body;
    struct buf out;

    l->fault = err_reason(err);
    if (l->status != 0)
        return; /* broken off */
    buf_init(&body, KIB(256) + KIB(32));
    if (err->upstream_status.len > 0)
        buf_add_str(&body, err->upstream_status);
    else
        status_write(&body, err);
    buf_init(&out, KIB(256) + KIB(64));
    head_error(&out, err, l->request_id, type, body.len);
    limit_state_write(&l->limit, &out);
    buf_add_str(&out, STR("\r\n"));
    buf_add_str(&out, buf_str(&body));
    l->status = err->code;
    if (!out.failed)
        lasting_write(l, buf_str(&out));
    buf_free(&body);
    buf_free(&out);
    lasting_end(l);
}

/* Those that were told to wait until the client has taken what there was. */
static void resume_calls(struct lasting *l)
{
    while (l->waiting && !peer_is_waiting(&l->peer)) {
        struct lasting_call *call = l->waiting;

        l->waiting = call->next_waiting;
        call->later = false;
        if (call->exchange)
            http_exchange_resume(call->exchange);
    }
}

static bool must_end(struct lasting *l)
{
    if (l->gone || l->ended)
        return true;
    if (atomic_load(&all.stopping))
        l->fault = "the process ends";
    else if (caller_hold_ended(l->hold))
        l->fault = "the API key was revoked or has expired, or its session has ended";
    else if (peer_is_waiting(&l->peer) && clock_monotonic_ms() - l->peer.since_ms > STALLED_MS)
        l->fault = "the client accepted nothing for a minute";
    else
        return false;
    return true;
}

bool lasting_turn(struct lasting *l, int milliseconds)
{
    int most = milliseconds < TURN_MS ? milliseconds : TURN_MS;

    watch_peer(l);
    if (must_end(l))
        return false;
    loop_run_once(l->loop, http_multi_wait_ms(l->multi, most));
    http_multi_run(l->multi);
    resume_calls(l);
    return !must_end(l);
}

/* A cluster that can be called now, and for some time. What was read of it before is gone. */
static int open_cluster(struct lasting *l, struct err *err)
{
    bool refused = l->refused;

    arena_reset(l->worker.arena);
    l->opened_ms = 0;
    l->refused = false;
    l->cluster = arena_alloc(l->worker.arena, sizeof(*l->cluster));
    if (!l->cluster)
        return err_set(err, ERR_INTERNAL, "there is no memory for the cluster");
    if (cluster_load(&l->worker, str_from(l->cluster_id), l->cluster, err) < 0 ||
        cluster_open(&l->worker, l->cluster, err) < 0 || (refused && cluster_renew(&l->worker, l->cluster, err) < 0))
        return -1;
    l->opened_ms = clock_monotonic_ms();
    return 0;
}

int lasting_read(struct lasting *l, const char *path, cJSON **out, struct err *err)
{
    if (open_cluster(l, err) < 0)
        return -1;
    return object_call(&l->worker, l->cluster, "GET", path, NULL, out, err);
}

static int on_head(void *arg, const struct http_head *head)
{
    struct lasting_call *call = arg;

    call->status = head->status;
    kube_count_answer(head->status, call->asked_us);
    if (head->status == 401)
        call->lasting->refused = true;
    return 0;
}

/* The body of a refusal is of no use: who wants to know asks again and waits for it. */
static int on_body(void *arg, const char *data, size_t len)
{
    struct lasting_call *call = arg;
    struct lasting *l = call->lasting;
    int rc = call->status == 200 ? call->on_body(call->arg, data, len) : 0;

    if (rc == HTTP_LATER && !call->later) {
        call->later = true;
        call->next_waiting = l->waiting;
        l->waiting = call;
    }
    return rc;
}

static void end_call(struct lasting_call *call)
{
    struct lasting_call **link = &call->lasting->waiting;

    while (*link && *link != call)
        link = &(*link)->next_waiting;
    if (*link)
        *link = call->next_waiting;
    call->exchange = NULL;
    call->later = false;
    arena_free(call->arena);
    call->arena = NULL;
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct lasting_call *call = arg;
    char detail[sizeof(reply->detail)];

    if (call->status == 0)
        kube_count_failure(reply->result);
    memcpy(detail, reply->detail, sizeof(detail));
    end_call(call);
    call->on_done(call->arg, call->status, call->status == 200 && reply->result == HTTP_OK ? NULL : detail);
}

int lasting_call_start(struct lasting *l, struct lasting_call *call, const char *path, struct err *err)
{
    struct kube_request request = {.method = "GET"};
    struct http_call http;

    if ((l->opened_ms == 0 || l->refused || clock_monotonic_ms() - l->opened_ms > TOKEN_FRESH_MS) &&
        open_cluster(l, err) < 0)
        return -1;
    call->lasting = l;
    call->status = 0;
    call->later = false;
    call->arena = arena_new_of(LIMIT_REQUEST_ARENA, CALL_CHUNK);
    request.path = call->arena ? str_from(arena_strdup(call->arena, path)) : STR("");
    request.headers = call->arena ? kube_own_headers(call->arena, KUBE_ACCEPT_JSON, l->request_id) : NULL;
    if (!request.path.ptr || !request.headers) {
        arena_free(call->arena);
        call->arena = NULL;
        return err_set(err, ERR_INTERNAL, "there is no memory for the call");
    }
    if (kube_prepare_call(call->arena, &l->cluster->target, &request, &http, err) == 0) {
        call->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = call};
        http.sink = &call->sink;
        call->asked_us = clock_monotonic_us();
        http.ca_pem.ptr = arena_strndup(call->arena, http.ca_pem.ptr, http.ca_pem.len);
        if (http.ca_pem.ptr && http_identity_copy(call->arena, &http.identity, &http.identity) == 0)
            call->exchange = http_multi_start(l->multi, &http, on_done, call);
        if (call->exchange)
            return 0;
        err_set(err, ERR_INTERNAL, "there is no memory for the call");
    }
    arena_free(call->arena);
    call->arena = NULL;
    return -1;
}

void lasting_call_drop(struct lasting_call *call)
{
    if (!call->exchange)
        return;
    http_exchange_drop(call->exchange);
    end_call(call);
}
