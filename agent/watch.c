#include "agent/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/record.h"
#include "base/backoff.h"
#include "base/encode.h"
#include "base/log.h"

#define LIST_PATH "/apis/batch/v1/jobs"
#define LIST_TIMEOUT_MS 60000
#define WATCH_SECONDS_MIN 240 /* the API server ends a watch by itself; we say when, so that not all end at once */
#define WATCH_SECONDS_MAX 360
#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 60000
#define SHORT_US 5000000 /* a watch that ended sooner is counted as a failure */

struct watch *watch_new(struct agent *agent, struct http_multi *multi, struct str id)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (!watch)
        return NULL;
    watch->agent = agent;
    watch->multi = multi;
    snprintf(watch->id, sizeof(watch->id), "%.*s", STR_FMT(id));
    return watch;
}

/* Whatever was on its way is not any more. */
static void watch_reset(struct watch *watch)
{
    if (watch->exchange)
        http_exchange_drop(watch->exchange);
    watch->exchange = NULL;
    opening_free(watch->opening);
    watch->opening = NULL;
    kube_items_free(&watch->items);
    kube_watch_free(&watch->events);
    watch->step = WATCH_WAITING;
}

void watch_free(struct watch *watch)
{
    watch_reset(watch);
    free(watch);
}

static void pause_watch(struct watch *watch, int64_t ms)
{
    watch_reset(watch);
    watch->due_ms = clock_monotonic_ms() + ms;
}

static void fail(struct watch *watch, const struct err *err)
{
    int64_t ms = backoff_ms(++watch->failures, PAUSE_MIN_MS, PAUSE_MAX_MS);

    log_warning("the jobs of a cluster can not be watched; trying again", LOG_TEXT("cluster", watch->id),
                LOG_TEXT("error", err->message), LOG_INT("status", watch->status), LOG_INT("again_in_ms", ms));
    pause_watch(watch, ms);
}

/* Nothing is the cluster's fault. */
static void fail_store(struct watch *watch, const struct err *err)
{
    log_warning("what becomes of jobs can not be recorded; trying again", LOG_TEXT("cluster", watch->id),
                LOG_TEXT("error", err->message));
    pause_watch(watch, backoff_between(PAUSE_MIN_MS / 2, PAUSE_MIN_MS));
}

static void on_done(void *arg, const struct http_reply *reply);

static void start_call(struct watch *watch, const char *path, long timeout_ms)
{
    struct arena *arena = watch->opening->arena;
    const struct kube_request request = {
        .method = "GET",
        .path = str_from(path),
        .headers = kube_own_headers(arena, KUBE_ACCEPT_JSON, "eksgate-agent"),
        .timeout_ms = timeout_ms,
    };
    struct http_call call;
    struct err err;

    watch->status = 0;
    watch->is_expired = watch->is_store_fault = false;
    watch->why[0] = '\0';
    if (!path || !request.headers) {
        err_set(&err, ERR_INTERNAL, "there is no memory for the request");
        fail(watch, &err);
        return;
    }
    if (kube_prepare_call(arena, &watch->opening->target, &request, &call, &err) < 0) {
        fail(watch, &err);
        return;
    }
    call.sink = &watch->sink;
    watch->asked_us = clock_monotonic_us();
    watch->exchange = http_multi_start(watch->multi, &call, on_done, watch);
    if (watch->exchange)
        return;
    err_set(&err, ERR_INTERNAL, "there is no memory for the request");
    fail(watch, &err);
}

/* What the sinks of both kinds of call begin with: only what is 200 is read. */
static bool takes_answer(struct watch *watch, const struct http_head *head)
{
    watch->status = head->status;
    kube_count_answer(head->status, watch->asked_us);
    if (head->status != 200)
        return false;
    memory_mark_up(watch->agent->memory, str_from(watch->id));
    watch->was_refused = watch->was_untrusted = false;
    return true;
}

static int stop(struct watch *watch, const char *why)
{
    snprintf(watch->why, sizeof(watch->why), "%s", why);
    return -1;
}

static int stop_store(struct watch *watch, const struct err *err)
{
    watch->is_store_fault = true;
    return stop(watch, err->message);
}

static void set_version(struct watch *watch, const char *version)
{
    if (version)
        snprintf(watch->version, sizeof(watch->version), "%s", version);
}

static int record_listed(struct watch *watch, const cJSON *object)
{
    const struct record_place place = {
        .cluster = str_from(watch->id), .announce_from = watch->announce_from, .met = watch->met};
    struct err err;
    int rc = record_job(watch->agent, &place, object, RECORD_LISTED, &err);

    if (rc < 0)
        return stop_store(watch, &err);
    watch->met += rc;
    return 0;
}

