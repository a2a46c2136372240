#include "handlers/listing.h"

#include "base/encode.h"
#include "cluster/list.h"
#include "fcgi/response.h"

struct listing {
    struct request *request;
    void (*write)(struct json *j, const struct request *request, const cJSON *object);
    struct buf out;
    struct json j;
};

static int on_item(void *arg, const cJSON *object)
{
    struct listing *l = arg;

    json_object_open(&l->j, NULL);
    l->write(&l->j, l->request, object);
    json_object_close(&l->j);
    return response_stream(l->request, &l->out, false);
}

static bool is_gone(void *arg)
{
    return request_is_gone(((struct listing *)arg)->request);
}

static int send_list(struct listing *l, struct list *list)
{
    struct request *request = l->request;
    struct str limit_text = request_query(request, "limit");
    long limit = 0;

    if (limit_text.ptr)
        str_to_long(limit_text, 1, LIST_PAGE_MAX, &limit);
    json_object_open(&l->j, NULL);
    json_array_open(&l->j, "items");
    do {
        if (cluster_list_page(request->worker, request->cluster, list, limit ? limit : LIST_PAGE, &request->err) < 0)
            return -1;
    } while (limit == 0 && *list->token);
    json_array_close(&l->j);
    json_text(&l->j, "continue", list->token);
    if (list->remaining >= 0)
        json_int(&l->j, "remaining", list->remaining);
    else
        json_null(&l->j, "remaining");
    json_object_close(&l->j);
    buf_add_char(&l->out, '\n');
    return response_stream(request, &l->out, true);
}

int listing_answer(struct request *request, const char *path,
                   void (*write)(struct json *j, const struct request *request, const cJSON *object))
{
    struct listing l = {.request = request, .write = write};
    struct list list = {.accept = KUBE_ACCEPT_JSON,
                        .array = "items",
                        .on_item = on_item,
                        .is_gone = is_gone,
                        .arg = &l,
                        .token = request_query(request, "continue").ptr};
    struct buf text;
    int rc;

    buf_init(&text, LIMIT_URI);
    buf_printf(&text, "%s?labelSelector=", path);
    encode_percent(&text, request_query(request, "labelSelector"));
    list.path = text.failed ? NULL : arena_strndup(request->arena, text.ptr, text.len);
    buf_free(&text);
    if (!list.path)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    buf_init(&l.out, LIMIT_KUBE_OBJECT + MIB(1));
    json_init(&l.j, &l.out);
    rc = send_list(&l, &list);
    buf_free(&l.out);
    return rc;
}
