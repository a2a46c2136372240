/*
 * Finding clusters in AWS and connecting one of them: the bodies are checked by the tables here, the work is
 * done in cluster/.
 */
#include "handlers/connect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/region.h"
#include "aws/region_list.h"
#include "base/json.h"
#include "cluster/available.h"
#include "fcgi/response.h"
#include "handlers/cluster_json.h"
#include "handlers/error_json.h"
#include "handlers/handlers.h"

static const char *check_region(struct str value)
{
    struct err err = {0};

    return aws_region_check(value, &err) < 0 ? "must be a region like us-east-1" : NULL;
}

static const char *check_region_or_all(struct str value)
{
    return str_equal(value, STR("all")) ? NULL : check_region(value);
}

/* https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, name */
static const char *check_cluster_name(struct str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && (i == 0 || (c != '-' && c != '_')))
            return "must be 1 to 100 letters, digits, - or _, beginning with a letter or digit";
    }
    return NULL;
}

static const char *check_access_key_id(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!((value.ptr[i] >= 'A' && value.ptr[i] <= 'Z') || (value.ptr[i] >= '0' && value.ptr[i] <= '9')))
            return "must be 16 to 128 capital letters and digits, like AKIA...";
    return value.len < 16 ? "must be 16 to 128 capital letters and digits, like AKIA..." : NULL;
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
static const char *check_role_arn(struct str value)
{
    static const char wanted[] = "must be the ARN of an IAM role, like arn:aws:iam::123456789012:role/NAME";
    struct str rest = value;
    struct str parts[5];

    for (size_t i = 0; i < 5; i++)
        parts[i] = rest.ptr ? str_cut(&rest, ':') : STR("");
    if (!str_equal(parts[0], STR("arn")) || !str_starts_with(parts[1], STR("aws")) ||
        !str_equal(parts[2], STR("iam")) || parts[3].len != 0 || parts[4].len != 12 || !rest.ptr ||
        !str_starts_with(rest, STR("role/")) || rest.len < 6)
        return wanted;
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] <= ' ' || value.ptr[i] > '~')
            return wanted;
    return NULL;
}

/* https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, ExternalId */
static const char *check_external_id(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!isalnum((unsigned char)value.ptr[i]) && !strchr("_+=,.@:/-", value.ptr[i]))
            return "must be letters, digits and _ + = , . @ : / -";
    return NULL;
}

static const char *check_mfa_code(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return "must be the six digits that the device shows";
    return NULL;
}

/* Not of digits alone; "all", where that is one, looks like one too. */
#define REGION "^[0-9-]*[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?$"

/* clang-format off */
static const struct field auth_fields[] = {
    {.name = "type", .type = FIELD_CHOICE, .required = true, .choices = "credentials|profile|default", .help = "how to authenticate to AWS", .example = "default"},
    {.name = "access_key_id", .type = FIELD_TEXT, .min = 1, .max = 128, .belongs_to = "credentials", .pattern = "^[A-Z0-9]{16,}$", .check = check_access_key_id, .help = "access key id"},
    {.name = "secret_access_key", .type = FIELD_TEXT, .min = 1, .max = 128, .belongs_to = "credentials", .help = "secret access key"},
    {.name = "session_token", .type = FIELD_TEXT, .min = 1, .max = 4096, .belongs_to = "credentials", .optional = true, .help = "session token of temporary keys"},
    {.name = "profile", .type = FIELD_TEXT, .min = 1, .max = 255, .belongs_to = "profile", .help = "name of a profile on the gateway"},
    {.name = "role_arn", .type = FIELD_TEXT, .min = 20, .max = 640, .pattern = "^arn:aws[!-9;-~]*:iam::[^:]{12}:role/[!-~]+$", .check = check_role_arn, .help = "role to assume with that identity"},
    {.name = "external_id", .type = FIELD_TEXT, .min = 2, .max = 1224, .pattern = "^[A-Za-z0-9_+=,.@:/-]*$", .check = check_external_id, .help = "external id that the role asks for"},
    {.name = "role_chain", .type = FIELD_TEXT_LIST, .min = 1, .max = AWS_ROLES_MAX - 1, .pattern = "^arn:aws[!-9;-~]*:iam::[^:]{12}:role/[!-~]+$", .check = check_role_arn, .help = "roles to assume before role_arn, in order"},
    {.name = "mfa_code", .type = FIELD_TEXT, .min = 6, .max = 6, .pattern = "^[0-9]{6}$", .check = check_mfa_code, .help = "code of the MFA device that the profile names (mfa_serial); used once, never stored"},
    {.name = NULL},
};

