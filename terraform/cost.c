#include "terraform/cost.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "terraform/order.h"
#include "terraform/versions.h"

/* https://aws.amazon.com/eks/pricing/, the same in all commercial regions: an hour of a control plane */
#define CONTROL_PLANE 0.10
#define EXTENDED_SURCHARGE 0.50
#define GIB_GP3 0.08    /* a month */
#define IPV4_HOUR 0.005 /* of a public address */
#define NAT_HOUR 0.045  /* of a gateway, without what passes through it */
#define KMS_KEY 1.00    /* a month */
#define NODE_GIB 50     /* as the module's launch template has it */

/* An hour of the size "large", of which the others are multiples. */
static const struct {
    const char *family;
    double large;
} families[] = {
    {"m5", 0.096},    {"m5a", 0.086},  {"m6a", 0.0864}, {"m6g", 0.077},  {"m6i", 0.096},
    {"m7a", 0.11592}, {"m7g", 0.0816}, {"m7i", 0.1008}, {"c5", 0.085},   {"c5a", 0.077},
    {"c6a", 0.0765},  {"c6g", 0.068},  {"c6i", 0.085},  {"c7g", 0.0725}, {"c7i", 0.08925},
    {"r5", 0.126},    {"r5a", 0.113},  {"r6a", 0.1134}, {"r6g", 0.1008}, {"r6i", 0.126},
    {"r7g", 0.1071},  {"r7i", 0.1323}, {"t3", 0.0832},  {"t3a", 0.0752}, {"t4g", 0.0672},
};

static const struct {
    const char *size;
    double larges;
} sizes[] = {
    {"nano", 0.0625}, {"micro", 0.125}, {"small", 0.25}, {"medium", 0.5},  {"large", 1},     {"xlarge", 2},
    {"2xlarge", 4},   {"4xlarge", 8},   {"8xlarge", 16}, {"12xlarge", 24}, {"16xlarge", 32}, {"24xlarge", 48},
};

double cost_of_type(const char *instance_type)
{
    struct str size = str_from(instance_type);
    struct str family = str_cut(&size, '.');

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (!str_equal(family, str_from(families[i].family)))
            continue;
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
            if (size.ptr && str_equal(size, str_from(sizes[k].size)))
                return families[i].large * sizes[k].larges;
    }
    return 0;
}

static struct cost_item *add(struct cost *cost, const char *id, const char *label, long quantity, double unit_price)
{
    struct cost_item *item = &cost->items[cost->count++];

    *item = (struct cost_item){.id = id, .quantity = quantity, .unit_price = unit_price, .is_known = unit_price > 0};
    snprintf(item->label, sizeof(item->label), "%s", label);
    cost->monthly += (double)quantity * unit_price;
    cost->is_whole = cost->is_whole && (item->is_known || quantity == 0);
    return item;
}

