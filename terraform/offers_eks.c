/*
 * What EKS has: versions of Kubernetes, and add-ons with theirs.
 */
#include <string.h>

#include "aws/eks_api.h"
#include "base/clock.h"
#include "terraform/offers_internal.h"
#include "terraform/order.h"
#include "terraform/versions.h"

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

static int ask_versions(struct worker *worker, const struct offers_kind *kind, struct str region,
                        const struct aws_credentials *credentials, struct json *j, struct err *err)
{
    const struct eks_wish wish = {.operation = EKS_DESCRIBE_CLUSTER_VERSIONS};
    struct aws_client aws = offers_client(worker);
    const cJSON *list;
    const cJSON *item;

    (void)kind;
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

        if (v.name && version_minor(v.name) >= 0)
            write_version(j, v.name, cJSON_IsTrue(json_find(item, "defaultVersion")), &v, support_of(item, &v));
    }
    json_array_close(j);
    return 0;
}

static int write_builtin(struct worker *worker, struct offers *out, struct err *err)
{
    const char *why;
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
    out->items = copy.ptr ? json_parse(worker->arena, copy, 8, &why) : NULL;
    buf_free(&text);
    return out->items ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the versions");
}

static int newest_first(const void *a, const void *b)
{
    const cJSON *const *x = a;
    const cJSON *const *y = b;

    return version_minor(json_find_text(*y, "version")) - version_minor(json_find_text(*x, "version"));
}

int offers_versions(struct worker *worker, struct str region, const struct offers_identity *identity,
                    struct offers *out, struct err *err)
{
    static const struct offers_kind kind = {.name = "versions", .write = ask_versions, .compare = newest_first};

    offers_look_up(worker, &kind, region, identity, out);
    return out->is_from_aws ? 0 : write_builtin(worker, out, err);
}

/* Add-ons */

/* What AWS says of that version of an add-on and the version of Kubernetes; NULL: they do not go together. */
static const cJSON *find_compatibility(const cJSON *version, struct str kubernetes)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_find(version, "compatibilities"))
    {
        if (str_equal(str_from(json_find_text(item, "clusterVersion")), kubernetes))
            return item;
    }
    return NULL;
}

static const char *default_of(const cJSON *addon, struct str kubernetes)
{
    const cJSON *version;

    cJSON_ArrayForEach(version, json_find(addon, "addonVersions"))
    {
        if (cJSON_IsTrue(json_find(find_compatibility(version, kubernetes), "defaultVersion")))
            return json_find_text(version, "addonVersion");
    }
    return NULL;
}

static void write_addon_version(struct json *j, const cJSON *version, bool is_default)
{
    const cJSON *architectures = json_find(version, "architecture");

    json_object_open(j, NULL);
    json_text(j, "version", json_find_text(version, "addonVersion"));
    json_bool(j, "default", is_default);
    if (cJSON_IsArray(architectures))
        json_value(j, "architectures", architectures);
    else
        json_raw(j, "architectures", STR("[]"));
    json_object_close(j);
}

static void write_addon(struct json *j, const cJSON *addon, struct str kubernetes)
{
    const char *chosen = default_of(addon, kubernetes);
    const cJSON *version;

    json_object_open(j, NULL);
    json_text(j, "name", json_find_text(addon, "addonName"));
    json_text(j, "type", json_find_text(addon, "type"));
    json_text(j, "owner", json_find_text(addon, "owner"));
    json_text(j, "default", chosen);
    json_array_open(j, "versions");
    cJSON_ArrayForEach(version, json_find(addon, "addonVersions"))
    {
        const char *name = json_find_text(version, "addonVersion");

        if (name && find_compatibility(version, kubernetes))
            write_addon_version(j, version, chosen && strcmp(chosen, name) == 0);
    }
    json_array_close(j);
    json_object_close(j);
}

static int ask_addons(struct worker *worker, const struct offers_kind *kind, struct str region,
                      const struct aws_credentials *credentials, struct json *j, struct err *err)
{
    const struct eks_wish wish = {
        .operation = EKS_DESCRIBE_ADDON_VERSIONS, .query = {{"kubernetesVersion", kind->about}}, .query_count = 1};
    struct aws_client aws = offers_client(worker);
    const cJSON *list;
    const cJSON *item;

    if (eks_perform(&aws, credentials, region, &wish, &list, err) < 0)
        return -1;
    json_array_open(j, NULL);
    cJSON_ArrayForEach(item, list)
    {
        if (json_find_text(item, "addonName"))
            write_addon(j, item, kind->about);
    }
    json_array_close(j);
    return 0;
}

void offers_addons(struct worker *worker, struct str region, const struct offers_identity *identity,
                   struct str kubernetes, struct offers *out)
{
    const struct offers_kind kind = {"addons", kubernetes, ask_addons, offers_by_name};

    offers_look_up(worker, &kind, region, identity, out);
}