const struct field connect_fields[] = {
    {.name = "cluster_name", .type = FIELD_TEXT, .required = true, .min = 1, .max = 100, .pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*$", .check = check_cluster_name, .help = "name of the EKS cluster", .example = "demo"},
    {.name = "region", .type = FIELD_TEXT, .required = true, .min = 1, .max = 63, .pattern = REGION, .check = check_region, .help = "AWS region", .example = "us-east-1"},
    {.name = "auth", .type = FIELD_OBJECT, .required = true, .children = auth_fields, .help = "whose identity"},
    {.name = "replace", .type = FIELD_BOOLEAN, .help = "take over a connection that another identity made"},
    {.name = NULL},
};

const struct field available_fields[] = {
    {.name = "region", .type = FIELD_TEXT, .min = 1, .max = 63, .pattern = REGION, .check = check_region, .help = "AWS region", .example = "us-east-1"},
    {.name = "regions", .type = FIELD_TEXT_LIST, .min = 1, .max = AVAILABLE_REGIONS_MAX, .pattern = REGION, .check = check_region_or_all, .help = "or several; [\"all\"] for every region of the partition"},
    {.name = "roles", .type = FIELD_TEXT_LIST, .min = 1, .max = AVAILABLE_ROLES_MAX, .pattern = "^arn:aws[!-9;-~]*:iam::[^:]{12}:role/[!-~]+$", .check = check_role_arn, .help = "look with each of these roles"},
    {.name = "auth", .type = FIELD_OBJECT, .required = true, .children = auth_fields, .help = "whose identity"},
    {.name = NULL},
};
/* clang-format on */

/* clang-format off */
static const struct field connected_shape[] = {
    {.name = "connection_id", .help = "what paths name it by", .example = "us-east-1_demo"},
    {.name = "name", .help = "the name in EKS", .example = "demo"},
    {.name = "region", .example = "us-east-1"},
    {.name = "version", .help = "of Kubernetes", .example = "1.33"},
    {.name = "status", .help = "EKS's word for it", .example = "ACTIVE"},
    {.name = "endpoint", .example = "https://ABCDEF.gr7.us-east-1.eks.amazonaws.com"},
    {.name = "warning", .optional = true, .help = "what will be in the way later"},
    {.name = NULL},
};

static const struct field available_shape[] = {
    {.name = "name", .example = "demo"},
    {.name = "region", .example = "us-east-1"},
    {.name = "role_arn", .optional = true, .help = "the one that it was found with"},
    {.name = "status", .nullable = true, .example = "ACTIVE"},
    {.name = "version", .nullable = true, .example = "1.33"},
    {.name = "endpoint", .nullable = true, .example = "https://ABCDEF.gr7.us-east-1.eks.amazonaws.com"},
    {.name = "created_at", .format = "date-time", .nullable = true, .example = "2026-01-31T08:00:00Z"},
    {.name = NULL},
};

static const struct field failure_shape[] = {
    {.name = "region", .example = "eu-west-1"},
    {.name = "role_arn", .optional = true},
    {.name = "name", .optional = true, .help = "the cluster that could not be described"},
    {.name = "code", .help = "AWS's, where it has one", .example = "AccessDeniedException"},
    {.name = "message", .example = "not authorized to perform eks:ListClusters"},
    {.name = NULL},
};

static const struct field found_shape[] = {
    {.name = "clusters", .type = FIELD_OBJECT_LIST, .children = available_shape},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = failure_shape, .help = "where nothing could be found out"},
    {.name = NULL},
};

