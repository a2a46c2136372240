#include "fcgi/streams.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/quota.h"
#include "fcgi/intake.h"
#include "fcgi/stream.h"

#define TICK_MS 1000
#define DRAIN_TICK_MS 20
#define DRAIN_SHORTS_MS 2000 /* more than streams have */
#define TRIM_MS 5000
#define TRIM_CHANGES 100
#define STOP_MS 1000 /* for the renewer to come back from AWS */

/* First in, first out. */
struct queue {
    struct stream *first;
    struct stream **last;
};

struct streams {
    struct stream_loop at;
    struct worker worker;
    struct caller_store *callers;
    struct quota *quota;
    struct stream *first; /* all that are the loop's */
    unsigned changes;     /* streams that began, or lasted and ended, since the heap was trimmed */
    int64_t trimmed_ms;
    atomic_llong drain_at_ms; /* when the last are broken off, or 0 */
    atomic_bool stopping;     /* no worker is left */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wanted;
    struct queue arrived; /* for the loop */
    struct queue refused; /* for the renewer */
    bool renewer_stops;

    pthread_t loop_thread;
    pthread_t renewer_thread;
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

static void queue_add(struct queue *queue, struct stream *stream)
{
    stream->next = NULL;
    *queue->last = stream;
    queue->last = &stream->next;
}

static struct stream *queue_take(struct queue *queue)
{
    struct stream *stream = queue->first;

