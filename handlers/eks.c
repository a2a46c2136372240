/*
 * What AWS knows of a cluster: GET /api/clusters/{id}/eks and its parts. AWS's own objects are passed on; a part is
 * listed, then each of its items described, several at a time, and what failed is told beside what did not.
 */
#include <pthread.h>
#include <string.h>

#include "aws/eks_api.h"
#include "cluster/parallel.h"
#include "fcgi/response.h"
#include "handlers/eks.h"
#include "handlers/error_json.h"
#include "handlers/handlers.h"

/* clang-format off */
static const struct field error_shape[] = {
    {.name = "part", .example = "version"},
    {.name = "code", .example = "AccessDeniedException"},
    {.name = "message", .example = "not authorized to perform eks:DescribeClusterVersions"},
    {.name = NULL},
};

static const struct field eks_shape[] = {
    {.name = "cluster", .type = FIELD_OBJECT, .help = "AWS's own Cluster", .example = "{\"name\":\"demo\",\"version\":\"1.33\",\"status\":\"ACTIVE\"}"},
    {.name = "version", .type = FIELD_OBJECT, .nullable = true, .help = "AWS's own ClusterVersionInformation", .example = "{\"clusterVersion\":\"1.33\",\"versionStatus\":\"STANDARD_SUPPORT\"}"},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = error_shape, .help = "what AWS did not say", .example = "[]"},
    {.name = NULL},
};

static const struct field item_error_shape[] = {
    {.name = "name", .example = "workers"},
    {.name = "code", .example = "AccessDeniedException"},
    {.name = "message", .example = "not authorized to perform eks:DescribeNodegroup"},
    {.name = NULL},
};

static const struct field part_shape[] = {
    {.name = "nodegroups", .type = FIELD_OBJECT_LIST, .optional = true, .help = "AWS's own objects; one of these, by the part", .example = "[{\"nodegroupName\":\"workers\",\"status\":\"ACTIVE\"}]"},
    {.name = "addons", .type = FIELD_OBJECT_LIST, .optional = true},
    {.name = "fargateProfiles", .type = FIELD_OBJECT_LIST, .optional = true},
    {.name = "accessEntries", .type = FIELD_OBJECT_LIST, .optional = true},
    {.name = "insights", .type = FIELD_OBJECT_LIST, .optional = true},
    {.name = "updates", .type = FIELD_OBJECT_LIST, .optional = true},
    {.name = "associations", .type = FIELD_OBJECT_LIST, .optional = true},
    {.name = "errors", .type = FIELD_OBJECT_LIST, .children = item_error_shape, .help = "what could not be described", .example = "[]"},
    {.name = NULL},
};

const struct answer eks_answers[] = {
    {200, "what EKS says", eks_shape},
    {0},
};

const struct answer eks_part_answers[] = {
    {200, "the objects of that part", part_shape},
    {0},
};
/* clang-format on */

static void write_error(struct json *j, const char *about, const char *name, const struct err *err)
{
    json_object_open(j, NULL);
    json_text(j, about, name);
    error_json_members(j, err);
    json_object_close(j);
}

static int ask(struct request *request, enum eks_operation operation, struct str label, const cJSON **out,
               struct err *err)
{
    const struct connection *c = &request->cluster->connection;
    struct aws_client aws = worker_aws(request->worker, request->cluster->auth);
    const struct eks_wish wish = {.operation = operation, .labels = {str_from(c->name), label}};

    return eks_perform(&aws, request->cluster->credentials, str_from(c->region), &wish, out, err);
}

/* How long AWS supports the cluster's version. */
static const cJSON *find_version(struct request *request, const char *version, struct err *err)
{
    const struct connection *c = &request->cluster->connection;
    struct aws_client aws = worker_aws(request->worker, request->cluster->auth);
    const struct eks_wish wish = {.operation = EKS_DESCRIBE_CLUSTER_VERSIONS,
                                  .query = {{"clusterVersions", str_from(version)}},
                                  .query_count = 1};
    const cJSON *versions = NULL;
    const cJSON *v;

    if (eks_perform(&aws, request->cluster->credentials, str_from(c->region), &wish, &versions, err) < 0)
        return NULL;
    cJSON_ArrayForEach(v, versions)
    {
        const char *name = json_find_text(v, "clusterVersion");

        if (name && version && strcmp(name, version) == 0)
            return v;
    }
    return NULL;
}

