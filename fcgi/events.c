#include "fcgi/events.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access/hold.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/quota.h"
#include "fcgi/event_list.h"
#include "fcgi/head.h"
#include "fcgi/peer.h"
#include "fcgi/streams.h"

#define TURN_MS 200
#define PING_MS 15000    /* proxies on the way close what is silent for a minute */
#define STALLED_MS 60000 /* a viewer that accepts nothing for so long is cut */
#define TOGETHER KIB(64) /* waits for the client, and then nothing more is made for it */
#define PIECE KIB(128)   /* of it is given to the peer at once */
#define OUT_MAX MIB(10)  /* an item of a list may be as large as one of FEED_BYTES, and both may wait */
#define STOP_MS 1000     /* for an opener to come back from AWS */
#define STACK_SIZE KIB(512)

enum told { TOLD_NOTHING, TOLD_LISTING, TOLD_LIVE, TOLD_BROKEN, TOLD_REFUSED };

static const char *const told_words[] = {
    [TOLD_LISTING] = "listing", [TOLD_LIVE] = "live", [TOLD_BROKEN] = "reconnecting", [TOLD_REFUSED] = "refused"};

/* One viewer's place in one feed. */
struct subscription {
    struct viewer *viewer;
    struct event_feed *feed; /* NULL without a path */
    const char *type;
    const char *path;                  /* NULL: it can not be followed */
    bool lists;                        /* all objects are being told */
    bool began;                        /* and some have been */
    uint64_t next;                     /* the feed's event that is told next */
    char version[EVENTS_VERSION_SIZE]; /* of what was told last; "": nothing to go on from */
    struct event_list list;
    struct event_list_sink sink;
    enum told told;
    struct err err; /* for TOLD_BROKEN, TOLD_REFUSED */
};

struct viewer {
    struct viewer *next;
    struct event_hub *hub;
    struct caller_hold *hold;
    struct peer peer;
    uint32_t watched;
    struct buf out; /* not given to the peer yet, from .sent on */
    size_t sent;
    int64_t wrote_ms;
    struct arena *arena; /* of the subscriptions and their texts */
    struct subscription *subscriptions;
    size_t count;
    char cluster[LIMIT_CLUSTER_ID + 1];
    char path[512];
    char request_id[65];
    char remote_address[64];
    char caller[64];
    int64_t started_ms;
    uint64_t bytes;
    bool gone;
    const char *fault;
};

/* Of this process. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    struct event_hub *hub; /* NULL until somebody looks */
    struct caller_store *callers;
    struct viewer *arrived;
    struct quota *quota;
    long count;
    pthread_t thread; /* of the hub */
    bool hub_ended;
    atomic_bool stopping;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

/* What a viewer is sent */

static void add_event(struct viewer *viewer, const char *event, struct str id)
{
    buf_printf(&viewer->out, "event: %s\n", event);
    if (id.len > 0)
        buf_printf(&viewer->out, "id: %.*s\n", STR_FMT(id));
    buf_add_str(&viewer->out, STR("data: "));
}

/* Where the viewer could go on: "pods:12,deployments.apps:9". What has not been told whole is left out. */
static void add_id(struct viewer *viewer, struct buf *id)
{
    for (size_t i = 0; i < viewer->count; i++) {
        const struct subscription *s = &viewer->subscriptions[i];

        if (*s->version)
            buf_printf(id, "%s%s:%s", id->len ? "," : "", s->type, s->version);
    }
}

static void tell(struct subscription *s, const char *event, struct str members)
{
    struct buf id;

    buf_init(&id, KIB(16));
    add_id(s->viewer, &id);
    add_event(s->viewer, event, buf_str(&id));
    buf_add_str(&s->viewer->out, STR("{\"kind\":"));
    json_quote(&s->viewer->out, str_from(s->type));
    if (members.len > 0)
        buf_add_char(&s->viewer->out, ',');
    buf_add_str(&s->viewer->out, members);
    buf_add_str(&s->viewer->out, STR("}\n\n"));
    buf_free(&id);
}

static void tell_state(struct subscription *s, enum told told, const struct err *err)
{
    struct buf members;
    struct json j;

    if (s->told == told)
        return;
    s->told = told;
    buf_init(&members, KIB(8));
    json_init(&j, &members);
    json_text(&j, "state", told_words[told]);
    if (err && told >= TOLD_BROKEN) {
        json_int(&j, "code", err->code);
        json_text(&j, "reason", err_reason(err));
        json_text(&j, "message", err->message);
    }
    tell(s, "state", buf_str(&members));
    buf_free(&members);
}

