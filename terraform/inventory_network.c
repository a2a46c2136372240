/* The inventory of EC2's things and of KMS: found by their tags, or by the id that the state has. */
#include <stdio.h>
#include <string.h>

#include "aws/call.h"
#include "base/log.h"
#include "terraform/inventory_internal.h"

#define KEYS_MAX 500 /* looked at, each with a call of its own */

static const struct network_type {
    struct str type;
    const char *action;
    const char *items;
    const char *id;       /* path in an item */
    const char *status;   /* the same; NULL where there is none */
    const char *by_id;    /* filter */
    const char *by_value; /* another one for what the plan knows; or NULL */
    const char *value;    /* that attribute */
} network_types[] = {
    {STR("aws_vpc"), "DescribeVpcs", "*/vpcSet/item", "item/vpcId", "item/state", "vpc-id", NULL, NULL},
    {STR("aws_subnet"), "DescribeSubnets", "*/subnetSet/item", "item/subnetId", "item/state", "subnet-id", "cidr-block",
     "cidr_block"},
    {STR("aws_internet_gateway"), "DescribeInternetGateways", "*/internetGatewaySet/item", "item/internetGatewayId",
     NULL, "internet-gateway-id", NULL, NULL},
    {STR("aws_route_table"), "DescribeRouteTables", "*/routeTableSet/item", "item/routeTableId", NULL, "route-table-id",
     NULL, NULL},
    {STR("aws_launch_template"), "DescribeLaunchTemplates", "*/launchTemplates/item", "item/launchTemplateId", NULL,
     NULL, "launch-template-name", "name"},
};

static const struct network_type *network_type(struct str type)
{
    for (size_t i = 0; i < sizeof(network_types) / sizeof(network_types[0]); i++)
        if (str_equal(type, network_types[i].type))
            return &network_types[i];
    return NULL;
}

static void add_filter(struct account *account, struct aws_query *query, unsigned number, const char *name,
                       struct str value)
{
    struct aws_parameter *at = &query->parameters[2 * (number - 1)];

    at[0].name = arena_printf(account->client.arena, "Filter.%u.Name", number);
    at[0].value = str_from(name);
    at[1].name = arena_printf(account->client.arena, "Filter.%u.Value.1", number);
    at[1].value = value;
}

/* Everything of that kind with the tags of this cluster. */
static struct aws_query tagged_query(struct account *account, const struct network_type *type)
{
    struct aws_query query = {.service = AWS_EC2, .action = type->action, .items = type->items};

    add_filter(account, &query, 1, "tag:" ACCOUNT_TAG_MANAGER, STR(ACCOUNT_MANAGER));
    add_filter(account, &query, 2, "tag:" ACCOUNT_TAG_CLUSTER, str_from(account->cluster));
    return query;
}

struct network_search {
    const struct network_type *type;
    struct account *account;
    struct inventory_item *out;
    unsigned found;
};

/* Of several, which only a lost state can explain, the first by id, so that each run chooses the same. */
static int take_network(void *arg, struct str element)
{
    struct network_search *search = arg;
    struct arena *arena = search->account->client.arena;
    const char *id = xml_text(arena, element, search->type->id);
    const char *status = search->type->status ? xml_text(arena, element, search->type->status) : "";

    if (search->found++ > 0 && strcmp(id, search->out->id) >= 0)
        return 0;
    snprintf(search->out->id, sizeof(search->out->id), "%s", id);
    snprintf(search->out->status, sizeof(search->out->status), "%s", status);
    search->out->state = *status && strcmp(status, "available") != 0 ? INVENTORY_BUSY : INVENTORY_READY;
    return 0;
}

int inventory_find_network(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    const struct network_type *type = network_type(str_from(json_find_text(l->change, "type")));
    struct network_search search = {.type = type, .account = l->account, .out = out};
    struct aws_query query = tagged_query(l->account, type);

    if (l->is_known && type->by_id) {
        query = (struct aws_query){.service = AWS_EC2, .action = type->action, .items = type->items};
        add_filter(l->account, &query, 1, type->by_id, inventory_value(l, "id"));
    } else if (type->by_value) {
        if (inventory_value(l, type->value).len == 0)
            return 0;
        add_filter(l->account, &query, 3, type->by_value, inventory_value(l, type->value));
    }
    if (account_list(l->account, &query, take_network, &search, err) < 0)
        return -1;
    if (search.found > 1)
        log_warning("several things of AWS have the tags of one cluster", LOG_STR("type", type->type),
                    LOG_TEXT("taken", out->id));
    return 0;
}

