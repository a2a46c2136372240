/*
 * What a user orders: a cluster with its networks and nodes, as one JSON object. Its members' own forms are the checks
 * of terraform/order_text.h, held by the table of fields of the routes; here is what holds between them, what is meant
 * where nothing was said, what may change later, and which of it the Terraform module is told.
 */
#ifndef EKSGATE_TERRAFORM_ORDER_H
#define EKSGATE_TERRAFORM_ORDER_H

#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"

#define ORDER_TEXT_MAX KIB(64) /* of one as JSON: routes take half of it */
#define ORDER_TAGS_MAX 40      /* AWS takes 50; the module has its own */
#define ORDER_ADDONS_MAX 32
#define ORDER_ACCOUNTS_MAX 50 /* service accounts with a role of their own */
#define ORDER_NODES_MAX 450   /* of one node group: EKS's own quota */
#define ORDER_DEFAULT_REGION "ap-south-1"
#define ORDER_DEFAULT_VERSION "1.33"
#define ORDER_DEFAULT_TYPE "m5.xlarge"
#define ORDER_DEFAULT_FIRST_NODES 2 /* of the first node group */

/* Adds to err what does not fit together, each as a fault of a field: the members may be of any type, since others tell
 * of that. */
void order_check(const cJSON *order, struct err *err);

/* The whole order, in an order of its own: each member as given, or what is meant without it. An order that is written
 * and read again is written as the same text. */
void order_write(struct json *j, const cJSON *order);

/* As a tree of its own, or NULL without memory: release with cJSON_Delete(). */
cJSON *order_complete(const cJSON *order);

/* Adds to err what can not be changed of a cluster that is there, since it would be made anew. Both complete. */
void order_check_change(const cJSON *from, const cJSON *to, struct err *err);

/* Puts together an order and what an operation changes of it: members of change replace those of order. NULL without
 * memory. */
cJSON *order_merge(const cJSON *order, const cJSON *change);

/* EKS's names for the images of the nodes ("AL2023_x86_64_STANDARD"), as AWS knows their types; NULL: it did not say.
 */
struct order_images {
    const char *first; /* of the first node group */
    const char *second;
};

/* terraform.tfvars.json: the members that are variables of the module, and which images its nodes need. */
void order_write_variables(struct json *j, const cJSON *order, const struct order_images *images);

/* Such a name where AWS can not be asked: judged by the type's own. */
const char *order_ami_type(const char *instance_type);

/* An order like any other, for the reference. */
extern const char order_example[];

#endif
