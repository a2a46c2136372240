/*
 * Before an upgrade: whether EKS, the cluster's nodes and its disruption budgets are ready for it. What can not be
 * asked is told as a warning and stops nothing.
 */
#include <stdio.h>
#include <string.h>

#include "aws/eks_api.h"
#include "cluster/list.h"
#include "handlers/provision_check.h"
#include "handlers/provision_json.h"
#include "terraform/versions.h"

#define SKEW_MAX 3 /* a kubelet may be so many minor versions older than its API server */
#define NODEGROUPS_MAX 10
#define NAMED_MAX 3 /* disruption budgets */
#define BUDGETS_WITHIN_MS 10000

struct inspection {
    struct request *request;
    struct aws_client aws;
    const struct aws_credentials *credentials;
    struct str region;
    struct str cluster;
    const char *version; /* that it is to have */
    bool is_confirmed;   /* the user goes on in spite of warnings */
    struct provision *p;
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

static int check_insights(struct inspection *in)
{
    const cJSON *insights;
    const cJSON *insight;
    struct err err = {0};

    if (ask_eks(in, EKS_LIST_INSIGHTS, NULL, &insights, &err) < 0) {
        provision_warn(in->request, in->p, "EKS could not be asked for its insights: %s", err.message);
        return 0;
    }
    cJSON_ArrayForEach(insight, insights)
    {
        const char *status = json_find_text(insight, "insightStatus.status");

        if (!status || !is_about(insight, in->version))
            continue;
        if (strcmp(status, "ERROR") == 0)
            return refuse_insight(in->request, insight, "ERROR");
        if (strcmp(status, "WARNING") == 0 && !in->is_confirmed)
            return refuse_insight(in->request, insight, "WARNING; send confirm_warnings to go on");
        if (strcmp(status, "WARNING") == 0)
            provision_warn(in->request, in->p, "EKS warns: %s", json_find_text(insight, "name"));
    }
    return 0;
}

static int check_nodegroup(struct inspection *in, const char *name)
{
    const cJSON *group;
    const char *has;
    struct err err = {0};

    if (ask_eks(in, EKS_DESCRIBE_NODEGROUP, name, &group, &err) < 0)
        return 0;
    has = json_find_text(group, "version");
    if (!has || version_minor(has) < 0 || version_minor(in->version) - version_minor(has) <= SKEW_MAX)
        return 0;
    return err_set(&in->request->err, ERR_CONFLICT,
                   "the nodes of %.64s have Kubernetes %s, more than %d minor versions behind %s: upgrade them first",
                   name, has, SKEW_MAX, in->version);
}

static int check_nodes(struct inspection *in)
{
    const cJSON *groups;
    const cJSON *group;
    struct err err = {0};
    size_t count = 0;

    if (ask_eks(in, EKS_LIST_NODEGROUPS, NULL, &groups, &err) < 0) {
        provision_warn(in->request, in->p, "EKS could not be asked for the node groups: %s", err.message);
        return 0;
    }
    cJSON_ArrayForEach(group, groups)
    {
        if (cJSON_IsString(group) && ++count <= NODEGROUPS_MAX && check_nodegroup(in, group->valuestring) < 0)
            return -1;
    }
    return 0;
}

/* Disruption budgets */

struct budgets {
    struct inspection *in;
    size_t count; /* that let no pod go */
    char names[256];
};

static int take_budget(void *arg, const cJSON *budget)
{
    struct budgets *all = arg;
    const char *namespace = json_find_text(budget, "metadata.namespace");
    const char *name = json_find_text(budget, "metadata.name");
    size_t len = strlen(all->names);

    if (json_find_int(budget, "status.expectedPods", 0) == 0 ||
        json_find_int(budget, "status.disruptionsAllowed", 1) > 0)
        return 0;
    if (all->count++ < NAMED_MAX && namespace && name)
        snprintf(all->names + len, sizeof(all->names) - len, "%s%.60s/%.60s", len > 0 ? ", " : "", namespace, name);
    return 0;
}

static bool is_gone(void *arg)
{
    return request_is_gone(((const struct budgets *)arg)->in->request);
}

/* 0, or -1 with err. */
static int read_budgets(struct budgets *all, struct str connection, struct err *err)
{
    struct request *request = all->in->request;
    struct cluster *cluster = arena_alloc(request->arena, sizeof(*cluster));
    struct list list = {.path = "/apis/policy/v1/poddisruptionbudgets?",
                        .accept = KUBE_ACCEPT_JSON,
                        .array = "items",
                        .on_item = take_budget,
                        .is_gone = is_gone,
                        .arg = all,
                        .token = ""};

    if (!cluster)
        return err_set(err, ERR_INTERNAL, "there is no memory for the cluster");
    if (cluster_load(request->worker, connection, cluster, err) < 0 || cluster_open(request->worker, cluster, err) < 0)
        return -1;
    return cluster_list_all(request->worker, cluster, &list, BUDGETS_WITHIN_MS, err);
}

/* EKS waits a quarter of an hour for each node whose pods may not go, and then fails. */
static int check_budgets(struct inspection *in, struct str connection)
{
    struct budgets all = {.in = in};
    struct err err = {0};

    if (connection.len == 0) {
        provision_warn(in->request, in->p, "the cluster is not connected: its disruption budgets are not known");
        return 0;
    }
    if (read_budgets(&all, connection, &err) < 0) {
        provision_warn(in->request, in->p, "the cluster could not be asked for its disruption budgets: %s",
                       err.message);
        return 0;
    }
    if (all.count == 0)
        return 0;
    if (!in->is_confirmed)
        return err_set(&in->request->err, ERR_CONFLICT,
                       "disruption budgets let no pod go now, so nodes can not be replaced: %s%s. Send "
                       "confirm_warnings to go on",
                       all.names, all.count > NAMED_MAX ? " and others" : "");
    provision_warn(in->request, in->p, "disruption budgets let no pod go now: %s%s", all.names,
                   all.count > NAMED_MAX ? " and others" : "");
    return 0;
}

static int check_aws(struct inspection *in, const cJSON *order)
{
    const struct offers_identity identity = provision_identity(order);
    struct request *request = in->request;
    struct err err = {0};

    in->credentials = offers_credentials(request->worker, in->region, &identity, &err);
    if (!in->credentials) {
        provision_warn(request, in->p, "AWS could not be asked whether the cluster is ready: %s", err.message);
        return 0;
    }
    in->aws = (struct aws_client){
        .http = request->worker->http, .arena = request->arena, .deadline_ms = clock_monotonic_ms() + AWS_WITHIN_MS};
    return check_insights(in) < 0 ? -1 : check_nodes(in);
}

int provision_check_upgrade(struct request *request, const struct run_cluster *cluster, const cJSON *order,
                            struct provision *p)
{
    const cJSON *before = run_cluster_order(request, cluster);
    const char *has = json_find_text(before, "kubernetes_version");
    struct inspection in = {
        .request = request,
        .region = str_from(json_find_text(before, "region")),
        .cluster = cluster->name,
        .version = json_find_text(order, "kubernetes_version"),
        .is_confirmed = provision_is_true(request, "confirm_warnings"),
        .p = p,
    };

    if (!str_equal(cluster->state, STR("present")) || !has || !in.version || strcmp(has, in.version) == 0)
        return 0;
    return check_aws(&in, order) < 0 ? -1 : check_budgets(&in, cluster->connection);
}
