#include "fcgi/event_list.h"

#include <stdio.h>
#include <string.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/encode.h"

#define PAGE 500
#define PAGE_TIMEOUT_MS 65000
#define ROWS_TOGETHER KIB(32)
#define PAUSE_MS 1000
#define PAUSE_MAX_MS 30000
#define REFUSED_MS 60000

static void free_page(struct event_list *list)
{
    kube_items_free(&list->items);
    buf_free(&list->rows);
    buf_free(&list->columns);
}

void event_list_stop(struct event_list *list)
{
    if (list->exchange)
        http_exchange_drop(list->exchange);
    list->exchange = NULL;
    opening_free(list->opening);
    list->opening = NULL;
    free_page(list);
    list->paused = false;
    list->step = LIST_IDLE;
}

void event_list_start(struct event_list *list)
{
    event_list_stop(list);
    list->step = LIST_WAITING;
    list->due_ms = 0;
}

static void fail(struct event_list *list, const struct err *err)
{
    const struct err told = *err; /* it may be the opening's, which ends here */
    bool refused = list->status == 403 || list->status == 404 || list->status == 405;

    list->failures++;
    event_list_start(list);
    list->due_ms = clock_monotonic_ms() + (refused ? REFUSED_MS : backoff_ms(list->failures, PAUSE_MS, PAUSE_MAX_MS));
    list->sink->on_failed(list->sink->arg, refused, &told);
}

static void flush_rows(struct event_list *list)
{
    if (list->rows.len == 0)
        return;
    list->sink->on_rows(list->sink->arg, buf_str(&list->columns), buf_str(&list->rows));
    buf_reset(&list->rows);
}

/* The columns, told with each piece of rows, as the API server tells them with each event of a watch. */
static int on_columns(void *arg, const cJSON *head)
{
    struct event_list *list = arg;
    const cJSON *columns = json_find(head, "columnDefinitions");
    struct json j;

    buf_reset(&list->columns);
    json_init(&j, &list->columns);
    for (const cJSON *column = columns ? columns->child : NULL; column; column = column->next)
        json_value(&j, NULL, column);
    return list->columns.failed ? -1 : 0;
}

static int on_item(void *arg, struct str item)
{
    struct event_list *list = arg;

    if (list->rows.len > 0)
        buf_add_char(&list->rows, ',');
    if (buf_add_str(&list->rows, item) < 0)
        return -1;
    if (!list->brief && list->rows.len >= ROWS_TOGETHER && !list->sink->is_full(list->sink->arg))
        flush_rows(list);
    return 0;
}

static int on_head(void *arg, const struct http_head *head)
{
    struct event_list *list = arg;

    list->status = head->status;
    return head->status == 200 ? 0 : -1;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct event_list *list = arg;

    if (list->sink->is_full(list->sink->arg)) {
        list->paused = true;
        return HTTP_LATER;
    }
    return kube_items_feed(&list->items, data, len);
}

static void on_done(void *arg, const struct http_reply *reply);

static void read_page(struct event_list *list, const char *token)
{
    struct arena *arena = list->opening->arena;
    struct buf encoded;
    const char *path;
    struct err err;

    buf_init(&encoded, KIB(16));
    encode_percent(&encoded, str_from(token));
    path = *token ? arena_printf(arena, "%s&limit=%d&continue=%s", list->feed->path, PAGE, encoded.ptr)
                  : arena_printf(arena, "%s&limit=%d", list->feed->path, list->brief ? 1 : PAGE);
    buf_free(&encoded);
    list->status = 0;
    list->items = (struct kube_items){
        .array = "rows", .other_array = "items", .on_head = on_columns, .on_item = on_item, .arg = list};
    kube_items_init(&list->items);
    buf_init(&list->columns, LIMIT_KUBE_ENVELOPE);
    buf_init(&list->rows, LIMIT_KUBE_OBJECT + ROWS_TOGETHER);
    list->http = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = list};
    list->exchange =
        event_call(list->feed->hub, list->opening, path, PAGE_TIMEOUT_MS, false, &list->http, on_done, list, &err);
    if (!list->exchange)
        fail(list, &err);
}

/* A whole page. */
static void page_ends(struct event_list *list)
{
    cJSON *envelope = kube_items_finish(&list->items);
    const char *token = json_find_text(envelope, "metadata.continue");
    const char *version = json_find_text(envelope, "metadata.resourceVersion");
    struct err err;

    if (!envelope || !version || strlen(version) >= sizeof(list->version)) {
        err_set(&err, ERR_UPSTREAM_BROKEN, "the list of cluster \"%s\" can not be read", list->feed->cluster);
        cJSON_Delete(envelope);
        fail(list, &err);
        return;
    }
    if (!list->brief)
        flush_rows(list);
    free_page(list);
    snprintf(list->version, sizeof(list->version), "%s", version);
    if (token && *token && !list->brief) {
        read_page(list, token);
        cJSON_Delete(envelope);
        return;
    }
    cJSON_Delete(envelope);
    event_list_stop(list);
    list->failures = 0;
    list->sink->on_listed(list->sink->arg, list->version);
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct event_list *list = arg;
    struct err err;

    list->exchange = NULL;
    if (reply->result == HTTP_OK && list->status == 200) {
        page_ends(list);
        return;
    }
    if (list->status == 410) { /* the continued list is older than what the cluster still knows */
        event_list_start(list);
        return;
    }
    list->was_refused = list->status == 401;
    event_explain(list->feed->cluster, list->status, reply, &err);
    fail(list, &err);
}

static void on_open(void *arg, struct opening *opening)
{
    struct event_list *list = arg;

    list->step = LIST_READING;
    list->status = 0;
    if (opening->rc < 0)
        fail(list, &opening->err);
    else
        read_page(list, "");
}

void event_list_run(struct event_list *list, int64_t now_ms)
{
    if (list->step != LIST_WAITING || now_ms < list->due_ms)
        return;
    list->opening =
        openers_order(list->feed->hub->openers, str_from(list->feed->cluster), list->was_refused, false, on_open, list);
    if (list->opening)
        list->step = LIST_OPENING;
    else
        list->due_ms = now_ms + PAUSE_MAX_MS;
}

void event_list_resume(struct event_list *list)
{
    if (!list->paused)
        return;
    list->paused = false;
    if (list->exchange)
        http_exchange_resume(list->exchange);
}
