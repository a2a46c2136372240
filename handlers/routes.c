/*
 * THE table: what eksgate answers, to whom, what it needs first and what it may be sent. The router, the checks
 * before each handler and docs/api.md are all made from it.
 */
#include "handlers/routes.h"

#include <stdio.h>

#include "base/limits.h"
#include "handlers/apply.h"
#include "handlers/connect.h"
#include "handlers/eks.h"
#include "handlers/handlers.h"
#include "handlers/keys.h"
#include "handlers/kubeconfig.h"
#include "handlers/resources.h"

#define GET METHOD_GET
#define POST METHOD_POST
#define PUT METHOD_PUT
#define PATCH METHOD_PATCH
#define DELETE METHOD_DELETE
#define ANY METHOD_ANY

/* clang-format off */
const struct route routes[] = {
    { GET,  "/health",                                 health_show,         NEEDS_NOTHING,                 ROLE_NONE,    0,              NULL,            NULL,             "Whether this gateway works",              "{status, cluster, region, redis, version, clock_offset_seconds, sandbox?}" },
    { GET,  "/api/whoami",                             caller_show,         NEEDS_NOTHING,                 ROLE_VIEWER,  0,              NULL,            NULL,             "Who the caller is to the gateway",        "{id, name, role, connections, authentication: keys | off}" },
    { GET,  "/api/keys",                               keys_list,           NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "The API keys",                            "{keys: [{id, name, role, connections, created_by, created_at, expires_at, last_used_at, expired}]}; a key itself is never shown again" },
    { POST, "/api/keys",                               keys_create,         NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            key_fields,       "Make an API key",                         "201: {key, id, name, role, connections, created_by, created_at, expires_at}; the only time that key is shown" },
    { DELETE, "/api/keys/:key",                        keys_revoke,         NEEDS_NOTHING,                 ROLE_ADMIN,   0,              NULL,            NULL,             "Revoke an API key",                       "{id, message}" },
    { GET,  "/api/clusters",                           clusters_list,       NEEDS_NOTHING,                 ROLE_VIEWER,  0,              NULL,            NULL,             "The connected clusters",                  "{clusters: [{id, name, region, version, status, endpoint, source}], contexts: [id], currentContext}" },
    { POST, "/api/clusters/connect",                   clusters_connect,    NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            connect_fields,   "Connect an EKS cluster",                  "201, or 200 when it was there: {connection_id, name, region, version, status, endpoint, warning?}" },
    { POST, "/api/clusters/available",                 clusters_available,  NEEDS_JSON,                    ROLE_ADMIN,   KIB(16),        NULL,            available_fields, "The EKS clusters of one or more regions", "{clusters: [{name, region, role_arn?, status, version, endpoint, created_at}], errors: [{region, role_arn?, name?, code, message}]}" },
    { GET,  "/api/clusters/:cluster",                  clusters_show,       NEEDS_CONNECTION,              ROLE_VIEWER,  0,              NULL,            NULL,             "One connected cluster",                   "{id, name, region, version, status, endpoint, source, platform_version, auth_type, role_arn, identity_arn, account, created_at, described_at, connected_at}" },
    { POST, "/api/clusters/:cluster/disconnect",       clusters_disconnect, NEEDS_CONNECTION,              ROLE_ADMIN,   0,              NULL,            NULL,             "Forget a connection and its keys",        "{connection_id, message}" },
    { GET,  "/api/clusters/:cluster/kubeconfig",       kubeconfig_show,     NEEDS_CONNECTION,              ROLE_VIEWER,  0,              kubeconfig_fields, NULL,           "A kubeconfig with this gateway as server", "a kubeconfig as YAML; the server is https where the gateway has TLS" },
    { GET,  "/api/clusters/:cluster/resources",        resources_kinds,     NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             NULL,            NULL,             "The kinds that the cluster serves",       "{resources: [{type, plural, group, version, kind, namespaced, verbs, shortNames}]}" },
    { GET,  "/api/clusters/:cluster/resources/:type",  resources_list,      NEEDS_CONNECTION | NEEDS_CLUSTER, ROLE_VIEWER, 0,             resource_fields, NULL,             "The objects of one kind",                 "{items: [...], continue, remaining} or {columns, rows: [{cells, name, namespace, uid, creation_time}], continue, remaining, resource_version}" },
    { GET,  "/api/clusters/:cluster/eks",              eks_show,            NEEDS_CONNECTION | NEEDS_IDENTITY, ROLE_VIEWER, 0,            NULL,            NULL,             "What EKS says of the cluster",            "{cluster, version, errors: [{part, code, message}]}, AWS's own objects" },
    { GET,  "/api/clusters/:cluster/eks/:part",        eks_show_part,       NEEDS_CONNECTION | NEEDS_IDENTITY, ROLE_VIEWER, 0,            NULL,            NULL,             "Its node groups, add-ons, ...",           "{nodegroups | addons | fargateProfiles | accessEntries | insights | updates | associations: [...], errors: [{name, code, message}]}" },
    { GET,  "/api/clusters/:cluster/access",           access_explain,      NEEDS_CONNECTION | NEEDS_IDENTITY, ROLE_VIEWER, 0,            NULL,            NULL,             "Who we are to the cluster, and what is in the way", "{identity_arn, principal_arn, auth_type, authentication_mode, accepted, kubernetes_user, access_entry, access_entry_known, clock_offset_seconds, token_age_seconds, token_expires_at, credentials_expire_at, problems: [{code, message}], fix}" },
    { POST, "/api/clusters/:cluster/access",           access_grant,        NEEDS_CONNECTION | NEEDS_IDENTITY | NEEDS_JSON, ROLE_ADMIN, KIB(16), NULL, access_fields,   "Create an access entry with a policy",    "201: {access_entry}" },
    { POST | PUT | PATCH, "/raw/clusters/:cluster",    apply_objects,       NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY, ROLE_EDITOR, LIMIT_BODY_RAW, apply_fields, NULL, "Apply objects: YAML documents, JSON objects, lists", "one object: it, with 201 or 200; several: 207 {items: [{index, status, apiVersion, kind, name, namespace, object | error, warnings?}]}" },
    { ANY & ~(POST | PUT | PATCH), "/raw/clusters/:cluster", raw_forward,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY, ROLE_BY_VERB, LIMIT_BODY_RAW, NULL, NULL,         "The root of the cluster's API",           "the cluster's own answer" },
    { ANY,  "/raw/clusters/:cluster/*",                raw_forward,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY, ROLE_BY_VERB, LIMIT_BODY_RAW, NULL, NULL,         "The cluster's own API, byte for byte",    "the cluster's own answer" },
    { ANY,  "/raw/*",                                  raw_forward,         NEEDS_CONNECTION | NEEDS_CLUSTER | NEEDS_BODY | NEEDS_DEFAULT, ROLE_BY_VERB, LIMIT_BODY_RAW, NULL, NULL, "The same for the default cluster",  "the default cluster's own answer" },
};
/* clang-format on */
const size_t route_count = sizeof(routes) / sizeof(routes[0]);