    if (!stream)
        return NULL;
    queue->first = stream->next;
    if (!queue->first)
        queue->last = &queue->first;
    return stream;
}

static void arrive(struct streams *streams, struct stream *stream)
{
    pthread_mutex_lock(&streams->lock);
    queue_add(&streams->arrived, stream);
    pthread_mutex_unlock(&streams->lock);
    loop_wake(streams->at.loop);
}

static void quota_key(char out[LIMIT_CLUSTER_ID + 16], const char *what, struct str name)
{
    snprintf(out, LIMIT_CLUSTER_ID + 16, "%s:%.*s", what, STR_FMT(name));
}

static int refuse(struct err *err, const char *who, const char *variable, long limit)
{
    err_set(err, ERR_OVERLOADED, "eksgate: %s as many streams open as are allowed (%s=%ld): try again", who, variable,
            limit);
    err->retry_after = 1;
    return -1;
}

static int take_quota(struct streams *streams, const struct stream *stream, struct err *err)
{
    const struct config *config = streams->worker.config;
    char cluster[LIMIT_CLUSTER_ID + 16];
    char caller[LIMIT_CLUSTER_ID + 16];

    quota_key(cluster, "cluster", stream->cluster_id);
    quota_key(caller, "caller", str_from(stream->caller));
    if (quota_take(streams->quota, STR(""), config->streams) < 0)
        return refuse(err, "this process has", "EKSGATE_STREAMS", config->streams);
    if (quota_take(streams->quota, str_from(cluster), config->streams_per_cluster) < 0) {
        quota_give(streams->quota, STR(""));
        return refuse(err, "this cluster has", "EKSGATE_STREAMS_PER_CLUSTER", config->streams_per_cluster);
    }
    if (quota_take(streams->quota, str_from(caller), config->streams_per_caller) < 0) {
        quota_give(streams->quota, STR(""));
        quota_give(streams->quota, str_from(cluster));
        return refuse(err, "you have", "EKSGATE_STREAMS_PER_CALLER", config->streams_per_caller);
    }
    return 0;
}

static void on_release(struct stream *stream)
{
    struct streams *streams = stream->at->home;
    char key[LIMIT_CLUSTER_ID + 16];

    if (!stream->lasts)
        return;
    metrics_add(&metrics->now.streams, -1);
    streams->changes++;
    quota_give(streams->quota, STR(""));
    quota_key(key, "cluster", stream->cluster_id);
    quota_give(streams->quota, str_from(key));
    quota_key(key, "caller", str_from(stream->caller));
    quota_give(streams->quota, str_from(key));
    caller_release(streams->callers, stream->hold);
}

static void on_renew(struct stream *stream)
{
    struct streams *streams = stream->at->home;

    pthread_mutex_lock(&streams->lock);
    queue_add(&streams->refused, stream);
    pthread_cond_signal(&streams->wanted);
    pthread_mutex_unlock(&streams->lock);
}

struct caller_store *streams_callers(struct streams *streams)
{
    return streams->callers;
}

int streams_take(struct streams *streams, struct request *request, const struct stream_order *order)
{
    struct stream *stream;

    stream = stream_new(request, order);
    if (!stream)
        return -1;
    if (stream->lasts && take_quota(streams, stream, &request->err) < 0) {
        stream->outgoing = NULL; /* still the request's */
        stream_free(stream);
        return -1;
    }
    if (stream->lasts) {
        metrics_add(&metrics->streams, 1);
        metrics_add(&metrics->now.streams, 1);
    }
    stream->route = request->match.row;
    stream->at = &streams->at;
    stream->hold = stream->lasts ? caller_hold(streams->callers, &request->caller) : NULL;
    request->stream = stream;
    return 0;
}

static void set_peer(struct stream *stream, int fd, int request_id, bool keeps)
{
    peer_init(&stream->peer, fd, request_id);
    stream->keeps = keeps;
}

void streams_begin(struct streams *streams, struct stream *stream, int fd, int request_id, bool keeps)
{
    set_peer(stream, fd, request_id, keeps);
    arrive(streams, stream);
}

static void link_and_begin(struct streams *streams, struct stream *stream)
{
    struct stream_loop *at = &streams->at;

    streams->changes++;
    if (stream->lasts) {
        stream->next = streams->first;
        stream->link = &streams->first;
        if (stream->next)
            stream->next->link = &stream->next;
        streams->first = stream;
    } else {
        stream->next = NULL;
        stream->link = at->shorts_end;
        *at->shorts_end = stream;
        at->shorts_end = &stream->next;
        at->short_count++;
    }
    stream_begin(stream);
}

void streams_begin_here(struct streams *streams, struct stream *stream, int fd, const struct intake *intake,
                        size_t unread)
{
    set_peer(stream, fd, intake->request_id, intake->keep);
    stream->peer.unread = unread;
    link_and_begin(streams, stream);
}

static void start_arrived(struct streams *streams)
{
    for (;;) {
        struct stream *stream;

        pthread_mutex_lock(&streams->lock);
        stream = queue_take(&streams->arrived);
        pthread_mutex_unlock(&streams->lock);
        if (!stream)
            return;
        link_and_begin(streams, stream);
    }
}

static void tick_all(struct stream *first, int64_t now_ms)
{
    struct stream *next;

    for (struct stream *stream = first; stream; stream = next) {
        next = stream->next;
        stream_tick(stream, now_ms);
    }
}

static void drain_all(struct stream *first, bool at_last)
{
    struct stream *next;

    for (struct stream *stream = first; stream; stream = next) {
        next = stream->next;
        stream_drain(stream, at_last);
    }
}

static void drain(struct streams *streams, int64_t now_ms, int64_t last_ms)
{
    drain_all(streams->first, now_ms >= last_ms);
    drain_all(streams->at.shorts, now_ms >= last_ms + DRAIN_SHORTS_MS);
}

static void free_spares(struct stream_loop *at)
{
    while (at->spare_count > 0)
        arena_free(at->spare[--at->spare_count]);
}

/* Handshakes leave the heap full of holes, between what streams hold for hours, and a burst as many arenas as it had
 * requests at a time: the pages are given back. */
static void trim(struct streams *streams, int64_t now_ms)
{
    if (streams->changes < TRIM_CHANGES || now_ms - streams->trimmed_ms < TRIM_MS)
        return;
    free_spares(&streams->at);
    malloc_trim(0);
    streams->changes = 0;
    streams->trimmed_ms = now_ms;
}

static bool has_arrived(struct streams *streams)
{
    bool any;

    pthread_mutex_lock(&streams->lock);
    any = streams->arrived.first != NULL;
    pthread_mutex_unlock(&streams->lock);
    return any;
}

static void *loop_main(void *arg)
{
    struct streams *streams = arg;
    int64_t ticked_ms = clock_monotonic_ms();
    int64_t drain_at_ms = 0;

    log_hold();
    while (!atomic_load(&streams->stopping) || streams->first || streams->at.shorts || has_arrived(streams)) {
        int64_t now;

        if (streams->at.before_turn)
            streams->at.before_turn(streams->at.front, drain_at_ms != 0);
        log_let_go();
        loop_run_once(streams->at.loop, http_multi_wait_ms(streams->at.multi, drain_at_ms ? DRAIN_TICK_MS : TICK_MS));
        http_multi_run(streams->at.multi);
        start_arrived(streams);
        now = clock_monotonic_ms();
        drain_at_ms = atomic_load(&streams->drain_at_ms);
        if (now - ticked_ms >= TICK_MS) {
            ticked_ms = now;
            tick_all(streams->first, now);
            tick_all(streams->at.shorts, now);
        }
        if (drain_at_ms)
            drain(streams, now, drain_at_ms);
        trim(streams, now);
    }
    log_let_go();
    return NULL;
}

static struct stream *wait_for_refused(struct streams *streams)
{
    struct stream *stream;

