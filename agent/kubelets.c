#include "agent/kubelets.h"

#include <stdlib.h>
#include <string.h>

#include "agent/scrape.h"
#include "base/encode.h"
#include "kube/name.h"

#define AT_ONCE 8
#define NODES_MAX 300 /* above that it is too much to ask for each step: that is what the metrics API is for */
#define NODES_PATH "/api/v1/nodes"
#define NAMES_ONLY "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"

/* A kubelet that is asked, or the list of nodes. */
struct asked {
    struct kubelets *kubelets;
    struct http_exchange *exchange; /* NULL: this place is free */
    struct http_sink sink;
    const char *node;
    struct buf body;
    int status;
};

struct kubelets {
    struct scrape *scrape;
    struct kube_items items;
    const char *names[NODES_MAX];
    size_t count;
    size_t begun;
    size_t answered;
    size_t forbidden;
    bool too_many;
    struct asked asked[AT_ONCE];
};

void kubelets_free(struct kubelets *kubelets)
{
    for (size_t i = 0; i < AT_ONCE; i++) {
        if (kubelets->asked[i].exchange)
            http_exchange_drop(kubelets->asked[i].exchange);
        buf_free(&kubelets->asked[i].body);
    }
    kube_items_free(&kubelets->items);
    free(kubelets);
}

static int start_call(struct asked *asked, const char *path, const char *accept,
                      void (*on_done)(void *arg, const struct http_reply *reply))
{
    struct scrape *scrape = asked->kubelets->scrape;
    struct arena *arena = scrape->opening->arena;
    int64_t left_ms = scrape->deadline_ms - clock_monotonic_ms();
    const struct kube_request request = {.method = "GET",
                                         .path = str_from(path),
                                         .headers = kube_own_headers(arena, accept, "eksgate-agent"),
                                         .timeout_ms = left_ms > 1 ? left_ms : 1};
    struct http_call call;
    struct err err;

    asked->status = 0;
    if (!path || !request.headers || kube_prepare_call(arena, &scrape->opening->target, &request, &call, &err) < 0)
        return -1;
    call.sink = &asked->sink;
    asked->exchange = http_multi_start(scrape->multi, &call, on_done, asked);
    return asked->exchange ? 0 : -1;
}

static int on_head(void *arg, const struct http_head *head)
{
    struct asked *asked = arg;

    asked->status = head->status;
    return head->status == 200 ? 0 : -1;
}

static int on_body(void *arg, const char *data, size_t len)
{
    return buf_add(&((struct asked *)arg)->body, data, len);
}

/* Every kubelet has answered, or will not. */
static void end(struct kubelets *kubelets)
{
    struct scrape *scrape = kubelets->scrape;
    struct err err;

    if (kubelets->answered > 0) {
        if (kubelets->answered < kubelets->count)
            snprintf(scrape->why, sizeof(scrape->why), "%zu of %zu kubelets did not answer",
                     kubelets->count - kubelets->answered, kubelets->count);
        scrape_end(scrape, "kubelets");
    } else if (kubelets->too_many) {
        err_set(&err, ERR_NOT_FOUND, "the cluster has no metrics API, and more nodes than kubelets are asked: %d",
                NODES_MAX);
        scrape_fail(scrape, "absent", &err);
    } else if (kubelets->forbidden > 0) {
        err_set(&err, ERR_FORBIDDEN, "the cluster has no metrics API, and the identity may not get nodes/proxy");
        scrape_fail(scrape, "forbidden", &err);
    } else {
        err_set(&err, ERR_NOT_FOUND, "the cluster has no metrics API, and no kubelet tells its usage");
        scrape_fail(scrape, "absent", &err);
    }
}

static bool ask_more(struct kubelets *kubelets);

static void read_summary(struct asked *asked)
{
    struct kubelets *kubelets = asked->kubelets;
    const struct usage_sink sink = scrape_sink(kubelets->scrape);
    const char *why;
    cJSON *summary = json_tree(buf_str(&asked->body), LIMIT_JSON_DEPTH, &why);

    if (summary && usage_read_summary(summary, asked->node, &sink) == 0)
        kubelets->answered++;
    cJSON_Delete(summary);
}

