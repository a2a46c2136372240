#include "fcgi/recipient.h"

#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/quota.h"
#include "fcgi/streams.h"

#define STALLED_MS 60000 /* a client that accepts nothing for so long is cut */

void recipient_init(struct recipient *r, const struct request *request)
{
    *r = (struct recipient){.peer.fd = -1};
    r->callers = streams_callers(request->streams);
    str_copy(r->method, sizeof(r->method), str_from(request->method_name));
    str_copy(r->path, sizeof(r->path), request->path);
    str_copy(r->request_id, sizeof(r->request_id), str_from(request->id));
    str_copy(r->remote_address, sizeof(r->remote_address), str_from(request->remote_address));
    str_copy(r->caller, sizeof(r->caller),
             str_from(*request->caller.id ? request->caller.id : request->remote_address));
    r->started_ms = clock_monotonic_ms();
}

void recipient_take(struct recipient *r, struct request *request)
{
    FCGX_Request *fcgx = request->fcgx;

    r->hold = caller_hold(r->callers, &request->caller);
    peer_init(&r->peer, fcgx->ipcFd, fcgx->requestId);
    fcgx->ipcFd = -1;
    request->response.handed_off = true;
}

void recipient_give_back(struct recipient *r, struct request *request)
{
    request->fcgx->ipcFd = r->peer.fd;
    request->response.handed_off = false;
    r->peer.fd = -1;
    caller_release(r->callers, r->hold);
    r->hold = NULL;
}

static void on_peer(void *arg, int fd, uint32_t events)
{
    struct recipient *r = arg;

    (void)fd;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || peer_flush(&r->peer) < 0) {
        r->gone = true;
        return;
    }
    recipient_watch(r);
    if (r->on_room && !r->gone)
        r->on_room(r->arg);
}

void recipient_watch(struct recipient *r)
{
    uint32_t events = EPOLLRDHUP | (peer_is_waiting(&r->peer) ? EPOLLOUT : 0);

    if (r->gone || r->ended)
        return;
    if (events != r->watched && loop_watch(r->loop, r->peer.fd, events, on_peer, r) < 0)
        r->gone = true;
    r->watched = events;
}

void recipient_write(struct recipient *r, struct str data)
{
    if (r->gone || r->ended)
        return;
    if (peer_write(&r->peer, data.ptr, data.len) < 0)
        r->gone = true;
    else
        recipient_watch(r);
}

bool recipient_is_full(const struct recipient *r)
{
    return peer_is_waiting(&r->peer);
}

bool recipient_must_end(struct recipient *r, bool stopping, int64_t now_ms)
{
    if (r->gone || r->ended)
        return true;
    if (stopping)
        r->fault = "the process ends";
    else if (caller_hold_ended(r->hold))
        r->fault = "the API key was revoked or has expired";
    else if (peer_is_waiting(&r->peer) && now_ms - r->peer.since_ms > STALLED_MS)
        r->fault = "the client accepted nothing for a minute";
    else
        return false;
    return true;
}

void recipient_end(struct recipient *r, bool whole)
{
    if (r->gone || r->ended)
        return;
    r->ended = true;
    loop_forget(r->loop, r->peer.fd);
    peer_end(&r->peer, whole);
}

void recipient_leave(struct recipient *r, bool whole)
{
    recipient_end(r, whole);
    if (!r->ended) {
        loop_forget(r->loop, r->peer.fd);
        peer_close(&r->peer);
    }
    log_info("stream", LOG_TEXT("method", r->method), LOG_TEXT("path", r->path),
             LOG_INT("status", r->gone ? 499 : r->status), LOG_INT("bytes", r->bytes),
             LOG_INT("duration_ms", clock_monotonic_ms() - r->started_ms), LOG_TEXT("request_id", r->request_id),
             LOG_TEXT("remote_address", r->remote_address), LOG_TEXT("key", r->caller),
             LOG_TEXT("error", r->fault ? r->fault : ""));
    caller_release(r->callers, r->hold);
}

int places_take(struct places *places, struct str caller, long all, long each)
{
    int rc = -1;

    pthread_mutex_lock(&places->lock);
    if (!places->quota)
        places->quota = quota_new();
    if (places->count < all && places->quota && quota_take(places->quota, caller, each) == 0) {
        places->count++;
        metrics_add(&metrics->streams, 1);
        metrics_add(&metrics->now.streams, 1);
        rc = 0;
    }
    pthread_mutex_unlock(&places->lock);
    return rc;
}

void places_give(struct places *places, struct str caller)
{
    pthread_mutex_lock(&places->lock);
    quota_give(places->quota, caller);
    places->count--;
    metrics_add(&metrics->now.streams, -1);
    pthread_cond_broadcast(&places->given);
    pthread_mutex_unlock(&places->lock);
}

int places_wait(struct places *places, long milliseconds)
{
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    pthread_mutex_lock(&places->lock);
    while (places->count > 0 && rc == 0)
        rc = pthread_cond_timedwait(&places->given, &places->lock, &until);
    rc = places->count > 0 ? -1 : 0;
    pthread_mutex_unlock(&places->lock);
    return rc;
}
