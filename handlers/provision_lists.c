/*
 * What an order can choose from, and what it would cost: AWS's own lists of versions, add-ons, instance types and
 * regions, the defaults, an estimate.
 */
#include <stdlib.h>
#include <string.h>

#include "aws/region_list.h"
#include "fcgi/response.h"
#include "handlers/error_json.h"
#include "handlers/handlers.h"
#include "handlers/provision.h"
#include "handlers/provision_submit.h"
#include "terraform/cost.h"
#include "terraform/offers.h"
#include "terraform/order.h"
#include "terraform/order_text.h"

/* clang-format off */
#define VERSION_PARAMETER {.name = "kubernetes_version", .type = FIELD_TEXT, .min = 4, .max = 4, .pattern = "^1[.](2[5-9]|[3-9][0-9])$", .check = order_check_version, .help = "1.33 when left out", .example = "1.33"}
#define REGION_PARAMETER {.name = "region", .type = FIELD_TEXT, .min = 1, .max = 63, .pattern = "^[0-9-]*[a-z]([a-z0-9-]*[a-z0-9])?$", .check = order_check_region, .help = "ap-south-1 when left out"}
#define TYPE_PATTERN "^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,10}){0,2}[.](nano|micro|small|medium|large|xlarge|[1-9][0-9]{0,2}xlarge|metal|metal-[1-9][0-9]{0,2}xl)$"

const struct field provision_region_query[] = {
    REGION_PARAMETER,
    {.name = NULL},
};

const struct field provision_types_query[] = {
    REGION_PARAMETER,
    {.name = "arch", .type = FIELD_CHOICE, .choices = "x86_64|arm64", .help = "only these"},
    {.name = NULL},
};

const struct field provision_addons_query[] = {
    REGION_PARAMETER,
    VERSION_PARAMETER,
    {.name = NULL},
};

const struct field provision_cost_query[] = {
    REGION_PARAMETER,
    VERSION_PARAMETER,
    {.name = "instance_type", .type = FIELD_TEXT, .min = 3, .max = 48, .pattern = TYPE_PATTERN, .check = order_check_instance_type, .help = "m5.xlarge when left out", .example = "m5.xlarge"},
    {.name = "first_instance_type", .type = FIELD_TEXT, .min = 3, .max = 48, .pattern = TYPE_PATTERN, .check = order_check_instance_type, .help = "the same when left out"},
    {.name = "first_node_count", .type = FIELD_INTEGER, .min = 1, .max = ORDER_NODES_MAX, .help = "nodes of the first group; 2 when left out"},
    {.name = "node_desired", .type = FIELD_INTEGER, .min = 0, .max = ORDER_NODES_MAX, .help = "nodes of the second group; 2 when left out"},
    {.name = "capacity_type", .type = FIELD_CHOICE, .choices = "ON_DEMAND|SPOT", .help = "of the second node group; spot prices are not known here"},
    {.name = "support_type", .type = FIELD_CHOICE, .choices = "STANDARD|EXTENDED", .help = "EXTENDED: what it will cost behind standard support is said, too"},
    {.name = "encrypt_secrets", .type = FIELD_BOOLEAN, .help = "with a KMS key"},
    {.name = "own_vpc", .type = FIELD_BOOLEAN, .help = "false: the subnets are given (true when left out)"},
    {.name = NULL},
};

#define SOURCE_SHAPE \
    {.name = "source", .type = FIELD_CHOICE, .choices = "aws|builtin", .help = "AWS's own list, at most six hours old, or what this program knows", .example = "aws"}, \
    {.name = "region", .example = "ap-south-1"}, \
    {.name = "error", .type = FIELD_OBJECT, .optional = true, .help = "why it is not AWS's"}

static const struct field version_shape[] = {
    {.name = "version", .example = "1.33"},
    {.name = "default", .type = FIELD_BOOLEAN, .help = "EKS's own choice; of the built-in list eksgate's", .example = "false"},
    {.name = "support", .type = FIELD_CHOICE, .choices = "standard|extended|unsupported|unknown", .example = "extended"},
    {.name = "released", .format = "date", .nullable = true, .example = "2025-05-29"},
    {.name = "standard_until", .format = "date", .nullable = true, .example = "2026-07-29"},
    {.name = "extended_until", .format = "date", .nullable = true, .example = "2027-07-29"},
    {.name = "days_left", .type = FIELD_INTEGER, .help = "of the support that it has now", .example = "250"},
    {.name = NULL},
};

static const struct field versions_shape[] = {
    SOURCE_SHAPE,
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = version_shape},
    {.name = NULL},
};

