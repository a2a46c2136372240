/* Between the files of the sweep. */
#ifndef EKSGATE_TERRAFORM_SWEEP_INTERNAL_H
#define EKSGATE_TERRAFORM_SWEEP_INTERNAL_H

#include "terraform/sweep.h"

#define SWEEP_THINGS_MAX 200 /* of one kind; the others are left for the next time */
#define SWEEP_ID_SIZE 256

struct sweep_thing {
    char id[SWEEP_ID_SIZE];
    bool is_busy; /* it may not be deleted while something uses it */
    bool is_ours;
};

struct sweep_list {
    struct account *account;
    struct sweep_thing things[SWEEP_THINGS_MAX];
    size_t count;
};

/* NULL when there is no more room, or it is there already. */
struct sweep_thing *sweep_list_add(struct sweep_list *list, const char *id);

struct sweep_kind {
    const char *name;
    /* What of this kind belongs to the cluster. 0, or -1 with err. */
    int (*find)(const struct sweep_kind *kind, struct sweep_list *list, struct err *err);
    enum aws_service service;
    const char *list_action;
    const char *items;
    const char *id; /* path in an item */
    const char *delete_action;
    const char *delete_parameter;
};

/* Load balancers and target groups: their tags are asked for in a call of their own. */
int sweep_find_balancers(const struct sweep_kind *kind, struct sweep_list *list, struct err *err);

/* Things of EC2: found by their tags. */
int sweep_find_groups(const struct sweep_kind *kind, struct sweep_list *list, struct err *err);
int sweep_find_interfaces(const struct sweep_kind *kind, struct sweep_list *list, struct err *err);
int sweep_find_volumes(const struct sweep_kind *kind, struct sweep_list *list, struct err *err);

/* Takes the rules away by which the cluster's own security group lets this one in: they hold it. 0, or -1 with err. */
int sweep_release_group(struct account *account, const char *group, struct err *err);

#endif
