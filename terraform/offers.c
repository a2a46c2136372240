#include "terraform/offers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/ec2.h"
#include "aws/eks_api.h"
#include "base/clock.h"
#include "redis/offers.h"
#include "terraform/order.h"
#include "terraform/versions.h"

#define WITHIN_MS 30000 /* a region has some eight hundred types, a hundred in an answer */
#define LITTLE_MEMORY_MIB 2048

static void wipe_auth(void *auth)
{
    aws_auth_wipe(auth);
    free(auth);
}

static void wipe_credentials(void *credentials)
{
    aws_credentials_wipe(credentials);
    free(credentials);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for what AWS offers");
}

static struct aws_auth *auth_of(struct worker *worker, struct str region, const struct offers_identity *identity,
                                struct err *err)
{
    struct aws_auth *auth = calloc(1, sizeof(*auth));

    if (!auth || arena_defer(worker->arena, wipe_auth, auth) < 0) {
        no_memory(err);
        return NULL;
    }
    str_copy(auth->region, sizeof(auth->region), region);
    if (identity->role_arn)
        aws_auth_add_role(auth, str_from(identity->role_arn), identity->external_id ? identity->external_id : "");
    return auth;
}

const struct aws_credentials *offers_credentials(struct worker *worker, struct str region,
                                                 const struct offers_identity *identity, struct err *err)
{
    struct aws_auth *auth = auth_of(worker, region, identity, err);
    struct aws_credentials *credentials = calloc(1, sizeof(*credentials));
    struct aws_client aws;

    if (!auth || !credentials) {
        free(credentials);
        no_memory(err);
        return NULL;
    }
    if (arena_defer(worker->arena, wipe_credentials, credentials) < 0) {
        no_memory(err);
        return NULL;
    }
    aws = worker_aws(worker, auth);
    return aws_credentials_resolve(&aws, auth, credentials, err) < 0 ? NULL : credentials;
}

static struct aws_client client_of(const struct worker *worker)
{
    return (struct aws_client){
        .http = worker->http, .arena = worker->arena, .deadline_ms = clock_monotonic_ms() + WITHIN_MS};
}

/* A list that AWS can be asked for. */
struct kind {
    const char *name;
    int (*write)(struct worker *worker, struct str region, const struct aws_credentials *credentials, struct json *j,
                 struct err *err);
    int (*compare)(const void *a, const void *b);
};

static const cJSON *read_list(struct worker *worker, struct str text)
{
    const char *why;
    cJSON *list = json_parse(worker->arena, text, 8, &why);

    return cJSON_GetArraySize(list) > 0 ? list : NULL;
}

static bool find_kept(struct worker *worker, const struct kind *kind, struct str region, struct offers *out)
{
    struct err ignored = {0};
    struct str text;

    if (offers_kept_read(worker->redis, worker->arena, kind->name, region, &text, &ignored) == REDIS_FOUND)
        out->items = read_list(worker, text);
    return out->items != NULL;
}

/* Its items hang together anew, in that order. */
static void sort(const cJSON *list, int (*compare)(const void *, const void *), struct arena *arena)
{
    cJSON *owner = (cJSON *)(uintptr_t)list;
    size_t count = (size_t)cJSON_GetArraySize(list);
    cJSON **items = arena_alloc(arena, (count + 1) * sizeof(cJSON *));

    if (!items)
        return;
    for (size_t i = 0; i < count; i++)
        items[i] = cJSON_DetachItemFromArray(owner, 0);
    qsort(items, count, sizeof(cJSON *), compare);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(owner, items[i]);
}

static void keep(struct worker *worker, const struct kind *kind, struct str region, const cJSON *items)
{
    struct buf text;
    struct json j;

    buf_init(&text, OFFERS_TEXT_MAX);
    json_init(&j, &text);
    json_value(&j, NULL, items);
    if (!text.failed)
        offers_kept_write(worker->redis, kind->name, region, buf_str(&text));
    buf_free(&text);
}