int eks_show(struct request *request)
{
    struct err version_err = {0};
    const cJSON *cluster;
    const cJSON *version;
    struct buf body;
    struct json j;

    if (ask(request, EKS_DESCRIBE_CLUSTER, STR(""), &cluster, &request->err) < 0)
        return -1;
    version = find_version(request, json_find_text(cluster, "version"), &version_err);
    buf_init(&body, MIB(1));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_value(&j, "cluster", cluster);
    json_value(&j, "version", version);
    json_array_open(&j, "errors");
    if (version_err.kind != ERR_NONE)
        write_error(&j, "part", "version", &version_err);
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* The parts of the page: how each is listed, what tells its items apart, and how one is described. */
static const struct part {
    struct str name;
    const char *member; /* of our answer */
    enum eks_operation list;
    const char *id; /* NULL: the list holds names; else the member of its objects */
    enum eks_operation describe;
    bool has_policies;
} parts[] = {
    {STR("nodegroups"), "nodegroups", EKS_LIST_NODEGROUPS, NULL, EKS_DESCRIBE_NODEGROUP, false},
    {STR("addons"), "addons", EKS_LIST_ADDONS, NULL, EKS_DESCRIBE_ADDON, false},
    {STR("fargate-profiles"), "fargateProfiles", EKS_LIST_FARGATE_PROFILES, NULL, EKS_DESCRIBE_FARGATE_PROFILE, false},
    {STR("access-entries"), "accessEntries", EKS_LIST_ACCESS_ENTRIES, NULL, EKS_DESCRIBE_ACCESS_ENTRY, true},
    {STR("insights"), "insights", EKS_LIST_INSIGHTS, "id", EKS_DESCRIBE_INSIGHT, false},
    {STR("updates"), "updates", EKS_LIST_UPDATES, NULL, EKS_DESCRIBE_UPDATE, false},
    {STR("pod-identity-associations"), "associations", EKS_LIST_POD_IDENTITY_ASSOCIATIONS, "associationId",
     EKS_DESCRIBE_POD_IDENTITY_ASSOCIATION, false},
};

static const struct part *find_part(struct str name)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (str_equal(parts[i].name, name))
            return &parts[i];
    return NULL;
}

/* The description of one item, as text in the request's arena, or why there is none. */
struct item {
    const char *name;
    struct str text;
    struct err *err;
};

struct descriptions {
    struct request *request;
    const struct part *part;
    struct item *items;
    pthread_mutex_t lock; /* of the request's arena */
};

static int describe_item(struct aws_client *aws, const struct descriptions *d, const char *name, struct json *j,
                         struct err *err)
{
    const struct connection *c = &d->request->cluster->connection;
    struct eks_wish wish = {.operation = d->part->describe, .labels = {str_from(c->name), str_from(name)}};
    const struct aws_credentials *credentials = d->request->cluster->credentials;
    const cJSON *object;
    const cJSON *member;
    const cJSON *policies = NULL;

    if (eks_perform(aws, credentials, str_from(c->region), &wish, &object, err) < 0)
        return -1;
    wish.operation = EKS_LIST_ASSOCIATED_ACCESS_POLICIES;
    if (d->part->has_policies && eks_perform(aws, credentials, str_from(c->region), &wish, &policies, err) < 0)
        return -1;
    json_object_open(j, NULL);
    cJSON_ArrayForEach(member, object) json_value(j, member->string, member);
    if (d->part->has_policies)
        json_value(j, "associatedAccessPolicies", policies);
    json_object_close(j);
    return 0;
}

static void run_describe(struct aws_client *aws, void *arg, size_t index)
{
    struct descriptions *d = arg;
    struct item *item = &d->items[index];
    struct err err = {0};
    struct buf text;
    struct json j;
    int rc;

    buf_init(&text, MIB(1));
    json_init(&j, &text);
    rc = describe_item(aws, d, item->name, &j, &err);
    if (rc == 0 && text.failed)
        rc = err_set(&err, ERR_UPSTREAM_BROKEN, "its description is too large");
    pthread_mutex_lock(&d->lock);
    if (rc == 0) {
        item->text = (struct str){arena_strndup(d->request->arena, buf_str(&text).ptr, text.len), text.len};
    } else {
        item->err = arena_alloc(d->request->arena, sizeof(err));
        if (item->err)
            *item->err = err;
    }
    pthread_mutex_unlock(&d->lock);
    buf_free(&text);
}

static const char *name_of(const struct part *part, const cJSON *listed)
{
    return part->id ? json_find_text(listed, part->id) : cJSON_GetStringValue(listed);
}

static int write_part(struct request *request, const struct part *part, const struct item *items, size_t count)
{
    struct buf body;
    struct json j;

    buf_init(&body, MIB(8));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, part->member);
    for (size_t i = 0; i < count; i++)
        if (items[i].text.len > 0)
            json_raw(&j, NULL, items[i].text);
    json_array_close(&j);
    json_array_open(&j, "errors");
    for (size_t i = 0; i < count; i++)
        if (items[i].err)
            write_error(&j, "name", items[i].name, items[i].err);
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int eks_show_part(struct request *request)
{
    struct descriptions d = {.request = request};
    struct str name = request_segment(request, "part");
    const cJSON *listed;
    const cJSON *entry;
    size_t count = 0;

    d.part = name.ptr ? find_part(name) : NULL;
    if (!d.part)
        return err_set(&request->err, ERR_NOT_FOUND,
                       "there is no such part: nodegroups, addons, fargate-profiles, access-entries, insights, "
                       "updates, pod-identity-associations");
    if (ask(request, d.part->list, STR(""), &listed, &request->err) < 0)
        return -1;
    d.items = arena_alloc(request->arena, ((size_t)cJSON_GetArraySize(listed) + 1) * sizeof(*d.items));
    if (!d.items)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the list");
    cJSON_ArrayForEach(entry, listed)
    {
        if (name_of(d.part, entry))
            d.items[count++].name = name_of(d.part, entry);
    }
    pthread_mutex_init(&d.lock, NULL);
    parallel_run(&(struct parallel){
        .count = count, .profile = aws_auth_profile(request->cluster->auth), .call = run_describe, .arg = &d});
    pthread_mutex_destroy(&d.lock);
    return write_part(request, d.part, d.items, count);
}