/* The event as the API server wrote it: an object of which "kind" becomes the first member. */
static void tell_change(struct subscription *s, const struct feed_event *event)
{
    memcpy(s->version, event->version, sizeof(s->version));
    if (event->text.len > 2)
        tell(s, "change", (struct str){event->text.ptr + 1, event->text.len - 2});
}

/* Reading the whole collection */

static bool is_full(void *arg)
{
    const struct viewer *viewer = ((struct subscription *)arg)->viewer;

    return peer_is_waiting(&viewer->peer) || viewer->out.len - viewer->sent >= TOGETHER;
}

static void flush(struct viewer *viewer);

static void on_rows(void *arg, struct str columns, struct str rows)
{
    struct subscription *s = arg;
    struct buf members;

    if (!s->began)
        tell(s, "reset", STR(""));
    s->began = true;
    buf_init(&members, OUT_MAX);
    buf_add_str(&members, STR("\"type\":\"ADDED\",\"object\":{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\","
                              "\"columnDefinitions\":["));
    buf_add_str(&members, columns);
    buf_add_str(&members, STR("],\"rows\":["));
    buf_add_str(&members, rows);
    buf_add_str(&members, STR("]}"));
    tell(s, "change", buf_str(&members));
    buf_free(&members);
    flush(s->viewer);
}

static void list_again(struct subscription *s)
{
    s->began = false;
    s->version[0] = '\0';
    s->lists = !s->list.brief || *s->feed->version == '\0';
    if (s->lists) {
        event_list_start(&s->list);
        return;
    }
    /* Who wants changes only begins where the feed stands. */
    tell(s, "reset", STR(""));
    memcpy(s->version, s->feed->version, sizeof(s->version));
    s->next = s->feed->end;
    s->viewer->hub->stirred = true;
}

/* What has happened since the list was read is in the feed, unless that was too much. */
static void on_listed(void *arg, const char *version)
{
    struct subscription *s = arg;

    if (!s->began)
        tell(s, "reset", STR(""));
    event_feed_listed(s->feed, version);
    if (!event_feed_find(s->feed, version, &s->next)) {
        list_again(s);
        return;
    }
    s->lists = false;
    snprintf(s->version, sizeof(s->version), "%s", version);
    s->viewer->hub->stirred = true;
}

static void on_failed(void *arg, bool refused, const struct err *err)
{
    struct subscription *s = arg;

    tell_state(s, refused ? TOLD_REFUSED : TOLD_BROKEN, err);
    s->began = false;
    flush(s->viewer);
}

/* The client's end */

static void on_peer(void *arg, int fd, uint32_t events);

static void watch_peer(struct viewer *viewer)
{
    uint32_t events = EPOLLRDHUP | (peer_is_waiting(&viewer->peer) ? EPOLLOUT : 0);

    if (events != viewer->watched && loop_watch(viewer->hub->loop, viewer->peer.fd, events, on_peer, viewer) < 0)
        viewer->gone = true;
    viewer->watched = events;
}

static void flush(struct viewer *viewer)
{
    struct buf *out = &viewer->out;

    viewer->gone = viewer->gone || out->failed;
    while (!viewer->gone && viewer->sent < out->len && !peer_is_waiting(&viewer->peer)) {
        size_t left = out->len - viewer->sent;
        size_t n = left < PIECE ? left : PIECE;

        viewer->gone = peer_write(&viewer->peer, out->ptr + viewer->sent, n) < 0;
        viewer->sent += n;
        viewer->bytes += n;
        viewer->wrote_ms = clock_monotonic_ms();
    }
    if (viewer->gone)
        return;
    if (viewer->sent == out->len) {
        buf_free(out);
        buf_init(out, OUT_MAX);
        viewer->sent = 0;
    }
    watch_peer(viewer);
}

static enum told state_of(const struct subscription *s)
{
    static const enum told of_feed[] = {
        [FEED_LIVE] = TOLD_LIVE, [FEED_BROKEN] = TOLD_BROKEN, [FEED_REFUSED] = TOLD_REFUSED};

    return of_feed[s->feed->state];
}

