/*
 * POST, PUT and PATCH on /raw/clusters/{id} itself: objects of many kinds in one body, each sent to where its kind
 * lives. The body is read to its end before anything is sent, so a fault in it leaves the cluster as it was.
 */
#include "handlers/apply.h"

#include <string.h>

#include "access/verb.h"
#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "cluster/apply.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"

/* clang-format off */
const struct field apply_fields[] = {
    {.name = "mode", .type = FIELD_CHOICE, .choices = "apply|create|replace", .help = "server-side apply, or plain create or replace (apply when left out; PUT: replace)"},
    {.name = "force", .type = FIELD_BOOLEAN, .help = "take fields over that other managers own (with mode apply)"},
    {.name = "dryRun", .type = FIELD_CHOICE, .choices = "All", .help = "the API server checks everything and stores nothing"},
    {.name = "namespace", .type = FIELD_TEXT, .min = 1, .max = 63, .help = "of objects that name none (default when left out); others must name the same"},
    {.name = "fieldManager", .type = FIELD_TEXT, .min = 1, .max = 128, .help = "who owns the fields (eksgate when left out)"},
    {.name = "fieldValidation", .type = FIELD_CHOICE, .choices = "Strict|Warn|Ignore", .help = "what of unknown fields (Strict when left out)"},
    {.name = NULL},
};
/* clang-format on */

/* clang-format off */
static const struct field item_shape[] = {
    {.name = "index", .type = FIELD_INTEGER, .help = "which of the objects, from 0", .example = "0"},
    {.name = "status", .type = FIELD_INTEGER, .help = "as if it had been sent alone", .example = "201"},
    {.name = "apiVersion", .example = "v1"},
    {.name = "kind", .example = "ConfigMap"},
    {.name = "name", .nullable = true, .example = "settings"},
    {.name = "namespace", .nullable = true, .example = "default"},
    {.name = "object", .type = FIELD_OBJECT, .optional = true, .help = "what is stored now", .example = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"settings\"}}"},
    {.name = "error", .type = FIELD_OBJECT, .optional = true, .help = "or a metav1.Status"},
    {.name = "warnings", .type = FIELD_TEXT_LIST, .optional = true, .help = "of the API server"},
    {.name = NULL},
};

static const struct field items_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = item_shape},
    {.name = NULL},
};

const struct answer apply_answers[] = {
    {200, "the one object, changed"},
    {201, "the one object, made"},
    {207, "several: each with its own end", items_shape},
    {ANSWER_ANY, "the cluster's own refusal of the one object"},
    {0},
};
/* clang-format on */

/* How one object ended. */
struct outcome {
    struct apply_target target;
    struct apply_answer answer;
    struct err err; /* when the cluster was not asked, or did not answer */
};

struct apply {
    struct request *request;
    struct applier applier;
    struct manifests manifests;
    struct buf out;
    struct json json;
    struct err lost; /* the cluster can not be reached: the rest is not tried */
};

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static struct str query_or(const struct request *request, const char *name, const char *fallback)
{
    struct str value = request_query(request, name);

    return value.ptr ? value : str_from(fallback);
}

static int read_options(struct request *request, struct apply_options *out)
{
    struct str mode = query_or(request, "mode", request->method == METHOD_PUT ? "replace" : "apply");

    *out = (struct apply_options){
        .mode = str_equal(mode, STR("create"))    ? APPLY_CREATE
                : str_equal(mode, STR("replace")) ? APPLY_REPLACE
                                                  : APPLY_MERGE,
        .force = str_equal(request_query(request, "force"), STR("true")),
        .dry_run = request_query(request, "dryRun").ptr != NULL,
        .field_manager = query_or(request, "fieldManager", "eksgate"),
        .field_validation = query_or(request, "fieldValidation", "Strict"),
        .namespace = query_or(request, "namespace", "default"),
        .is_gone = is_gone,
        .arg = request,
    };
    if (out->force && out->mode != APPLY_MERGE)
        return err_set(&request->err, ERR_BAD_REQUEST, "force goes with mode=apply only");
    return 0;
}

