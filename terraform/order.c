#include "terraform/order.h"

#include <stdio.h>
#include <string.h>

#include "terraform/order_text.h"
#include "terraform/versions.h"

enum {
    VARIABLE = 1, /* of the module */
    FIXED = 2,    /* another value would be another cluster */
    COMPUTED = 4, /* what is meant without it depends on others */
};

/* Each member, and as JSON what is meant without it; NULL: it stays out. */
static const struct {
    const char *name;
    const char *meant;
    unsigned flags;
} members[] = {
    {"cluster_name", NULL, VARIABLE | FIXED},
    {"region", "\"" ORDER_DEFAULT_REGION "\"", VARIABLE | FIXED},
    {"kubernetes_version", "\"" ORDER_DEFAULT_VERSION "\"", VARIABLE},
    {"support_type", NULL, VARIABLE | COMPUTED},
    {"ip_family", "\"ipv4\"", VARIABLE | FIXED},
    {"instance_type", "\"" ORDER_DEFAULT_TYPE "\"", VARIABLE},
    {"first_instance_type", NULL, VARIABLE},
    {"capacity_type", "\"ON_DEMAND\"", VARIABLE},
    {"first_node_count", NULL, VARIABLE | COMPUTED},
    {"node_min", NULL, VARIABLE | COMPUTED},
    {"node_desired", NULL, VARIABLE | COMPUTED},
    {"node_max", NULL, VARIABLE | COMPUTED},
    {"ignore_desired_size", "false", VARIABLE},
    {"vpc_id", NULL, VARIABLE | FIXED},
    {"subnet_ids", NULL, VARIABLE | FIXED},
    {"vpc_cidr", NULL, VARIABLE | FIXED | COMPUTED},
    {"zones", NULL, VARIABLE | COMPUTED},
    {"cluster_role", NULL, VARIABLE | FIXED},
    {"node_role", NULL, VARIABLE},
    {"private_endpoint_only", "false", VARIABLE},
    {"public_access_cidrs", NULL, VARIABLE},
    {"encrypt_secrets", "false", VARIABLE},
    {"admin_principal_arn", NULL, VARIABLE},
    {"pod_identity", NULL, VARIABLE},
    {"addons",
     "{\"vpc-cni\":\"\",\"coredns\":\"\",\"kube-proxy\":\"\",\"aws-ebs-csi-driver\":\"\",\"eks-pod-identity-agent\":"
     "\"\"}",
     VARIABLE},
    {"environment", "\"production\"", VARIABLE},
    {"tags", "{}", VARIABLE},
    {"role_arn", NULL, 0},
    {"external_id", NULL, 0},
    {"deletion_protection", "false", VARIABLE},
    {"require_approval", "false", 0},
    {"allow_replace", NULL, 0},
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))

const char order_example[] = "{\"cluster_name\":\"prod-cluster-001\",\"kubernetes_version\":\"1.33\","
                             "\"instance_type\":\"m5.xlarge\",\"ip_family\":\"ipv6\"}";

/* null says as little as a member that is not there. */
static const cJSON *find(const cJSON *order, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(order, name);

    return cJSON_IsNull(value) ? NULL : value;
}

static const char *find_text(const cJSON *order, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(order, name));
}

/* How many nodes */

struct nodes {
    long min;
    long desired;
    long max;
};

static long number(const cJSON *order, const char *name, long absent)
{
    const cJSON *value = find(order, name);

    if (!value || !cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > ORDER_NODES_MAX)
        return absent;
    return (long)value->valuedouble;
}

static long least(long a, long b)
{
    return a < b ? a : b;
}

static long most(long a, long b)
{
    return a > b ? a : b;
}

/* What is not given lies around what is. */
static struct nodes nodes_of(const cJSON *order)
{
    long top = number(order, "node_max", ORDER_NODES_MAX);
    long wanted = number(order, "node_desired", top);
    struct nodes n;

    n.min = number(order, "node_min", least(1, least(wanted, top)));
    n.desired = number(order, "node_desired", least(most(2, n.min), top));
    n.max = number(order, "node_max", most(4, most(n.min, n.desired)));
    return n;
}

static void check_nodes(const cJSON *order, struct err *err)
{
    struct nodes n = nodes_of(order);

    if (n.min > n.max)
        err_field(err, "node_min", CAUSE_INVALID, "must not be more than node_max, which is %ld", n.max);
    else if (n.desired < n.min)
        err_field(err, "node_desired", CAUSE_INVALID, "must not be less than node_min, which is %ld", n.min);
    else if (n.desired > n.max)
        err_field(err, "node_desired", CAUSE_INVALID, "must not be more than node_max, which is %ld", n.max);
}

/* What fits together */

static bool has_twins(const cJSON *list)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, list)
    {
        for (const cJSON *other = one->next; other; other = other->next)
            if (cJSON_Compare(one, other, true))
                return true;
    }
    return false;
}

