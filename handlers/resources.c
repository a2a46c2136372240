/*
 * What is in a cluster: the kinds it serves, and the objects of one kind. Lists are asked for page by page and
 * passed on element by element, so that their length does not matter to the worker's memory.
 */
#include "handlers/resources.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "cluster/discovery.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/rows.h"
#include "handlers/top.h"
#include "kube/items.h"

#define PAGE_TIMEOUT_MS 65000

/* clang-format off */
const struct field resource_fields[] = {
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = 253, .help = "only this namespace"},
    {.name = "labelSelector", .type = FIELD_TEXT, .max = 4096, .help = "as for kubectl -l"},
    {.name = "fieldSelector", .type = FIELD_TEXT, .max = 4096, .help = "as for kubectl --field-selector"},
    {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = LIST_PAGE_MAX, .help = "at most so many, and a continue token"},
    {.name = "continue", .type = FIELD_TEXT, .min = 1, .max = 8192, .help = "where the page before ended"},
    {.name = "sort", .type = FIELD_TEXT, .min = 1, .max = 64, .help = "a field or column in lower case, - before it for descending; pages of up to 1000"},
    {.name = "format", .type = FIELD_CHOICE, .choices = "items|table", .help = "table: the API's own columns (always for types without fixed fields)"},
    {.name = NULL},
};
/* clang-format on */

/* clang-format off */
static const struct field kind_shape[] = {
    {.name = "type", .help = "what paths and -o name call it; with its group where the plural alone is not enough", .example = "deployments"},
    {.name = "plural", .example = "deployments"},
    {.name = "group", .example = "apps"},
    {.name = "version", .example = "v1"},
    {.name = "kind", .example = "Deployment"},
    {.name = "namespaced", .type = FIELD_BOOLEAN, .example = "true"},
    {.name = "verbs", .type = FIELD_TEXT_LIST, .example = "[\"get\",\"list\",\"watch\",\"delete\"]"},
    {.name = "shortNames", .type = FIELD_TEXT_LIST, .example = "[\"deploy\"]"},
    {.name = NULL},
};

static const struct field kinds_shape[] = {
    {.name = "resources", .type = FIELD_OBJECT_LIST, .children = kind_shape},
    {.name = NULL},
};

static const struct field items_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .help = "pods: name, namespace, status, containers, node, creation_time; deployments, services, nodes likewise", .example = "[{\"name\":\"web-0\",\"namespace\":\"default\",\"status\":\"Running\",\"containers\":[\"web\"],\"node\":\"ip-10-0-1-7\",\"creation_time\":\"2026-11-20T08:00:00Z\"}]"},
    {.name = "continue", .help = "goes into the parameter of that name for the next page; empty at the end", .example = ""},
    {.name = "remaining", .type = FIELD_INTEGER, .help = "how many are left", .example = "0"},
    {.name = NULL},
};

static const struct field row_shape[] = {
    {.name = "cells", .type = FIELD_ANY, .help = "one for each column", .example = "[\"web\",\"1/1\"]"},
    {.name = "name", .example = "web"},
    {.name = "namespace", .nullable = true, .example = "default"},
    {.name = "uid", .nullable = true, .example = "7c0cf3e9-6c1c-4d86-a8d0-5d3c4a0e5b7a"},
    {.name = "creation_time", .nullable = true, .example = "2026-11-20T08:00:00Z"},
    {.name = NULL},
};

static const struct field column_shape[] = {
    {.name = "name", .example = "Ready"},
    {.name = "type", .example = "string"},
    {.name = "format", .example = ""},
    {.name = "description", .example = "how many are ready"},
    {.name = "priority", .type = FIELD_INTEGER, .example = "0"},
    {.name = NULL},
};