static const cJSON *ask_aws(struct worker *worker, const struct kind *kind, struct str region,
                            const struct offers_identity *identity, struct err *err)
{
    const struct aws_credentials *credentials = offers_credentials(worker, region, identity, err);
    const cJSON *items = NULL;
    struct buf text;
    struct json j;

    buf_init(&text, OFFERS_TEXT_MAX);
    json_init(&j, &text);
    if (credentials && kind->write(worker, region, credentials, &j, err) == 0) {
        items = text.failed ? NULL : read_list(worker, buf_str(&text));
        if (!items)
            err_set(err, ERR_UPSTREAM_BROKEN, "AWS's list is empty, or too long");
    }
    buf_free(&text);
    return items;
}

static void find(struct worker *worker, const struct kind *kind, struct str region,
                 const struct offers_identity *identity, struct offers *out)
{
    *out = (struct offers){.is_from_aws = true};
    if (find_kept(worker, kind, region, out))
        return;
    out->items = ask_aws(worker, kind, region, identity, &out->why);
    out->is_from_aws = out->items != NULL;
    if (!out->items)
        return;
    sort(out->items, kind->compare, worker->arena);
    keep(worker, kind, region, out->items);
}

/* Versions */

static void write_date(struct json *j, const char *key, int64_t seconds)
{
    char text[CLOCK_TEXT_SIZE];

    if (seconds > 0)
        json_str(j, key, (struct str){clock_format(seconds, text), 10});
    else
        json_null(j, key);
}

static void write_version(struct json *j, const char *name, bool is_default, const struct version *v,
                          enum support support)
{
    json_object_open(j, NULL);
    json_text(j, "version", name);
    json_bool(j, "default", is_default);
    json_text(j, "support", support_name(support));
    write_date(j, "released", v->released);
    write_date(j, "standard_until", v->standard_until);
    write_date(j, "extended_until", v->extended_until);
    json_int(j, "days_left", support_days_left(v->standard_until, v->extended_until, clock_now()));
    json_object_close(j);
}

static enum support support_of(const cJSON *item, const struct version *v)
{
    const char *status = json_find_text(item, "versionStatus");

    if (!status)
        return version_support_at(v->standard_until, v->extended_until, clock_now());
    return strcmp(status, "STANDARD_SUPPORT") == 0   ? SUPPORT_STANDARD
           : strcmp(status, "EXTENDED_SUPPORT") == 0 ? SUPPORT_EXTENDED
                                                     : SUPPORT_ENDED;
}

static int ask_versions(struct worker *worker, struct str region, const struct aws_credentials *credentials,
                        struct json *j, struct err *err)
{
    const struct eks_wish wish = {.operation = EKS_DESCRIBE_CLUSTER_VERSIONS};
    struct aws_client aws = client_of(worker);
    const cJSON *list;
    const cJSON *item;

    if (eks_perform(&aws, credentials, region, &wish, &list, err) < 0)
        return -1;
    json_array_open(j, NULL);
    cJSON_ArrayForEach(item, list)
    {
        const struct version v = {
            .name = json_find_text(item, "clusterVersion"),
            .released = json_find_int(item, "releaseDate", 0),
            .standard_until = json_find_int(item, "endOfStandardSupportDate", 0),
            .extended_until = json_find_int(item, "endOfExtendedSupportDate", 0),
        };

        if (v.name && order_minor(v.name) >= 0)
            write_version(j, v.name, cJSON_IsTrue(json_find(item, "defaultVersion")), &v, support_of(item, &v));
    }
    json_array_close(j);
    return 0;
}

static int write_builtin(struct worker *worker, struct offers *out, struct err *err)
{
    struct buf text;
    struct json j;
    struct str copy;

    buf_init(&text, KIB(16));
    json_init(&j, &text);
    json_array_open(&j, NULL);
    for (size_t i = 0; i < version_count; i++)
        write_version(&j, versions[i].name, strcmp(versions[i].name, ORDER_DEFAULT_VERSION) == 0, &versions[i],
                      versions_support(versions[i].name));
    json_array_close(&j);
    copy = (struct str){text.failed ? NULL : arena_strndup(worker->arena, text.ptr, text.len), text.len};
    out->items = copy.ptr ? read_list(worker, copy) : NULL;
    buf_free(&text);
    return out->items ? 0 : no_memory(err);
}

static int newest_first(const void *a, const void *b)
{
    const cJSON *const *x = a;
    const cJSON *const *y = b;

    return order_minor(json_find_text(*y, "version")) - order_minor(json_find_text(*x, "version"));
}