/* Routes and associations: parts of the cluster's route table. They have no tags, and are made again without harm where
 * the state has them as tainted. */

struct table_search {
    struct arena *arena;
    const char *items; /* path in the route table */
    const char *paths[2];
    struct str wanted;
    const char *table;
};

static int take_part(void *arg, struct str element)
{
    struct table_search *search = arg;

    for (size_t i = 0; i < 2; i++)
        if (str_equal(str_from(xml_text(search->arena, element, search->paths[i])), search->wanted))
            return -1;
    return 0;
}

static int take_table(void *arg, struct str element)
{
    struct table_search *search = arg;

    if (xml_each(element, search->items, take_part, search) != XML_STOPPED)
        return 0;
    search->table = xml_text(search->arena, element, "item/routeTableId");
    return -1;
}

/* *table is NULL when no route table of the cluster has such a part. */
static int find_in_table(const struct lookup *l, struct table_search *search, struct err *err)
{
    struct aws_query query = tagged_query(l->account, network_type(STR("aws_route_table")));

    search->arena = l->account->client.arena;
    return account_list(l->account, &query, take_table, search, err);
}

int inventory_find_route(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct table_search search = {.items = "item/routeSet/item",
                                  .paths = {"item/destinationCidrBlock", "item/destinationIpv6CidrBlock"},
                                  .wanted = inventory_value(l, "destination_cidr_block")};

    if (search.wanted.len == 0)
        search.wanted = inventory_value(l, "destination_ipv6_cidr_block");
    if (search.wanted.len == 0)
        return 0;
    if (find_in_table(l, &search, err) < 0)
        return -1;
    if (!search.table)
        return 0;
    out->state = INVENTORY_READY;
    snprintf(out->id, sizeof(out->id), "%s_%.*s", search.table, STR_FMT(search.wanted));
    return 0;
}

static const cJSON *change_at(const cJSON *plan, struct str address)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, json_find(plan, "resource_changes"))
    {
        if (str_equal(str_from(json_find_text(change, "address")), address))
            return change;
    }
    return NULL;
}

/* The subnet of aws_route_table_association.this[N] is aws_subnet.this[N], in the state or found as that one is. */
static int find_subnet(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct str address = str_from(json_find_text(l->change, "address"));
    struct str key = address;
    const cJSON *subnet;

    str_cut(&key, '.');
    subnet = change_at(l->plan, str_from(arena_printf(l->account->client.arena, "aws_subnet.%.*s", STR_FMT(key))));
    if (!subnet)
        return 0;
    if (json_find_text(subnet, "change.before.id")) {
        snprintf(out->id, sizeof(out->id), "%s", json_find_text(subnet, "change.before.id"));
        return 0;
    }
    return inventory_find(l->account, l->plan, subnet, false, out, err);
}

int inventory_find_association(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct inventory_item subnet = {.state = INVENTORY_ABSENT};
    struct table_search search = {.items = "item/associationSet/item", .paths = {"item/subnetId", "item/subnetId"}};

    if (find_subnet(l, &subnet, err) < 0)
        return -1;
    if (!subnet.id[0])
        return 0;
    search.wanted = str_from(subnet.id);
    if (find_in_table(l, &search, err) < 0)
        return -1;
    if (!search.table)
        return 0;
    out->state = INVENTORY_READY;
    snprintf(out->id, sizeof(out->id), "%.100s/%.100s", subnet.id, search.table);
    return 0;
}

/* KMS */

/* NULL without an error: there is no such thing. The tree is the caller's. */
static int call_kms(const struct lookup *l, const char *action, struct str body, cJSON **out, struct err *err)
{
    struct arena *arena = l->account->client.arena;
    struct aws_call call = {.service = AWS_KMS,
                            .method = "POST",
                            .path = STR("/"),
                            .body = body,
                            .content_type = "application/x-amz-json-1.1"};
    struct str answer;
    const char *why;

    *out = NULL;
    call.operation = arena_printf(arena, "kms:%s", action);
    call.target = arena_printf(arena, "TrentService.%s", action);
    if (!call.operation || !call.target)
        return err_set(err, ERR_INTERNAL, "there is no memory");
    if (aws_call(&l->account->client, &l->account->credentials, str_from(l->account->region), &call, &answer, err) <
        0) {
        if (!account_is_absent(err))
            return -1;
        err_clear(err);
        return 0;
    }
    *out = json_tree(answer, 16, &why);
    return *out ? 0 : err_set(err, ERR_UPSTREAM_BROKEN, "%s: the answer can not be used: %s", call.operation, why);
}

