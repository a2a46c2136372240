#include "aws/ec2.h"

#include <stdlib.h>
#include <string.h>

#include "aws/query.h"

struct types {
    struct arena *arena;
    struct ec2_type *list;
    size_t count;
};

static int64_t number_at(struct arena *arena, struct str element, const char *path)
{
    struct str text = str_from(xml_text(arena, element, path));
    long value;

    return str_to_long(text, 0, INT32_MAX, &value) < 0 ? 0 : value;
}

static int take_architecture(void *arg, struct str element)
{
    struct ec2_type *type = arg;
    struct buf name;

    buf_init(&name, 64);
    if (xml_find(element, "item", &name) == XML_FOUND) {
        type->is_x86_64 = type->is_x86_64 || str_equal(buf_str(&name), STR("x86_64"));
        type->is_arm64 = type->is_arm64 || str_equal(buf_str(&name), STR("arm64"));
        type->is_mac = type->is_mac || str_ends_with(buf_str(&name), STR("_mac"));
    }
    buf_free(&name);
    return 0;
}

static int64_t count_of(struct str element)
{
    struct buf text;
    long count = 0;

    buf_init(&text, 64);
    if (xml_find(element, "item/count", &text) == XML_FOUND)
        str_to_long(buf_str(&text), 0, INT32_MAX, &count);
    buf_free(&text);
    return count;
}

static int take_gpu(void *arg, struct str element)
{
    struct ec2_type *type = arg;
    struct buf maker;

    buf_init(&maker, 64);
    if (xml_find(element, "item/manufacturer", &maker) == XML_FOUND)
        type->has_nvidia = type->has_nvidia || str_equal(buf_str(&maker), STR("NVIDIA"));
    type->gpus += count_of(element);
    buf_free(&maker);
    return 0;
}

static int take_neuron(void *arg, struct str element)
{
    ((struct ec2_type *)arg)->neurons += count_of(element);
    return 0;
}

/* https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html: of each interface the first address is
 * its own, and two pods have the node's. */
static int64_t max_pods_of(struct arena *arena, struct str element)
{
    int64_t interfaces = number_at(arena, element, "item/networkInfo/maximumNetworkInterfaces");
    int64_t addresses = number_at(arena, element, "item/networkInfo/ipv4AddressesPerInterface");

    return interfaces > 0 && addresses > 0 ? interfaces * (addresses - 1) + 2 : 0;
}

static int take_type(void *arg, struct str element)
{
    struct types *types = arg;
    struct ec2_type *type = &types->list[types->count];

    if (types->count == EC2_TYPES_MAX)
        return -1;
    *type = (struct ec2_type){
        .name = xml_text(types->arena, element, "item/instanceType"),
        .vcpus = number_at(types->arena, element, "item/vCpuInfo/defaultVCpus"),
        .memory_mib = number_at(types->arena, element, "item/memoryInfo/sizeInMiB"),
        .max_pods = max_pods_of(types->arena, element),
        .is_xen = strcmp(xml_text(types->arena, element, "item/hypervisor"), "xen") == 0,
    };
    xml_each(element, "item/processorInfo/supportedArchitectures/item", take_architecture, type);
    xml_each(element, "item/gpuInfo/gpus/item", take_gpu, type);
    xml_each(element, "item/neuronInfo/neuronDevices/item", take_neuron, type);
    types->count += *type->name != '\0';
    return 0;
}

int ec2_types_list(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                   struct str name, struct ec2_type **out, size_t *count, struct err *err)
{
    struct aws_query query = {
        .service = AWS_EC2,
        .action = "DescribeInstanceTypes",
        .parameters = {{"MaxResults", STR("100")}},
        .items = "DescribeInstanceTypesResponse/instanceTypeSet/item",
    };
    struct types types = {.arena = client->arena,
                          .list = arena_alloc(client->arena, EC2_TYPES_MAX * sizeof(*types.list))};

    if (!types.list)
        return err_set(err, ERR_INTERNAL, "there is no memory for the instance types");
    /* As a filter: a type that is asked for by name and not there would be an error. */
    if (name.len > 0) {
        query.parameters[1] = (struct aws_parameter){"Filter.1.Name", STR("instance-type")};
        query.parameters[2] = (struct aws_parameter){"Filter.1.Value.1", name};
    }
    if (aws_query_each(client, credentials, region, &query, take_type, &types, err) < 0)
        return -1;
    *out = types.list;
    *count = types.count;
    return 0;
}

static int count_zone(void *arg, struct str element)
{
    (void)element;
    ++*(size_t *)arg;
    return 0;
}

int ec2_type_zones(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                   struct str type, size_t *zones, struct err *err)
{
    const struct aws_query query = {
        .service = AWS_EC2,
        .action = "DescribeInstanceTypeOfferings",
        .parameters = {{"LocationType", STR("availability-zone")},
                       {"Filter.1.Name", STR("instance-type")},
                       {"Filter.1.Value.1", type}},
        .items = "DescribeInstanceTypeOfferingsResponse/instanceTypeOfferingSet/item",
    };

    *zones = 0;
    return aws_query_each(client, credentials, region, &query, count_zone, zones, err);
}