static void check_networks(const cJSON *order, struct err *err)
{
    const cJSON *subnets = find(order, "subnet_ids");

    if (find(order, "vpc_id") && !subnets)
        err_field(err, "subnet_ids", CAUSE_REQUIRED, "is required with vpc_id: two at least, in two zones");
    if (subnets && !find(order, "vpc_id"))
        err_field(err, "vpc_id", CAUSE_REQUIRED, "is required with subnet_ids");
    if (subnets && find(order, "vpc_cidr"))
        err_field(err, "vpc_cidr", CAUSE_INVALID, "goes with a VPC that is made, not with a given one");
    if (subnets && find(order, "zones"))
        err_field(err, "zones", CAUSE_INVALID, "goes with a VPC that is made, not with a given one");
    if (has_twins(subnets))
        err_field(err, "subnet_ids", CAUSE_DUPLICATE, "must not have a subnet twice");
}

static void check_endpoint(const cJSON *order, struct err *err)
{
    if (cJSON_IsTrue(find(order, "private_endpoint_only")) && find(order, "public_access_cidrs"))
        err_field(err, "public_access_cidrs", CAUSE_INVALID, "goes with a public endpoint: there will be none");
}

static void check_role(const cJSON *order, struct err *err)
{
    if (find(order, "external_id") && !find(order, "role_arn"))
        err_field(err, "role_arn", CAUSE_REQUIRED, "is required with external_id");
}

/* EKS itself refuses to make such a cluster. */
static void check_support(const cJSON *order, struct err *err)
{
    const char *version = find_text(order, "kubernetes_version");
    const char *type = find_text(order, "support_type");

    if (!version)
        version = ORDER_DEFAULT_VERSION;
    if (type && strcmp(type, "STANDARD") == 0 && versions_is_late(version))
        err_field(err, "support_type", CAUSE_INVALID,
                  "standard support of Kubernetes %.16s has ended: order EXTENDED, at its price, or a newer version",
                  version);
}

/* An object of texts. */
static void check_map(const cJSON *order, const char *name, int max, const char *(*check_key)(struct str),
                      const char *(*check_value)(struct str), struct err *err)
{
    const cJSON *map = find(order, name);
    const cJSON *entry;
    char field[160];

    if (!cJSON_IsObject(map))
        return;
    if (cJSON_GetArraySize(map) > max) {
        err_field(err, name, CAUSE_TOO_LONG, "must not have more than %d members", max);
        return;
    }
    cJSON_ArrayForEach(entry, map)
    {
        const char *why = check_key(str_from(entry->string));

        snprintf(field, sizeof(field), "%s.%.100s", name, entry->string);
        if (why)
            err_field(err, field, CAUSE_INVALID, "%s", why);
        if (!cJSON_IsString(entry))
            err_field(err, field, CAUSE_TYPE, "must be a text");
        else if ((why = check_value(str_from(entry->valuestring))))
            err_field(err, field, CAUSE_INVALID, "%s", why);
    }
}

void order_check(const cJSON *order, struct err *err)
{
    if (!cJSON_IsObject(order))
        return;
    check_nodes(order, err);
    check_networks(order, err);
    check_endpoint(order, err);
    check_role(order, err);
    check_support(order, err);
    check_map(order, "tags", ORDER_TAGS_MAX, order_check_tag_key, order_check_tag_value, err);
    check_map(order, "pod_identity", ORDER_ACCOUNTS_MAX, order_check_account, order_check_role_arn, err);
    check_map(order, "addons", ORDER_ADDONS_MAX, order_check_addon, order_check_addon_version, err);
}

/* The whole of it */

static void write_meant(struct json *j, const char *name, const cJSON *order)
{
    const char *version = find_text(order, "kubernetes_version");
    struct nodes n = nodes_of(order);

    if (strcmp(name, "support_type") == 0)
        json_text(j, name, versions_is_late(version ? version : ORDER_DEFAULT_VERSION) ? "EXTENDED" : "STANDARD");
    else if (strcmp(name, "first_node_count") == 0)
        json_int(j, name, ORDER_DEFAULT_FIRST_NODES);
    else if (strcmp(name, "node_min") == 0)
        json_int(j, name, n.min);
    else if (strcmp(name, "node_desired") == 0)
        json_int(j, name, n.desired);
    else if (strcmp(name, "node_max") == 0)
        json_int(j, name, n.max);
    else if (!find(order, "subnet_ids") && strcmp(name, "vpc_cidr") == 0)
        json_text(j, name, "10.60.0.0/16");
    else if (!find(order, "subnet_ids") && strcmp(name, "zones") == 0)
        json_int(j, name, 3);
}

static void write_member(struct json *j, size_t i, const cJSON *order)
{
    const cJSON *given = find(order, members[i].name);

    if (given)
        json_value(j, members[i].name, given);
    else if (members[i].flags & COMPUTED)
        write_meant(j, members[i].name, order);
    else if (members[i].meant)
        json_raw(j, members[i].name, str_from(members[i].meant));
}

