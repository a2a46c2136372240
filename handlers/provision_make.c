/*
 * Orders of whole clusters: tried (a plan and no more), made, changed, taken up again. What AWS says of versions and
 * instance types is asked first, where it can be asked.
 */
#include <string.h>

#include "base/clock.h"
#include "handlers/handlers.h"
#include "handlers/provision.h"
#include "handlers/provision_check.h"
#include "handlers/provision_json.h"
#include "handlers/provision_submit.h"
#include "terraform/name.h"
#include "terraform/order.h"
#include "terraform/order_text.h"

#define VERSION_PATTERN "^1[.](2[5-9]|[3-9][0-9])$"
#define TYPE_PATTERN                                                                                                   \
    "^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,10}){0,2}[.](nano|micro|small|medium|large|xlarge|[1-9][0-9]{0,2}xlarge|metal|"   \
    "metal-[1-9][0-9]{0,2}xl)$"
#define ROLE_PATTERN "^arn:aws[a-zA-Z0-9-]*:iam::[0-9]{12}:role/[A-Za-z0-9/_+=,.@-]+$"
#define PRINCIPAL_PATTERN "^arn:aws[a-zA-Z0-9-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9/_+=,.@-]+$"

/* clang-format off */
const struct field provision_order_fields[] = {
    {.name = "cluster_name", .type = FIELD_TEXT, .required = true, .min = 1, .max = TERRAFORM_CLUSTER_MAX, .pattern = "^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$", .check = terraform_check_cluster, .help = "of the cluster; it can not be changed later", .example = "prod-cluster-001"},
    {.name = "kubernetes_version", .type = FIELD_TEXT, .min = 4, .max = 4, .pattern = VERSION_PATTERN, .check = order_check_version, .help = "1.33 when left out; GET /api/provision/versions lists what EKS has", .example = "1.33"},
    {.name = "instance_type", .type = FIELD_TEXT, .min = 3, .max = 48, .pattern = TYPE_PATTERN, .check = order_check_instance_type, .help = "of the second node group; m5.xlarge when left out", .example = "m5.xlarge"},
    {.name = "ip_family", .type = FIELD_CHOICE, .choices = "ipv4|ipv6", .help = "of pods and services: ipv4 when left out; it can not be changed later", .example = "ipv6"},
    {.name = "region", .type = FIELD_TEXT, .min = 1, .max = 63, .pattern = "^[0-9-]*[a-z]([a-z0-9-]*[a-z0-9])?$", .check = order_check_region, .help = "ap-south-1 when left out"},
    {.name = "role_arn", .type = FIELD_TEXT, .min = 20, .max = 640, .pattern = ROLE_PATTERN, .check = order_check_role_arn, .help = "IAM role that the run assumes, for another account say"},
    {.name = "external_id", .type = FIELD_TEXT, .min = 2, .max = 1224, .pattern = "^[A-Za-z0-9_+=,.@:/-]*$", .check = order_check_external_id, .help = "that the role asks for"},
    {.name = "vpc_id", .type = FIELD_TEXT, .min = 12, .max = 21, .pattern = "^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", .check = order_check_vpc, .help = "a VPC that is there; with subnet_ids. One is made when left out"},
    {.name = "subnet_ids", .type = FIELD_TEXT_LIST, .min = 2, .max = 16, .pattern = "^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", .check = order_check_subnet, .help = "its subnets, in two zones at least"},
    {.name = "vpc_cidr", .type = FIELD_TEXT, .min = 9, .max = 18, .pattern = "^10[.][0-9]{1,2}[.]0[.]0/16$", .check = order_check_vpc_cidr, .help = "network of the VPC that is made: private, /16 to /24; 10.60.0.0/16 when left out"},
    {.name = "zones", .type = FIELD_INTEGER, .min = 2, .max = 3, .help = "of the VPC that is made; 3 when left out"},
    {.name = "cluster_role", .type = FIELD_TEXT, .min = 1, .max = 64, .pattern = "^[A-Za-z0-9_+=,.@-]+$", .check = order_check_role_name, .help = "name of a given IAM role for the control plane, like EKS_Cluster; one is made when left out"},
    {.name = "node_role", .type = FIELD_TEXT, .min = 1, .max = 64, .pattern = "^[A-Za-z0-9_+=,.@-]+$", .check = order_check_role_name, .help = "name of a given IAM role for nodes, like node-group-k8s; one is made when left out"},
    {.name = "first_instance_type", .type = FIELD_TEXT, .min = 3, .max = 48, .pattern = TYPE_PATTERN, .check = order_check_instance_type, .help = "of the first node group, for what the cluster itself needs; that of the second when left out"},
    {.name = "first_node_count", .type = FIELD_INTEGER, .min = 1, .max = ORDER_NODES_MAX, .help = "nodes of the first group, neither more nor less; 2 when left out"},
    {.name = "node_min", .type = FIELD_INTEGER, .min = 0, .max = ORDER_NODES_MAX, .help = "nodes of the second group: at least; 1 when left out"},
    {.name = "node_desired", .type = FIELD_INTEGER, .min = 0, .max = ORDER_NODES_MAX, .help = "to begin with; 2 when left out"},
    {.name = "node_max", .type = FIELD_INTEGER, .min = 1, .max = ORDER_NODES_MAX, .help = "at most; 4 when left out"},
    {.name = "ignore_desired_size", .type = FIELD_BOOLEAN, .help = "an autoscaler decides how many: later runs leave it"},
    {.name = "capacity_type", .type = FIELD_CHOICE, .choices = "ON_DEMAND|SPOT", .help = "of the second group; ON_DEMAND when left out"},
    {.name = "addons", .type = FIELD_OBJECT, .help = "add-ons and their versions, \"\" for EKS's default; vpc-cni, coredns, kube-proxy, aws-ebs-csi-driver and eks-pod-identity-agent when left out"},
    {.name = "tags", .type = FIELD_OBJECT, .help = "of all that is made: texts"},
    {.name = "environment", .type = FIELD_TEXT, .min = 1, .max = 63, .pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$", .check = order_check_environment, .help = "value of the tag Environment; production when left out"},
    {.name = "private_endpoint_only", .type = FIELD_BOOLEAN, .help = "the API server has no public address"},
    {.name = "public_access_cidrs", .type = FIELD_TEXT_LIST, .min = 1, .max = 40, .pattern = "^203[.]0[.]113[.]0/24$", .check = order_check_public_cidr, .help = "who may reach the public address; all when left out"},
    {.name = "encrypt_secrets", .type = FIELD_BOOLEAN, .help = "with a KMS key of its own; it can not be taken back"},
    {.name = "admin_principal_arn", .type = FIELD_TEXT, .min = 20, .max = 640, .pattern = PRINCIPAL_PATTERN, .check = order_check_principal_arn, .help = "IAM role or user that becomes the cluster's administrator; who makes it when left out"},
    {.name = "pod_identity", .type = FIELD_OBJECT, .help = "service accounts as NAMESPACE/NAME, each with the ARN of the role that its pods have"},
    {.name = "support_type", .type = FIELD_CHOICE, .choices = "STANDARD|EXTENDED", .help = "what becomes of the cluster when standard support of its version ends: upgraded by EKS, or kept at six times the price. When left out: STANDARD, or EXTENDED where it has ended already"},
    {.name = "deletion_protection", .type = FIELD_BOOLEAN, .help = "it can not be destroyed until PUT …/protection has said otherwise"},
    {.name = "require_approval", .type = FIELD_BOOLEAN, .help = "runs stop behind the plan, until that plan is approved"},
    {.name = "plan_only", .type = FIELD_BOOLEAN, .help = "this run stops behind the plan, until that is approved"},
    {.name = "confirm_warnings", .type = FIELD_BOOLEAN, .help = "where the cluster is there and gets another version: go on although insights of EKS warn, or disruption budgets let no pod go"},
    {.name = "allow_replace", .type = FIELD_TEXT_LIST, .min = 1, .max = 32, .pattern = "^[a-z][A-Za-z0-9_-]*[.][A-Za-z0-9_-]+$", .check = order_check_address, .help = "addresses that the guard lets be replaced or destroyed, as a blocked run names them"},
    {.name = NULL},
};
/* clang-format on */

/* The order with all that is meant, until the request ends. NULL with request->err. */
static const cJSON *complete(struct request *request, const cJSON *given)
{
    return provision_keep(request, order_complete(given));
}

/* Whether AWS has what is ordered, and the cluster, where it is there, can become that. */
static int check(struct request *request, const struct run_cluster *cluster, const cJSON *order, struct provision *p)
{
    bool is_test = strcmp(p->op, "test") == 0;

    if (provision_check_change(request, cluster, order) < 0 || provision_check_with_aws(request, order, p) < 0)
        return -1;
    return is_test ? 0 : provision_check_upgrade(request, cluster, order, p);
}

static int submit_order(struct request *request, const char *op)
{
    struct provision p = {.op = op, .creates = true};
    const cJSON *order = complete(request, request->json);
    struct run_cluster cluster = {.state = STR("")};

    if (!order)
        return -1;
    p.cluster = str_from(json_find_text(order, "cluster_name"));
    p.order = order;
    p.plan_only = provision_stops(request, order) && strcmp(op, "test") != 0;
    if (run_cluster_read(request->worker->redis, request->arena, p.cluster, &cluster, &request->err) < 0 ||
        check(request, &cluster, order, &p) < 0)
        return -1;
    return provision_submit(request, &p);
}

static int test(struct request *request)
{
    return submit_order(request, "test");
}

int provisions_test(struct request *request)
{
    return provision_once(request, test);
}

static int create(struct request *request)
{
    return submit_order(request, "provision");
}

int provisions_create(struct request *request)
{
    return provision_once(request, create);
}

static int update(struct request *request)
{
    struct provision p = {.op = "update"};
    struct run_cluster cluster;
    const char *name = json_find_text(request->json, "cluster_name");
    const cJSON *order;

    if (provision_find(request, &cluster) < 0)
        return -1;
    if (!str_equal(cluster.name, str_from(name)))
        return err_field(&request->err, "cluster_name", CAUSE_INVALID, "must be the cluster of the path: %.*s",
                         STR_FMT(cluster.name));
    order = complete(request, request->json);
    if (!order || check(request, &cluster, order, &p) < 0)
        return -1;
    p.cluster = cluster.name;
    p.order = order;
    p.plan_only = provision_stops(request, order);
    return provision_submit(request, &p);
}

int provisions_update(struct request *request)
{
    return provision_once(request, update);
}

/* Adds what the body changes of the order that is applied, or was accepted where none is. */
const cJSON *provision_merge(struct request *request, const struct run_cluster *cluster, const cJSON *change)
{
    const cJSON *before = run_cluster_order(request, cluster);
    const cJSON *merged = provision_keep(request, before ? order_merge(before, change) : NULL);

    return merged ? complete(request, merged) : NULL;
}

static bool can_be_resumed(const struct run *run)
{
    static const char *const ends[] = {"failed", "cancelled", "blocked", "unknown"};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (str_equal(run->status, str_from(ends[i])))
            return true;
    return false;
}

/* The last run once more: what it has made is found and kept. A plan that was approved is stale by then, so the order
 * behind it is planned anew. */
static int resume(struct request *request)
{
    struct provision p = {0};
    struct run_cluster cluster;
    struct run last;
    int rc;

    if (provision_find(request, &cluster) < 0)
        return -1;
    if (cluster.active.len == 0 && !can_be_resumed(&cluster.last))
        return err_set(&request->err, ERR_CONFLICT, "there is nothing to resume: the last run has not failed");
    rc = run_read(request->worker->redis, request->arena, cluster.name, cluster.last.id, &last, &request->err);
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_CONFLICT, "there is nothing to resume: the last run is not there any more");
    if (rc < 0)
        return -1;
    p.cluster = cluster.name;
    p.op = str_equal(last.op, STR("apply")) ? "provision" : arena_strndup(request->arena, last.op.ptr, last.op.len);
    p.order = run_read_json(request, last.order);
    p.plan_only = last.plan_only;
    p.lock_id = last.lock_id;
    p.force = last.force;
    return p.op ? provision_submit(request, &p) : provision_no_memory(request);
}

int provisions_resume(struct request *request)
{
    return provision_once(request, resume);
}