static int ask_about_key(const struct lookup *l, const char *action, const char *key, cJSON **out, struct err *err)
{
    return call_kms(l, action, str_from(arena_printf(l->account->client.arena, "{\"KeyId\":\"%s\"}", key)), out, err);
}

static bool has_tag(const cJSON *tags, const char *name, const char *value)
{
    const cJSON *tag;

    cJSON_ArrayForEach(tag, tags)
    {
        if (str_equal(str_from(json_find_text(tag, "TagKey")), str_from(name)) &&
            str_equal(str_from(json_find_text(tag, "TagValue")), str_from(value)))
            return true;
    }
    return false;
}

static int key_is_enabled(const struct lookup *l, const char *key, bool *is_enabled, struct err *err)
{
    cJSON *described;

    *is_enabled = false;
    if (ask_about_key(l, "DescribeKey", key, &described, err) < 0)
        return -1;
    *is_enabled = str_equal(str_from(json_find_text(described, "KeyMetadata.KeyState")), STR("Enabled"));
    cJSON_Delete(described);
    return 0;
}

/* A key of someone else may refuse to tell its tags: then it is not ours. */
static int key_is_ours(const struct lookup *l, const char *key, bool *is_ours, struct err *err)
{
    const cJSON *tags;
    cJSON *listed;

    *is_ours = false;
    if (ask_about_key(l, "ListResourceTags", key, &listed, err) < 0) {
        if (err->kind != ERR_AWS || err->code >= 500 || err->code == 429)
            return -1;
        err_clear(err);
        return 0;
    }
    tags = json_find(listed, "Tags");
    *is_ours =
        has_tag(tags, ACCOUNT_TAG_MANAGER, ACCOUNT_MANAGER) && has_tag(tags, ACCOUNT_TAG_CLUSTER, l->account->cluster);
    cJSON_Delete(listed);
    return *is_ours ? key_is_enabled(l, key, is_ours, err) : 0;
}

/* An id goes into JSON and a command's argument. */
static bool is_key_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!strchr("0123456789abcdefABCDEF-mrk", id.ptr[i]))
            return false;
    return id.len > 0 && id.len < 128;
}

static int look_through_keys(const struct lookup *l, const cJSON *keys, struct inventory_item *out, struct err *err)
{
    const cJSON *key;
    unsigned looked = 0;

    cJSON_ArrayForEach(key, keys)
    {
        const char *id = json_find_text(key, "KeyId");
        bool is_ours;

        if (looked++ == KEYS_MAX || !is_key_id(str_from(id)))
            continue;
        if (key_is_ours(l, id, &is_ours, err) < 0)
            return -1;
        if (!is_ours)
            continue;
        out->state = INVENTORY_READY;
        snprintf(out->id, sizeof(out->id), "%s", id);
        return 0;
    }
    return 0;
}

int inventory_find_key(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct str known = inventory_value(l, "key_id");
    cJSON *listed;
    int result;

    if (l->is_known) {
        bool is_enabled = false;

        if (!is_key_id(known) || key_is_enabled(l, known.ptr, &is_enabled, err) < 0)
            return is_key_id(known) ? -1 : 0;
        out->state = is_enabled ? INVENTORY_READY : INVENTORY_ABSENT;
        return 0;
    }
    if (call_kms(l, "ListKeys", STR("{\"Limit\":1000}"), &listed, err) < 0)
        return -1;
    result = look_through_keys(l, json_find(listed, "Keys"), out, err);
    cJSON_Delete(listed);
    return result;
}

/* Its name has the cluster's in it, and no other name can lead to this account's key. */
int inventory_find_alias(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct str name = inventory_value(l, "name");
    const cJSON *alias;
    cJSON *listed;

    if (name.len == 0 || call_kms(l, "ListAliases", STR("{\"Limit\":100}"), &listed, err) < 0)
        return name.len == 0 ? 0 : -1;
    cJSON_ArrayForEach(alias, json_find(listed, "Aliases"))
    {
        if (!str_equal(str_from(json_find_text(alias, "AliasName")), name))
            continue;
        out->state = INVENTORY_READY;
        str_copy(out->id, sizeof(out->id), name);
    }
    cJSON_Delete(listed);
    return 0;
}
