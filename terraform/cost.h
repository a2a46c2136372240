/*
 * What a cluster costs in a month, roughly: from a table in this program, since the price list is not asked. A price
 * that is not in the table is not guessed; the answer says what is missing, and where the prices are from.
 */
#ifndef EKSGATE_TERRAFORM_COST_H
#define EKSGATE_TERRAFORM_COST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

#define COST_ITEMS_MAX 9
#define COST_MISSING_MAX 10
#define COST_HOURS 730 /* of a month */
#define COST_CURRENCY "USD"
#define COST_REGION "us-east-1"
#define COST_AS_OF "2025-06-01"
#define COST_SOURCE                                                                                                    \
    "a table in eksgate: on-demand list prices of us-east-1 (Linux), written down from general knowledge and not "     \
    "read "                                                                                                            \
    "from AWS; look at https://calculator.aws before you rely on them"

struct cost_item {
    const char *id; /* control_plane extended_support nodes_first nodes disks addresses nat_gateways secrets_key */
    char label[96];
    long quantity;
    double unit_price; /* of one in a month */
    bool is_known;     /* false: there is no price for it here, and none in the sum */
};

struct cost {
    struct cost_item items[COST_ITEMS_MAX];
    size_t count;
    double monthly; /* of what is known */
    bool is_whole;  /* nothing of the items is missing in it */
    char missing[COST_MISSING_MAX][160];
    size_t missing_count;
};

/* order: complete. */
void cost_estimate(const cJSON *order, struct cost *out);

/* Of one hour of that type in COST_REGION; 0 when it is not known. */
double cost_of_type(const char *instance_type);

/* currency, monthly, items, missing, source, as_of: into an open object. */
void cost_write_members(struct json *j, const struct cost *cost);

/* An amount as JSON: two digits behind the point, or four where it is small. */
void cost_write_amount(struct json *j, const char *key, double amount);

#endif
