#include "fcgi/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/status.h"

#define OUTGOING_CHUNK KIB(4)
#define LASTING_CHUNK KIB(1)
#define LOGGED_PATH 512
#define STALLED_MS 60000

static struct str copy(struct arena *arena, struct str text)
{
    return (struct str){arena_strndup(arena, text.ptr ? text.ptr : "", text.len), text.len};
}

static const char *const *copy_lines(struct arena *arena, const char *const *lines)
{
    size_t count = 0;
    const char **copies;

    while (lines[count])
        count++;
    copies = arena_alloc(arena, (count + 1) * sizeof(*copies));
    for (size_t i = 0; copies && i < count; i++)
        if (!(copies[i] = arena_strdup(arena, lines[i])))
            return NULL;
    return copies;
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
    return stream->target.endpoint && stream->target.ca_pem.ptr && stream->target.token ? 0 : -1;
}

static bool copy_outgoing(struct stream *stream, const struct request *request, const struct stream_order *order)
{
    struct arena *arena = stream->outgoing;

    stream->request = *order->request;
    stream->request.method = stream->method;
    stream->request.path = copy(arena, order->request->path);
    stream->request.headers = copy_lines(arena, order->request->headers);
    stream->request.body = copy(arena, order->request->body);
    stream->request.timeout_ms = 0;
    stream->request.hold_unauthorized = memory_can_renew(request->worker->memory, request->cluster->id);
    stream->relay = (struct head_relay){
        .request_id = stream->request_id, .prefix = copy(arena, order->prefix), .is_proxy = order->is_proxy};
    return stream->request.path.ptr && stream->request.headers && stream->request.body.ptr &&
           stream->relay.prefix.ptr && aim(stream, &request->cluster->target) == 0;
}

static bool copy_lasting(struct stream *stream, const struct request *request)
{
    struct arena *arena = stream->lasting;
    struct str path = request->path;
    const char *caller = *request->caller.id ? request->caller.id : request->remote_address;

    if (path.len > LOGGED_PATH)
        path.len = LOGGED_PATH;
    stream->method = arena_strdup(arena, request->method_name);
    stream->path = copy(arena, path).ptr;
    stream->request_id = arena_strdup(arena, request->id);
    stream->audit_id = request->audit_id.len > 0 ? copy(arena, request->audit_id).ptr : "";
    stream->remote_address = arena_strdup(arena, request->remote_address);
    stream->caller = arena_strdup(arena, caller);
    stream->cluster_id = copy(arena, request->cluster->id);
    return stream->method && stream->path && stream->request_id && stream->audit_id && stream->remote_address &&
           stream->caller && stream->cluster_id.ptr;
}

struct stream *stream_new(struct request *request, const struct stream_order *order)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream) {
        stream->peer.fd = -1;
        stream->started_ms = clock_monotonic_ms();
        stream->outgoing = arena_new_of(LIMIT_REQUEST_ARENA, OUTGOING_CHUNK);
        stream->lasting = arena_new_of(LIMIT_REQUEST_ARENA, LASTING_CHUNK);
    }
    if (stream && stream->outgoing && stream->lasting && copy_lasting(stream, request) &&
        copy_outgoing(stream, request, order))
        return stream;
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
    free(stream);
}

static void log_end(const struct stream *stream)
{
    metrics_request(stream->route, stream->method, stream->gone ? 499 : stream->status);
    log_info("stream", LOG_TEXT("method", stream->method), LOG_TEXT("path", stream->path),
             LOG_INT("status", stream->gone ? 499 : stream->status), LOG_INT("bytes", stream->bytes),
             LOG_INT("duration_ms", clock_monotonic_ms() - stream->started_ms),
             LOG_TEXT("request_id", stream->request_id), LOG_TEXT("audit_id", stream->audit_id),
             LOG_TEXT("remote_address", stream->remote_address), LOG_TEXT("key", stream->caller),
             LOG_TEXT("error", stream->fault ? stream->fault : ""));
}

/* Nothing follows: the peer has been told what there was to tell. */
static void stream_close(struct stream *stream)
{
    struct stream_loop *at = stream->at;

    if (stream->exchange)
        http_exchange_drop(stream->exchange);
    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
    log_end(stream);
    at->release(stream);
    stream_free(stream);
}

