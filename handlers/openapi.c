/*
 * GET /openapi.json: the reference for programs, written from the route table.
 * https://spec.openapis.org/oas/v3.1.1
 */
#include "handlers/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/status.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "handlers/routes.h"
#include "handlers/schema.h"

static const char description[] =
    "One gateway to many Amazon EKS clusters.\n\n"
    "Whatever the status, an answer carries `X-Request-Id`, the id under which logs and the cluster's audit know it. "
    "Every error is a `metav1.Status`; `X-Eksgate-Error` is there when the gateway made it, and not the cluster. "
    "`HEAD` goes wherever `GET` goes.";

const struct answer openapi_answers[] = {
    {200, "this document", NULL, "application/json"},
    {0},
};

/* clang-format off */
static const struct { const char *name, *help; } groups[] = {
    {"gateway", "The gateway itself"},
    {"keys", "API keys, and what the caller may do"},
    {"clusters", "Clusters: find, connect, disconnect"},
    {"contexts", "Clusters of kubeconfigs, beside those of EKS"},
    {"overview", "How a cluster stands: what is broken, what is used"},
    {"resources", "What is in a cluster, as tables"},
    {"eks", "What AWS says of a cluster, and who may come in"},
    {"jobs", "Jobs: create, wait for, read, run again"},
    {"usage", "What clusters, nodes and pods used"},
    {"cronjobs", "Jobs by the clock"},
    {"graphs", "What belongs to what"},
    {"namespaces", "Namespaces"},
    {"templates", "Jobs with parameters, kept under a name"},
    {"provision", "Clusters that eksgate makes, changes and destroys with Terraform"},
    {"webhooks", "Who is told when a job changes its state"},
    {"terminal", "Shells in pods, for a browser"},
    {"raw", "The cluster's own API"},
};

static const struct field cause_shape[] = {
    {.name = "reason", .help = "in one word", .example = "FieldValueRequired"},
    {.name = "message", .example = "is required"},
    {.name = "field", .optional = true, .help = "where in the body, or which parameter", .example = "name"},
    {.name = NULL},
};

static const struct field details_shape[] = {
    {.name = "name", .optional = true, .help = "what it is about"},
    {.name = "kind", .optional = true, .help = "and what that is"},
    {.name = "group", .optional = true},
    {.name = "uid", .optional = true},
    {.name = "causes", .type = FIELD_OBJECT_LIST, .optional = true, .children = cause_shape, .help = "each fault of the request"},
    {.name = "retryAfterSeconds", .type = FIELD_INTEGER, .optional = true, .help = "when it may be tried again"},
    {.name = "awsCode", .optional = true, .help = "AWS's own code"},
    {.name = "awsRequestId", .optional = true},
    {.name = "run", .optional = true, .help = "of a cluster that is being made or changed: the run that is active"},
    {.name = "op", .optional = true, .help = "what it does"},
    {.name = "job_name", .optional = true},
    {.name = "since", .optional = true, .format = "date-time"},
    {.name = NULL},
};

static const struct field error_shape[] = {
    {.name = "field", .example = "name"},
    {.name = "code", .example = "FieldValueRequired"},
    {.name = "message", .example = "is required"},
    {.name = NULL},
};

static const struct field status_shape[] = {
    {.name = "kind", .type = FIELD_CHOICE, .choices = "Status", .example = "Status"},
    {.name = "apiVersion", .type = FIELD_CHOICE, .choices = "v1", .example = "v1"},
    {.name = "metadata", .type = FIELD_OBJECT, .example = "{}"},
    {.name = "status", .type = FIELD_CHOICE, .choices = "Failure", .example = "Failure"},
    {.name = "message", .optional = true, .help = "what went wrong, and what to do", .example = "name: is required"},
    {.name = "reason", .optional = true, .help = "in one word, as Kubernetes has them", .example = "Invalid"},
    {.name = "details", .type = FIELD_OBJECT, .optional = true, .children = details_shape},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .optional = true, .children = error_shape, .help = "details.causes once more"},
    {.name = "code", .type = FIELD_INTEGER, .help = "the HTTP status", .example = "422"},
    {.name = NULL},
};
/* clang-format on */

/* When an error follows from what a route declares. Where the answer is the cluster's own, whatever it is, an error may
 * be the cluster's too. */
static bool has_body(const struct route *r)
{
    return r->needs & (NEEDS_JSON | NEEDS_BODY);
}

static bool takes_key(const struct route *r)
{
    return r->needs & TAKES_KEY;
}

/* What a key stands for is a body, too. */
static bool may_not_fit(const struct route *r)
{
    return has_body(r) || takes_key(r);
}

static bool is_guarded(const struct route *r)
{
    return r->role != ROLE_NONE;
}

