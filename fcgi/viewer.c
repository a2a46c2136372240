#include "fcgi/viewer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "fcgi/head.h"

#define PING_MS 15000    /* proxies on the way close what is silent for a minute */
#define TOGETHER KIB(64) /* waits for the client, and then nothing more is made for it */
#define PIECE KIB(128)   /* of it is given to the recipient at once */
#define OUT_MAX MIB(10)  /* an item of a list may be as large as one of FEED_BYTES, and both may wait */

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

static void flush(struct viewer *viewer)
{
    struct buf *out = &viewer->out;

    viewer->to.gone = viewer->to.gone || out->failed;
    while (!viewer->to.gone && viewer->sent < out->len && !recipient_is_full(&viewer->to)) {
        size_t left = out->len - viewer->sent;
        size_t n = left < PIECE ? left : PIECE;

        recipient_write(&viewer->to, (struct str){out->ptr + viewer->sent, n});
        viewer->sent += n;
        viewer->to.bytes += n;
        viewer->wrote_ms = clock_monotonic_ms();
    }
    if (viewer->to.gone)
        return;
    if (viewer->sent == out->len) {
        buf_free(out);
        buf_init(out, OUT_MAX);
        viewer->sent = 0;
    }
    recipient_watch(&viewer->to);
}

/* Reading the whole collection */

static bool is_full(void *arg)
{
    const struct viewer *viewer = ((struct subscription *)arg)->viewer;

    return recipient_is_full(&viewer->to) || viewer->out.len - viewer->sent >= TOGETHER;
}

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

/* As it goes on */

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

void viewer_pump(struct viewer *viewer)
{
    do {
        for (size_t i = 0; i < viewer->count; i++)
            pump_one(&viewer->subscriptions[i]);
        flush(viewer);
    } while (!viewer->to.gone && !recipient_is_full(&viewer->to) && has_more(viewer));
}

static void on_room(void *arg)
{
    struct viewer *viewer = arg;

    flush(viewer);
    for (size_t i = 0; i < viewer->count && !recipient_is_full(&viewer->to); i++)
        event_list_resume(&viewer->subscriptions[i].list);
    viewer_pump(viewer);
}

void viewer_free(struct viewer *viewer)
{
    for (size_t i = 0; viewer->subscriptions && i < viewer->count; i++) {
        struct subscription *s = &viewer->subscriptions[i];

        event_list_stop(&s->list);
        if (s->feed)
            event_feed_release(s->feed);
    }
    buf_free(&viewer->out);
    arena_free(viewer->arena);
    free(viewer);
}

static void begin_answer(struct viewer *viewer)
{
    viewer->to.status = 200;
    head_begin(&viewer->out, 200, STR(""), viewer->to.request_id);
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
void viewer_start(struct event_hub *hub, struct viewer *viewer)
{
    viewer->hub = hub;
    viewer->to.loop = hub->loop;
    viewer->to.on_room = on_room;
    viewer->to.arg = viewer;
    for (size_t i = 0; i < viewer->count; i++) {
        struct subscription *s = &viewer->subscriptions[i];

        if (!s->path)
            continue;
        s->feed = s->list.feed = event_feed_hold(hub, viewer->cluster, s->path, str_from(s->version));
        viewer->to.gone = viewer->to.gone || !s->feed;
    }
    viewer->next = hub->viewers;
    hub->viewers = viewer;
    recipient_watch(&viewer->to);
    begin_answer(viewer);
    hub->stirred = true; /* how the feeds stand, and what they have kept */
}

/* So that neither end takes silence for the end. */
static void ping(struct viewer *viewer, int64_t now_ms)
{
    if (now_ms - viewer->wrote_ms < PING_MS || recipient_is_full(&viewer->to))
        return;
    buf_add_str(&viewer->out, STR(": still here\n\n"));
    flush(viewer);
}

void viewer_run(struct viewer *viewer, int64_t now_ms)
{
    for (size_t i = 0; i < viewer->count; i++)
        event_list_run(&viewer->subscriptions[i].list, now_ms);
    ping(viewer, now_ms);
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

struct viewer *viewer_new(const struct request *request, const struct events_kind *kinds, size_t count)
{
    struct viewer *viewer = calloc(1, sizeof(*viewer));

    if (!viewer)
        return NULL;
    recipient_init(&viewer->to, request);
    buf_init(&viewer->out, OUT_MAX);
    str_copy(viewer->cluster, sizeof(viewer->cluster), request->cluster->id);
    viewer->wrote_ms = clock_monotonic_ms();
    viewer->arena = arena_new_of(MIB(1), KIB(4));
    if (viewer->arena)
        viewer->subscriptions = arena_alloc(viewer->arena, count * sizeof(*viewer->subscriptions));
    if (viewer->subscriptions && subscribe(viewer, kinds, count) == 0)
        return viewer;
    viewer_free(viewer);
    return NULL;
}
