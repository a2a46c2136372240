#include "handlers/provision_check.h"

#include <stdio.h>
#include <string.h>

#include "handlers/provision_json.h"
#include "terraform/offers.h"
#include "terraform/order.h"
#include "terraform/versions.h"

#define ZONES_MIN 2
#define SHOWN_MAX 5 /* versions of an add-on that a message names */

int provision_check_change(struct request *request, const struct run_cluster *cluster, const cJSON *order)
{
    const cJSON *before = run_cluster_order(request, cluster);
    const char *from = json_find_text(before, "kubernetes_version");
    const char *to = json_find_text(order, "kubernetes_version");

    if (!before || str_equal(cluster->state, STR("none")) || str_equal(cluster->state, STR("destroyed")))
        return 0;
    order_check_change(before, order, &request->err);
    if (from && to)
        version_check_upgrade(from, to, &request->err);
    return request->err.kind == ERR_NONE ? 0 : -1;
}

struct offers_identity provision_identity(const cJSON *order)
{
    return (struct offers_identity){json_find_text(order, "role_arn"), json_find_text(order, "external_id")};
}

/* "1.36, 1.35, 1.34" */
static void write_versions(const struct offers *offered, struct buf *out)
{
    const cJSON *item;

    buf_init(out, KIB(1));
    cJSON_ArrayForEach(item, offered->items)
    {
        const char *support = json_find_text(item, "support");

        if (support && strcmp(support, "unsupported") != 0)
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", json_find_text(item, "version"));
    }
}

static void check_version(struct request *request, const cJSON *order, const struct offers *offered,
                          struct provision *p)
{
    const char *wanted = json_find_text(order, "kubernetes_version");
    const cJSON *item = wanted ? offers_find(offered, "version", wanted) : NULL;
    const char *support = json_find_text(item, "support");
    struct buf list;

    if (!offered->is_from_aws)
        provision_warn(request, p, "EKS could not be asked for its versions: %s", offered->why.message);
    if (support && strcmp(support, "unsupported") != 0) {
        if (strcmp(support, "extended") == 0)
            provision_warn(
                request, p,
                "Kubernetes %s is in extended support, which ends on %s: the control plane costs 0.60 USD an "
                "hour instead of 0.10",
                wanted, json_find_text(item, "extended_until"));
        return;
    }
    if (!offered->is_from_aws && !item) {
        provision_warn(request, p, "whether EKS has Kubernetes %s is not known here", wanted ? wanted : "");
        return;
    }
    write_versions(offered, &list);
    err_field(&request->err, "kubernetes_version", CAUSE_NOT_SUPPORTED, "EKS does not have it: it has %s",
              list.ptr ? list.ptr : "none");
    buf_free(&list);
}

static void check_zones(struct request *request, const cJSON *order, struct str region, const char *type,
                        struct provision *p)
{
    const struct offers_identity identity = provision_identity(order);
    struct err err = {0};
    size_t zones;

    if (offers_type_zones(request->worker, region, &identity, type, &zones, &err) == 0 && zones > 0 &&
        zones < ZONES_MIN)
        provision_warn(request, p, "%s is offered in one zone of the region only: its nodes are all there", type);
}

static bool is_ipv6(const cJSON *order)
{
    const char *family = json_find_text(order, "ip_family");

    return family && strcmp(family, "ipv6") == 0;
}

static void check_type(struct request *request, const cJSON *order, const char *member, struct provision *p)
{
    const struct offers_identity identity = provision_identity(order);
    const char *type = json_find_text(order, member);
    const char *region = json_find_text(order, "region");
    struct offers types;
    const cJSON *item;
    const char *warning;

    if (!type)
        return;
    offers_type(request->worker, str_from(region), &identity, type, &types);
    item = offers_find(&types, "name", type);
    warning = json_find_text(item, "warning");
    if (!types.is_from_aws) {
        provision_warn(request, p, "AWS could not be asked for its instance types: %s", types.why.message);
        return;
    }
    if (!item) {
        err_field(&request->err, member, CAUSE_NOT_SUPPORTED, "is not offered in %s", region);
        return;
    }
    if (cJSON_GetArraySize(json_find(item, "architecture")) == 0) {
        err_field(&request->err, member, CAUSE_NOT_SUPPORTED, "%s", warning ? warning : "has no Linux");
        return;
    }
    if (is_ipv6(order) && cJSON_IsFalse(json_find(item, "ipv6"))) {
        err_field(&request->err, member, CAUSE_NOT_SUPPORTED,
                  "has no IPv6 addresses for pods, which ip_family ipv6 needs: take one of the Nitro system");
        return;
    }
    if (warning)
        provision_warn(request, p, "%s %s", type, warning);
    check_zones(request, order, str_from(region), type, p);
}

/* "v1.20.4-eksbuild.1, v1.19.5-eksbuild.3" */
static void write_addon_versions(const cJSON *addon, struct buf *out)
{
    const cJSON *version;
    size_t count = 0;

    buf_init(out, KIB(1));
    cJSON_ArrayForEach(version, json_find(addon, "versions"))
    {
        if (count++ < SHOWN_MAX)
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", json_find_text(version, "version"));
    }
}

static bool has_version(const cJSON *addon, const char *wanted)
{
    const struct offers offered = {.items = json_find(addon, "versions")};

    return *wanted == '\0' || offers_find(&offered, "version", wanted);
}

static void check_addon(struct request *request, const cJSON *wanted, const struct offers *addons,
                        const char *kubernetes)
{
    const cJSON *addon = offers_find(addons, "name", wanted->string);
    char field[160];
    struct buf list;

    snprintf(field, sizeof(field), "addons.%.100s", wanted->string);
    if (!addon) {
        err_field(&request->err, field, CAUSE_NOT_SUPPORTED, "EKS has no such add-on for Kubernetes %s", kubernetes);
    } else if (!has_version(addon, wanted->valuestring)) {
        write_addon_versions(addon, &list);
        err_field(&request->err, field, CAUSE_NOT_SUPPORTED,
                  "does not go with Kubernetes %s: leave it empty, or take one of %s", kubernetes,
                  list.ptr ? list.ptr : "none");
        buf_free(&list);
    }
}

static void check_addons(struct request *request, const cJSON *order, struct provision *p)
{
    const struct offers_identity identity = provision_identity(order);
    const char *kubernetes = json_find_text(order, "kubernetes_version");
    struct offers addons;
    const cJSON *wanted;

    if (cJSON_GetArraySize(json_find(order, "addons")) == 0)
        return;
    offers_addons(request->worker, str_from(json_find_text(order, "region")), &identity, str_from(kubernetes), &addons);
    if (!addons.is_from_aws) {
        provision_warn(request, p, "EKS could not be asked for its add-ons: %s", addons.why.message);
        return;
    }
    cJSON_ArrayForEach(wanted, json_find(order, "addons"))
    {
        if (cJSON_IsString(wanted))
            check_addon(request, wanted, &addons, kubernetes);
    }
}

int provision_check_with_aws(struct request *request, const cJSON *order, struct provision *p)
{
    const struct offers_identity identity = provision_identity(order);
    struct offers offered;

    if (offers_versions(request->worker, str_from(json_find_text(order, "region")), &identity, &offered,
                        &request->err) < 0)
        return -1;
    check_version(request, order, &offered, p);
    /* Of a version that is wrong there are no add-ons. */
    if (offered.is_from_aws && request->err.kind == ERR_NONE)
        check_addons(request, order, p);
    check_type(request, order, "instance_type", p);
    check_type(request, order, "first_instance_type", p);
    return request->err.kind == ERR_NONE ? 0 : -1;
}
