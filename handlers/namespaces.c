/*
 * Namespaces: listed, looked into, made and deleted, in the default cluster or a named one.
 */
#include "handlers/namespaces.h"

#include <string.h>

#include "base/encode.h"
#include "cluster/contents.h"
#include "cluster/job.h"
#include "cluster/object.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/listing.h"
#include "kube/name.h"

#define LABELS_MAX 64

/* clang-format off */
#define CLUSTER {.name = "cluster", .type = FIELD_TEXT, .min = 1, .max = LIMIT_CLUSTER_ID, .help = "id of a connected cluster; the default cluster when left out", .example = "us-east-1_demo"}
#define FORCE {.name = "force", .type = FIELD_BOOLEAN, .help = "system namespaces too; for administrators"}

const struct field namespace_create_fields[] = {
    {.name = "namespace_name", .type = FIELD_TEXT, .required = true, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "its name", .example = "my-namespace"},
    {.name = "labels", .type = FIELD_OBJECT, .help = "labels, as texts", .example = "{\"team\":\"data\"}"},
    {.name = NULL},
};

const struct field namespace_list_query[] = {LISTING_FIELDS, {.name = NULL}};
const struct field namespace_default_query[] = {CLUSTER, {.name = NULL}};
const struct field namespace_delete_query[] = {FORCE, {.name = NULL}};
const struct field namespace_delete_default_query[] = {
    CLUSTER,
    {.name = "namespace_name", .type = FIELD_TEXT, .required = true, .min = 1, .max = NAME_LABEL_MAX, .check = name_check_label, .help = "its name", .example = "my-namespace"},
    FORCE,
    {.name = NULL},
};

#define COMMON_SHAPE \
    {.name = "name", .example = "my-namespace"}, \
    {.name = "status", .nullable = true, .help = "Active, or Terminating while what is in it goes", .example = "Active"}, \
    {.name = "labels", .type = FIELD_OBJECT, .example = "{\"kubernetes.io/metadata.name\":\"my-namespace\"}"}, \
    {.name = "creation_time", .format = "date-time", .nullable = true, .example = "2026-11-21T08:00:00Z"}

static const struct field item_shape[] = {COMMON_SHAPE, {.name = NULL}};

static const struct field list_shape[] = {
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = item_shape},
    LISTING_SHAPE,
    {.name = NULL},
};

static const struct field content_shape[] = {
    {.name = "type", .example = "pods"},
    {.name = "count", .type = FIELD_INTEGER, .nullable = true, .help = "null: the cluster does not tell us", .example = "3"},
    {.name = NULL},
};

static const struct field show_shape[] = {
    COMMON_SHAPE,
    {.name = "system", .type = FIELD_BOOLEAN, .help = "it is not deleted without force", .example = "false"},
    {.name = "contents", .type = FIELD_OBJECT_LIST, .children = content_shape, .help = "what goes with it when it is deleted"},
    {.name = NULL},
};

static const struct field made_shape[] = {
    {.name = "message", .example = "the namespace is made"},
    {.name = "namespace", .example = "my-namespace"},
    COMMON_SHAPE,
    {.name = NULL},
};

static const struct field deleted_shape[] = {
    {.name = "message", .example = "the namespace is being deleted, with all that is in it"},
    {.name = "namespace", .example = "my-namespace"},
    {.name = NULL},
};
/* clang-format on */

const struct answer namespace_create_answers[] = {
    {201, "it, made", made_shape},
    {409, "it is there already"},
    {0},
};

const struct answer namespace_list_answers[] = {
    {200, "the namespaces", list_shape},
    {410, "the continue token is too old: begin again"},
    {0},
};

const struct answer namespace_show_answers[] = {
    {200, "it, and what is in it", show_shape},
    {404, "there is no such namespace"},
    {0},
};

const struct answer namespace_delete_answers[] = {
    {200, "it is being deleted", deleted_shape},
    {404, "there is no such namespace"},
    {409, "it is being deleted already"},
    {423, "it is a system namespace"},
    {0},
};

/* What Kubernetes and EKS themselves live in: kube- is reserved, amazon- and aws- are what add-ons use. */
static bool is_system(struct str name)
{
    return str_equal(name, STR("default")) || str_starts_with(name, STR("kube-")) ||
           str_starts_with(name, STR("amazon-")) || str_starts_with(name, STR("aws-"));
}

static void write_members(struct json *j, const cJSON *object)
{
    const cJSON *labels = json_find(object, "metadata.labels");

    json_text(j, "name", json_find_text(object, "metadata.name"));
    json_text(j, "status", json_find_text(object, "status.phase"));
    if (cJSON_IsObject(labels))
        json_value(j, "labels", labels);
    else
        json_raw(j, "labels", STR("{}"));
    json_text(j, "creation_time", json_find_text(object, "metadata.creationTimestamp"));
}

