/*
 * The AWS account and region that a run works in: whose credentials, and for which cluster. What is found there counts
 * as eksgate's only with both of its tags.
 */
#ifndef EKSGATE_TERRAFORM_ACCOUNT_H
#define EKSGATE_TERRAFORM_ACCOUNT_H

#include "aws/credentials.h"
#include "aws/query.h"
#include "base/json.h"

#define ACCOUNT_TAG_MANAGER "eksgate/managed-by"
#define ACCOUNT_MANAGER "eksgate"
#define ACCOUNT_TAG_CLUSTER "eksgate/cluster"

struct account {
    struct aws_client client;
    struct aws_auth auth;
    struct aws_credentials credentials;
    char region[AWS_REGION_SIZE];
    char cluster[104];
};

/* Where a plan's variables say: region, cluster_name, assume_role_arn, assume_role_external_id. 0, or -1 with err; the
 * caller closes in any case. */
int account_open_plan(struct account *account, const cJSON *plan, struct err *err);
int account_open(struct account *account, struct str region, struct str role_arn, struct str external_id,
                 struct err *err);
void account_close(struct account *account);

/* Forgets the answers so far, and finds credentials that still hold: before each step of something that takes long. */
int account_refresh(struct account *account, struct err *err);

/* Calls in the account, as aws/query.h has them. */
int account_query(struct account *account, const struct aws_query *query, struct str *body, struct err *err);
int account_list(struct account *account, const struct aws_query *query, int (*take)(void *arg, struct str element),
                 void *arg, struct err *err);

/* The error says that the thing is not there. */
bool account_is_absent(const struct err *err);

/* Tags as EKS has them: an object of texts. */
bool account_owns(const struct account *account, const cJSON *tags);

/* Tags as XML: elements of the path with key and value ("item/tagSet/item", "key", "value"). */
const char *account_tag(struct account *account, struct str element, const char *path, const char *name);

#endif