static int record_event(struct watch *watch, const cJSON *object, enum record_how how)
{
    const struct record_place place = {.cluster = str_from(watch->id), .version = str_from(watch->version)};
    struct err err;
    int rc = record_job(watch->agent, &place, object, how, &err);

    if (rc < 0)
        return stop_store(watch, &err);
    if (rc > 0)
        set_version(watch, kube_resource_version(object));
    return 0;
}

static int record_bookmark(struct watch *watch, const cJSON *object)
{
    const char *version = kube_resource_version(object);
    enum job_recorded recorded;
    struct err err;

    if (!version)
        return 0;
    if (job_watch_write(watch->agent->redis, watch->agent->holder, str_from(watch->id), str_from(watch->version),
                        str_from(version), &recorded, &err) < 0 ||
        record_check(watch->agent, recorded, &err) < 0)
        return stop_store(watch, &err);
    set_version(watch, version);
    return 0;
}

static int on_list_head(void *arg, const struct http_head *head)
{
    return takes_answer(arg, head) ? 0 : -1;
}

static int on_item(void *arg, struct str item)
{
    struct watch *watch = arg;
    const char *why;
    cJSON *object = json_tree(item, LIMIT_JSON_DEPTH, &why);
    int rc = object ? record_listed(watch, object) : 0;

    cJSON_Delete(object);
    return rc;
}

static int on_list_body(void *arg, const char *data, size_t len)
{
    struct watch *watch = arg;

    return kube_items_feed(&watch->items, data, len);
}

static void list_page(struct watch *watch, const char *token)
{
    struct arena *arena = watch->opening->arena;
    struct buf encoded;
    const char *path;

    buf_init(&encoded, KIB(16));
    encode_percent(&encoded, str_from(token));
    path = *token ? arena_printf(arena, LIST_PATH "?limit=%d&continue=%s", LIST_PAGE, encoded.ptr ? encoded.ptr : "")
                  : arena_printf(arena, LIST_PATH "?limit=%d", LIST_PAGE);
    buf_free(&encoded);
    watch->step = WATCH_LISTING;
    watch->items = (struct kube_items){.array = "items", .on_item = on_item, .arg = watch};
    watch->sink = (struct http_sink){.on_head = on_list_head, .on_body = on_list_body, .arg = watch};
    kube_items_init(&watch->items);
    start_call(watch, path, LIST_TIMEOUT_MS);
}

static int on_event(void *arg, enum kube_event event, const cJSON *object)
{
    struct watch *watch = arg;
    const cJSON *code = json_find(object, "code");
    const char *message = json_find_text(object, "message");

    if (event == KUBE_ERROR) {
        watch->is_expired = cJSON_IsNumber(code) && code->valueint == 410;
        return stop(watch, message ? message : "the watch ended with an error");
    }
    watch->failures = 0;
    if (event == KUBE_BOOKMARK)
        return record_bookmark(watch, object);
    return record_event(watch, object, event == KUBE_DELETED ? RECORD_DELETED : RECORD_CHANGED);
}

/* The call is under way: what it was made with, a token and credentials among it, is not needed for hours more. */
static int on_watch_head(void *arg, const struct http_head *head)
{
    struct watch *watch = arg;

    if (!takes_answer(watch, head))
        return -1;
    opening_free(watch->opening);
    watch->opening = NULL;
    return 0;
}

static int on_watch_body(void *arg, const char *data, size_t len)
{
    struct watch *watch = arg;

    return kube_watch_feed(&watch->events, data, len);
}

static void start_watch(struct watch *watch)
{
    int seconds = (int)backoff_between(WATCH_SECONDS_MIN, WATCH_SECONDS_MAX);
    const char *path = arena_printf(
        watch->opening->arena, LIST_PATH "?watch=true&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d",
        watch->version, seconds);

    watch->step = WATCH_WATCHING;
    watch->events = (struct kube_watch){.on_event = on_event, .arg = watch};
    watch->sink = (struct http_sink){.on_head = on_watch_head, .on_body = on_watch_body, .arg = watch};
    kube_watch_init(&watch->events);
    log_debug("watching jobs", LOG_TEXT("cluster", watch->id), LOG_TEXT("version", watch->version));
    start_call(watch, path, (seconds + 30) * 1000L);
}

static void begin_list(struct watch *watch)
{
    struct err err;

    /* Of a cluster that was never listed whole, what is older than its connection is no news. */
    watch->announce_from = *watch->version ? 0 : watch->opening->connected_at;
    watch->met = 0;
    if (job_list_begin(watch->agent->redis, str_from(watch->id), &err) < 0)
        fail_store(watch, &err);
    else
        list_page(watch, "");
}

