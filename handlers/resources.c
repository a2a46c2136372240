/*
 * What is in a cluster: the kinds it serves, and the objects of one kind. Lists are asked for page by page and
 * passed on element by element, so that their length does not matter to the worker's memory.
 */
#include "handlers/resources.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "cluster/discovery.h"
#include "cluster/list.h"
#include "fcgi/response.h"
#include "handlers/dashboard.h"
#include "handlers/handlers.h"
#include "handlers/rows.h"
#include "handlers/top.h"

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
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = gap_shape, .help = "API groups whose own server does not answer", .example = "[]"},
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
    {.name = "creation_time", .format = "date-time", .nullable = true, .example = "2026-11-20T08:00:00Z"},
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
    {405, "the kind has no list"},
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
    struct gaps *gaps = gaps_new(request->arena);
    struct buf body;
    struct json j;

    if (!gaps)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the kinds");
    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, "resources");
    if (cluster_discover(request->worker, request->cluster, on_kind, &j, gaps, &request->err) < 0) {
        buf_free(&body);
        return -1;
    }
    json_array_close(&j);
    gaps_write(gaps, &j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* One list on its way from the cluster to the client. */
struct listing {
    struct request *request;
    struct resource_location location;
    struct row_format format;
    struct list list;
    struct buf out;
    struct json j;
    bool opened;     /* the answer has begun in .out */
    struct str sort; /* empty: as the API server orders */
    bool descending;
    struct top top;
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

static int on_element(void *arg, const cJSON *element)
{
    struct listing *l = arg;

    if (l->sort.len > 0)
        return keep_sorted(l, element);
    row_write(&l->format, element, &l->j);
    return response_stream(l->request, &l->out, false);
}

static bool is_gone(void *arg)
{
    return request_is_gone(((struct listing *)arg)->request);
}

/* Of all pages; the text lives in the arena. NULL with request->err. */
static const char *list_path(struct listing *l)
{
    struct request *request = l->request;
    struct str space = request_query(request, "namespace");
    const char *text;
    struct buf path;

    buf_init(&path, LIMIT_URI);
    buf_printf(&path, "%s/", l->location.root);
    if (space.ptr && l->location.namespaced) {
        buf_printf(&path, "namespaces/");
        encode_percent(&path, space);
        buf_printf(&path, "/");
    }
    buf_printf(&path, "%s?includeObject=%s", l->location.plural, l->format.fields ? "Object" : "Metadata");
    encode_parameter(&path, "labelSelector", request_query(request, "labelSelector"));
    encode_parameter(&path, "fieldSelector", request_query(request, "fieldSelector"));
    text = path.failed ? NULL : arena_strndup(request->arena, path.ptr, path.len);
    if (path.failed)
        err_set(&request->err, ERR_BAD_REQUEST, "the selectors are too long");
    else if (!text)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the list");
    buf_free(&path);
    return text;
}

static int fetch_page(struct listing *l, long limit)
{
    return cluster_list_page(l->request->worker, l->request->cluster, &l->list, limit, &l->request->err);
}

static int send_end(struct listing *l)
{
    json_array_close(&l->j);
    json_text(&l->j, "continue", l->list.token);
    json_int(&l->j, "remaining", l->list.remaining > 0 ? l->list.remaining : 0);
    if (!l->format.fields)
        json_text(&l->j, "resource_version", l->list.version);
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

    l->list.token = token.ptr ? token.ptr : "";
    do {
        if (fetch_page(l, limit ? limit : LIST_PAGE) < 0)
            return -1;
    } while (limit == 0 && *l->list.token);
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
    l->list.token = arena_strdup(l->request->arena, buf_str(&token).ptr);
    l->list.remaining = (int64_t)(l->top.seen - l->top.count);
    buf_free(&token);
    return l->list.token ? send_end(l) : err_set(&l->request->err, ERR_INTERNAL, "there is no memory for the list");
}

static int list_sorted(struct listing *l)
{
    long limit = wanted_limit(l->request);
    struct str token = request_query(l->request, "continue");

    if (top_init(&l->top, limit ? (size_t)limit : LIST_PAGE_MAX, l->descending) < 0)
        return err_set(&l->request->err, ERR_INTERNAL, "there is no memory to sort the list");
    if (token.ptr && top_begin_after(&l->top, token) < 0)
        return err_set(&l->request->err, ERR_BAD_REQUEST, "continue: is not a token of this sorted list");
    l->list.token = "";
    do {
        if (fetch_page(l, LIST_PAGE) < 0)
            return -1;
    } while (*l->list.token);
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
    l.list = (struct list){.path = list_path(&l),
                           .accept = KUBE_ACCEPT_TABLE,
                           .array = "rows",
                           .other_array = "items",
                           .on_head = on_list_head,
                           .on_item = on_element,
                           .is_gone = is_gone,
                           .arg = &l};
    if (!l.list.path)
        return -1;
    buf_init(&l.out, MIB(8));
    json_init(&l.j, &l.out);
    rc = l.sort.len > 0 ? list_sorted(&l) : list_in_order(&l);
    top_free(&l.top);
    row_format_free(&l.format);
    buf_free(&l.out);
    return rc;
}
