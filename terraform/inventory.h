/*
 * What AWS has of the things that a plan is about: whether a resource that terraform wants to create, or calls tainted,
 * is there already, is eksgate's own, and in what state.
 */
#ifndef EKSGATE_TERRAFORM_INVENTORY_H
#define EKSGATE_TERRAFORM_INVENTORY_H

#include "terraform/account.h"

enum inventory_state {
    INVENTORY_ABSENT,  /* not there, or of a type that is made again without harm */
    INVENTORY_FOREIGN, /* there, but without the tags of this cluster */
    INVENTORY_BUSY,    /* being created, changed or deleted */
    INVENTORY_READY,
    INVENTORY_FAILED /* AWS says that it never came to life */
};

struct inventory_item {
    enum inventory_state state;
    char id[512];    /* as `terraform import` takes it */
    char status[64]; /* AWS's word, or "" */
};

/* Looks up what a member of the plan's resource_changes is about. is_known: the state has it, and change.before says
 * which; else it is looked for by its name or tags. 0, or -1 with err. */
int inventory_find(struct account *account, const cJSON *plan, const cJSON *change, bool is_known,
                   struct inventory_item *out, struct err *err);

#endif