static const struct field type_shape[] = {
    {.name = "name", .example = "m5.xlarge"},
    {.name = "architecture", .type = FIELD_TEXT_LIST, .example = "[\"x86_64\"]"},
    {.name = "vcpus", .type = FIELD_INTEGER, .example = "4"},
    {.name = "memory_mib", .type = FIELD_INTEGER, .example = "16384"},
    {.name = "gpus", .type = FIELD_INTEGER, .example = "0"},
    {.name = "neurons", .type = FIELD_INTEGER, .help = "AWS's own accelerators", .example = "0"},
    {.name = "max_pods", .type = FIELD_INTEGER, .nullable = true, .help = "of a node, by the addresses that it can have; more with prefixes", .example = "58"},
    {.name = "ipv6", .type = FIELD_BOOLEAN, .help = "its pods can have IPv6 addresses", .example = "true"},
    {.name = "ami_type", .help = "the image that its nodes have", .example = "AL2023_x86_64_STANDARD"},
    {.name = "warning", .nullable = true},
    {.name = NULL},
};

static const struct field types_shape[] = {
    SOURCE_SHAPE,
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = type_shape, .help = "empty where AWS could not be asked: any type passes then"},
    {.name = NULL},
};

static const struct field addon_version_shape[] = {
    {.name = "version", .example = "v1.19.5-eksbuild.3"},
    {.name = "default", .type = FIELD_BOOLEAN, .help = "what EKS takes when none is said", .example = "false"},
    {.name = "architectures", .type = FIELD_TEXT_LIST, .example = "[\"amd64\",\"arm64\"]"},
    {.name = NULL},
};

static const struct field addon_shape[] = {
    {.name = "name", .example = "vpc-cni"},
    {.name = "type", .nullable = true, .example = "networking"},
    {.name = "owner", .nullable = true, .help = "aws, aws-marketplace, community: those of the marketplace need a subscription", .example = "aws"},
    {.name = "default", .nullable = true, .help = "the version that EKS takes when none is said", .example = "v1.20.4-eksbuild.1"},
    {.name = "versions", .type = FIELD_OBJECT_LIST, .children = addon_version_shape, .help = "that go with the version of Kubernetes, the newest first"},
    {.name = NULL},
};

static const struct field addons_shape[] = {
    SOURCE_SHAPE,
    {.name = "kubernetes_version", .example = "1.33"},
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = addon_shape, .help = "empty where AWS could not be asked: any passes then"},
    {.name = NULL},
};

static const struct field region_shape[] = {
    {.name = "name", .example = "ap-south-1"},
    {.name = NULL},
};

static const struct field regions_shape[] = {
    {.name = "default", .example = "ap-south-1"},
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = region_shape},
    {.name = NULL},
};

static const struct field order_shape[] = {
    {.name = FIELD_ANY_NAME, .type = FIELD_ANY, .help = "each member as it is meant when it is left out"},
    {.name = NULL},
};

static const struct field item_shape[] = {
    {.name = "id", .example = "control_plane"},
    {.name = "label", .example = "EKS control plane"},
    {.name = "quantity", .type = FIELD_INTEGER, .example = "1"},
    {.name = "unit_price", .type = FIELD_NUMBER, .nullable = true, .help = "of one in a month of 730 hours; null: it is not known here", .example = "73.00"},
    {.name = "monthly", .type = FIELD_NUMBER, .nullable = true, .example = "73.00"},
    {.name = NULL},
};

static const struct field cost_shape[] = {
    {.name = "currency", .example = COST_CURRENCY},
    {.name = "monthly", .type = FIELD_NUMBER, .help = "the sum of what is known", .example = "1029.24"},
    {.name = "is_whole", .type = FIELD_BOOLEAN, .help = "false: an item has no price", .example = "true"},
    {.name = "items", .type = FIELD_OBJECT_LIST, .children = item_shape},
    {.name = "missing", .type = FIELD_TEXT_LIST, .help = "what is not in the sum, and what is not exact"},
    {.name = "source", .help = "where the prices are from", .example = "a table in eksgate"},
    {.name = "as_of", .format = "date", .example = COST_AS_OF},
    {.name = NULL},
};
/* clang-format on */

const struct answer provision_versions_answers[] = {{200, "the newest first", versions_shape}, {0}};
const struct answer provision_types_answers[] = {{200, "by name", types_shape}, {0}};
const struct answer provision_addons_answers[] = {{200, "by name", addons_shape}, {0}};
const struct answer provision_regions_answers[] = {{200, "those of the default region's partition", regions_shape},
                                                   {0}};
const struct answer provision_defaults_answers[] = {{200, "an order in which nothing was said", order_shape}, {0}};
const struct answer provision_cost_answers[] = {{200, "the estimate", cost_shape}, {0}};

