#include "fcgi/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/status.h"
#include "fcgi/record.h"

#define LASTING_CHUNK KIB(1)
#define LOGGED_PATH 512
#define STALLED_MS 60000
#define SLOW_MS 1000
#define HOLD_MAX KIB(16)     /* a short answer and its end leave in one call, and nginx wakes once */
#define HELD_AT_FIRST KIB(6) /* what a small one takes */

static struct str copy(struct arena *arena, struct str text)
{
    return (struct str){arena_strndup(arena, text.ptr ? text.ptr : "", text.len), text.len};
}

static int aim(struct stream *stream, const struct kube_target *target)
{
    struct arena *arena = stream->outgoing;

    stream->target = *target;
    stream->target.cluster_id = stream->cluster_id.ptr;
    stream->target.endpoint = arena_strdup(arena, target->endpoint);
    stream->target.ca_pem = copy(arena, target->ca_pem);
    stream->target.token = arena_secret(arena, target->token, strlen(target->token));
    stream->relay.endpoint = stream->target.endpoint;
    if (http_identity_copy(arena, &target->identity, &stream->target.identity) < 0)
        return -1;
    return stream->target.endpoint && stream->target.ca_pem.ptr && stream->target.token ? 0 : -1;
}

static void keep_outgoing(struct stream *stream, const struct request *request, const struct stream_order *order)
{
    stream->outgoing = request->arena;
    stream->target = request->cluster->target;
    stream->request = *order->request;
    stream->request.method = stream->method;
    stream->request.hold_unauthorized =
        kube_may_replay(&stream->request) && cluster_can_renew(request->worker->memory, request->cluster);
    stream->relay = (struct head_relay){.request_id = stream->request_id,
                                        .endpoint = stream->target.endpoint,
                                        .prefix = order->prefix,
                                        .limit = request->limit,
                                        .is_proxy = order->is_proxy};
}

static bool copy_lasting(struct stream *stream)
{
    struct arena *arena = stream->lasting = arena_new_of(LIMIT_REQUEST_ARENA, LASTING_CHUNK);

    if (!arena)
        return false;
    stream->method = arena_strdup(arena, stream->method);
    stream->path = copy(arena, stream->path);
    stream->request_id = arena_strdup(arena, stream->request_id);
    stream->audit_id = copy(arena, stream->audit_id);
    stream->remote_address = arena_strdup(arena, stream->remote_address);
    stream->caller = arena_strdup(arena, stream->caller);
    stream->cluster_id = copy(arena, stream->cluster_id);
    return stream->method && stream->path.ptr && stream->request_id && stream->audit_id.ptr && stream->remote_address &&
           stream->caller && stream->cluster_id.ptr;
}

struct stream *stream_new(struct request *request, const struct stream_order *order)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream) {
        stream->peer.fd = -1;
        stream->started_us = clock_monotonic_us();
        stream->started_ms = stream->started_us / 1000;
        stream->lasts = order->lasts;
        stream->method = request->method_name;
        stream->path = request->path;
        if (stream->path.len > LOGGED_PATH)
            stream->path.len = LOGGED_PATH;
        stream->request_id = request->id;
        stream->audit_id = request->audit_id;
        stream->remote_address = request->remote_address;
        stream->key = request->caller.id;
        stream->caller = *request->caller.id ? request->caller.id : request->remote_address;
        stream->cluster_id = request->cluster->id;
        buf_init(&stream->held, RECORD_HEAD + LIMIT_REPLY_HEADERS + KIB(8) + HOLD_MAX);
    }
    if (stream && (!stream->lasts || copy_lasting(stream))) {
        keep_outgoing(stream, request, order);
        return stream;
    }
    if (stream)
        stream_free(stream);
    err_set(&request->err, ERR_INTERNAL, "there is no memory for the stream");
    return NULL;
}

void stream_free(struct stream *stream)
{
    if (stream->peer.fd >= 0)
        peer_close(&stream->peer);
    arena_free(stream->outgoing);
    arena_free(stream->lasting);
    buf_free(&stream->held);
    free(stream);
}

static void log_end(const struct stream *stream)
{
    int status = stream->gone ? 499 : stream->status;
    int64_t duration_us = clock_monotonic_us() - stream->started_us;
    int64_t duration_ms = duration_us / 1000;
    const char *fault = stream->fault ? stream->fault : "";

    metrics_request(stream->route, stream->method, status);
    if (!stream->lasts)
        metrics_request_time(stream->route, stream->method, duration_us);
    if (stream->lasts)
        log_info("stream", LOG_TEXT("method", stream->method), LOG_STR("path", stream->path), LOG_INT("status", status),
                 LOG_INT("bytes", stream->bytes), LOG_INT("duration_ms", duration_ms),
                 LOG_TEXT("request_id", stream->request_id), LOG_STR("audit_id", stream->audit_id),
                 LOG_TEXT("remote_address", stream->remote_address), LOG_TEXT("key", stream->caller),
                 LOG_TEXT("error", fault));
    else
        log_info("request", LOG_TEXT("method", stream->method), LOG_STR("path", stream->path),
                 LOG_INT("status", status), LOG_INT("duration_ms", duration_ms),
                 LOG_TEXT("request_id", stream->request_id), LOG_STR("audit_id", stream->audit_id),
                 LOG_TEXT("remote_address", stream->remote_address), LOG_TEXT("key", stream->key),
                 LOG_TEXT("error", fault));
}

