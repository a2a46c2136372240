#include "fcgi/event_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"
#include "kube/watch.h"

#define WATCH_SECONDS 600
#define PAUSE_MIN_MS 500
#define PAUSE_MAX_MS 30000
#define REFUSED_MS 60000 /* rights may be given, and kinds made */
#define GOOD_MS 5000     /* a watch that lasted so long was a good one */

static struct feed_event *slot(const struct event_feed *feed, uint64_t number)
{
    return &feed->events[number % FEED_EVENTS];
}

const struct feed_event *event_feed_at(const struct event_feed *feed, uint64_t number)
{
    return slot(feed, number);
}

static void drop_first(struct event_feed *feed)
{
    struct feed_event *event = slot(feed, feed->first++);

    memcpy(feed->from, event->version, sizeof(feed->from));
    feed->bytes -= event->text.len;
    buf_free(&event->text);
}

static void drop_all(struct event_feed *feed)
{
    while (feed->first < feed->end)
        drop_first(feed);
}

static bool is_number(const char *version)
{
    return *version && version[strspn(version, "0123456789")] == '\0';
}

/* Versions that are no numbers can not be compared: then nothing is known to have been missed, and what is kept is told
 * again, which changes nothing. */
static bool is_later(const char *version, const char *than)
{
    size_t a = strlen(version);
    size_t b = strlen(than);

    if (!is_number(version) || !is_number(than))
        return false;
    return a == b ? strcmp(version, than) > 0 : a > b;
}

bool event_feed_find(const struct event_feed *feed, const char *version, uint64_t *next)
{
    if (*feed->version == '\0' || is_later(feed->from, version))
        return false;
    *next = feed->first;
    while (*next < feed->end && is_number(version) && !is_later(slot(feed, *next)->version, version))
        ++*next;
    return true;
}

void event_feed_listed(struct event_feed *feed, const char *version)
{
    if (*feed->version)
        return;
    drop_all(feed);
    snprintf(feed->version, sizeof(feed->version), "%s", version);
    snprintf(feed->from, sizeof(feed->from), "%s", version);
    feed->due_ms = 0;
}

struct event_feed *event_feed_hold(struct event_hub *hub, const char *cluster, const char *path, struct str since)
{
    struct event_feed *feed;

    for (feed = hub->feeds; feed; feed = feed->next)
        if (strcmp(feed->cluster, cluster) == 0 && strcmp(feed->path, path) == 0) {
            feed->users++;
            return feed;
        }
    feed = calloc(1, sizeof(*feed));
    if (!feed)
        return NULL;
    feed->hub = hub;
    feed->users = 1;
    feed->path = strdup(path);
    feed->events = calloc(FEED_EVENTS, sizeof(*feed->events));
    snprintf(feed->cluster, sizeof(feed->cluster), "%s", cluster);
    snprintf(feed->version, sizeof(feed->version), "%.*s", STR_FMT(since));
    snprintf(feed->from, sizeof(feed->from), "%.*s", STR_FMT(since));
    buf_init(&feed->line, LIMIT_KUBE_OBJECT);
    if (!feed->path || !feed->events) {
        free(feed->path);
        free(feed->events);
        free(feed);
        return NULL;
    }
    feed->next = hub->feeds;
    hub->feeds = feed;
    return feed;
}

static void stop_call(struct event_feed *feed)
{
    if (feed->exchange)
        http_exchange_drop(feed->exchange);
    feed->exchange = NULL;
    opening_free(feed->opening);
    feed->opening = NULL;
    buf_free(&feed->line);
    buf_init(&feed->line, LIMIT_KUBE_OBJECT);
    feed->step = FEED_WAITING;
}

void event_feed_release(struct event_feed *feed)
{
    struct event_feed **link = &feed->hub->feeds;

    if (--feed->users > 0)
        return;
    while (*link != feed)
        link = &(*link)->next;
    *link = feed->next;
    stop_call(feed);
    drop_all(feed);
    buf_free(&feed->line);
    free(feed->events);
    free(feed->path);
    free(feed);
}

static void set_state(struct event_feed *feed, enum feed_state state)
{
    feed->state = state;
    feed->hub->stirred = true;
}

static void pause_for(struct event_feed *feed, int64_t ms)
{
    stop_call(feed);
    feed->due_ms = clock_monotonic_ms() + ms;
}

static void fail(struct event_feed *feed, const struct err *err)
{
    bool refused = feed->status == 403 || feed->status == 404 || feed->status == 405;

    feed->err = *err;
    set_state(feed, refused ? FEED_REFUSED : FEED_BROKEN);
    pause_for(feed, refused ? REFUSED_MS : backoff_ms(++feed->failures, PAUSE_MIN_MS, PAUSE_MAX_MS));
}

/* What was watched from is older than what the cluster still knows: whoever follows needs a new list. */
static void expire(struct event_feed *feed)
{
    drop_all(feed);
    feed->version[0] = feed->from[0] = '\0';
    set_state(feed, FEED_CONNECTING);
    pause_for(feed, 0);
}

struct http_exchange *event_call(struct event_hub *hub, struct opening *opening, const char *path, long timeout_ms,
                                 bool lasts, const struct http_sink *sink,
                                 void (*on_done)(void *arg, const struct http_reply *reply), void *arg, struct err *err)
{
    const struct kube_request request = {
        .method = "GET",
        .path = str_from(path),
        .headers = kube_own_headers(opening->arena, KUBE_ACCEPT_TABLE, "eksgate-events"),
        .timeout_ms = timeout_ms,
    };
    struct http_exchange *exchange = NULL;
    struct http_call call;

    if (path && request.headers && kube_prepare_call(opening->arena, &opening->target, &request, &call, err) == 0) {
        call.sink = sink;
        call.lasts = lasts;
        exchange = http_multi_start(hub->multi, &call, on_done, arg);
    }
    if (!exchange)
        err_set(err, ERR_INTERNAL, "there is no memory for the events");
    return exchange;
}