/* What there is for one viewer in one feed, as long as it takes it. */
static void pump_one(struct subscription *s)
{
    if (!s->feed || s->lists)
        return;
    if (*s->feed->version == '\0' || s->next < s->feed->first) {
        tell_state(s, TOLD_LISTING, NULL);
        list_again(s);
        return;
    }
    while (s->next < s->feed->end && !is_full(s))
        tell_change(s, event_feed_at(s->feed, s->next++));
    if (s->feed->state != FEED_CONNECTING)
        tell_state(s, state_of(s), &s->feed->err);
}

static bool has_more(const struct viewer *viewer)
{
    for (size_t i = 0; i < viewer->count; i++) {
        const struct subscription *s = &viewer->subscriptions[i];

        if (s->feed && !s->lists && s->next < s->feed->end)
            return true;
    }
    return false;
}

static void pump(struct viewer *viewer)
{
    do {
        for (size_t i = 0; i < viewer->count; i++)
            pump_one(&viewer->subscriptions[i]);
        flush(viewer);
    } while (!viewer->gone && !peer_is_waiting(&viewer->peer) && has_more(viewer));
}

static void on_peer(void *arg, int fd, uint32_t events)
{
    struct viewer *viewer = arg;

    (void)fd;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR) || peer_flush(&viewer->peer) < 0) {
        viewer->gone = true;
        return;
    }
    watch_peer(viewer);
    flush(viewer);
    for (size_t i = 0; i < viewer->count && !peer_is_waiting(&viewer->peer); i++)
        event_list_resume(&viewer->subscriptions[i].list);
    pump(viewer);
}

/* Viewers */

static void viewer_free(struct viewer *viewer)
{
    for (size_t i = 0; viewer->subscriptions && i < viewer->count; i++) {
        struct subscription *s = &viewer->subscriptions[i];

        event_list_stop(&s->list);
        if (s->feed)
            event_feed_release(s->feed);
    }
    if (viewer->peer.fd >= 0)
        peer_close(&viewer->peer);
    buf_free(&viewer->out);
    arena_free(viewer->arena);
    free(viewer);
}

static void log_end(const struct viewer *viewer)
{
    log_info("stream", LOG_TEXT("method", "GET"), LOG_TEXT("path", viewer->path),
             LOG_INT("status", viewer->gone ? 499 : 200), LOG_INT("bytes", viewer->bytes),
             LOG_INT("duration_ms", clock_monotonic_ms() - viewer->started_ms),
             LOG_TEXT("request_id", viewer->request_id), LOG_TEXT("remote_address", viewer->remote_address),
             LOG_TEXT("key", viewer->caller), LOG_TEXT("error", viewer->fault ? viewer->fault : ""));
}

static void give_place(const struct viewer *viewer)
{
    pthread_mutex_lock(&all.lock);
    quota_give(all.quota, str_from(viewer->caller));
    all.count--;
    metrics_add(&metrics->now.streams, -1);
    pthread_mutex_unlock(&all.lock);
}

static void viewer_end(struct viewer *viewer)
{
    if (viewer->peer.fd >= 0)
        loop_forget(viewer->hub->loop, viewer->peer.fd);
    if (!viewer->gone)
        peer_end(&viewer->peer, true);
    log_end(viewer);
    caller_release(all.callers, viewer->hold);
    give_place(viewer);
    viewer_free(viewer);
}

static bool must_end(struct viewer *viewer, int64_t now_ms)
{
    if (viewer->gone)
        return true;
    if (atomic_load(&all.stopping))
        viewer->fault = "the process ends";
    else if (caller_hold_ended(viewer->hold))
        viewer->fault = "the API key was revoked or has expired, or its session has ended";
    else if (peer_is_waiting(&viewer->peer) && now_ms - viewer->peer.since_ms > STALLED_MS)
        viewer->fault = "the client accepted nothing for a minute";
    return viewer->fault;
}

static void sweep(struct event_hub *hub, int64_t now_ms)
{
    for (struct viewer **link = &hub->viewers; *link;) {
        struct viewer *viewer = *link;

        if (!must_end(viewer, now_ms)) {
            link = &viewer->next;
            continue;
        }
        *link = viewer->next;
        viewer_end(viewer);
    }
}

static void begin_answer(struct viewer *viewer)
{
    head_begin(&viewer->out, 200, STR(""), viewer->request_id);
    head_add(&viewer->out, "Content-Type", STR("text/event-stream"));
    head_add(&viewer->out, "Cache-Control", STR("no-store"));
    buf_add_str(&viewer->out, STR("\r\nretry: 1000\n\n"));
    for (size_t i = 0; i < viewer->count; i++) {
        struct subscription *s = &viewer->subscriptions[i];

        if (!s->feed) {
            tell_state(s, TOLD_REFUSED, &s->err);
        } else if (!*s->version || !event_feed_find(s->feed, s->version, &s->next)) {
            tell_state(s, TOLD_LISTING, NULL);
            list_again(s);
        }
    }
    flush(viewer);
}