static void unlink_stream(struct stream *stream)
{
    struct stream_loop *at = stream->at;

    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
    else if (!stream->lasts)
        at->shorts_end = stream->link;
    at->short_count -= !stream->lasts;
}

/* A short one's memory is the next one's. */
static void keep_arena(struct stream *stream)
{
    struct stream_loop *at = stream->at;

    if (stream->lasts || !stream->outgoing || at->spare_count == SPARE_ARENAS)
        return;
    arena_reset(stream->outgoing);
    at->spare[at->spare_count++] = stream->outgoing;
    stream->outgoing = NULL;
}

/* Nothing follows: the peer has been told what there was to tell. */
static void stream_close(struct stream *stream)
{
    if (stream->exchange)
        http_exchange_drop(stream->exchange);
    unlink_stream(stream);
    log_end(stream);
    stream->at->release(stream);
    keep_arena(stream);
    stream_free(stream);
}

static void leave_peer(struct stream *stream)
{
    peer_take_request(&stream->peer);
    loop_forget(stream->at->loop, stream->peer.fd);
    stream->watched = 0;
}

static int flush_held(struct stream *stream);

/* A short answer and its end leave in one call, and nginx's connection stays. False where that can not be. */
static bool finish_short(struct stream *stream)
{
    int fd;

    if (stream->lasts || !stream->keeps || stream->is_odd || peer_is_waiting(&stream->peer))
        return false;
    fd = peer_finish(&stream->peer, &stream->held);
    if (fd < 0) {
        stream->gone = true;
        return false;
    }
    stream->at->keep(stream, fd);
    return true;
}

static void stream_end(struct stream *stream, bool whole, const char *fault)
{
    stream->fault = fault;
    if (whole && finish_short(stream)) {
        stream_close(stream);
        return;
    }
    if (!stream->gone)
        flush_held(stream);
    leave_peer(stream);
    peer_end(&stream->peer, whole);
    stream_close(stream);
}

static void stream_abandon(struct stream *stream)
{
    stream->gone = true;
    leave_peer(stream);
    stream_close(stream);
}

/* Before the head: nginx says what there is to say, a Status of 503. */
static void stream_leave(struct stream *stream)
{
    stream->fault = "the process ends";
    stream->status = 503;
    leave_peer(stream);
    stream_close(stream);
}

static void on_peer(void *arg, int fd, uint32_t events);

static int watch_peer(struct stream *stream)
{
    uint32_t events =
        (stream->lasts || stream->is_odd ? EPOLLRDHUP : NGINX_EVENTS) | (peer_is_waiting(&stream->peer) ? EPOLLOUT : 0);

    if (events == stream->watched)
        return 0;
    /* Told of other events, epoll would tell of the request once more. */
    if (events != NGINX_EVENTS && peer_take_request(&stream->peer) < 0)
        return -1;
    stream->watched = events;
    return loop_watch(stream->at->loop, stream->peer.fd, events, on_peer, stream);
}

/* Sends to the client. 0, or -1 when nobody reads. */
static int pass_on(struct stream *stream, const char *data, size_t len)
{
    stream->begun = true;
    if (peer_write(&stream->peer, data, len) == 0 && watch_peer(stream) == 0)
        return 0;
    stream->gone = true;
    return -1;
}

/* What is held back goes out. 0, or -1 when nobody reads. */
static int flush_held(struct stream *stream)
{
    size_t len = stream->held.len;

    if (len <= RECORD_HEAD)
        return 0;
    stream->held.len = RECORD_HEAD;
    return pass_on(stream, stream->held.ptr + RECORD_HEAD, len - RECORD_HEAD);
}

/* Room for a record's head stands before what is held. */
static struct buf *hold(struct stream *stream)
{
    if (stream->held.len == 0 && buf_reserve(&stream->held, HELD_AT_FIRST))
        stream->held.len = RECORD_HEAD;
    return &stream->held;
}

