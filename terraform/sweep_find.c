/* What in AWS was made by controllers of one cluster: by their tags. */
#include <stdio.h>
#include <string.h>

#include "aws/eks_api.h"
#include "terraform/sweep_internal.h"

#define OWNED "owned"
#define CONTROLLER_TAG "elbv2.k8s.aws/cluster" /* of the AWS Load Balancer Controller; its value is the cluster */
#define TAGS_AT_ONCE 20

struct sweep_thing *sweep_list_add(struct sweep_list *list, const char *id)
{
    if (!*id || strlen(id) >= SWEEP_ID_SIZE || list->count == SWEEP_THINGS_MAX)
        return NULL;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->things[i].id, id) == 0)
            return NULL;
    snprintf(list->things[list->count].id, SWEEP_ID_SIZE, "%s", id);
    return &list->things[list->count++];
}

static const char *owner_tag(struct account *account)
{
    return arena_printf(account->client.arena, "kubernetes.io/cluster/%s", account->cluster);
}

static bool has_tags(struct account *account, struct str element, const char *path)
{
    const char *owner = owner_tag(account);

    return owner && (strcmp(account_tag(account, element, path, owner), OWNED) == 0 ||
                     strcmp(account_tag(account, element, path, CONTROLLER_TAG), account->cluster) == 0);
}

/* Load balancers */

struct balancer_search {
    const struct sweep_kind *kind;
    struct sweep_list *list;
};

static int take_balancer(void *arg, struct str element)
{
    const struct balancer_search *search = arg;

    sweep_list_add(search->list, xml_text(search->list->account->client.arena, element, search->kind->id));
    return search->list->count < SWEEP_THINGS_MAX ? 0 : -1;
}

static int take_tags(void *arg, struct str element)
{
    const struct balancer_search *search = arg;
    struct account *account = search->list->account;
    const char *id = xml_text(account->client.arena, element,
                              search->kind->service == AWS_ELB ? "*/LoadBalancerName" : "*/ResourceArn");

    for (size_t i = 0; i < search->list->count; i++)
        if (strcmp(search->list->things[i].id, id) == 0)
            search->list->things[i].is_ours = has_tags(account, element, "*/Tags/member");
    return 0;
}

static int ask_tags(const struct balancer_search *search, size_t first, struct err *err)
{
    const char *name = search->kind->service == AWS_ELB ? "LoadBalancerNames" : "ResourceArns";
    struct aws_query query = {
        .service = search->kind->service, .action = "DescribeTags", .items = "*/*/TagDescriptions/member"};
    struct balancer_search copy = *search;

    for (size_t i = first; i < search->list->count && i < first + TAGS_AT_ONCE; i++)
        query.parameters[i - first] = (struct aws_parameter){
            arena_printf(search->list->account->client.arena, "%s.member.%zu", name, i - first + 1),
            str_from(search->list->things[i].id)};
    return account_list(search->list->account, &query, take_tags, &copy, err);
}

static void keep_ours(struct sweep_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->things[i].is_ours)
            list->things[kept++] = list->things[i];
    list->count = kept;
}

int sweep_find_balancers(const struct sweep_kind *kind, struct sweep_list *list, struct err *err)
{
    const struct aws_query query = {.service = kind->service, .action = kind->list_action, .items = kind->items};
    struct balancer_search search = {.kind = kind, .list = list};

    if (account_list(list->account, &query, take_balancer, &search, err) < 0)
        return -1;
    for (size_t first = 0; first < list->count; first += TAGS_AT_ONCE)
        if (ask_tags(&search, first, err) < 0)
            return -1;
    keep_ours(list);
    return 0;
}

/* EC2 */

struct search {
    const struct sweep_kind *kind;
    struct sweep_list *list;
    /* Looks at one item; NULL for a thing that is not to be swept. */
    bool (*take)(struct account *account, struct str element, bool *is_busy);
};

static int take_item(void *arg, struct str element)
{
    const struct search *search = arg;
    struct account *account = search->list->account;
    bool is_busy = false;
    struct sweep_thing *thing;

    if (!search->take(account, element, &is_busy))
        return 0;
    thing = sweep_list_add(search->list, xml_text(account->client.arena, element, search->kind->id));
    if (thing)
        thing->is_busy = is_busy;
    return 0;
}

static int find_tagged(const struct search *search, const char *tag, const char *value, struct err *err)
{
    struct search copy = *search;
    struct aws_query query = {.service = AWS_EC2,
                              .action = search->kind->list_action,
                              .items = search->kind->items,
                              .parameters = {{"Filter.1.Name", STR("")}, {"Filter.1.Value.1", str_from(value)}}};

    query.parameters[0].value = str_from(arena_printf(search->list->account->client.arena, "tag:%s", tag));
    return account_list(search->list->account, &query, take_item, &copy, err);
}