static void leave_peer(struct stream *stream)
{
    loop_forget(stream->at->loop, stream->peer.fd);
    stream->watched = 0;
}

static void stream_end(struct stream *stream, bool whole, const char *fault)
{
    stream->fault = fault;
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
    uint32_t events = EPOLLRDHUP | (peer_is_waiting(&stream->peer) ? EPOLLOUT : 0);

    if (events == stream->watched)
        return 0;
    stream->watched = events;
    return loop_watch(stream->at->loop, stream->peer.fd, events, on_peer, stream);
}

/* Sends to the client. 0, or -1 when nobody reads. */
static int pass_on(struct stream *stream, const char *data, size_t len)
{
    if (peer_write(&stream->peer, data, len) == 0 && watch_peer(stream) == 0)
        return 0;
    stream->gone = true;
    return -1;
}

static void on_peer(void *arg, int fd, uint32_t events)
{
    struct stream *stream = arg;

    (void)fd;
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

static int on_head(void *arg, const struct http_head *head)
{
    struct stream *stream = arg;
    struct buf out;
    int rc;

    if (head->status == 401 && stream->request.hold_unauthorized)
        return -1;
    memory_mark_up(stream->at->worker->memory, stream->cluster_id);
    kube_count_answer(head->status, stream->asked_us);
    frames_begin(&stream->frames, head);
    stream->status = head->status;
    buf_init(&out, LIMIT_REPLY_HEADERS + KIB(8));
    head_relay(&out, stream->outgoing, &stream->relay, head);
    buf_add_str(&out, STR("\r\n"));
    rc = out.failed ? -1 : pass_on(stream, out.ptr, out.len);
    buf_free(&out);
    /* A cluster may answer before it has read the body. */
    if (!stream->request.has_body) {
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
    metrics_add(&metrics->stream_bytes, (long long)len);
    frames_take(&stream->frames, data, len);
    return pass_on(stream, data, len);
}

/* The answer is ours: nothing of the cluster's has gone out. */
static void stream_fail(struct stream *stream, const struct err *err)
{
    struct buf out;
    struct buf body;

    buf_init(&body, KIB(32));
    status_write(&body, err);
    buf_init(&out, KIB(40));
    head_error(&out, err, stream->request_id, STR("application/json"), body.len);
    buf_add_str(&out, STR("\r\n"));
    buf_add_str(&out, buf_str(&body));
    buf_free(&body);
    stream->status = err->code;
    if (out.failed || pass_on(stream, out.ptr, out.len) < 0)
        stream_abandon(stream);
    else
        stream_end(stream, true, arena_strdup(stream->lasting, err->message));
    buf_free(&out);
}

static void on_done(void *arg, const struct http_reply *reply);

static void start_exchange(struct stream *stream)
{
    struct http_call call;
    struct err err;

    stream->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = stream};
    if (kube_prepare_call(stream->outgoing, &stream->target, &stream->request, &call, &err) < 0) {
        stream_fail(stream, &err);
        return;
    }
    call.sink = &stream->sink;
    stream->asked_us = clock_monotonic_us();
    stream->exchange = http_multi_start(stream->at->multi, &call, on_done, stream);
    if (!stream->exchange) {
        err_set(&err, ERR_INTERNAL, "there is no memory for the stream");
        stream_fail(stream, &err);
    }
}

void stream_begin(struct stream *stream)
{
    if (watch_peer(stream) < 0)
        stream_abandon(stream);
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
    *stream->link = stream->next;
    if (stream->next)
        stream->next->link = stream->link;
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
    else
        stream_end(stream, false, arena_strdup(stream->lasting, reply->detail));
}

void stream_tick(struct stream *stream, int64_t now_ms)
{
    if (peer_is_waiting(&stream->peer) && now_ms - stream->peer.since_ms > STALLED_MS)
        stream_end(stream, false, "the client accepted nothing for a minute");
    else if (stream->status != 0 && caller_hold_ended(stream->hold))
        stream_end(stream, false, "the API key was revoked or has expired");
}

void stream_drain(struct stream *stream, bool at_last)
{
    if (stream->status != 0 && frames_may_end(&stream->frames))
        stream_end(stream, true, "the process ends");
    else if (at_last && stream->status != 0)
        stream_end(stream, false, "the process ends");
    else if (at_last)
        stream_leave(stream);
}