/* A part of the answer. 0, or -1 when nobody reads. */
static int give_out(struct stream *stream, const char *data, size_t len)
{
    if (stream->lasts)
        return pass_on(stream, data, len);
    if (hold(stream)->len + len <= HOLD_MAX)
        return buf_add(&stream->held, data, len);
    return flush_held(stream) < 0 ? -1 : pass_on(stream, data, len);
}

static void on_peer(void *arg, int fd, uint32_t events)
{
    struct stream *stream = arg;

    (void)fd;
    stream->is_odd = stream->is_odd || (events & (EPOLLIN | EPOLLRDHUP)) == EPOLLIN;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || peer_flush(&stream->peer) < 0 || watch_peer(stream) < 0) {
        stream_abandon(stream);
        return;
    }
    if (stream->paused && !peer_is_waiting(&stream->peer)) {
        stream->paused = false;
        http_exchange_resume(stream->exchange);
        if (stream->gone)
            stream_abandon(stream);
    }
}

static int relay_head(struct stream *stream, const struct http_head *head)
{
    struct buf own;
    struct buf *out = stream->lasts ? &own : hold(stream);
    int rc;

    buf_init(&own, LIMIT_REPLY_HEADERS + KIB(8));
    head_relay(out, stream->outgoing, &stream->relay, head);
    rc = buf_add_str(out, STR("\r\n"));
    if (rc == 0 && stream->lasts)
        rc = pass_on(stream, own.ptr, own.len);
    buf_free(&own);
    return rc;
}

static int on_head(void *arg, const struct http_head *head)
{
    struct stream *stream = arg;
    int rc;

    if (head->status == 401 && stream->request.hold_unauthorized)
        return -1;
    memory_mark_up(stream->at->worker->memory, stream->cluster_id);
    kube_count_answer(head->status, stream->asked_us);
    frames_begin(&stream->frames, head);
    stream->status = head->status;
    rc = relay_head(stream, head);
    /* A cluster may answer before it has read the body. */
    if (stream->lasts && !stream->request.has_body) {
        arena_free(stream->outgoing);
        stream->outgoing = NULL;
    }
    return rc;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct stream *stream = arg;

    if (peer_is_waiting(&stream->peer)) {
        stream->paused = true;
        return HTTP_LATER;
    }
    stream->bytes += len;
    if (stream->lasts) {
        metrics_add(&metrics->stream_bytes, (long long)len);
        frames_take(&stream->frames, data, len);
    }
    return give_out(stream, data, len);
}

/* Outlives the arena of what was sent. */
static const char *keep_text(struct stream *stream, const char *text)
{
    return arena_strdup(stream->lasting ? stream->lasting : stream->outgoing, text);
}

/* The answer is ours: nothing of the cluster's has gone out. */
static void stream_fail(struct stream *stream, const struct err *err)
{
    struct buf out;
    struct buf body;
    int rc;

    buf_init(&body, KIB(32));
    status_write(&body, err);
    buf_init(&out, KIB(40));
    head_error(&out, err, stream->request_id, STR("application/json"), body.len);
    limit_state_write(&stream->relay.limit, &out);
    buf_add_str(&out, STR("\r\n"));
    buf_add_str(&out, buf_str(&body));
    buf_free(&body);
    stream->status = err->code;
    rc = out.failed ? -1 : give_out(stream, out.ptr, out.len);
    buf_free(&out);
    if (rc < 0)
        stream_abandon(stream);
    else
        stream_end(stream, true, keep_text(stream, err->message));
}

static void on_done(void *arg, const struct http_reply *reply);

static void start_exchange(struct stream *stream)
{
    struct http_call call;
    struct err *err = &stream->at->err;

    stream->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = stream};
    if (kube_prepare_call(stream->outgoing, &stream->target, &stream->request, &call, err) < 0) {
        stream_fail(stream, err);
        return;
    }
    call.sink = &stream->sink;
    call.lasts = stream->lasts;
    stream->asked_us = clock_monotonic_us();
    stream->exchange = http_multi_start(stream->at->multi, &call, on_done, stream);
    if (!stream->exchange) {
        err_set(err, ERR_INTERNAL, "there is no memory for the stream");
        stream_fail(stream, err);
    }
}

/*
 * A cluster that hangs must not take the connections and the memory that others need: once as many of its short answers
 * as a quarter of the threads have been waited for for over a second, further requests to it are turned away. Quick
 * ones are never counted, so load alone turns nobody away.
 */
static int admit(const struct stream *stream, struct err *err)
{
    const struct worker *worker = stream->at->worker;
    int64_t slow_since_ms = stream->started_ms - SLOW_MS;
    long slow = 0;

    if (stream->trouble != STREAM_WELL)
        return 0;
    if (memory_check_down(worker->memory, stream->cluster_id, err) < 0)
        return -1;
    if (stream->lasts)
        return 0;
    for (const struct stream *s = stream->at->shorts; s && s->started_ms <= slow_since_ms; s = s->next)
        slow += str_equal(s->cluster_id, stream->cluster_id);
    if (slow < (worker->config->threads + 3) / 4 && stream->at->short_count <= worker->config->streams)
        return 0;
    err_set(err, ERR_OVERLOADED, "eksgate: too many requests%s are waiting for an answer: try again",
            slow > 0 ? " to this cluster" : "");
    err->retry_after = 1;
    return -1;
}