int offers_versions(struct worker *worker, struct str region, const struct offers_identity *identity,
                    struct offers *out, struct err *err)
{
    static const struct kind kind = {"versions", ask_versions, newest_first};

    find(worker, &kind, region, identity, out);
    return out->is_from_aws ? 0 : write_builtin(worker, out, err);
}

/* Instance types */

static const char *ami_of(const struct ec2_type *type)
{
    if (type->neurons > 0)
        return "AL2023_x86_64_NEURON";
    if (type->has_nvidia)
        return type->is_x86_64 ? "AL2023_x86_64_NVIDIA" : "AL2023_ARM_64_NVIDIA";
    return type->is_x86_64 ? "AL2023_x86_64_STANDARD" : "AL2023_ARM_64_STANDARD";
}

static const char *warning_of(const struct ec2_type *type)
{
    if (type->is_mac)
        return "EKS has no nodes of this type: it runs macOS only";
    if (type->memory_mib > 0 && type->memory_mib < LITTLE_MEMORY_MIB)
        return "has less than 2 GiB of memory: what EKS itself runs on a node hardly fits";
    return NULL;
}

static void write_type(struct json *j, const struct ec2_type *type)
{
    json_object_open(j, NULL);
    json_text(j, "name", type->name);
    json_array_open(j, "architecture");
    if (type->is_x86_64)
        json_text(j, NULL, "x86_64");
    if (type->is_arm64)
        json_text(j, NULL, "arm64");
    json_array_close(j);
    json_int(j, "vcpus", type->vcpus);
    json_int(j, "memory_mib", type->memory_mib);
    json_int(j, "gpus", type->gpus);
    json_int(j, "neurons", type->neurons);
    json_text(j, "ami_type", ami_of(type));
    json_text(j, "warning", warning_of(type));
    json_object_close(j);
}

static int write_types(struct worker *worker, struct str region, const struct aws_credentials *credentials,
                       struct str name, struct json *j, struct err *err)
{
    struct aws_client aws = client_of(worker);
    struct ec2_type *types;
    size_t count;

    if (ec2_types_list(&aws, credentials, region, name, &types, &count, err) < 0)
        return -1;
    json_array_open(j, NULL);
    for (size_t i = 0; i < count; i++)
        write_type(j, &types[i]);
    json_array_close(j);
    return 0;
}

static int ask_types(struct worker *worker, struct str region, const struct aws_credentials *credentials,
                     struct json *j, struct err *err)
{
    return write_types(worker, region, credentials, STR(""), j, err);
}

static int by_name(const void *a, const void *b)
{
    const cJSON *const *x = a;
    const cJSON *const *y = b;

    return strcmp(json_find_text(*x, "name"), json_find_text(*y, "name"));
}

static const struct kind all_types = {"types", ask_types, by_name};

void offers_types(struct worker *worker, struct str region, const struct offers_identity *identity, struct offers *out)
{
    find(worker, &all_types, region, identity, out);
}

void offers_type(struct worker *worker, struct str region, const struct offers_identity *identity, const char *type,
                 struct offers *out)
{
    const struct aws_credentials *credentials;
    const char *why;
    struct buf text;
    struct json j;

    *out = (struct offers){.is_from_aws = true};
    if (find_kept(worker, &all_types, region, out))
        return;
    credentials = offers_credentials(worker, region, identity, &out->why);
    buf_init(&text, KIB(16));
    json_init(&j, &text);
    if (credentials && write_types(worker, region, credentials, str_from(type), &j, &out->why) == 0 && !text.failed)
        out->items = json_parse(worker->arena, buf_str(&text), 8, &why);
    buf_free(&text);
    out->is_from_aws = out->items != NULL;
}

const cJSON *offers_find(const struct offers *offers, const char *member, const char *value)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, offers->items)
    {
        const char *text = json_find_text(item, member);

        if (text && strcmp(text, value) == 0)
            return item;
    }
    return NULL;
}

int offers_type_zones(struct worker *worker, struct str region, const struct offers_identity *identity,
                      const char *type, size_t *zones, struct err *err)
{
    const struct aws_credentials *credentials = offers_credentials(worker, region, identity, err);
    struct aws_client aws = client_of(worker);

    return credentials ? ec2_type_zones(&aws, credentials, region, str_from(type), zones, err) : -1;
}