    pthread_mutex_lock(&streams->lock);
    while (!streams->refused.first && !streams->renewer_stops)
        pthread_cond_wait(&streams->wanted, &streams->lock);
    stream = streams->renewer_stops ? NULL : queue_take(&streams->refused);
    pthread_mutex_unlock(&streams->lock);
    return stream;
}

static void *renewer_main(void *arg)
{
    struct streams *streams = arg;
    struct worker worker = streams->worker;
    struct stream *stream;

    worker.arena = arena_new(LIMIT_REQUEST_ARENA);
    worker.http = http_client_new();
    worker.redis = redis_client_new(worker.config->redis, worker.config->redis_db);
    if (!worker.arena || !worker.http || !worker.redis) {
        log_critical("the streams could not start");
        _Exit(1);
    }
    while ((stream = wait_for_refused(streams))) {
        stream_renew(stream, &worker);
        arena_reset(worker.arena);
        arrive(streams, stream);
    }
    redis_client_free(worker.redis);
    http_client_free(worker.http);
    arena_free(worker.arena);
    return NULL;
}

static void streams_free(struct streams *streams)
{
    struct stream *stream;

    while ((stream = queue_take(&streams->arrived)) || (stream = queue_take(&streams->refused)))
        stream_free(stream);
    free_spares(&streams->at);
    http_multi_free(streams->at.multi);
    loop_free(streams->at.loop);
    quota_free(streams->quota);
    pthread_mutex_destroy(&streams->lock);
    pthread_cond_destroy(&streams->wanted);
    free(streams);
}

struct streams *streams_new(const struct worker *worker, struct caller_store *callers)
{
    struct streams *streams = calloc(1, sizeof(*streams));

    if (!streams)
        return NULL;
    queue_init(&streams->arrived);
    queue_init(&streams->refused);
    pthread_mutex_init(&streams->lock, NULL);
    pthread_cond_init(&streams->wanted, NULL);
    streams->worker = *worker;
    streams->callers = callers;
    streams->quota = quota_new();
    streams->at = (struct stream_loop){
        .home = streams, .worker = &streams->worker, .renew = on_renew, .release = on_release, .loop = loop_new()};
    streams->at.shorts_end = &streams->at.shorts;
    streams->at.multi = streams->at.loop ? http_multi_new(streams->at.loop) : NULL;
    if (streams->quota && streams->at.multi) {
        http_multi_limit(streams->at.multi, (size_t)worker->config->cluster_connections,
                         (size_t)worker->config->cluster_queue);
        return streams;
    }
    streams_free(streams);
    return NULL;
}

struct stream_loop *streams_loop(struct streams *streams)
{
    return &streams->at;
}

int streams_start(struct streams *streams)
{
    return pthread_create(&streams->loop_thread, NULL, loop_main, streams) == 0 &&
                   pthread_create(&streams->renewer_thread, NULL, renewer_main, streams) == 0
               ? 0
               : -1;
}

void streams_drain(struct streams *streams, long milliseconds)
{
    atomic_store(&streams->drain_at_ms, clock_monotonic_ms() + milliseconds);
    loop_wake(streams->at.loop);
}

int streams_stop(struct streams *streams)
{
    struct timespec until;

    atomic_store(&streams->stopping, true);
    loop_wake(streams->at.loop);
    pthread_join(streams->loop_thread, NULL);
    pthread_mutex_lock(&streams->lock);
    streams->renewer_stops = true;
    pthread_cond_signal(&streams->wanted);
    pthread_mutex_unlock(&streams->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_MS / 1000;
    if (pthread_timedjoin_np(streams->renewer_thread, NULL, &until) != 0)
        return -1;
    streams_free(streams);
    return 0;
}