static bool names_something(const struct route *r)
{
    return strchr(r->path, ':') || r->needs & NEEDS_DEFAULT;
}

static bool asks_others(const struct route *r)
{
    return r->needs & (NEEDS_CLUSTER | NEEDS_IDENTITY);
}

static const struct {
    int status;
    bool (*when)(const struct route *route); /* NULL: always */
    const char *help;
} errors[] = {
    {400, NULL, "the address, the query or the body can not be read; details.causes say what"},
    {401, is_guarded, "no API key, or one that is not good"},
    {403, is_guarded, "the key's role or connections do not allow it, or the cluster does not"},
    {404, names_something, "what the path names is not there"},
    {414, names_something, "the address is longer than 32 KiB"},
    {413, has_body, "the body is too large"},
    {415, has_body, "the body has another Content-Type"},
    {421, NULL, "the gateway does not answer for that Host"},
    {422, may_not_fit, "the body does not fit; details.causes say where"},
    {429, NULL, "too many requests; Retry-After says when to try again"},
    {500, NULL, "the gateway failed"},
    {502, asks_others, "AWS or the cluster gave an answer that can not be used"},
    {503, NULL, "Redis, AWS or the cluster can not be reached, or AWS credentials are missing or expired"},
    {504, asks_others, "AWS or the cluster did not answer in time"},
};

#define ERROR_COUNT (sizeof(errors) / sizeof(errors[0]))

static const struct {
    enum method method;
    const char *name;
} operations[] = {
    {METHOD_GET, "get"},     {METHOD_POST, "post"},     {METHOD_PUT, "put"},
    {METHOD_PATCH, "patch"}, {METHOD_DELETE, "delete"}, {METHOD_OPTIONS, "options"},
};

/* "/raw/clusters/:cluster/x" as "/raw/clusters/{cluster}/x"; an asterisk is "{path}". */
static void write_path(struct buf *out, const char *pattern)
{
    struct str rest = str_from(pattern);

    str_cut(&rest, '/');
    while (rest.ptr) {
        struct str part = str_cut(&rest, '/');

        if (part.len > 0 && part.ptr[0] == ':')
            buf_printf(out, "/{%.*s}", STR_FMT(str_skip(part, 1)));
        else if (str_equal(part, STR("*")))
            buf_printf(out, "/{path}");
        else
            buf_printf(out, "/%.*s", STR_FMT(part));
    }
}

static const char *operation_name(enum method method)
{
    size_t i = 0;

    while (operations[i].method != method)
        i++;
    return operations[i].name;
}

/* "get_clusters_cluster_resources" */
static void write_operation_id(struct json *j, enum method method, const char *path)
{
    const char *name = operation_name(method);
    struct buf id;

    buf_init(&id, 256);
    buf_printf(&id, "%s", name);
    for (const char *p = strncmp(path, "/api/", 5) == 0 ? path + 4 : path; *p; p++) {
        if (*p == '*')
            buf_printf(&id, "path");
        else if (*p != ':')
            buf_add_char(&id, isalnum((unsigned char)*p) ? *p : '_');
    }
    json_str(j, "operationId", buf_str(&id));
    buf_free(&id);
}

static void write_parameter(struct json *j, const struct field *f, const char *in)
{
    json_object_open(j, NULL);
    json_text(j, "name", strcmp(f->name, "*") == 0 ? "path" : f->name);
    json_text(j, "in", in);
    if (f->required)
        json_bool(j, "required", true);
    if (f->help)
        json_text(j, "description", f->help);
    schema_write_field(j, "schema", f, SCHEMA_QUERY);
    if (f->example)
        schema_write_field_example(j, "example", f);
    json_object_close(j);
}

static void write_parts(struct json *j, const char *path)
{
    struct str rest = str_from(path);

    while (rest.ptr) {
        struct str part = str_cut(&rest, '/');

        if (part.len > 0 && part.ptr[0] == ':')
            part = str_skip(part, 1);
        else if (!str_equal(part, STR("*")))
            continue;
        for (const struct field *f = route_parts; f->name; f++)
            if (str_equal(part, str_from(f->name)))
                write_parameter(j, f, "path");
    }
}

static void write_parameters(struct json *j, const struct route *r)
{
    json_array_open(j, "parameters");
    write_parts(j, r->path);
    for (const struct field *f = r->query; f && f->name; f++)
        write_parameter(j, f, "query");
    if (takes_key(r))
        write_parameter(j, &route_key, "header");
    json_array_close(j);
}

static void write_content(struct json *j, const char *type, const struct field *shape, const char *example,
                          enum schema_use use)
{
    bool is_json = strstr(type, "json");