void order_write(struct json *j, const cJSON *order)
{
    json_object_open(j, NULL);
    for (size_t i = 0; i < MEMBERS; i++)
        write_member(j, i, order);
    json_object_close(j);
}

cJSON *order_complete(const cJSON *order)
{
    const char *why;
    cJSON *whole = NULL;
    struct json j;
    struct buf text;

    buf_init(&text, ORDER_TEXT_MAX);
    json_init(&j, &text);
    order_write(&j, order);
    if (!text.failed)
        whole = json_tree(buf_str(&text), LIMIT_JSON_DEPTH, &why);
    buf_free(&text);
    return whole;
}

cJSON *order_merge(const cJSON *order, const cJSON *change)
{
    cJSON *merged = cJSON_Duplicate(order, true);
    const cJSON *member;

    cJSON_ArrayForEach(member, change)
    {
        cJSON *copy = cJSON_Duplicate(member, true);

        cJSON_DeleteItemFromObjectCaseSensitive(merged, member->string);
        if (!cJSON_AddItemToObject(merged, member->string, copy)) {
            cJSON_Delete(copy);
            cJSON_Delete(merged);
            return NULL;
        }
    }
    return merged;
}

/* Changes */

static bool is_same(const cJSON *a, const cJSON *b)
{
    return (!a && !b) || (a && b && cJSON_Compare(a, b, true));
}

/* The twelve digits of "arn:aws:iam::123456789012:role/NAME". */
static struct str account_of(const char *role_arn)
{
    struct str rest = str_from(role_arn);

    for (int i = 0; i < 4 && rest.ptr; i++)
        str_cut(&rest, ':');
    return str_cut(&rest, ':');
}

static void check_account(const cJSON *from, const cJSON *to, struct err *err)
{
    struct str before = account_of(find_text(from, "role_arn"));
    struct str after = account_of(find_text(to, "role_arn"));

    if (!str_equal(before, after))
        err_field(err, "role_arn", CAUSE_INVALID, "must stay a role of the same account: the cluster is there");
}

void order_check_change(const cJSON *from, const cJSON *to, struct err *err)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].flags & FIXED && !is_same(find(from, members[i].name), find(to, members[i].name)))
            err_field(err, members[i].name, CAUSE_INVALID,
                      "can not be changed of a cluster that is there: it would be replaced");
    if (cJSON_IsTrue(find(from, "encrypt_secrets")) && !cJSON_IsTrue(find(to, "encrypt_secrets")))
        err_field(err, "encrypt_secrets", CAUSE_INVALID, "can not be taken back: the cluster would be replaced");
    check_account(from, to, err);
}

/* For the module */

/* The letters and digits before the dot, split where the generation begins: "c7gn" has the options "gn". */
static struct str options_of(struct str family)
{
    size_t i = 0;

    while (i < family.len && (family.ptr[i] < '0' || family.ptr[i] > '9'))
        i++;
    while (i < family.len && family.ptr[i] >= '0' && family.ptr[i] <= '9')
        i++;
    return str_skip(family, i);
}

const char *order_ami_type(const char *instance_type)
{
    struct str rest = str_from(instance_type);
    struct str family = str_cut(&rest, '.');
    struct str options = options_of(family);
    bool is_neuron = str_starts_with(family, STR("inf")) || str_starts_with(family, STR("trn"));
    bool is_graviton = str_contains(options, 'g') || str_equal(family, STR("a1"));
    bool is_gpu_name = family.len > 1 && family.ptr[1] >= '0' && family.ptr[1] <= '9' &&
                       (family.ptr[0] == 'g' || family.ptr[0] == 'p');
    bool has_gpu = (is_gpu_name || str_starts_with(family, STR("gr"))) && !str_equal(family, STR("g4ad"));

    if (is_neuron)
        return "AL2023_x86_64_NEURON";
    if (has_gpu)
        return is_graviton ? "AL2023_ARM_64_NVIDIA" : "AL2023_x86_64_NVIDIA";
    return is_graviton ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
}

void order_write_variables(struct json *j, const cJSON *order, const struct order_images *images)
{
    const char *type = find_text(order, "instance_type");
    const char *first = find_text(order, "first_instance_type");
    const char *image = images->second ? images->second : order_ami_type(type ? type : ORDER_DEFAULT_TYPE);
    const char *first_image = images->first ? images->first : first ? order_ami_type(first) : image;

    json_object_open(j, NULL);
    for (size_t i = 0; i < MEMBERS; i++)
        if (members[i].flags & VARIABLE)
            write_member(j, i, order);
    json_text(j, "ami_type", image);
    json_text(j, "first_ami_type", first_image);
    if (find(order, "role_arn"))
        json_value(j, "assume_role_arn", find(order, "role_arn"));
    if (find(order, "external_id"))
        json_value(j, "assume_role_external_id", find(order, "external_id"));
    json_object_close(j);
}