void event_explain(const char *cluster, int status, const struct http_reply *reply, struct err *err)
{
    const struct kube_target target = {.cluster_id = cluster, .endpoint = ""};

    err_clear(err);
    if (status == 403)
        err_set(err, ERR_FORBIDDEN, "cluster \"%s\" does not allow the connection's identity to read these", cluster);
    else if (status == 404 || status == 405)
        err_set(err, ERR_NOT_FOUND, "cluster \"%s\" does not serve these", cluster);
    else if (status != 0 && status != 200)
        err_set(err, ERR_UPSTREAM_BROKEN, "cluster \"%s\" answered %d", cluster, status);
    else
        kube_transport_error(&target, reply, err);
}

static const char *version_of(const cJSON *object)
{
    const cJSON *row = json_find(object, "rows");
    const char *version = NULL;

    if (cJSON_IsArray(row) && row->child)
        version = json_find_text(row->child, "object.metadata.resourceVersion");
    return version ? version : kube_resource_version(object);
}

static int keep(struct event_feed *feed, struct str text, const char *version)
{
    struct feed_event *event;

    if (feed->end - feed->first == FEED_EVENTS)
        drop_first(feed);
    event = slot(feed, feed->end);
    buf_init(&event->text, LIMIT_KUBE_OBJECT);
    if (buf_add_str(&event->text, text) < 0)
        return -1;
    snprintf(event->version, sizeof(event->version), "%s", version);
    snprintf(feed->version, sizeof(feed->version), "%s", version);
    feed->bytes += text.len;
    feed->end++;
    while (feed->bytes > FEED_BYTES)
        drop_first(feed);
    feed->hub->stirred = true;
    return 0;
}

static int on_line(void *arg, struct str text)
{
    struct event_feed *feed = arg;
    const char *why;
    cJSON *root = json_tree(text, LIMIT_JSON_DEPTH, &why);
    const char *type = json_find_text(root, "type");
    const cJSON *object = json_find(root, "object");
    const char *version = version_of(object);
    int rc = -1;

    if (type && strcmp(type, "ERROR") == 0)
        feed->expired = json_find_int(object, "code", 0) == 410 || json_find_int(object, "code", 0) == 504;
    else if (type && version && strlen(version) < EVENTS_VERSION_SIZE)
        rc = keep(feed, text, version);
    cJSON_Delete(root);
    return rc;
}

static int on_head(void *arg, const struct http_head *head)
{
    struct event_feed *feed = arg;

    feed->status = head->status;
    if (head->status != 200)
        return -1;
    memory_mark_up(feed->hub->worker.memory, str_from(feed->cluster));
    feed->was_refused = feed->was_untrusted = false;
    opening_free(feed->opening); /* what it was called with, a token too, is not needed for as long as it lasts */
    feed->opening = NULL;
    set_state(feed, FEED_LIVE);
    return 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct event_feed *feed = arg;

    return kube_lines_feed(&feed->line, data, len, on_line, feed);
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct event_feed *feed = arg;
    struct worker *worker = &feed->hub->worker;
    const struct cluster cluster = {.id = str_from(feed->cluster)};
    struct err err;

    feed->exchange = NULL;
    if (feed->expired || feed->status == 410 || feed->status == 400 || feed->status == 504) {
        expire(feed);
        return;
    }
    if (reply->result == HTTP_OK && feed->status == 200) {
        bool good = clock_monotonic_ms() - feed->started_ms >= GOOD_MS;

        feed->failures = good ? 0 : feed->failures;
        pause_for(feed, good ? 0 : backoff_ms(++feed->failures, PAUSE_MIN_MS, PAUSE_MAX_MS));
        return;
    }
    event_explain(feed->cluster, feed->status, reply, &err);
    feed->was_refused = feed->status == 401;
    feed->was_untrusted = reply->result == HTTP_TLS;
    if (feed->status == 0)
        cluster_note_failure(worker, &cluster, &err);
    fail(feed, &err);
}

static void on_open(void *arg, struct opening *opening)
{
    struct event_feed *feed = arg;
    struct err err;

    feed->step = FEED_WATCHING;
    feed->status = 0;
    feed->expired = false;
    feed->started_ms = clock_monotonic_ms();
    if (opening->rc < 0) {
        fail(feed, &opening->err);
        return;
    }
    feed->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = feed};
    feed->exchange = event_call(
        feed->hub, opening,
        arena_printf(opening->arena, "%s&watch=true&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=%s",
                     feed->path, WATCH_SECONDS, feed->version),
        (WATCH_SECONDS + 30) * 1000L, true, &feed->sink, on_done, feed, &err);
    if (!feed->exchange)
        fail(feed, &err);
}

void event_feed_run(struct event_feed *feed, int64_t now_ms)
{
    if (feed->step != FEED_WAITING || now_ms < feed->due_ms || *feed->version == '\0')
        return;
    feed->opening = openers_order(feed->hub->openers, str_from(feed->cluster), feed->was_refused, feed->was_untrusted,
                                  on_open, feed);
    if (feed->opening)
        feed->step = FEED_OPENING;
    else
        feed->due_ms = now_ms + PAUSE_MAX_MS;
}
