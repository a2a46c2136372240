/*
 * What EC2 has: instance types, and the image that nodes of each need.
 */
#include <string.h>

#include "aws/ec2.h"
#include "terraform/offers_internal.h"

#define LITTLE_MEMORY_MIB 2048
#define FEW_PODS 11 /* what EKS runs on a node, and its add-ons, are some seven */

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
    if (type->max_pods > 0 && type->max_pods < FEW_PODS)
        return "has addresses for a few pods only: what EKS itself runs on a node takes most of them";
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
    if (type->max_pods > 0)
        json_int(j, "max_pods", type->max_pods);
    else
        json_null(j, "max_pods");
    json_bool(j, "ipv6", !type->is_xen);
    json_text(j, "ami_type", ami_of(type));
    json_text(j, "warning", warning_of(type));
    json_object_close(j);
}

static int write_types(struct worker *worker, struct str region, const struct aws_credentials *credentials,
                       struct str name, struct json *j, struct err *err)
{
    struct aws_client aws = offers_client(worker);
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

static int ask_types(struct worker *worker, const struct offers_kind *kind, struct str region,
                     const struct aws_credentials *credentials, struct json *j, struct err *err)
{
    (void)kind;
    return write_types(worker, region, credentials, STR(""), j, err);
}

static const struct offers_kind all_types = {.name = "types", .write = ask_types, .compare = offers_by_name};

void offers_types(struct worker *worker, struct str region, const struct offers_identity *identity, struct offers *out)
{
    offers_look_up(worker, &all_types, region, identity, out);
}

void offers_type(struct worker *worker, struct str region, const struct offers_identity *identity, const char *type,
                 struct offers *out)
{
    const struct aws_credentials *credentials;
    const char *why;
    struct buf text;
    struct json j;

    *out = (struct offers){.is_from_aws = true};
    if (offers_find_kept(worker, &all_types, region, out))
        return;
    credentials = offers_credentials(worker, region, identity, &out->why);
    buf_init(&text, KIB(16));
    json_init(&j, &text);
    if (credentials && write_types(worker, region, credentials, str_from(type), &j, &out->why) == 0 && !text.failed)
        out->items = json_parse(worker->arena, buf_str(&text), 8, &why);
    buf_free(&text);
    out->is_from_aws = out->items != NULL;
}

int offers_type_zones(struct worker *worker, struct str region, const struct offers_identity *identity,
                      const char *type, size_t *zones, struct err *err)
{
    const struct aws_credentials *credentials = offers_credentials(worker, region, identity, err);
    struct aws_client aws = offers_client(worker);

    return credentials ? ec2_type_zones(&aws, credentials, region, str_from(type), zones, err) : -1;
}