static void check_label(const cJSON *label, struct err *err)
{
    const char *wanted = name_check_label_key(str_from(label->string));
    char field[sizeof(err->causes[0].field)];

    if (!wanted && cJSON_IsString(label))
        wanted = name_check_label_value(str_from(label->valuestring));
    snprintf(field, sizeof(field), "labels.%.128s", label->string);
    if (wanted)
        err_field(err, field, CAUSE_INVALID, "%s", wanted);
    else if (!cJSON_IsString(label))
        err_field(err, field, CAUSE_TYPE, "must be a text");
}

static int check_labels(const cJSON *labels, struct err *err)
{
    const cJSON *label;
    size_t count = 0;

    cJSON_ArrayForEach(label, labels)
    {
        check_label(label, err);
        if (++count > LABELS_MAX)
            return err_field(err, "labels", CAUSE_TOO_LONG, "must not be more than %d", LABELS_MAX);
    }
    return err->kind == ERR_NONE ? 0 : -1;
}

int namespaces_create(struct request *request)
{
    struct str name = str_from(json_find_text(request->json, "namespace_name"));
    const cJSON *labels = json_find(request->json, "labels");
    cJSON *made;
    struct buf body;
    struct json j;

    if (cJSON_IsNull(labels))
        labels = NULL;
    if (check_labels(labels, &request->err) < 0 ||
        namespace_create(request->worker, request->cluster, name, labels, false, &made, &request->err) < 0)
        return -1;
    buf_init(&body, MIB(1));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message", "the namespace is made");
    json_str(&j, "namespace", name);
    write_members(&j, made);
    json_object_close(&j);
    return response_json(request, 201, &body);
}

static void write_item(struct json *j, const struct request *request, const cJSON *object)
{
    (void)request;
    write_members(j, object);
}

int namespaces_list(struct request *request)
{
    return listing_answer(request, "/api/v1/namespaces", write_item);
}

static bool is_gone(void *arg)
{
    return request_is_gone(arg);
}

static const char *namespace_path(struct request *request, struct str name)
{
    const char *path = arena_printf(request->arena, "/api/v1/namespaces/%.*s", STR_FMT(name));

    if (!path)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the path");
    return path;
}

static int answer_contents(struct request *request, struct str name, const cJSON *object,
                           const struct content *contents, size_t count)
{
    struct buf body;
    struct json j;

    buf_init(&body, MIB(1));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_members(&j, object);
    json_bool(&j, "system", is_system(name));
    json_array_open(&j, "contents");
    for (size_t i = 0; i < count; i++) {
        json_object_open(&j, NULL);
        json_text(&j, "type", contents[i].type);
        if (contents[i].count >= 0)
            json_int(&j, "count", contents[i].count);
        else
            json_null(&j, "count");
        json_object_close(&j);
    }
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int namespaces_show(struct request *request)
{
    struct str name = request_name(request, "namespace", name_check_label);
    const char *path = name.ptr ? namespace_path(request, name) : NULL;
    struct content *contents;
    size_t count;
    cJSON *object;

    if (!path || object_call(request->worker, request->cluster, "GET", path, NULL, &object, &request->err) < 0 ||
        cluster_count_contents(request->worker, request->cluster, name, is_gone, request, &contents, &count,
                               &request->err) < 0)
        return -1;
    return answer_contents(request, name, object, contents, count);
}

static int check_delete(struct request *request, struct str name)
{
    if (!is_system(name))
        return 0;
    if (!str_equal(request_query(request, "force"), STR("true")))
        return err_set(
            &request->err, ERR_LOCKED,
            "the namespace \"%.*s\" belongs to the system, which may not work without it: with force=true an "
            "administrator can have it deleted",
            STR_FMT(name));
    return caller_check(&request->caller, ROLE_ADMIN, request->cluster->id, &request->err);
}

int namespaces_delete(struct request *request)
{
    bool in_path = route_segment(&request->match, "namespace").len > 0;
    struct str name =
        in_path ? request_name(request, "namespace", name_check_label) : request_query(request, "namespace_name");
    const char *path = name.ptr && check_delete(request, name) == 0 ? namespace_path(request, name) : NULL;
    struct buf body;
    struct json j;

    if (!path || object_call(request->worker, request->cluster, "DELETE", path, NULL, NULL, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message", "the namespace is being deleted, with all that is in it");
    json_str(&j, "namespace", name);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