    json_object_open(j, type);
    if (shape) {
        schema_write(j, "schema", shape, use);
        schema_write_example(j, "example", shape, use);
    } else {
        json_raw(j, "schema", is_json || strcmp(type, "*/*") == 0 ? STR("{}") : STR("{\"type\":\"string\"}"));
        if (example && is_json)
            json_raw(j, "example", str_from(example));
        else if (example)
            json_text(j, "example", example);
    }
    json_object_close(j);
}

/* Objects of Kubernetes, and patches of them, go to the cluster as they are. */
static void write_objects(struct json *j, bool are_patches)
{
    static const char json[] = "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"example\"}}";
    static const char yaml[] = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: example\n";
    static const char patch[] = "{\"metadata\":{\"labels\":{\"example\":\"yes\"}}}";
    static const char steps[] = "[{\"op\":\"add\",\"path\":\"/data\",\"value\":{\"example\":\"yes\"}}]";

    if (!are_patches) {
        write_content(j, "application/yaml", NULL, yaml, SCHEMA_BODY);
        write_content(j, "application/json", NULL, json, SCHEMA_BODY);
        return;
    }
    write_content(j, "application/merge-patch+json", NULL, patch, SCHEMA_BODY);
    write_content(j, "application/strategic-merge-patch+json", NULL, patch, SCHEMA_BODY);
    write_content(j, "application/json-patch+json", NULL, steps, SCHEMA_BODY);
}

static void write_body(struct json *j, const struct route *r, enum method method)
{
    if (!has_body(r) || !(method & (METHOD_POST | METHOD_PUT | METHOD_PATCH)))
        return;
    json_object_open(j, "requestBody");
    json_bool(j, "required", true);
    json_object_open(j, "content");
    if (r->body)
        write_content(j, "application/json", r->body, NULL, SCHEMA_BODY);
    else
        write_objects(j, method == METHOD_PATCH && r->role == ROLE_BY_VERB);
    json_object_close(j);
    json_object_close(j);
}

static bool is_stated(const struct route *r, int status)
{
    for (const struct answer *a = r->answers; a->status; a++)
        if (a->status == status)
            return true;
    return false;
}

static void write_status_key(struct json *j, int status)
{
    char key[16];

    snprintf(key, sizeof(key), "%d", status);
    json_object_open(j, status == ANSWER_ANY ? "default" : key);
}

static void write_list(struct json *j, const struct field *item)
{
    json_object_open(j, "schema");
    json_text(j, "type", "array");
    schema_write(j, "items", item, SCHEMA_ANSWER);
    json_object_close(j);
    json_array_open(j, "example");
    schema_write_example(j, NULL, item, SCHEMA_ANSWER);
    json_array_close(j);
}

/* Further answers of the same status, and of no other type, are alternatives of this one. */
static void write_shapes(struct json *j, const struct answer *first)
{
    bool are_several = first[1].status == first->status && first[1].shape;

    if (first->is_list) {
        write_list(j, first->shape);
        return;
    }
    if (!are_several) {
        schema_write(j, "schema", first->shape, SCHEMA_ANSWER);
    } else {
        json_object_open(j, "schema");
        json_array_open(j, "anyOf");
        for (const struct answer *a = first; a->status == first->status; a++)
            schema_write(j, NULL, a->shape, SCHEMA_ANSWER);
        json_array_close(j);
        json_object_close(j);
    }
    schema_write_example(j, "example", first->shape, SCHEMA_ANSWER);
}

/* "cluster=connection_id" as {"cluster":"$response.body#/connection_id"} */
static void write_link_parts(struct json *j, const char *parts)
{
    struct str rest = str_from(parts);

    json_object_open(j, "parameters");
    while (rest.ptr) {
        struct str member = str_cut(&rest, ' ');
        struct str part = str_cut(&member, '=');
        char name[64];
        char value[128];

        snprintf(name, sizeof(name), "%.*s", STR_FMT(part));
        snprintf(value, sizeof(value), "$response.body#/%.*s", STR_FMT(member));
        json_text(j, name, value);
    }
    json_object_close(j);
}

static void write_links(struct json *j, const struct link *links)
{
    json_object_open(j, "links");
    for (const struct link *link = links; link->name; link++) {
        json_object_open(j, link->name);
        write_operation_id(j, link->method, link->path);
        write_link_parts(j, link->parts);
        json_object_close(j);
    }
    json_object_close(j);
}

static void write_answer_content(struct json *j, const struct answer *a)
{
    if (a->shape) {
        json_object_open(j, a->type ? a->type : "application/json");
        write_shapes(j, a);
        json_object_close(j);
    } else if (a->status >= 400) {
        json_raw(j, "application/json", STR("{\"schema\":{\"$ref\":\"#/components/schemas/Status\"}}"));
    } else {
        write_content(j, a->type ? a->type : "application/json", NULL, NULL, SCHEMA_ANSWER);
    }
}