/* What the query and the objects say of each other, before the first is sent. */
static int check_objects(struct apply *apply)
{
    struct request *request = apply->request;
    struct str namespace = request_query(request, "namespace");

    for (size_t i = 0; i < apply->manifests.count; i++) {
        const struct manifest *m = &apply->manifests.objects[i];
        char field[64];

        snprintf(field, sizeof(field), "%s.metadata.%s", m->where, *m->name ? "namespace" : "name");
        if (namespace.ptr && *m->namespace && !str_equal(namespace, str_from(m->namespace)))
            err_field(&request->err, field, CAUSE_INVALID, "the object is in %s, the parameter namespace says %.*s",
                      m->namespace, STR_FMT(namespace));
        if (!*m->name && apply->applier.options.mode == APPLY_REPLACE)
            err_field(&request->err, field, CAUSE_REQUIRED, "what is replaced has a name, not a generateName");
    }
    return request->err.kind == ERR_NONE ? 0 : -1;
}

/* The caller may need more rights for some kinds than for others, as on the objects' own paths. */
static int check_role(struct request *request, const struct apply_target *target, struct err *err)
{
    enum role needed = verb_role(target->method, str_from(target->path), STR(""), false);

    return caller_check(&request->caller, needed, request->cluster->id, err);
}

static bool is_lost(const struct err *err)
{
    return err->kind == ERR_UPSTREAM_UNREACHABLE || err->kind == ERR_UPSTREAM_TIMEOUT ||
           err->kind == ERR_UPSTREAM_TLS || err->kind == ERR_UPSTREAM_BROKEN || err->kind == ERR_CLIENT_GONE;
}

static int apply_object(struct apply *apply, const struct manifest *object, struct outcome *out)
{
    *out = (struct outcome){.err = apply->lost};
    if (apply->lost.kind != ERR_NONE)
        return -1;
    if (apply_locate(&apply->applier, object, &out->target, &out->err) == 0 &&
        check_role(apply->request, &out->target, &out->err) == 0 &&
        apply_send(&apply->applier, object, &out->target, &out->answer, &out->err) == 0)
        return 0;
    if (is_lost(&out->err) && out->err.upstream_status.len == 0)
        apply->lost = out->err;
    return -1;
}

/* RFC 7234 section 5.5: 299 - "what it says". */
static void write_warning(struct json *j, struct str value)
{
    struct buf text;
    size_t i = 0;

    while (i < value.len && value.ptr[i] != '"')
        i++;
    buf_init(&text, KIB(64));
    for (i++; i < value.len && value.ptr[i] != '"'; i++) {
        i += value.ptr[i] == '\\' && i + 1 < value.len;
        buf_add_char(&text, value.ptr[i]);
    }
    json_str(j, NULL, buf_str(&text));
    buf_free(&text);
}

static void write_warnings(struct json *j, const struct http_head *head)
{
    bool any = false;

    for (size_t i = 0; i < head->header_count; i++) {
        if (!str_equal_ignore_case(head->headers[i].name, STR("Warning")))
            continue;
        if (!any)
            json_array_open(j, "warnings");
        any = true;
        write_warning(j, head->headers[i].value);
    }
    if (any)
        json_array_close(j);
}

static void write_error(struct json *j, const struct err *err)
{
    struct buf status;

    buf_init(&status, KIB(32));
    status_write(&status, err);
    json_raw(j, "error", buf_str(&status));
    buf_free(&status);
}

/* The name that the API server gave, when it was asked to. */
static void write_name(struct json *j, const struct manifest *object, const struct outcome *outcome)
{
    const char *why;
    cJSON *made;

    if (*object->name || outcome->err.kind != ERR_NONE || !outcome->answer.is_json) {
        json_text(j, "name", *object->name ? object->name : NULL);
        return;
    }
    made = json_tree(outcome->answer.body, LIMIT_MANIFEST_DEPTH, &why);
    json_text(j, "name", json_find_text(made, "metadata.name"));
    cJSON_Delete(made);
}

/* An answer that is no JSON is none of the API server's own. */
static void judge_answer(struct apply *apply, struct outcome *outcome)
{
    if (outcome->err.kind != ERR_NONE || outcome->answer.is_json)
        return;
    err_set(&outcome->err, ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%.*s\" answered %d without a JSON body",
            STR_FMT(apply->request->cluster->id), outcome->answer.head->status);
}

