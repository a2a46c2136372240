/* Between the files of the inventory. */
#ifndef EKSGATE_TERRAFORM_INVENTORY_INTERNAL_H
#define EKSGATE_TERRAFORM_INVENTORY_INTERNAL_H

#include "aws/eks_api.h"
#include "terraform/inventory.h"

struct lookup {
    struct account *account;
    const cJSON *plan;
    const cJSON *change;
    const cJSON *values; /* of the resource: as it is in the state, or as it is planned */
    bool is_known;
};

/* *out stays INVENTORY_ABSENT when there is nothing. 0, or -1 with err. */
typedef int inventory_lookup(const struct lookup *l, struct inventory_item *out, struct err *err);

inventory_lookup inventory_find_network;
inventory_lookup inventory_find_route;
inventory_lookup inventory_find_association;
inventory_lookup inventory_find_key;
inventory_lookup inventory_find_alias;

/* A text attribute, or the empty view. */
struct str inventory_value(const struct lookup *l, const char *attribute);

/* The member of EKS's answer about the cluster or a part of it; NULL when there is none. */
int inventory_eks(const struct lookup *l, enum eks_operation operation, struct str second, const cJSON **out,
                  struct err *err);

#endif
