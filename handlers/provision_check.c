#include "handlers/provision_check.h"

#include <string.h>

#include "aws/eks_api.h"
#include "handlers/provision_json.h"
#include "terraform/offers.h"
#include "terraform/order.h"

#define SKEW_MAX 3 /* a kubelet may be so many minor versions older than its API server */
#define ZONES_MIN 2
#define NODEGROUPS_MAX 10

int provision_check_change(struct request *request, const struct run_cluster *cluster, const cJSON *order)
{
    const cJSON *before = run_cluster_order(request, cluster);
    const char *from = json_find_text(before, "kubernetes_version");
    const char *to = json_find_text(order, "kubernetes_version");

    if (!before || str_equal(cluster->state, STR("none")) || str_equal(cluster->state, STR("destroyed")))
        return 0;
    order_check_change(before, order, &request->err);
    if (from && to)
        order_check_upgrade(from, to, &request->err);
    return request->err.kind == ERR_NONE ? 0 : -1;
}

static struct offers_identity identity_of(const cJSON *order)
{
    return (struct offers_identity){json_find_text(order, "role_arn"), json_find_text(order, "external_id")};
}

/* "1.36, 1.35, 1.34" */
static void write_versions(const struct offers *versions, struct buf *out)
{
    const cJSON *item;

    buf_init(out, KIB(1));
    cJSON_ArrayForEach(item, versions->items)
    {
        const char *support = json_find_text(item, "support");

        if (support && strcmp(support, "unsupported") != 0)
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", json_find_text(item, "version"));
    }
}

static void check_version(struct request *request, const cJSON *order, const struct offers *versions,
                          struct provision *p)
{
    const char *wanted = json_find_text(order, "kubernetes_version");
    const cJSON *item = wanted ? offers_find(versions, "version", wanted) : NULL;
    const char *support = json_find_text(item, "support");
    struct buf list;

    if (!versions->is_from_aws)
        provision_warn(request, p, "EKS could not be asked for its versions: %s", versions->why.message);
    if (support && strcmp(support, "unsupported") != 0) {
        if (strcmp(support, "extended") == 0)
            provision_warn(
                request, p,
                "Kubernetes %s is in extended support, which ends on %s: the control plane costs 0.60 USD an "
                "hour instead of 0.10",
                wanted, json_find_text(item, "extended_until"));
        return;
    }
    if (!versions->is_from_aws && !item) {
        provision_warn(request, p, "whether EKS has Kubernetes %s is not known here", wanted ? wanted : "");
        return;
    }
    write_versions(versions, &list);
    err_field(&request->err, "kubernetes_version", CAUSE_NOT_SUPPORTED, "EKS does not have it: it has %s",
              list.ptr ? list.ptr : "none");
    buf_free(&list);
}

static void check_zones(struct request *request, const cJSON *order, struct str region, const char *type,
                        struct provision *p)
{
    const struct offers_identity identity = identity_of(order);
    struct err err = {0};
    size_t zones;

    if (offers_type_zones(request->worker, region, &identity, type, &zones, &err) == 0 && zones > 0 &&
        zones < ZONES_MIN)
        provision_warn(request, p, "%s is offered in one zone of the region only: its nodes are all there", type);
}

static void check_type(struct request *request, const cJSON *order, const char *member, struct provision *p)
{
    const struct offers_identity identity = identity_of(order);
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
    if (warning)
        provision_warn(request, p, "%s %s", type, warning);
    check_zones(request, order, str_from(region), type, p);
}

int provision_check_with_aws(struct request *request, const cJSON *order, struct provision *p)
{
    const struct offers_identity identity = identity_of(order);
    struct offers versions;

    if (offers_versions(request->worker, str_from(json_find_text(order, "region")), &identity, &versions,
                        &request->err) < 0)
        return -1;
    check_version(request, order, &versions, p);
    check_type(request, order, "instance_type", p);
    check_type(request, order, "first_instance_type", p);
    return request->err.kind == ERR_NONE ? 0 : -1;
}

/* Before an upgrade */

struct inspection {
    struct request *request;
    struct aws_client aws;
    const struct aws_credentials *credentials;
    struct str region;
    struct str cluster;
};