static void list_ends(struct watch *watch, const cJSON *envelope)
{
    const char *token = json_find_text(envelope, "metadata.continue");
    const char *version = kube_resource_version(envelope);
    enum job_recorded recorded;
    struct err err;

    kube_items_free(&watch->items);
    if (token && *token) {
        list_page(watch, token);
        return;
    }
    if (!version) {
        err_set(&err, ERR_UPSTREAM_BROKEN, "the list of jobs says no resourceVersion");
        fail(watch, &err);
        return;
    }
    if (job_list_end(watch->agent->redis, watch->agent->holder, str_from(watch->id), watch->met, str_from(version),
                     &recorded, &err) < 0 ||
        record_check(watch->agent, recorded, &err) < 0) {
        fail_store(watch, &err);
        return;
    }
    log_info("the jobs of a cluster were listed and are watched", LOG_TEXT("cluster", watch->id),
             LOG_TEXT("version", version));
    watch->agent->has_deliveries = true;
    watch->must_list = false;
    set_version(watch, version);
    start_watch(watch);
}

/* A whole answer with status 200. */
static void answer_ends(struct watch *watch)
{
    cJSON *envelope;
    struct err err;

    if (watch->step == WATCH_WATCHING) {
        if (clock_monotonic_us() - watch->asked_us < SHORT_US)
            watch->failures++;
        else
            watch->failures = 0;
        pause_watch(watch, watch->failures ? backoff_ms(watch->failures, PAUSE_MIN_MS, PAUSE_MAX_MS) : 0);
        return;
    }
    envelope = kube_items_finish(&watch->items);
    if (envelope) {
        list_ends(watch, envelope);
        cJSON_Delete(envelope);
        return;
    }
    err_set(&err, ERR_UPSTREAM_BROKEN, "the list of jobs can not be read: %s", watch->items.fault);
    fail(watch, &err);
}

/* The version that was watched from, or the continued list, is older than what the cluster still knows. */
static void expire(struct watch *watch)
{
    log_info("the cluster does not know what became of jobs since: listing them", LOG_TEXT("cluster", watch->id),
             LOG_TEXT("version", watch->version));
    watch->must_list = true;
    watch->failures++;
    pause_watch(watch, watch->failures > 1 ? backoff_ms(watch->failures, PAUSE_MIN_MS, PAUSE_MAX_MS) : 0);
}

static void explain(struct watch *watch, const struct http_reply *reply, struct err *err)
{
    const struct kube_target target = {.cluster_id = watch->id,
                                       .endpoint = watch->opening ? watch->opening->target.endpoint : ""};
    const char *fault = watch->step == WATCH_LISTING ? watch->items.fault : watch->events.fault;

    if (watch->status != 0 && watch->status != 200)
        err_set(err, watch->status == 401 ? ERR_UPSTREAM_REFUSED : ERR_UPSTREAM_BROKEN, "the cluster answered %d",
                watch->status);
    else if (*watch->why)
        err_set(err, ERR_UPSTREAM_BROKEN, "%s", watch->why);
    else if (fault)
        err_set(err, ERR_UPSTREAM_BROKEN, "the cluster's answer can not be read: %s", fault);
    else
        kube_transport_error(&target, reply, err);
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct watch *watch = arg;
    struct worker worker = {.memory = watch->agent->memory};
    const struct cluster cluster = {.id = str_from(watch->id)};
    struct err err;

    watch->exchange = NULL;
    if (watch->status == 0)
        kube_count_failure(reply->result);
    if (reply->result == HTTP_OK && watch->status == 200) {
        answer_ends(watch);
        return;
    }
    if (watch->status == 410 || watch->is_expired) {
        expire(watch);
        return;
    }
    explain(watch, reply, &err);
    if (watch->is_store_fault) {
        fail_store(watch, &err);
        return;
    }
    watch->was_refused = watch->status == 401;
    watch->was_untrusted = reply->result == HTTP_TLS;
    if (watch->status == 0)
        cluster_note_failure(&worker, &cluster, &err);
    fail(watch, &err);
}

static void on_open(void *arg, struct opening *opening)
{
    struct watch *watch = arg;
    const char *version;
    struct err err;

    watch->step = WATCH_WAITING;
    watch->status = 0;
    if (opening->rc < 0) {
        fail(watch, &opening->err);
        return;
    }
    if (job_watch_read(watch->agent->redis, watch->agent->arena, str_from(watch->id), &version, &err) < 0) {
        fail_store(watch, &err);
        return;
    }
    set_version(watch, version);
    if (watch->must_list || *version == '\0')
        begin_list(watch);
    else
        start_watch(watch);
}

int64_t watch_run(struct watch *watch, int64_t now_ms)
{
    struct err err;

    if (watch->step != WATCH_WAITING)
        return INT64_MAX;
    if (now_ms < watch->due_ms)
        return watch->due_ms;
    watch->opening = openers_order(watch->agent->openers, str_from(watch->id), watch->was_refused, watch->was_untrusted,
                                   on_open, watch);
    if (watch->opening) {
        watch->step = WATCH_OPENING;
        return INT64_MAX;
    }
    err_set(&err, ERR_INTERNAL, "there is no memory for the cluster");
    fail(watch, &err);
    return watch->due_ms;
}