/* The feeds are the hub's, so that is where they are held. */
static void start_viewer(struct event_hub *hub, struct viewer *viewer)
{
    viewer->hub = hub;
    for (size_t i = 0; i < viewer->count; i++) {
        struct subscription *s = &viewer->subscriptions[i];

        if (!s->path)
            continue;
        s->feed = s->list.feed = event_feed_hold(hub, viewer->cluster, s->path, str_from(s->version));
        viewer->gone = viewer->gone || !s->feed;
    }
    viewer->next = hub->viewers;
    hub->viewers = viewer;
    watch_peer(viewer);
    begin_answer(viewer);
    hub->stirred = true; /* how the feeds stand, and what they have kept */
}

/* The hub */

static bool take_arrived(struct event_hub *hub)
{
    struct viewer *viewer;
    bool any;

    pthread_mutex_lock(&all.lock);
    viewer = all.arrived;
    all.arrived = NULL;
    any = all.count > 0;
    pthread_mutex_unlock(&all.lock);
    while (viewer) {
        struct viewer *next = viewer->next;

        start_viewer(hub, viewer);
        viewer = next;
    }
    return any;
}

/* So that neither end takes silence for the end. */
static void ping(struct viewer *viewer, int64_t now_ms)
{
    if (now_ms - viewer->wrote_ms < PING_MS || peer_is_waiting(&viewer->peer))
        return;
    buf_add_str(&viewer->out, STR(": still here\n\n"));
    flush(viewer);
}

static void run_due(struct event_hub *hub, int64_t now_ms)
{
    for (struct event_feed *feed = hub->feeds; feed; feed = feed->next)
        event_feed_run(feed, now_ms);
    for (struct viewer *viewer = hub->viewers; viewer; viewer = viewer->next) {
        for (size_t i = 0; i < viewer->count; i++)
            event_list_run(&viewer->subscriptions[i].list, now_ms);
        ping(viewer, now_ms);
    }
}

static void hub_free(struct event_hub *hub)
{
    http_multi_free(hub->multi);
    loop_free(hub->loop);
    free(hub);
}

static void hub_end(struct event_hub *hub)
{
    bool whole = openers_stop(hub->openers, STOP_MS) == 0;

    if (whole)
        hub_free(hub);
    pthread_mutex_lock(&all.lock);
    all.hub = whole ? NULL : hub; /* one of its threads still waits for somebody: nothing may be freed */
    all.hub_ended = true;
    pthread_cond_broadcast(&all.ended);
    pthread_mutex_unlock(&all.lock);
}

static void *hub_main(void *arg)
{
    struct event_hub *hub = arg;
    bool any = true;

    while (any || !atomic_load(&all.stopping)) {
        any = take_arrived(hub);
        openers_collect(hub->openers);
        run_due(hub, clock_monotonic_ms());
        while (hub->stirred) {
            hub->stirred = false;
            for (struct viewer *viewer = hub->viewers; viewer; viewer = viewer->next)
                pump(viewer);
        }
        sweep(hub, clock_monotonic_ms());
        loop_run_once(hub->loop, http_multi_wait_ms(hub->multi, TURN_MS));
        http_multi_run(hub->multi);
    }
    hub_end(hub);
    return NULL;
}