/* Of further answers of the same status those of another type have a content of their own. */
static void write_answer(struct json *j, const struct answer *first)
{
    write_status_key(j, first->status);
    json_text(j, "description", first->help);
    json_object_open(j, "content");
    write_answer_content(j, first);
    for (const struct answer *a = first + 1; a->status == first->status; a++)
        if (a->type && strcmp(a->type, first->type ? first->type : "application/json") != 0)
            write_answer_content(j, a);
    json_object_close(j);
    if (first->links)
        write_links(j, first->links);
    json_object_close(j);
}

static void write_errors(struct json *j, const struct route *r)
{
    char ref[64];

    for (size_t i = 0; i < ERROR_COUNT; i++) {
        if ((errors[i].when && !errors[i].when(r)) || is_stated(r, errors[i].status))
            continue;
        write_status_key(j, errors[i].status);
        snprintf(ref, sizeof(ref), "#/components/responses/%d", errors[i].status);
        json_text(j, "$ref", ref);
        json_object_close(j);
    }
}

static void write_answers(struct json *j, const struct route *r)
{
    json_object_open(j, "responses");
    for (const struct answer *a = r->answers; a->status; a++)
        if (a == r->answers || a[-1].status != a->status)
            write_answer(j, a);
    if (r->answers->status != ANSWER_ANY)
        write_errors(j, r);
    json_object_close(j);
}

static void write_operation(struct json *j, const struct route *r, size_t operation)
{
    char text[64];

    json_object_open(j, operations[operation].name);
    write_operation_id(j, operations[operation].method, r->path);
    json_array_open(j, "tags");
    json_text(j, NULL, r->group);
    json_array_close(j);
    json_text(j, "summary", r->summary);
    snprintf(text, sizeof(text), "Role: %s.", role_name(r->role));
    json_text(j, "description", text);
    json_array_open(j, "security");
    if (is_guarded(r))
        json_raw(j, NULL, STR("{\"key\":[]}"));
    json_array_close(j);
    write_parameters(j, r);
    write_body(j, r, operations[operation].method);
    write_answers(j, r);
    json_object_close(j);
}

static bool is_first_of_path(const struct route *route)
{
    for (const struct route *r = routes; r < route; r++)
        if (strcmp(r->path, route->path) == 0)
            return false;
    return true;
}

static void write_paths(struct json *j)
{
    json_object_open(j, "paths");
    for (const struct route *first = routes; first < routes + route_count; first++) {
        struct buf path;

        if (!is_first_of_path(first))
            continue;
        buf_init(&path, 256);
        write_path(&path, first->path);
        json_object_open(j, buf_str(&path).ptr);
        for (const struct route *r = first; r < routes + route_count; r++)
            for (size_t i = 0; strcmp(r->path, first->path) == 0 && i < sizeof(operations) / sizeof(operations[0]); i++)
                if (r->methods & operations[i].method)
                    write_operation(j, r, i);
        json_object_close(j);
        buf_free(&path);
    }
    json_object_close(j);
}

static void write_components(struct json *j)
{
    json_object_open(j, "components");
    json_raw(j, "securitySchemes",
             STR("{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":"
                 "\"an API key, made by eksgate key create or POST /api/keys; none is asked for where EKSGATE_AUTH is "
                 "off\"}}"));
    json_object_open(j, "schemas");
    schema_write(j, "Status", status_shape, SCHEMA_ANSWER);
    json_object_close(j);
    json_object_open(j, "responses");
    for (size_t i = 0; i < ERROR_COUNT; i++) {
        write_status_key(j, errors[i].status);
        json_text(j, "description", errors[i].help);
        json_raw(j, "content", STR("{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Status\"}}}"));
        json_object_close(j);
    }
    json_object_close(j);
    json_object_close(j);
}

static void write_groups(struct json *j)
{
    json_array_open(j, "tags");
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        json_object_open(j, NULL);
        json_text(j, "name", groups[i].name);
        json_text(j, "description", groups[i].help);
        json_object_close(j);
    }
    json_array_close(j);
}

void openapi_write(struct buf *out)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "openapi", "3.1.0");
    json_object_open(&j, "info");
    json_text(&j, "title", "eksgate");
    json_text(&j, "version", EKSGATE_VERSION);
    json_text(&j, "description", description);
    json_object_close(&j);
    json_raw(&j, "servers", STR("[{\"url\":\"/\"}]"));
    write_groups(&j);
    write_paths(&j);
    write_components(&j);
    json_object_close(&j);
}

int openapi_show(struct request *request)
{
    struct buf body;

    buf_init(&body, MIB(4));
    openapi_write(&body);
    return response_json(request, 200, &body);
}