static int ask_eks(struct inspection *in, enum eks_operation operation, const char *name, const cJSON **out,
                   struct err *err)
{
    const struct eks_wish wish = {
        .operation = operation, .labels = {in->cluster, str_from(name ? name : "")}, .is_urgent = true};

    return eks_perform(&in->aws, in->credentials, in->region, &wish, out, err);
}

static int refuse_insight(struct request *request, const cJSON *insight, const char *what)
{
    const char *name = json_find_text(insight, "name");
    const char *reason = json_find_text(insight, "insightStatus.reason");

    return err_set(&request->err, ERR_CONFLICT, "EKS is not ready to upgrade the cluster: %s: %.120s (%.240s)", what,
                   name ? name : "an insight", reason ? reason : "no reason is given");
}

/* Those that are about upgrades, and about this version where they name one. */
static bool is_about(const cJSON *insight, const char *version)
{
    const char *category = json_find_text(insight, "category");
    const char *about = json_find_text(insight, "kubernetesVersion");

    return (!category || strcmp(category, "UPGRADE_READINESS") == 0) && (!about || strcmp(about, version) == 0);
}

static int check_insights(struct inspection *in, const char *version, bool is_confirmed, struct provision *p)
{
    const cJSON *insights;
    const cJSON *insight;
    struct err err = {0};

    if (ask_eks(in, EKS_LIST_INSIGHTS, NULL, &insights, &err) < 0) {
        provision_warn(in->request, p, "EKS could not be asked for its insights: %s", err.message);
        return 0;
    }
    cJSON_ArrayForEach(insight, insights)
    {
        const char *status = json_find_text(insight, "insightStatus.status");

        if (!status || !is_about(insight, version))
            continue;
        if (strcmp(status, "ERROR") == 0)
            return refuse_insight(in->request, insight, "ERROR");
        if (strcmp(status, "WARNING") == 0 && !is_confirmed)
            return refuse_insight(in->request, insight, "WARNING; send confirm_warnings to go on");
        if (strcmp(status, "WARNING") == 0)
            provision_warn(in->request, p, "EKS warns: %s", json_find_text(insight, "name"));
    }
    return 0;
}

static int check_nodegroup(struct inspection *in, const char *name, const char *version)
{
    const cJSON *group;
    const char *has;
    struct err err = {0};

    if (ask_eks(in, EKS_DESCRIBE_NODEGROUP, name, &group, &err) < 0)
        return 0;
    has = json_find_text(group, "version");
    if (!has || order_minor(has) < 0 || order_minor(version) - order_minor(has) <= SKEW_MAX)
        return 0;
    return err_set(&in->request->err, ERR_CONFLICT,
                   "the nodes of %.64s have Kubernetes %s, more than %d minor versions behind %s: upgrade them first",
                   name, has, SKEW_MAX, version);
}

static int check_nodes(struct inspection *in, const char *version, struct provision *p)
{
    const cJSON *groups;
    const cJSON *group;
    struct err err = {0};
    size_t count = 0;

    if (ask_eks(in, EKS_LIST_NODEGROUPS, NULL, &groups, &err) < 0) {
        provision_warn(in->request, p, "EKS could not be asked for the node groups: %s", err.message);
        return 0;
    }
    cJSON_ArrayForEach(group, groups)
    {
        if (cJSON_IsString(group) && ++count <= NODEGROUPS_MAX && check_nodegroup(in, group->valuestring, version) < 0)
            return -1;
    }
    return 0;
}

int provision_check_upgrade(struct request *request, const cJSON *order, const char *version, bool is_confirmed,
                            struct provision *p)
{
    const struct offers_identity identity = identity_of(order);
    struct inspection in = {
        .request = request,
        .region = str_from(json_find_text(order, "region")),
        .cluster = str_from(json_find_text(order, "cluster_name")),
    };
    struct err err = {0};

    in.credentials = offers_credentials(request->worker, in.region, &identity, &err);
    if (!in.credentials) {
        provision_warn(request, p, "AWS could not be asked whether the cluster is ready: %s", err.message);
        return 0;
    }
    in.aws = (struct aws_client){
        .http = request->worker->http, .arena = request->arena, .deadline_ms = clock_monotonic_ms() + AWS_WITHIN_MS};
    return check_insights(&in, version, is_confirmed, p) < 0 ? -1 : check_nodes(&in, version, p);
}