static const struct field table_shape[] = {
    {.name = "columns", .type = FIELD_OBJECT_LIST, .children = column_shape},
    {.name = "rows", .type = FIELD_OBJECT_LIST, .children = row_shape},
    {.name = "continue", .example = ""},
    {.name = "remaining", .type = FIELD_INTEGER, .example = "0"},
    {.name = "resource_version", .optional = true, .help = "where a watch goes on from", .example = "4711"},
    {.name = NULL},
};

const struct answer kinds_answers[] = {
    {200, "the kinds", kinds_shape},
    {0},
};

const struct answer list_answers[] = {
    {200, "pods, deployments, services and nodes", items_shape},
    {200, "other kinds, and with format=table", table_shape},
    {0},
};
/* clang-format on */

static int on_kind(void *arg, const struct kube_resource *r)
{
    struct json *j = arg;
    struct buf type;

    buf_init(&type, 512);
    buf_printf(&type, "%s%s%s", r->plural, *r->group ? "." : "", r->group);
    json_object_open(j, NULL);
    json_str(j, "type", buf_str(&type));
    json_text(j, "plural", r->plural);
    json_text(j, "group", r->group);
    json_text(j, "version", r->version);
    json_text(j, "kind", r->kind);
    json_bool(j, "namespaced", r->namespaced);
    json_value(j, "verbs", r->verbs);
    json_array_open(j, "shortNames");
    for (const cJSON *name = r->short_names ? r->short_names->child : NULL; name; name = name->next)
        json_value(j, NULL, name);
    json_array_close(j);
    json_object_close(j);
    buf_free(&type);
    return 0;
}

int resources_kinds(struct request *request)
{
    struct buf body;
    struct json j;

    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, "resources");
    if (cluster_discover(request->worker, request->cluster, on_kind, &j, &request->err) < 0) {
        buf_free(&body);
        return -1;
    }
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* One list on its way from the cluster to the client. */
struct listing {
    struct request *request;
    struct resource_location location;
    struct row_format format;
    struct kube_items items;
    struct buf out;
    struct json j;
    bool opened;     /* the answer has begun in .out */
    struct str sort; /* empty: as the API server orders */
    bool descending;
    struct top top;
    const char *token; /* the API server's continue token for the next page; "" at the end */
    int64_t remaining;
    const char *version; /* where a watch goes on from what was read */
};

static void open_answer(struct listing *l)
{
    l->opened = true;
    json_object_open(&l->j, NULL);
    if (!l->format.fields)
        row_format_write_columns(&l->format, &l->j);
    json_array_open(&l->j, l->format.fields ? "items" : "rows");
}

static int on_list_head(void *arg, const cJSON *head)
{
    struct listing *l = arg;

    if (row_format_begin(&l->format, head) < 0)
        return err_set(&l->request->err, ERR_UPSTREAM_BROKEN, "the cluster's Table has no columns");
    if (l->sort.len > 0 && !row_can_sort(&l->format, l->sort)) {
        err_field(&l->request->err, "sort", CAUSE_NOT_SUPPORTED, "is no field or column of this list");
        l->request->err.kind = ERR_BAD_REQUEST;
        l->request->err.code = err_http_status(ERR_BAD_REQUEST);
        return -1;
    }
    if (!l->opened && l->sort.len == 0)
        open_answer(l);
    return 0;
}

static int keep_sorted(struct listing *l, const cJSON *element)
{
    struct sort_key key = row_sort_key(&l->format, element, l->sort);
    struct buf identity;
    struct buf text;
    struct json j;
    int rc;

    buf_init(&identity, 1024);
    buf_init(&text, MIB(1));
    row_identity(&l->format, element, &identity);
    if (!identity.failed && top_wants(&l->top, &key, identity.ptr)) {
        json_init(&j, &text);
        row_write(&l->format, element, &j);
    }
    rc = identity.failed || text.failed ? -1 : top_add(&l->top, &key, identity.ptr, buf_str(&text));
    buf_free(&identity);
    buf_free(&text);
    return rc < 0 ? err_set(&l->request->err, ERR_INTERNAL, "there is no memory to sort the list") : 0;
}