static const struct link cluster_links[] = {
    {"cluster", METHOD_GET, "/api/clusters/:cluster", "cluster=connection_id"},
    {"kinds", METHOD_GET, "/api/clusters/:cluster/resources", "cluster=connection_id"},
    {"namespaces", METHOD_GET, "/api/clusters/:cluster/namespaces", "cluster=connection_id"},
    {"jobs", METHOD_GET, "/api/clusters/:cluster/jobs", "cluster=connection_id"},
    {"disconnect", METHOD_POST, "/api/clusters/:cluster/disconnect", "cluster=connection_id"},
    {NULL},
};

const struct answer connect_answers[] = {
    {201, "connected", connected_shape, .links = cluster_links},
    {200, "it was connected already", connected_shape, .links = cluster_links},
    {404, "EKS has no such cluster there"},
    {409, "another identity made that connection"},
    {502, "AWS or the cluster gave an answer that can not be used"},
    {504, "AWS or the cluster did not answer in time"},
    {0},
};

const struct answer available_answers[] = {
    {200, "what was found", found_shape},
    {502, "AWS gave an answer that can not be used"},
    {504, "AWS did not answer in time"},
    {0},
};
/* clang-format on */

static void copy_text(char *out, size_t size, const cJSON *auth, const char *name)
{
    const char *text = json_find_text(auth, name);

    snprintf(out, size, "%s", text ? text : "");
}

/* The secrets of the body end here: they are overwritten in the tree and in the bytes it came from. */
static void forget_body(struct request *request, const cJSON *auth)
{
    cJSON *member;

    cJSON_ArrayForEach(member, auth) if (cJSON_IsString(member))
        explicit_bzero(member->valuestring, strlen(member->valuestring));
    explicit_bzero((char *)(uintptr_t)request->body.ptr, request->body.len);
}

static void take_roles(struct aws_auth *auth, const cJSON *from)
{
    const char *role_arn = json_find_text(from, "role_arn");
    const char *external_id = json_find_text(from, "external_id");
    const cJSON *before;

    cJSON_ArrayForEach(before, json_find(from, "role_chain"))
        aws_auth_add_role(auth, str_from(before->valuestring), "");
    if (role_arn)
        aws_auth_add_role(auth, str_from(role_arn), external_id ? external_id : "");
}

/* A role's companions without the role would be taken for something that is not done. */
static int check_roles(struct request *request, const cJSON *from)
{
    static const char *const companions[] = {"external_id", "role_chain"};

    for (size_t i = 0; i < 2; i++) {
        if (json_find(from, companions[i]) && !json_find_text(from, "role_arn"))
            err_field(&request->err, "auth.role_arn", CAUSE_REQUIRED, "is required with %s", companions[i]);
    }
    return request->err.kind == ERR_NONE ? 0 : -1;
}

static struct aws_auth *take_auth(struct request *request)
{
    const cJSON *from = json_find(request->json, "auth");
    const char *type = json_find_text(from, "type");
    struct aws_auth *auth = aws_auth_new(request->arena);

    if (check_roles(request, from) < 0)
        return NULL;
    if (!auth) {
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the request");
        return NULL;
    }
    auth->type = strcmp(type, "credentials") == 0 ? AWS_AUTH_KEYS
                 : strcmp(type, "profile") == 0   ? AWS_AUTH_PROFILE
                                                  : AWS_AUTH_DEFAULT;
    copy_text(auth->profile, sizeof(auth->profile), from, "profile");
    copy_text(auth->keys.access_key_id, sizeof(auth->keys.access_key_id), from, "access_key_id");
    copy_text(auth->keys.secret_access_key, sizeof(auth->keys.secret_access_key), from, "secret_access_key");
    copy_text(auth->keys.session_token, sizeof(auth->keys.session_token), from, "session_token");
    copy_text(auth->mfa_code, sizeof(auth->mfa_code), from, "mfa_code");
    auth->keys.source = "given";
    take_roles(auth, from);
    forget_body(request, from);
    return auth;
}

