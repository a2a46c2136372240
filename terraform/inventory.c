#include "terraform/inventory.h"

#include <stdio.h>
#include <string.h>

#include "aws/eks_api.h"
#include "terraform/inventory_internal.h"

/* EKS */

int inventory_eks(const struct lookup *l, enum eks_operation operation, struct str second, const cJSON **out,
                  struct err *err)
{
    const struct eks_wish wish = {
        .operation = operation, .labels = {str_from(l->account->cluster), second}, .is_urgent = true};

    *out = NULL;
    if (eks_perform(&l->account->client, &l->account->credentials, str_from(l->account->region), &wish, out, err) == 0)
        return 0;
    if (!account_is_absent(err))
        return -1;
    err_clear(err);
    return 0;
}

static enum inventory_state state_of(struct str status)
{
    static const struct {
        struct str status;
        enum inventory_state state;
    } states[] = {
        {STR("ACTIVE"), INVENTORY_READY},        {STR("DEGRADED"), INVENTORY_READY},
        {STR("UPDATE_FAILED"), INVENTORY_READY}, {STR("DELETE_FAILED"), INVENTORY_READY},
        {STR("FAILED"), INVENTORY_FAILED},       {STR("CREATE_FAILED"), INVENTORY_FAILED},
    };

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (str_equal(status, states[i].status))
            return states[i].state;
    return INVENTORY_BUSY;
}

static void set_status(const struct lookup *l, const cJSON *found, struct inventory_item *out)
{
    struct str status = str_from(json_find_text(found, "status"));

    if (!found)
        return;
    str_copy(out->status, sizeof(out->status), status);
    if (!l->is_known && !account_owns(l->account, json_find(found, "tags")))
        out->state = INVENTORY_FOREIGN;
    else
        out->state = status.len > 0 ? state_of(status) : INVENTORY_READY;
}

static int find_cluster(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    const cJSON *found;

    if (inventory_eks(l, EKS_DESCRIBE_CLUSTER, STR(""), &found, err) < 0)
        return -1;
    set_status(l, found, out);
    snprintf(out->id, sizeof(out->id), "%s", l->account->cluster);
    return 0;
}

/* Parts of the cluster that are found by a name. */
static int find_part(const struct lookup *l, enum eks_operation operation, const char *attribute,
                     struct inventory_item *out, struct err *err)
{
    struct str name = inventory_value(l, attribute);
    const cJSON *found;

    if (name.len == 0)
        return 0;
    if (inventory_eks(l, operation, name, &found, err) < 0)
        return -1;
    set_status(l, found, out);
    snprintf(out->id, sizeof(out->id), "%s:%.*s", l->account->cluster, STR_FMT(name));
    return 0;
}

static int find_node_group(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    return find_part(l, EKS_DESCRIBE_NODEGROUP, "node_group_name", out, err);
}

static int find_addon(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    return find_part(l, EKS_DESCRIBE_ADDON, "addon_name", out, err);
}

static int find_access_entry(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    return find_part(l, EKS_DESCRIBE_ACCESS_ENTRY, "principal_arn", out, err);
}

static int find_pod_identity(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct str space = inventory_value(l, "namespace");
    struct str name = inventory_value(l, "service_account");
    const cJSON *associations;
    const cJSON *association;
    const cJSON *found;

    if (inventory_eks(l, EKS_LIST_POD_IDENTITY_ASSOCIATIONS, STR(""), &associations, err) < 0)
        return -1;
    cJSON_ArrayForEach(association, associations)
    {
        struct str id = str_from(json_find_text(association, "associationId"));

        if (!str_equal(str_from(json_find_text(association, "namespace")), space) ||
            !str_equal(str_from(json_find_text(association, "serviceAccount")), name))
            continue;
        if (inventory_eks(l, EKS_DESCRIBE_POD_IDENTITY_ASSOCIATION, id, &found, err) < 0)
            return -1;
        set_status(l, found, out);
        snprintf(out->id, sizeof(out->id), "%s,%.*s", l->account->cluster, STR_FMT(id));
    }
    return 0;
}

/* IAM */

static bool owns_xml(const struct lookup *l, struct str document, const char *path)
{
    return strcmp(account_tag(l->account, document, path, ACCOUNT_TAG_MANAGER), ACCOUNT_MANAGER) == 0 &&
           strcmp(account_tag(l->account, document, path, ACCOUNT_TAG_CLUSTER), l->account->cluster) == 0;
}

static int find_by_get(const struct lookup *l, const struct aws_query *query, const char *tags,
                       struct inventory_item *out, struct err *err)
{
    struct str body;