/* The lock is held. */
static int start_hub(const struct worker *worker)
{
    struct event_hub *hub = calloc(1, sizeof(*hub));
    pthread_attr_t attributes;
    int rc;

    if (!hub)
        return -1;
    hub->worker = *worker;
    hub->worker.request_id = "events";
    hub->loop = loop_new();
    hub->multi = hub->loop ? http_multi_new(hub->loop) : NULL;
    hub->openers = hub->multi ? openers_start(&hub->worker, hub->loop) : NULL;
    if (!hub->openers) {
        hub_free(hub);
        return -1;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    rc = pthread_create(&all.thread, &attributes, hub_main, hub);
    pthread_attr_destroy(&attributes);
    if (rc != 0)
        return -1; /* its openers may keep the rest */
    all.hub = hub;
    return 0;
}

/* A place, and who gives it something to do. */
static int arrive(struct request *request, struct viewer *viewer)
{
    const struct config *config = request->worker->config;
    bool started;
    bool has_place;

    pthread_mutex_lock(&all.lock);
    if (!all.quota)
        all.quota = quota_new();
    all.callers = streams_callers(request->streams);
    started = all.quota && !atomic_load(&all.stopping) && (all.hub || start_hub(request->worker) == 0);
    has_place = started && all.count < config->streams &&
                quota_take(all.quota, str_from(viewer->caller), config->streams_per_caller) == 0;
    if (has_place) {
        all.count++;
        metrics_add(&metrics->streams, 1);
        metrics_add(&metrics->now.streams, 1);
        viewer->hold = caller_hold(all.callers, &request->caller);
        viewer->next = all.arrived;
        all.arrived = viewer;
        loop_wake(all.hub->loop);
    }
    pthread_mutex_unlock(&all.lock);
    if (has_place)
        return 0;
    if (!started)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory, or no thread, for the events");
    err_set(&request->err, ERR_OVERLOADED, "eksgate: as many streams are open as are allowed: try again");
    request->err.retry_after = 1;
    return -1;
}

static int subscribe(struct viewer *viewer, const struct events_kind *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct subscription *s = &viewer->subscriptions[i];

        s->viewer = viewer;
        s->type = arena_strdup(viewer->arena, kinds[i].type);
        s->path = kinds[i].path ? arena_strdup(viewer->arena, kinds[i].path) : NULL;
        s->list.brief = str_equal(kinds[i].since, STR("now"));
        if (!s->list.brief)
            str_copy(s->version, sizeof(s->version), kinds[i].since);
        if (kinds[i].err)
            s->err = *kinds[i].err;
        s->sink = (struct event_list_sink){is_full, on_rows, on_listed, on_failed, s};
        s->list.sink = &s->sink;
        viewer->count++;
        if (!s->type || (kinds[i].path && !s->path))
            return -1;
    }
    return 0;
}

static struct viewer *viewer_new(const struct request *request, const struct events_kind *kinds, size_t count)
{
    struct viewer *viewer = calloc(1, sizeof(*viewer));

    if (!viewer)
        return NULL;
    viewer->peer.fd = -1;
    buf_init(&viewer->out, OUT_MAX);
    str_copy(viewer->cluster, sizeof(viewer->cluster), request->cluster->id);
    str_copy(viewer->path, sizeof(viewer->path), request->path);
    str_copy(viewer->request_id, sizeof(viewer->request_id), str_from(request->id));
    str_copy(viewer->remote_address, sizeof(viewer->remote_address), str_from(request->remote_address));
    str_copy(viewer->caller, sizeof(viewer->caller),
             str_from(*request->caller.id ? request->caller.id : request->remote_address));
    viewer->started_ms = viewer->wrote_ms = clock_monotonic_ms();
    viewer->arena = arena_new_of(MIB(1), KIB(4));
    if (viewer->arena)
        viewer->subscriptions = arena_alloc(viewer->arena, count * sizeof(*viewer->subscriptions));
    if (viewer->subscriptions && subscribe(viewer, kinds, count) == 0)
        return viewer;
    viewer_free(viewer);
    return NULL;
}

int events_take(struct request *request, const struct events_kind *kinds, size_t count)
{
    FCGX_Request *fcgx = request->fcgx;
    struct viewer *viewer = request->streams ? viewer_new(request, kinds, count) : NULL;

    if (!viewer)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the events");
    peer_init(&viewer->peer, fcgx->ipcFd, fcgx->requestId);
    if (arrive(request, viewer) < 0) {
        viewer->peer.fd = -1;
        viewer_free(viewer);
        return -1;
    }
    fcgx->ipcFd = -1;
    request->response.handed_off = true;
    return 0;
}

int events_drain(long milliseconds)
{
    struct timespec until;
    bool ran;
    bool ended;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    pthread_mutex_lock(&all.lock);
    atomic_store(&all.stopping, true);
    ran = all.hub != NULL;
    if (ran)
        loop_wake(all.hub->loop);
    while (ran && !all.hub_ended && rc == 0)
        rc = pthread_cond_timedwait(&all.ended, &all.lock, &until);
    ended = all.hub_ended;
    rc = all.hub ? -1 : 0;
    pthread_mutex_unlock(&all.lock);
    if (ended)
        pthread_join(all.thread, NULL); /* so that it is not still ending when the process does */
    return rc;
}
