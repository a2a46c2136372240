#include "terraform/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "terraform/sweep_internal.h"

#define PAUSE_MS 3000

/* In the order in which they hold each other. */
static const struct sweep_kind kinds[] = {
    {"load balancer", sweep_find_balancers, AWS_ELBV2, "DescribeLoadBalancers", "*/*/LoadBalancers/member",
     "member/LoadBalancerArn", "DeleteLoadBalancer", "LoadBalancerArn"},
    {"classic load balancer", sweep_find_balancers, AWS_ELB, "DescribeLoadBalancers",
     "*/*/LoadBalancerDescriptions/member", "member/LoadBalancerName", "DeleteLoadBalancer", "LoadBalancerName"},
    {"target group", sweep_find_balancers, AWS_ELBV2, "DescribeTargetGroups", "*/*/TargetGroups/member",
     "member/TargetGroupArn", "DeleteTargetGroup", "TargetGroupArn"},
    {"network interface", sweep_find_interfaces, AWS_EC2, "DescribeNetworkInterfaces", "*/networkInterfaceSet/item",
     "item/networkInterfaceId", "DeleteNetworkInterface", "NetworkInterfaceId"},
    {"security group", sweep_find_groups, AWS_EC2, "DescribeSecurityGroups", "*/securityGroupInfo/item", "item/groupId",
     "DeleteSecurityGroup", "GroupId"},
    {"volume", sweep_find_volumes, AWS_EC2, "DescribeVolumes", "*/volumeSet/item", "item/volumeId", "DeleteVolume",
     "VolumeId"},
};

static int tell(const struct sweep *sweep, const char *action, const struct sweep_kind *kind, const char *id,
                const char *reason, struct err *err)
{
    const struct tell_member members[] = {{"action", action}, {"kind", kind->name}, {"id", id}, {"reason", reason}};

    return tell_line(&sweep->tell, "eksgate_sweep", members, sizeof(members) / sizeof(members[0]), err);
}

static int delete_once(const struct sweep *sweep, const struct sweep_kind *kind, const char *id, struct err *err)
{
    const struct aws_query query = {.service = kind->service,
                                    .action = kind->delete_action,
                                    .parameters = {{kind->delete_parameter, str_from(id)}}};
    struct str body;

    if (account_query(sweep->account, &query, &body, err) == 0)
        return 0;
    if (!account_is_absent(err))
        return -1;
    err_clear(err);
    return 0;
}

/* Something that goes by itself, or whose hold can be loosened, still depends on it. */
static bool is_held(const struct err *err)
{
    static const char *const codes[] = {"DependencyViolation", "ResourceInUse", "InvalidGroup.InUse"};

    for (size_t i = 0; err->kind == ERR_AWS && i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(err->aws_code, codes[i]) == 0)
            return true;
    return false;
}

static int delete_thing(const struct sweep *sweep, const struct sweep_kind *kind, const char *id, struct err *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + sweep->patience_ms;
    bool told = false;
    struct err why;

    while (delete_once(sweep, kind, id, &why) < 0) {
        struct err ignored;

        if (!is_held(&why) || clock_monotonic_ms() + PAUSE_MS > deadline_ms)
            return tell(sweep, "left", kind, id, why.message, err);
        if (!told && tell(sweep, "wait", kind, id, why.message, err) < 0)
            return -1;
        told = true;
        if (kind->find == sweep_find_groups)
            sweep_release_group(sweep->account, id, &ignored);
        clock_sleep_ms(PAUSE_MS);
    }
    return tell(sweep, "delete", kind, id, NULL, err);
}

/* Load balancers go in a while, and hold groups and interfaces until then. */
static int wait_until_gone(const struct sweep *sweep, const struct sweep_kind *kind, struct sweep_list *list,
                           struct err *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + sweep->patience_ms;
    bool told = false;
    struct err ignored;

    for (;;) {
        list->count = 0;
        if (kind->find(kind, list, &ignored) < 0 || list->count == 0 || clock_monotonic_ms() + PAUSE_MS > deadline_ms)
            return 0;
        if (!told && tell(sweep, "wait", kind, list->things[0].id, "until it is gone", err) < 0)
            return -1;
        told = true;
        clock_sleep_ms(PAUSE_MS);
    }
}

static int sweep_kind(const struct sweep *sweep, const struct sweep_kind *kind, struct sweep_list *list,
                      struct err *err)
{
    size_t deleted = 0;
    struct err why;

    list->count = 0;
    if (account_refresh(sweep->account, &why) < 0 || kind->find(kind, list, &why) < 0)
        return tell(sweep, "left", kind, "", why.message, err);
    for (size_t i = 0; i < list->count; i++) {
        const struct sweep_thing *thing = &list->things[i];

        if (thing->is_busy) {
            if (tell(sweep, "left", kind, thing->id, "it is in use", err) < 0)
                return -1;
            continue;
        }
        if (delete_thing(sweep, kind, thing->id, err) < 0)
            return -1;
        deleted++;
    }
    return deleted > 0 && kind->service != AWS_EC2 ? wait_until_gone(sweep, kind, list, err) : 0;
}

int sweep_cluster(const struct sweep *sweep, struct err *err)
{
    struct sweep_list *list = calloc(1, sizeof(*list));
    int result = 0;

    if (!list)
        return err_set(err, ERR_INTERNAL, "there is no memory");
    list->account = sweep->account;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && result == 0; i++)
        result = sweep_kind(sweep, &kinds[i], list, err);
    free(list);
    return result;
}