    if (account_query(l->account, query, &body, err) == 0) {
        out->state = l->is_known || owns_xml(l, body, tags) ? INVENTORY_READY : INVENTORY_FOREIGN;
        return 0;
    }
    if (!account_is_absent(err))
        return -1;
    err_clear(err);
    return 0;
}

static int find_role(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    struct str name = inventory_value(l, "name");
    const struct aws_query query = {.service = AWS_IAM, .action = "GetRole", .parameters = {{"RoleName", name}}};

    if (name.len == 0)
        return 0;
    str_copy(out->id, sizeof(out->id), name);
    return find_by_get(l, &query, "*/GetRoleResult/Role/Tags/member", out, err);
}

struct provider_search {
    struct arena *arena;
    struct str end; /* of the ARN */
    const char *arn;
};

static int take_provider(void *arg, struct str element)
{
    struct provider_search *search = arg;
    const char *arn = xml_text(search->arena, element, "member/Arn");

    if (search->end.len == 0 || !str_ends_with(str_from(arn), search->end))
        return 0;
    search->arn = arn;
    return -1;
}

/* Its name is the address of the cluster's issuer, which the plan does not know before the cluster is there. */
static int find_provider_arn(const struct lookup *l, const char **arn, struct err *err)
{
    struct provider_search search = {.arena = l->account->client.arena};
    const struct aws_query query = {
        .service = AWS_IAM, .action = "ListOpenIDConnectProviders", .items = "*/*/OpenIDConnectProviderList/member"};
    const cJSON *cluster;

    if (inventory_eks(l, EKS_DESCRIBE_CLUSTER, STR(""), &cluster, err) < 0)
        return -1;
    search.end = str_from(json_find_text(cluster, "identity.oidc.issuer"));
    if (str_starts_with(search.end, STR("https://")))
        search.end = str_skip(search.end, strlen("https:/"));
    if (account_list(l->account, &query, take_provider, &search, err) < 0)
        return -1;
    *arn = search.arn;
    return 0;
}

static int find_provider(const struct lookup *l, struct inventory_item *out, struct err *err)
{
    const char *arn = NULL;
    struct aws_query query = {.service = AWS_IAM, .action = "GetOpenIDConnectProvider"};

    if (l->is_known)
        arn = json_find_text(l->values, "arn");
    else if (find_provider_arn(l, &arn, err) < 0)
        return -1;
    if (!arn)
        return 0;
    snprintf(out->id, sizeof(out->id), "%s", arn);
    query.parameters[0] = (struct aws_parameter){"OpenIDConnectProviderArn", str_from(arn)};
    return find_by_get(l, &query, "*/GetOpenIDConnectProviderResult/Tags/member", out, err);
}

/* Types. What is not among them is made again without harm, or is the same when it is made again. */
static const struct {
    struct str type;
    inventory_lookup *find;
} types[] = {
    {STR("aws_eks_cluster"), find_cluster},
    {STR("aws_eks_node_group"), find_node_group},
    {STR("aws_eks_addon"), find_addon},
    {STR("aws_eks_access_entry"), find_access_entry},
    {STR("aws_eks_pod_identity_association"), find_pod_identity},
    {STR("aws_iam_role"), find_role},
    {STR("aws_iam_openid_connect_provider"), find_provider},
    {STR("aws_vpc"), inventory_find_network},
    {STR("aws_subnet"), inventory_find_network},
    {STR("aws_internet_gateway"), inventory_find_network},
    {STR("aws_route_table"), inventory_find_network},
    {STR("aws_launch_template"), inventory_find_network},
    {STR("aws_route"), inventory_find_route},
    {STR("aws_route_table_association"), inventory_find_association},
    {STR("aws_kms_key"), inventory_find_key},
    {STR("aws_kms_alias"), inventory_find_alias},
};

struct str inventory_value(const struct lookup *l, const char *attribute)
{
    return str_from(json_find_text(l->values, attribute));
}

int inventory_find(struct account *account, const cJSON *plan, const cJSON *change, bool is_known,
                   struct inventory_item *out, struct err *err)
{
    const struct lookup l = {.account = account,
                             .plan = plan,
                             .change = change,
                             .values = json_find(change, is_known ? "change.before" : "change.after"),
                             .is_known = is_known};
    struct str type = str_from(json_find_text(change, "type"));

    *out = (struct inventory_item){.state = INVENTORY_ABSENT};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_equal(type, types[i].type))
            return types[i].find(&l, out, err);
    return 0;
}
