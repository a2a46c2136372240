/* An order, whatever it is: judged, completed, changed, and told to Terraform. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "terraform/order.h"
#include "terraform/order_text.h"
#include "terraform/versions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_texts(const cJSON *order)
{
    static const char *(*const checks[])(struct str) = {
        order_check_version,     order_check_instance_type, order_check_region,      order_check_role_arn,
        order_check_external_id, order_check_principal_arn, order_check_role_name,   order_check_vpc,
        order_check_subnet,      order_check_vpc_cidr,      order_check_public_cidr, order_check_environment,
        order_check_addon,       order_check_addon_version, order_check_tag_key,     order_check_tag_value,
        order_check_address,
    };
    const cJSON *member;

    cJSON_ArrayForEach(member, order)
    {
        if (!cJSON_IsString(member))
            continue;
        order_ami_type(member->valuestring);
        version_minor(member->valuestring);
        for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
            checks[i](str_from(member->valuestring));
    }
}

/* What is written is JSON, whatever stood in it. */
static void write_it(void (*write)(struct json *, const cJSON *), const cJSON *order)
{
    const char *why;
    struct buf text;
    struct json j;
    cJSON *tree;

    buf_init(&text, MIB(4));
    json_init(&j, &text);
    write(&j, order);
    tree = text.failed ? NULL : json_tree(buf_str(&text), 2 * LIMIT_JSON_DEPTH, &why);
    assert(tree || text.failed);
    cJSON_Delete(tree);
    buf_free(&text);
}

static void write_variables(struct json *j, const cJSON *order)
{
    const struct order_images images = {json_find_text(order, "first_instance_type"), NULL};

    order_write_variables(j, order, &images);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(16));
    const char *why;
    cJSON *order = json_parse(arena, (struct str){(const char *)data, size}, LIMIT_JSON_DEPTH, &why);
    struct err err = {0};
    cJSON *whole;

    if (cJSON_IsObject(order)) {
        judge_texts(order);
        order_check(order, &err);
        assert((err.kind == ERR_NONE) == (err.cause_count == 0));
        write_it(order_write, order);
        write_it(write_variables, order);
        whole = order_complete(order);
        if (whole)
            order_check_change(order, whole, &err);
        cJSON_Delete(order_merge(order, whole));
        cJSON_Delete(whole);
    }
    arena_free(arena);
    return 0;
}