/* EKS deletes the cluster's own group itself. */
static bool take_group(struct account *account, struct str element, bool *is_busy)
{
    (void)is_busy;
    return account_tag(account, element, "item/tagSet/item", "aws:eks:cluster-name")[0] == '\0';
}

int sweep_find_groups(const struct sweep_kind *kind, struct sweep_list *list, struct err *err)
{
    const struct search search = {.kind = kind, .list = list, .take = take_group};

    if (find_tagged(&search, CONTROLLER_TAG, list->account->cluster, err) < 0)
        return -1;
    return find_tagged(&search, owner_tag(list->account), OWNED, err);
}

/* A node's go with the node. */
static bool take_interface(struct account *account, struct str element, bool *is_busy)
{
    *is_busy = strcmp(xml_text(account->client.arena, element, "item/status"), "available") != 0;
    return true;
}

int sweep_find_interfaces(const struct sweep_kind *kind, struct sweep_list *list, struct err *err)
{
    const struct search search = {.kind = kind, .list = list, .take = take_interface};

    if (find_tagged(&search, "cluster.k8s.amazonaws.com/name", list->account->cluster, err) < 0)
        return -1;
    return find_tagged(&search, owner_tag(list->account), OWNED, err);
}

struct claim_search {
    struct arena *arena;
    bool found;
};

static int take_claim(void *arg, struct str element)
{
    struct claim_search *search = arg;
    struct str key = str_from(xml_text(search->arena, element, "item/key"));

    search->found = search->found || str_starts_with(key, STR("kubernetes.io/created-for/pvc/"));
    return 0;
}

/* Of a node, or made by hand, when no claim led to it. */
static bool take_volume(struct account *account, struct str element, bool *is_busy)
{
    struct claim_search search = {.arena = account->client.arena};

    *is_busy = strcmp(xml_text(account->client.arena, element, "item/status"), "available") != 0;
    xml_each(element, "item/tagSet/item", take_claim, &search);
    return search.found;
}

int sweep_find_volumes(const struct sweep_kind *kind, struct sweep_list *list, struct err *err)
{
    const struct search search = {.kind = kind, .list = list, .take = take_volume};

    if (find_tagged(&search, "KubernetesCluster", list->account->cluster, err) < 0)
        return -1;
    return find_tagged(&search, owner_tag(list->account), OWNED, err);
}

/* Rules of the cluster's own group */

struct rule_search {
    struct account *account;
    const char *group;
    const char *rules[16];
    size_t count;
};

static int take_rule(void *arg, struct str element)
{
    struct rule_search *search = arg;
    struct arena *arena = search->account->client.arena;

    if (strcmp(xml_text(arena, element, "item/isEgress"), "false") == 0 &&
        strcmp(xml_text(arena, element, "item/referencedGroupInfo/groupId"), search->group) == 0 && search->count < 16)
        search->rules[search->count++] = xml_text(arena, element, "item/securityGroupRuleId");
    return 0;
}

static const char *own_group(struct account *account, struct err *err)
{
    const struct eks_wish wish = {
        .operation = EKS_DESCRIBE_CLUSTER, .labels = {str_from(account->cluster)}, .is_urgent = true};
    const cJSON *cluster;

    if (eks_perform(&account->client, &account->credentials, str_from(account->region), &wish, &cluster, err) < 0)
        return NULL;
    return json_find_text(cluster, "resourcesVpcConfig.clusterSecurityGroupId");
}

int sweep_release_group(struct account *account, const char *group, struct err *err)
{
    struct rule_search search = {.account = account, .group = group};
    const char *own = own_group(account, err);
    const struct aws_query list = {
        .service = AWS_EC2,
        .action = "DescribeSecurityGroupRules",
        .items = "*/securityGroupRuleSet/item",
        .parameters = {{"Filter.1.Name", STR("group-id")}, {"Filter.1.Value.1", str_from(own)}}};

    if (!own || account_list(account, &list, take_rule, &search, err) < 0)
        return -1;
    for (size_t i = 0; i < search.count; i++) {
        const struct aws_query revoke = {
            .service = AWS_EC2,
            .action = "RevokeSecurityGroupIngress",
            .parameters = {{"GroupId", str_from(own)}, {"SecurityGroupRuleId.1", str_from(search.rules[i])}}};
        struct str body;

        if (account_query(account, &revoke, &body, err) < 0)
            return -1;
    }
    return 0;
}
