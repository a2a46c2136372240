#include "fcgi/lasting.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/thread.h"
#include "cluster/object.h"
#include "fcgi/head.h"
#include "fcgi/recipient.h"

#define TURN_MS 200                     /* how late the end of the process or of a key may be seen */
#define TOKEN_FRESH_MS (5L * 60 * 1000) /* a token is good for three times as long */
#define CALL_CHUNK KIB(4)
#define STACK_SIZE KIB(512)

struct lasting {
    struct worker worker; /* its own, but for what a process shares */
    struct recipient to;
    struct loop *loop;
    struct http_multi *multi;
    struct lasting_call *waiting; /* the first of those that found the client full */
    struct cluster *cluster;      /* in the worker's arena */
    char cluster_id[LIMIT_CLUSTER_ID + 1];
    int64_t opened_ms; /* when its token was made; 0: there is none that is good */
    bool refused;      /* the last one was */

    lasting_function *run;
    void *arg;

    struct limit_state limit; /* where the caller stood */
};

static struct places places = PLACES_NEW;

/* Of this process. */
static struct {
    pthread_mutex_t lock;
    pthread_t last; /* that has ended, and is not joined yet */
    bool has_last;
    atomic_bool stopping;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* With the lock held, which a thread that ends has given up. */
static void join_last(void)
{
    if (all.has_last)
        pthread_join(all.last, NULL);
    all.has_last = false;
}

/* thread: the one that ends here, all of its own freed. Each joins the one before, so that none lies around, and none
 * is still ending when the process does. */
static void leave_last(pthread_t thread)
{
    pthread_mutex_lock(&all.lock);
    join_last();
    all.last = thread;
    all.has_last = true;
    pthread_mutex_unlock(&all.lock);
}

int lasting_drain(long milliseconds)
{
    int rc;

    atomic_store(&all.stopping, true);
    rc = places_wait(&places, milliseconds);
    pthread_mutex_lock(&all.lock);
    join_last();
    pthread_mutex_unlock(&all.lock);
    return rc;
}

static void lasting_free(struct lasting *l)
{
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
    recipient_init(&l->to, request);
    l->worker = *request->worker;
    l->worker.arena = arena_new(LIMIT_REQUEST_ARENA);
    l->worker.http = http_client_new();
    l->worker.redis = redis_client_new(config->redis, config->redis_db);
    l->worker.request_id = l->to.request_id;
    l->loop = l->to.loop = loop_new();
    l->multi = l->loop ? http_multi_new(l->loop) : NULL;
    l->run = run;
    l->arg = malloc(size);
    if (l->arg)
        memcpy(l->arg, arg, size);
    if (request->cluster)
        str_copy(l->cluster_id, sizeof(l->cluster_id), request->cluster->id);
    l->limit = request->limit;
    if (l->worker.arena && l->worker.http && l->worker.redis && l->multi && l->arg)
        return l;
    lasting_free(l);
    return NULL;
}

static void *lasting_main(void *arg)
{
    struct lasting *l = arg;
    char caller[sizeof(l->to.caller)];

    memcpy(caller, l->to.caller, sizeof(caller));
    l->run(l, l->arg);
    recipient_leave(&l->to, false);
    lasting_free(l);
    leave_last(pthread_self());
    places_give(&places, str_from(caller));
    return NULL;
}

int lasting_take(struct request *request, lasting_function *run, const void *arg, size_t size)
{
    struct lasting *l = request->streams ? lasting_new(request, run, arg, size) : NULL;
    pthread_t thread; /* it is joined as its own pthread_self() */

    if (!l)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the answer");
    if (places_take(&places, str_from(l->to.caller), LASTING_MAX, l->worker.config->streams_per_caller) < 0) {
        lasting_free(l);
        err_set(&request->err, ERR_OVERLOADED,
                "eksgate: as many jobs are waited for or followed as are allowed: try again");
        request->err.retry_after = 1;
        return -1;
    }
    recipient_take(&l->to, request);
    if (thread_start(&thread, STACK_SIZE, lasting_main, l) == 0)
        return 0;
    recipient_give_back(&l->to, request);
    places_give(&places, str_from(l->to.caller));
    lasting_free(l);
    return err_set(&request->err, ERR_INTERNAL, "there is no thread for the answer");
}

void lasting_begin(struct lasting *l, int status, const char *type)
{
    struct buf head;

    l->to.status = status;
    buf_init(&head, KIB(8));
    head_begin(&head, status, STR(""), l->to.request_id);
    limit_state_write(&l->limit, &head);
    head_add(&head, "Content-Type", str_from(type));
    head_add(&head, "Cache-Control", STR("no-store"));
    buf_add_str(&head, STR("\r\n"));
    recipient_write(&l->to, buf_str(&head));
    buf_free(&head);
}

void lasting_write(struct lasting *l, struct str data)
{
    l->to.bytes += data.len;
    if (data.len > 0)
        recipient_write(&l->to, data);
}

bool lasting_is_full(const struct lasting *l)
{
    return recipient_is_full(&l->to);
}

void lasting_end(struct lasting *l)
{
    recipient_end(&l->to, true);
}

void lasting_fail(struct lasting *l, const struct err *err)
{
    struct str type = err->upstream_status.len > 0 ? err->upstream_type : STR("application/json");
    struct buf body;
    struct buf out;

    l->to.fault = err_reason(err);
    if (l->to.status != 0)
        return; /* broken off */
    buf_init(&body, KIB(256) + KIB(32));
    if (err->upstream_status.len > 0)
        buf_add_str(&body, err->upstream_status);
    else
        status_write(&body, err);
    buf_init(&out, KIB(256) + KIB(64));
    head_error(&out, err, l->to.request_id, type, body.len);
    limit_state_write(&l->limit, &out);
    buf_add_str(&out, STR("\r\n"));
    buf_add_str(&out, buf_str(&body));
    l->to.status = err->code;
    if (!out.failed)
        lasting_write(l, buf_str(&out));
    buf_free(&body);
    buf_free(&out);
    lasting_end(l);
}

/* Those that were told to wait until the client has taken what there was. */
static void resume_calls(struct lasting *l)
{
    while (l->waiting && !recipient_is_full(&l->to)) {
        struct lasting_call *call = l->waiting;

        l->waiting = call->next_waiting;
        call->later = false;
        if (call->exchange)
            http_exchange_resume(call->exchange);
    }
}

static bool must_end(struct lasting *l)
{
    return recipient_must_end(&l->to, atomic_load(&all.stopping), clock_monotonic_ms());
}

bool lasting_turn(struct lasting *l, int milliseconds)
{
    int most = milliseconds < TURN_MS ? milliseconds : TURN_MS;

    recipient_watch(&l->to);
    if (must_end(l))
        return false;
    loop_run_once(l->loop, http_multi_wait_ms(l->multi, most));
    http_multi_run(l->multi);
    resume_calls(l);
    return !must_end(l);
}

struct worker *lasting_worker(struct lasting *l)
{
    return &l->worker;
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
    request.headers = call->arena ? kube_own_headers(call->arena, KUBE_ACCEPT_JSON, l->to.request_id) : NULL;
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