static void __attribute__((format(printf, 2, 3))) miss(struct cost *cost, const char *format, ...)
{
    va_list arguments;

    if (cost->missing_count == COST_MISSING_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(cost->missing[cost->missing_count++], sizeof(cost->missing[0]), format, arguments);
    va_end(arguments);
}

static const char *text_of(const cJSON *order, const char *name, const char *absent)
{
    const char *text = json_find_text(order, name);

    return text ? text : absent;
}

/* What is not paid yet, but will be. */
static void miss_surcharge(struct cost *cost, const cJSON *order, const char *version)
{
    const struct version *v = versions_find(version);
    char date[CLOCK_TEXT_SIZE];

    if (v && strcmp(text_of(order, "support_type", ""), "EXTENDED") == 0)
        miss(cost, "extended support of Kubernetes %.16s behind %.10s: %.2f more a month", version,
             clock_format(v->standard_until, date), EXTENDED_SURCHARGE * COST_HOURS);
}

static void add_control_plane(struct cost *cost, const cJSON *order)
{
    const char *version = text_of(order, "kubernetes_version", ORDER_DEFAULT_VERSION);
    char label[96];

    add(cost, "control_plane", "EKS control plane", 1, CONTROL_PLANE * COST_HOURS);
    snprintf(label, sizeof(label), "extended support of Kubernetes %.16s", version);
    if (versions_is_late(version))
        add(cost, "extended_support", label, 1, EXTENDED_SURCHARGE * COST_HOURS);
    else
        miss_surcharge(cost, order, version);
}

static void add_nodes(struct cost *cost, const char *id, const char *type, long count, bool is_spot)
{
    double hour = is_spot ? 0 : cost_of_type(type);
    char label[96];

    snprintf(label, sizeof(label), "nodes of %.40s%s", type, is_spot ? " (spot)" : "");
    add(cost, id, label, count, hour * COST_HOURS);
    if (is_spot)
        miss(cost, "spot prices change: nodes of %.40s are not in the sum", type);
    else if (hour <= 0)
        miss(cost, "the price of %.40s is not known here", type);
}

/* The module makes a VPC whose nodes have public addresses, and no gateway between; what a given one has is not known.
 */
static void add_network(struct cost *cost, const cJSON *order, long nodes)
{
    if (json_find(order, "subnet_ids")) {
        miss(cost, "NAT gateways of the given VPC, %.2f a month each, and what passes through them",
             NAT_HOUR * COST_HOURS);
        return;
    }
    add(cost, "addresses", "public IPv4 addresses of the nodes", nodes, IPV4_HOUR * COST_HOURS);
    add(cost, "nat_gateways", "NAT gateways: none, the nodes have public addresses", 0, NAT_HOUR * COST_HOURS);
}

void cost_estimate(const cJSON *order, struct cost *out)
{
    const char *type = text_of(order, "instance_type", ORDER_DEFAULT_TYPE);
    const char *first = text_of(order, "first_instance_type", type);
    const char *region = text_of(order, "region", ORDER_DEFAULT_REGION);
    long first_nodes = (long)json_find_int(order, "first_node_count", ORDER_DEFAULT_FIRST_NODES);
    long nodes = (long)json_find_int(order, "node_desired", 2);

    *out = (struct cost){.is_whole = true};
    add_control_plane(out, order);
    add_nodes(out, "nodes_first", first, first_nodes, false);
    add_nodes(out, "nodes", type, nodes, strcmp(text_of(order, "capacity_type", ""), "SPOT") == 0);
    add(out, "disks", "disks of the nodes, 50 GiB gp3 each", first_nodes + nodes, NODE_GIB * GIB_GP3);
    add_network(out, order, first_nodes + nodes);
    if (cJSON_IsTrue(json_find(order, "encrypt_secrets")))
        add(out, "secrets_key", "KMS key for secrets", 1, KMS_KEY);
    if (strcmp(region, COST_REGION) != 0)
        miss(out, "prices of %.40s: those of " COST_REGION " are shown", region);
    miss(out, "traffic, load balancers, volumes and logs of what runs in the cluster");
}

void cost_write_amount(struct json *j, const char *key, double amount)
{
    char text[32];
    int n = snprintf(text, sizeof(text), amount > 0 && amount < 1 ? "%.4f" : "%.2f", amount);

    json_raw(j, key, (struct str){text, (size_t)n});
}

static void write_item(struct json *j, const struct cost_item *item)
{
    json_object_open(j, NULL);
    json_text(j, "id", item->id);
    json_text(j, "label", item->label);
    json_int(j, "quantity", item->quantity);
    if (item->is_known) {
        cost_write_amount(j, "unit_price", item->unit_price);
        cost_write_amount(j, "monthly", (double)item->quantity * item->unit_price);
    } else {
        json_null(j, "unit_price");
        json_null(j, "monthly");
    }
    json_object_close(j);
}

void cost_write_members(struct json *j, const struct cost *cost)
{
    json_text(j, "currency", COST_CURRENCY);
    cost_write_amount(j, "monthly", cost->monthly);
    json_bool(j, "is_whole", cost->is_whole);
    json_array_open(j, "items");
    for (size_t i = 0; i < cost->count; i++)
        write_item(j, &cost->items[i]);
    json_array_close(j);
    json_array_open(j, "missing");
    for (size_t i = 0; i < cost->missing_count; i++)
        json_text(j, NULL, cost->missing[i]);
    json_array_close(j);
    json_text(j, "source", COST_SOURCE);
    json_text(j, "as_of", COST_AS_OF);
}