static void on_summary(void *arg, const struct http_reply *reply)
{
    struct asked *asked = arg;
    struct kubelets *kubelets = asked->kubelets;

    asked->exchange = NULL;
    if (reply->result == HTTP_OK && asked->status == 200)
        read_summary(asked);
    else if (asked->status == 403)
        kubelets->forbidden++;
    buf_reset(&asked->body);
    if (!ask_more(kubelets))
        end(kubelets);
}

static bool ask(struct asked *asked, const char *node)
{
    asked->node = node;
    buf_free(&asked->body);
    buf_init(&asked->body, LIMIT_KUBE_OBJECT);
    asked->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = asked};
    return start_call(asked,
                      arena_printf(asked->kubelets->scrape->opening->arena,
                                   NODES_PATH "/%s/proxy/stats/summary?only_cpu_and_memory=true", node),
                      KUBE_ACCEPT_JSON, on_summary) == 0;
}

/* Whether any is asked, or still is. */
static bool ask_more(struct kubelets *kubelets)
{
    bool any = false;

    for (size_t i = 0; i < AT_ONCE; i++) {
        struct asked *asked = &kubelets->asked[i];

        while (!asked->exchange && kubelets->begun < kubelets->count)
            ask(asked, kubelets->names[kubelets->begun++]);
        any = any || asked->exchange;
    }
    return any;
}

static int on_item(void *arg, struct str item)
{
    struct kubelets *kubelets = arg;
    const char *why;
    cJSON *object = json_tree(item, LIMIT_JSON_DEPTH, &why);
    const char *name = json_find_text(object, "metadata.name");
    int rc = 0;

    if (kubelets->count == NODES_MAX) {
        kubelets->too_many = true;
        rc = -1;
    } else if (name && !name_check_subdomain(str_from(name))) {
        kubelets->names[kubelets->count] = arena_strdup(kubelets->scrape->arena, name);
        rc = kubelets->names[kubelets->count] ? 0 : -1;
        kubelets->count += rc == 0;
    }
    cJSON_Delete(object);
    return rc;
}

static int on_list_body(void *arg, const char *data, size_t len)
{
    return kube_items_feed(&((struct asked *)arg)->kubelets->items, data, len);
}

static void on_list(void *arg, const struct http_reply *reply)
{
    struct asked *asked = arg;
    struct kubelets *kubelets = asked->kubelets;
    cJSON *envelope = NULL;
    struct err err;

    asked->exchange = NULL;
    if (reply->result == HTTP_OK && asked->status == 200)
        envelope = kube_items_finish(&kubelets->items);
    if (!envelope && !kubelets->too_many) {
        err_set(&err, ERR_UPSTREAM_BROKEN, "the cluster has no metrics API, and its nodes can not be listed: %s",
                asked->status == 403 ? "the identity may not" : "the answer can not be read");
        scrape_fail(kubelets->scrape, asked->status == 403 ? "forbidden" : "unavailable", &err);
    } else if (kubelets->too_many || !ask_more(kubelets)) {
        end(kubelets);
    }
    cJSON_Delete(envelope);
}

struct kubelets *kubelets_start(struct scrape *scrape)
{
    struct kubelets *kubelets = calloc(1, sizeof(*kubelets));
    struct asked *list;

    if (!kubelets)
        return NULL;
    kubelets->scrape = scrape;
    for (size_t i = 0; i < AT_ONCE; i++)
        kubelets->asked[i].kubelets = kubelets;
    kubelets->items = (struct kube_items){.array = "items", .on_item = on_item, .arg = kubelets};
    kube_items_init(&kubelets->items);
    list = &kubelets->asked[0];
    list->sink = (struct http_sink){.on_head = on_head, .on_body = on_list_body, .arg = list};
    if (start_call(list, NODES_PATH, NAMES_ONLY, on_list) == 0)
        return kubelets;
    kubelets_free(kubelets);
    return NULL;
}