static struct str region_of(struct request *request)
{
    struct str region = request_query(request, "region");

    return region.ptr ? region : STR(ORDER_DEFAULT_REGION);
}

static void write_source(struct json *j, struct str region, const struct offers *offers)
{
    json_text(j, "source", offers->is_from_aws ? "aws" : "builtin");
    json_str(j, "region", region);
    if (offers->is_from_aws)
        return;
    json_object_open(j, "error");
    error_json_members(j, &offers->why);
    json_object_close(j);
}

int provisions_versions(struct request *request)
{
    static const struct offers_identity own = {NULL, NULL};
    struct str region = region_of(request);
    struct offers offers;
    struct buf body;
    struct json j;

    if (offers_versions(request->worker, region, &own, &offers, &request->err) < 0)
        return -1;
    buf_init(&body, KIB(64));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_source(&j, region, &offers);
    json_value(&j, "items", offers.items);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static bool has_architecture(const cJSON *type, struct str wanted)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_find(type, "architecture"))
    {
        if (!wanted.ptr || (cJSON_IsString(item) && str_equal(wanted, str_from(item->valuestring))))
            return true;
    }
    return false;
}

int provisions_types(struct request *request)
{
    static const struct offers_identity own = {NULL, NULL};
    struct str region = region_of(request);
    struct offers offers;
    const cJSON *item;
    struct buf body;
    struct json j;

    offers_types(request->worker, region, &own, &offers);
    buf_init(&body, MIB(2));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_source(&j, region, &offers);
    json_array_open(&j, "items");
    cJSON_ArrayForEach(item, offers.items)
    {
        if (has_architecture(item, request_query(request, "arch")))
            json_value(&j, NULL, item);
    }
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int provisions_addons(struct request *request)
{
    static const struct offers_identity own = {NULL, NULL};
    struct str given = request_query(request, "kubernetes_version");
    struct str kubernetes = given.ptr ? given : STR(ORDER_DEFAULT_VERSION);
    struct str region = region_of(request);
    struct offers offers;
    struct buf body;
    struct json j;

    offers_addons(request->worker, region, &own, kubernetes, &offers);
    buf_init(&body, MIB(2));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    write_source(&j, region, &offers);
    json_str(&j, "kubernetes_version", kubernetes);
    if (offers.items)
        json_value(&j, "items", offers.items);
    else
        json_raw(&j, "items", STR("[]"));
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int provisions_regions(struct request *request)
{
    size_t count;
    const char *const *names = aws_regions_beside(STR(ORDER_DEFAULT_REGION), &count);
    struct buf body;
    struct json j;

    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "default", ORDER_DEFAULT_REGION);
    json_array_open(&j, "items");
    for (size_t i = 0; i < count; i++) {
        json_object_open(&j, NULL);
        json_text(&j, "name", names[i]);
        json_object_close(&j);
    }
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int provisions_defaults(struct request *request)
{
    struct buf body;
    struct json j;

    buf_init(&body, ORDER_TEXT_MAX);
    json_init(&j, &body);
    order_write(&j, NULL);
    return response_json(request, 200, &body);
}

static void take_text(struct request *request, cJSON *order, const char *name)
{
    struct str value = request_query(request, name);

    if (value.ptr)
        cJSON_AddStringToObject(order, name, value.ptr);
}

static void take_number(struct request *request, cJSON *order, const char *name)
{
    struct str value = request_query(request, name);
    long number;

    if (value.ptr && str_to_long(value, 0, ORDER_NODES_MAX, &number) == 0)
        cJSON_AddNumberToObject(order, name, (double)number);
}

/* The parameters as an order says them. */
static cJSON *order_of_query(struct request *request)
{
    static const char *const texts[] = {"region",        "kubernetes_version", "instance_type", "first_instance_type",
                                        "capacity_type", "support_type"};
    cJSON *order = cJSON_CreateObject();
    cJSON *whole;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        take_text(request, order, texts[i]);
    take_number(request, order, "first_node_count");
    take_number(request, order, "node_desired");
    if (str_equal(request_query(request, "encrypt_secrets"), STR("true")))
        cJSON_AddTrueToObject(order, "encrypt_secrets");
    if (str_equal(request_query(request, "own_vpc"), STR("false")))
        cJSON_AddArrayToObject(order, "subnet_ids");
    whole = order_complete(order);
    cJSON_Delete(order);
    return whole;
}

int provisions_cost(struct request *request)
{
    cJSON *order = order_of_query(request);
    struct cost cost;
    struct buf body;
    struct json j;

    if (!order)
        return provision_no_memory(request);
    cost_estimate(order, &cost);
    cJSON_Delete(order);
    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    cost_write_members(&j, &cost);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