static const char *const type_names[] = {
    [FIELD_TEXT] = "text",       [FIELD_INTEGER] = "integer",
    [FIELD_BOOLEAN] = "boolean", [FIELD_CHOICE] = "choice",
    [FIELD_OBJECT] = "object",   [FIELD_TEXT_LIST] = "list of texts",
    [FIELD_ANY] = "any",         [FIELD_OBJECT_LIST] = "list of objects",
};

/* A pipe would end a Markdown cell, so choices are written with commas there. */
static void print_choices(const char *choices)
{
    struct str rest = choices ? str_from(choices) : (struct str){NULL, 0};

    for (const char *before = ": one of "; rest.ptr; before = ", ") {
        struct str choice = str_cut(&rest, '|');

        printf("%s%.*s", before, STR_FMT(choice));
    }
}

static void print_fields(const struct field *fields, const char *prefix)
{
    for (const struct field *f = fields; f && f->name; f++) {
        const char *presence = f->required                           ? "required"
                               : f->belongs_to && !f->optional_there ? "required with type "
                               : f->belongs_to                       ? "optional with type "
                                                                     : "optional";

        printf("| `%s%s%s` | %s | %s%s | %s", prefix, *prefix ? "." : "", f->name, type_names[f->type], presence,
               f->belongs_to ? f->belongs_to : "", f->help);
        print_choices(f->choices);
        printf(" |\n");
        print_fields(f->children, f->name);
    }
}