static int on_element(void *arg, struct str text)
{
    struct listing *l = arg;
    const char *why;
    cJSON *element = json_tree(text, LIMIT_JSON_DEPTH, &why);
    int rc;

    if (!element)
        return err_set(&l->request->err, ERR_UPSTREAM_BROKEN, "the cluster sent an item that can not be read: %s", why);
    if (l->sort.len > 0) {
        rc = keep_sorted(l, element);
    } else {
        row_write(&l->format, element, &l->j);
        rc = response_stream(l->request, &l->out, false);
    }
    cJSON_Delete(element);
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
    return kube_items_feed(&((struct listing *)arg)->items, data, len);
}

static bool is_gone(void *arg)
{
    return request_is_gone(((struct listing *)arg)->request);
}

static void add_parameter(struct buf *path, const char *name, struct str value)
{
    if (!value.ptr || value.len == 0)
        return;
    buf_printf(path, "&%s=", name);
    encode_percent(path, value);
}

/* The path of one page; the text lives in the arena. */
static struct str page_path(struct listing *l, long limit)
{
    struct request *request = l->request;
    struct str space = request_query(request, "namespace");
    struct buf path;
    struct str out;

    buf_init(&path, LIMIT_URI);
    buf_printf(&path, "%s/", l->location.root);
    if (space.ptr && l->location.namespaced) {
        buf_printf(&path, "namespaces/");
        encode_percent(&path, space);
        buf_printf(&path, "/");
    }
    buf_printf(&path, "%s?limit=%ld&includeObject=%s", l->location.plural, limit,
               l->format.fields ? "Object" : "Metadata");
    add_parameter(&path, "labelSelector", request_query(request, "labelSelector"));
    add_parameter(&path, "fieldSelector", request_query(request, "fieldSelector"));
    add_parameter(&path, "continue", str_from(l->token));
    out = buf_str(&path);
    out.ptr = path.failed ? NULL : arena_strndup(request->arena, out.ptr, out.len);
    buf_free(&path);
    return out;
}

/* What stands around the items: where the next page begins and how many are left. */
static int take_envelope(struct listing *l)
{
    cJSON *envelope = kube_items_finish(&l->items);
    const char *token = json_find_text(envelope, "metadata.continue");
    const char *version = json_find_text(envelope, "metadata.resourceVersion");
    const cJSON *left = json_find(envelope, "metadata.remainingItemCount");

    if (!envelope)
        return -1;
    /* An empty list may come as null instead of an array. */
    if (!l->items.found && on_list_head(l, envelope) < 0) {
        cJSON_Delete(envelope);
        return -1;
    }
    l->token = arena_strdup(l->request->arena, token ? token : "");
    l->remaining = cJSON_IsNumber(left) ? (int64_t)left->valuedouble : 0;
    l->version = arena_strdup(l->request->arena, version ? version : "");
    cJSON_Delete(envelope);
    return l->token && l->version ? 0 : err_set(&l->request->err, ERR_INTERNAL, "there is no memory for the list");
}

static int fetch_page(struct listing *l, long limit)
{
    struct request *request = l->request;
    const struct http_sink sink = {on_http_head, on_http_body, is_gone, l};
    const struct kube_request page = {
        .method = "GET",
        .path = page_path(l, limit),
        .headers = kube_own_headers(request->arena, KUBE_ACCEPT_TABLE, request->id),
        .timeout_ms = PAGE_TIMEOUT_MS,
        .sink = &sink,
    };
    struct http_reply reply;
    struct err err = {0};
    int rc = -1;

    if (!page.path.ptr)
        return err_set(&request->err, ERR_BAD_REQUEST, "the selectors are too long");
    l->items = (struct kube_items){
        .array = "rows", .other_array = "items", .on_head = on_list_head, .on_item = on_element, .arg = l};
    kube_items_init(&l->items);
    if (cluster_call(request->worker, request->cluster, &page, &reply, &err) == 0)
        rc = take_envelope(l);
    if (rc < 0 && l->items.fault)
        err_set(&request->err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\": its list can not be read: %s",
                STR_FMT(request->cluster->id), l->items.fault);
    else if (rc < 0 && request->err.kind == ERR_NONE)
        request->err = err;
    kube_items_free(&l->items);
    return rc;
}