static void write_item(struct apply *apply, size_t index, struct outcome *outcome)
{
    const struct manifest *object = &apply->manifests.objects[index];
    struct json *j = &apply->json;
    int status;

    judge_answer(apply, outcome);
    status = outcome->err.kind == ERR_NONE ? outcome->answer.head->status : outcome->err.code;
    json_object_open(j, NULL);
    json_int(j, "index", (int64_t)index);
    json_int(j, "status", status);
    json_text(j, "apiVersion", object->api_version);
    json_text(j, "kind", object->kind);
    write_name(j, object, outcome);
    if (outcome->target.namespace.ptr)
        json_str(j, "namespace", outcome->target.namespace);
    else
        json_null(j, "namespace");
    if (outcome->err.kind != ERR_NONE && outcome->err.upstream_status.len > 0)
        json_raw(j, "error", outcome->err.upstream_status);
    else if (outcome->err.kind != ERR_NONE)
        write_error(j, &outcome->err);
    else
        json_raw(j, status < 300 ? "object" : "error", outcome->answer.body);
    if (outcome->err.kind == ERR_NONE)
        write_warnings(j, outcome->answer.head);
    json_object_close(j);
}

/* Namespaces come before what lives in them, definitions before what they define; else the order is the client's. */
static unsigned turn_of(const struct manifest *object)
{
    if (strcmp(object->kind, "Namespace") == 0 && strcmp(object->api_version, "v1") == 0)
        return 0;
    return *object->defines_kind ? 1 : 2;
}

static int answer_many(struct apply *apply)
{
    struct request *request = apply->request;
    struct outcome outcome;

    response_begin_json(request, 207);
    json_object_open(&apply->json, NULL);
    json_array_open(&apply->json, "items");
    for (unsigned turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < apply->manifests.count; i++) {
            if (turn_of(&apply->manifests.objects[i]) != turn)
                continue;
            apply_object(apply, &apply->manifests.objects[i], &outcome);
            write_item(apply, i, &outcome);
            if (response_stream(request, &apply->out, false) < 0)
                return -1;
        }
    }
    json_array_close(&apply->json);
    json_object_close(&apply->json);
    buf_add_char(&apply->out, '\n');
    return response_stream(request, &apply->out, true);
}

static int answer_one(struct apply *apply)
{
    struct request *request = apply->request;
    const struct apply_answer *answer;
    struct outcome outcome;

    if (apply_object(apply, &apply->manifests.objects[0], &outcome) < 0) {
        request->err = outcome.err;
        return -1;
    }
    judge_answer(apply, &outcome);
    if (outcome.err.kind != ERR_NONE) {
        request->err = outcome.err;
        return -1;
    }
    answer = &outcome.answer;
    response_begin_json(request, answer->head->status);
    for (size_t i = 0; i < answer->head->header_count; i++)
        if (str_equal_ignore_case(answer->head->headers[i].name, STR("Warning")))
            response_header(request, "Warning", answer->head->headers[i].value);
    if (answer->head->status == 401)
        response_header(request, "X-Eksgate-Error", STR("upstream-unauthorized"));
    return response_write(request, answer->body.ptr, answer->body.len) < 0
               ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone")
               : 0;
}

static void wipe_buf(void *buf)
{
    buf_wipe(buf);
}

int apply_objects(struct request *request)
{
    struct apply *apply = arena_alloc(request->arena, sizeof(*apply));
    struct apply_options options;

    if (!apply)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the objects");
    apply->request = request;
    buf_init(&apply->out, LIMIT_KUBE_OBJECT + MIB(1));
    json_init(&apply->json, &apply->out);
    if (arena_defer(request->arena, wipe_buf, &apply->out) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the objects");
    if (request_check_document(request, "the objects") < 0 || read_options(request, &options) < 0 ||
        manifests_read(&apply->manifests, request->arena, request->body, &request->err) < 0 ||
        applier_init(&apply->applier, request->worker, request->cluster, &apply->manifests, &options, &request->err) <
            0 ||
        check_objects(apply) < 0)
        return -1;
    log_info("objects are applied", LOG_STR("cluster", request->cluster->id), LOG_TEXT("request_id", request->id),
             LOG_INT("objects", apply->manifests.count));
    return apply->manifests.is_list || apply->manifests.count > 1 ? answer_many(apply) : answer_one(apply);
}