void stream_begin(struct stream *stream)
{
    struct err *err = &stream->at->err;

    if (watch_peer(stream) < 0)
        stream_abandon(stream);
    else if (admit(stream, err) < 0)
        stream_fail(stream, err);
    else if (stream->err)
        stream_fail(stream, stream->err);
    else
        start_exchange(stream);
}

void stream_renew(struct stream *stream, struct worker *worker)
{
    struct cluster cluster;
    struct err err;
    int rc;

    worker->request_id = stream->request_id;
    rc = cluster_load(worker, stream->cluster_id, &cluster, &err);
    if (rc == 0)
        rc = cluster_open(worker, &cluster, &err);
    if (rc == 0 && stream->trouble == STREAM_REFUSED)
        rc = cluster_renew(worker, &cluster, &err);
    else if (rc == 0)
        rc = cluster_refresh(worker, &cluster, &err);
    if (rc == 0 && aim(stream, &cluster.target) < 0)
        rc = err_set(&err, ERR_INTERNAL, "there is no memory for the stream");
    if (rc == 0)
        stream->err = NULL;
    else if (stream->trouble == STREAM_REFUSED)
        *stream->err = err;
}

/* Away to the renewer; the error is what the client gets if that does not help. */
static void renew(struct stream *stream, enum stream_trouble trouble, const struct err *err)
{
    stream->err = arena_alloc(stream->outgoing, sizeof(*stream->err));
    if (!stream->err) {
        stream_fail(stream, err);
        return;
    }
    *stream->err = *err;
    stream->trouble = trouble;
    stream->request.hold_unauthorized = false;
    leave_peer(stream);
    unlink_stream(stream);
    stream->at->renew(stream);
}

/* Nothing has gone out to the client yet, so all may be mended that a worker would mend (cluster/call.c). */
static void recover(struct stream *stream, const struct http_reply *reply)
{
    struct worker *worker = stream->at->worker;
    const struct cluster cluster = {.id = stream->cluster_id};
    struct err err;

    kube_transport_error(&stream->target, reply, &err);
    if (reply->head.status == 401)
        kube_count_answer(401, stream->asked_us);
    else
        kube_count_failure(reply->result);
    if (reply->head.status == 401) {
        renew(stream, STREAM_REFUSED, &err);
    } else if (reply->result == HTTP_TLS && stream->trouble == STREAM_WELL) {
        renew(stream, STREAM_UNTRUSTED, &err);
    } else if (reply->result == HTTP_BROKEN && reply->attempts < 2 && !stream->repeated &&
               kube_may_repeat(&stream->request)) {
        stream->repeated = true;
        start_exchange(stream);
    } else {
        cluster_note_failure(worker, &cluster, &err);
        stream_fail(stream, &err);
    }
}

/* The cluster broke off, and what came is still here: the error can be told. */
static void take_back(struct stream *stream, const struct http_reply *reply)
{
    struct err err;

    kube_transport_error(&stream->target, reply, &err);
    buf_reset(&stream->held);
    stream_fail(stream, &err);
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct stream *stream = arg;

    stream->exchange = NULL;
    if (stream->gone)
        stream_abandon(stream);
    else if (stream->status == 0)
        recover(stream, reply);
    else if (reply->result == HTTP_OK)
        stream_end(stream, true, NULL);
    else if (!stream->begun)
        take_back(stream, reply);
    else
        stream_end(stream, false, keep_text(stream, reply->detail));
}

void stream_tick(struct stream *stream, int64_t now_ms)
{
    if (peer_is_waiting(&stream->peer) && now_ms - stream->peer.since_ms > STALLED_MS)
        stream_end(stream, false, "the client accepted nothing for a minute");
    else if (now_ms - stream->started_ms > SLOW_MS && !peer_is_waiting(&stream->peer) && flush_held(stream) < 0)
        stream_abandon(stream);
    else if (stream->status != 0 && caller_hold_ended(stream->hold))
        stream_end(stream, false, "the API key was revoked or has expired, or its session has ended");
}

void stream_drain(struct stream *stream, bool at_last)
{
    if (stream->lasts && stream->status != 0 && frames_may_end(&stream->frames))
        stream_end(stream, true, "the process ends");
    else if (at_last && stream->status != 0)
        stream_end(stream, false, "the process ends");
    else if (at_last)
        stream_leave(stream);
}