static int send_end(struct listing *l)
{
    json_array_close(&l->j);
    json_text(&l->j, "continue", l->token);
    json_int(&l->j, "remaining", l->remaining);
    if (!l->format.fields)
        json_text(&l->j, "resource_version", l->version);
    json_object_close(&l->j);
    buf_add_char(&l->out, '\n');
    return response_stream(l->request, &l->out, true);
}

static long wanted_limit(struct request *request)
{
    struct str text = request_query(request, "limit");
    long limit = 0;

    if (text.ptr)
        str_to_long(text, 1, LIST_PAGE_MAX, &limit);
    return limit;
}

/* One page when a limit is given, all of them otherwise. */
static int list_in_order(struct listing *l)
{
    long limit = wanted_limit(l->request);
    struct str token = request_query(l->request, "continue");

    l->token = token.ptr ? token.ptr : "";
    do {
        if (fetch_page(l, limit ? limit : LIST_PAGE) < 0)
            return -1;
    } while (limit == 0 && *l->token);
    return send_end(l);
}

static int send_sorted(struct listing *l)
{
    struct buf token;

    top_sort(&l->top);
    open_answer(l);
    for (size_t i = 0; i < l->top.count; i++) {
        json_raw(&l->j, NULL, str_from(l->top.rows[i]->json));
        if (response_stream(l->request, &l->out, false) < 0)
            return -1;
    }
    buf_init(&token, KIB(16));
    if (top_continue(&l->top, &token) < 0)
        return err_set(&l->request->err, ERR_INTERNAL, "there is no memory for the list");
    l->token = arena_strdup(l->request->arena, buf_str(&token).ptr);
    l->remaining = (int64_t)(l->top.seen - l->top.count);
    buf_free(&token);
    return l->token ? send_end(l) : err_set(&l->request->err, ERR_INTERNAL, "there is no memory for the list");
}

static int list_sorted(struct listing *l)
{
    long limit = wanted_limit(l->request);
    struct str token = request_query(l->request, "continue");

    if (top_init(&l->top, limit ? (size_t)limit : LIST_PAGE_MAX, l->descending) < 0)
        return err_set(&l->request->err, ERR_INTERNAL, "there is no memory to sort the list");
    if (token.ptr && top_begin_after(&l->top, token) < 0)
        return err_set(&l->request->err, ERR_BAD_REQUEST, "continue: is not a token of this sorted list");
    l->token = "";
    do {
        if (fetch_page(l, LIST_PAGE) < 0)
            return -1;
    } while (*l->token);
    return send_sorted(l);
}

static void take_sort(struct listing *l)
{
    struct str sort = request_query(l->request, "sort");

    l->descending = sort.ptr && str_starts_with(sort, STR("-"));
    l->sort = !sort.ptr ? STR("") : l->descending ? str_skip(sort, 1) : sort;
}

int resources_list(struct request *request)
{
    struct listing l = {.request = request};
    struct str type = request_segment(request, "type");
    struct str format = request_query(request, "format");
    int rc;

    if (!type.ptr || cluster_find_resource(request->worker, request->cluster, type, &l.location, &request->err) < 0)
        return -1;
    if (!format.ptr || !str_equal(format, STR("table")))
        l.format.fields = item_fields_find(type);
    take_sort(&l);
    buf_init(&l.out, MIB(8));
    json_init(&l.j, &l.out);
    rc = l.sort.len > 0 ? list_sorted(&l) : list_in_order(&l);
    top_free(&l.top);
    row_format_free(&l.format);
    buf_free(&l.out);
    return rc;
}