static void print_methods(unsigned methods)
{
    struct buf text;

    buf_init(&text, 128);
    method_list(methods, &text);
    printf("%s", methods == METHOD_ANY ? "ANY" : buf_str(&text).ptr);
    buf_free(&text);
}

static void print_table(const char *title, const struct field *fields)
{
    if (!fields)
        return;
    printf("| %s | type | | |\n|---|---|---|---|\n", title);
    print_fields(fields, "");
    printf("\n");
}

static void print_markdown(void)
{
    printf(
        "# The API\n\n"
        "Printed from the route table (`handlers/routes.c`) by `eksgate routes`; a test holds the two together.\n"
        "Every error is a `metav1.Status` with `reason`, `message`, `code` and, for fields, `details.causes[]`; the\n"
        "header `X-Eksgate-Error` is there when the gateway made it, `X-Request-Id` always.\n\n");
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        printf("## ");
        print_methods(r->methods);
        printf(" `%s`\n\n%s. Role: %s.", r->path, r->summary, role_name(r->role));
        if (r->max_body > 0)
            printf(" Body: up to %zu KiB.", r->max_body / 1024);
        printf(" Answer: %s.\n\n", r->answer);
        print_table("query", r->query);
        print_table("body", r->body);
    }
}

static void write_fields(struct json *j, const char *key, const struct field *fields)
{
    json_array_open(j, key);
    for (const struct field *f = fields; f && f->name; f++) {
        json_object_open(j, NULL);
        json_text(j, "name", f->name);
        json_text(j, "type", type_names[f->type]);
        json_bool(j, "required", f->required);
        if (f->choices)
            json_text(j, "choices", f->choices);
        if (f->belongs_to)
            json_text(j, "belongs_to", f->belongs_to);
        json_text(j, "help", f->help);
        if (f->children)
            write_fields(j, "children", f->children);
        json_object_close(j);
    }
    json_array_close(j);
}

static void print_json(void)
{
    struct buf out;
    struct json j;

    buf_init(&out, MIB(1));
    json_init(&j, &out);
    json_array_open(&j, NULL);
    for (size_t i = 0; i < route_count; i++) {
        struct buf methods;

        buf_init(&methods, 128);
        method_list(routes[i].methods, &methods);
        json_object_open(&j, NULL);
        json_str(&j, "methods", buf_str(&methods));
        json_text(&j, "path", routes[i].path);
        json_text(&j, "role", role_name(routes[i].role));
        json_int(&j, "max_body", (int64_t)routes[i].max_body);
        json_text(&j, "summary", routes[i].summary);
        json_text(&j, "answer", routes[i].answer);
        write_fields(&j, "query", routes[i].query);
        write_fields(&j, "body", routes[i].body);
        json_object_close(&j);
        buf_free(&methods);
    }
    json_array_close(&j);
    printf("%s\n", out.ptr ? out.ptr : "[]");
    buf_free(&out);
}

int routes_print(struct str format)
{
    if (str_equal(format, STR("markdown")))
        print_markdown();
    else if (str_equal(format, STR("json")))
        print_json();
    else
        return -1;
    return 0;
}
