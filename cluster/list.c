#include "cluster/list.h"

#include "base/encode.h"
#include "base/limits.h"
#include "kube/items.h"

#define PAGE_TIMEOUT_MS 65000

struct page {
    struct list *list;
    struct kube_items items;
    struct err *err;
};

static int on_head(void *arg, const cJSON *head)
{
    const struct list *list = ((struct page *)arg)->list;

    return list->on_head ? list->on_head(list->arg, head) : 0;
}

static int on_item(void *arg, struct str text)
{
    struct page *page = arg;
    const char *why;
    cJSON *item = json_tree(text, LIMIT_JSON_DEPTH, &why);
    int rc;

    if (!item)
        return err_set(page->err, ERR_UPSTREAM_BROKEN, "the cluster sent an item that can not be read: %s", why);
    rc = page->list->on_item(page->list->arg, item);
    cJSON_Delete(item);
    return rc;
}

static int on_http_head(void *arg, const struct http_head *head)
{
    (void)arg;
    (void)head;
    return 0;
}

static int on_http_body(void *arg, const char *data, size_t len)
{
    return kube_items_feed(&((struct page *)arg)->items, data, len);
}

static bool is_gone(void *arg)
{
    const struct list *list = ((struct page *)arg)->list;

    return list->is_gone && list->is_gone(list->arg);
}

static const char *page_path(struct arena *arena, const struct list *list, long limit)
{
    struct buf path;
    const char *text;

    buf_init(&path, LIMIT_URI);
    buf_printf(&path, "%s&limit=%ld", list->path, limit);
    if (list->token && *list->token) {
        buf_add_str(&path, STR("&continue="));
        encode_percent(&path, str_from(list->token));
    }
    text = path.failed ? NULL : arena_strndup(arena, path.ptr, path.len);
    buf_free(&path);
    return text;
}

/* What stands around the items: where the next page begins and how many are left. */
static int take_envelope(struct page *page, struct arena *arena)
{
    struct list *list = page->list;
    cJSON *envelope = kube_items_finish(&page->items);
    const char *token = json_find_text(envelope, "metadata.continue");
    const char *version = json_find_text(envelope, "metadata.resourceVersion");
    const cJSON *left = json_find(envelope, "metadata.remainingItemCount");
    int rc = -1;

    if (!envelope)
        return -1;
    /* An empty list may come as null instead of an array. */
    if (!page->items.found && on_head(page, envelope) < 0)
        goto out;
    list->token = arena_strdup(arena, token ? token : "");
    list->version = arena_strdup(arena, version ? version : "");
    list->remaining = cJSON_IsNumber(left) ? (int64_t)left->valuedouble : *list->token ? -1 : 0;
    rc = list->token && list->version ? 0 : err_set(page->err, ERR_INTERNAL, "there is no memory for the list");
out:
    cJSON_Delete(envelope);
    return rc;
}

int cluster_list_page(struct worker *worker, struct cluster *cluster, struct list *list, long limit, struct err *err)
{
    struct page page = {.list = list, .err = err};
    const struct http_sink sink = {on_http_head, on_http_body, is_gone, &page};
    const char *path = page_path(worker->arena, list, limit);
    const struct kube_request request = {
        .method = "GET",
        .path = str_from(path),
        .headers = kube_own_headers(worker->arena, list->accept, worker->request_id),
        .timeout_ms = list->timeout_ms > 0 ? list->timeout_ms : PAGE_TIMEOUT_MS,
        .sink = &sink,
    };
    struct http_reply reply = {0};
    struct err failed = {0};
    int rc = -1;

    err_clear(err);
    if (!path)
        return err_set(err, ERR_BAD_REQUEST, "the selectors are too long");
    if (!request.headers)
        return err_set(err, ERR_INTERNAL, "there is no memory for the list");
    page.items = (struct kube_items){
        .array = list->array, .other_array = list->other_array, .on_head = on_head, .on_item = on_item, .arg = &page};
    kube_items_init(&page.items);
    if (cluster_call(worker, cluster, &request, &reply, &failed) == 0)
        rc = take_envelope(&page, worker->arena);
    list->status = reply.head.status;
    if (rc < 0 && page.items.fault)
        err_set(err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\": its list can not be read: %s",
                STR_FMT(cluster->id), page.items.fault);
    else if (rc < 0 && err->kind == ERR_NONE)
        *err = failed;
    kube_items_free(&page.items);
    return rc;
}

int cluster_list_all(struct worker *worker, struct cluster *cluster, struct list *list, long within_ms, struct err *err)
{
    int64_t end_ms = clock_monotonic_ms() + within_ms;

    do {
        int64_t left_ms = end_ms - clock_monotonic_ms();

        list->timeout_ms = left_ms > 1 ? left_ms : 1;
        if (cluster_list_page(worker, cluster, list, LIST_PAGE, err) < 0)
            return -1;
    } while (*list->token);
    return 0;
}