int clusters_connect(struct request *request)
{
    struct aws_auth *auth = take_auth(request);
    struct connect_result result;
    struct connect_request connect;
    struct buf body;
    struct json j;

    if (!auth)
        return -1;
    copy_text(auth->region, sizeof(auth->region), request->json, "region");
    connect = (struct connect_request){
        .name = str_from(json_find_text(request->json, "cluster_name")),
        .region = str_from(json_find_text(request->json, "region")),
        .auth = auth,
        .replace = cJSON_IsTrue(json_find(request->json, "replace")),
    };
    if (cluster_connect(request->worker, &connect, &result, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "connection_id", result.cluster.id);
    cluster_json_members(&j, &result.cluster.connection, &result.cluster.description);
    if (result.warning)
        json_text(&j, "warning", result.warning);
    json_object_close(&j);
    return response_json(request, result.created ? 201 : 200, &body);
}

/* Every region of the partition that the gateway's own region is in. */
static void take_all_regions(struct available *out)
{
    const char *home = getenv("AWS_REGION");
    size_t count;
    const char *const *names = aws_regions_beside(str_from(home ? home : "us-east-1"), &count);

    for (size_t i = 0; i < count && i < AVAILABLE_REGIONS_MAX; i++)
        out->regions[out->region_count++] = str_from(names[i]);
}

static int take_regions(struct request *request, struct available *out)
{
    const cJSON *one = json_find(request->json, "region");
    const cJSON *several = json_find(request->json, "regions");
    const cJSON *item;

    if (!cJSON_IsString(one) == !cJSON_IsArray(several))
        return err_field(&request->err, "region", CAUSE_REQUIRED, "give either region or regions");
    if (cJSON_IsString(one))
        out->regions[out->region_count++] = str_from(one->valuestring);
    cJSON_ArrayForEach(item, several)
    {
        if (strcmp(item->valuestring, "all") != 0)
            out->regions[out->region_count++] = str_from(item->valuestring);
        else if (cJSON_GetArraySize(several) == 1)
            take_all_regions(out);
        else
            return err_field(&request->err, "regions", CAUSE_INVALID, "\"all\" stands alone");
    }
    return 0;
}

static void take_role_list(struct request *request, struct available *out)
{
    const cJSON *role;

    cJSON_ArrayForEach(role, json_find(request->json, "roles")) out->roles[out->role_count++] = role->valuestring;
}

static void write_place(struct json *j, const struct available_place *place)
{
    json_str(j, "region", place->region);
    if (place->role_arn)
        json_text(j, "role_arn", place->role_arn);
}

static void write_cluster(struct json *j, const struct available_cluster *c)
{

    json_object_open(j, NULL);
    json_text(j, "name", c->cluster.name);
    write_place(j, c->place);
    json_text(j, "status", c->cluster.status);
    json_text(j, "version", c->cluster.version);
    json_text(j, "endpoint", c->cluster.endpoint);
    json_time(j, "created_at", c->cluster.created_at);
    json_object_close(j);
}

static void write_error(struct json *j, const struct available_place *place, const char *name, const struct err *err)
{
    json_object_open(j, NULL);
    write_place(j, place);
    if (name)
        json_text(j, "name", name);
    error_json_members(j, err);
    json_object_close(j);
}

static int compare_clusters(const void *a, const void *b)
{
    const struct available_cluster *x = a;
    const struct available_cluster *y = b;
    int order = str_compare(x->place->region, y->place->region);

    return order != 0 ? order : strcmp(x->cluster.name, y->cluster.name);
}

int clusters_available(struct request *request)
{
    struct available *found = arena_alloc(request->arena, sizeof(*found));
    const struct aws_auth *auth;
    struct buf body;
    struct json j;

    if (!found)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the request");
    if (take_regions(request, found) < 0)
        return -1;
    take_role_list(request, found);
    auth = take_auth(request);
    if (!auth || clusters_find_available(request->worker, auth, found, &request->err) < 0)
        return -1;
    qsort(found->clusters, found->cluster_count, sizeof(*found->clusters), compare_clusters);
    buf_init(&body, MIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, "clusters");
    for (size_t i = 0; i < found->cluster_count; i++)
        write_cluster(&j, &found->clusters[i]);
    json_array_close(&j);
    json_array_open(&j, "errors");
    for (size_t i = 0; i < found->place_count; i++)
        if (found->places[i].err)
            write_error(&j, &found->places[i], NULL, found->places[i].err);
    for (size_t i = 0; i < found->cluster_count; i++)
        if (found->clusters[i].err)
            write_error(&j, found->clusters[i].place, found->clusters[i].cluster.name, found->clusters[i].err);
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
