/*
 * A plan of terraform, as `terraform show -json` prints it
 * (https://developer.hashicorp.com/terraform/internals/json-format, format 1): what it would do, for people, with
 * nothing in it that is secret; and whether it may be done.
 */
#ifndef EKSGATE_TERRAFORM_PLAN_H
#define EKSGATE_TERRAFORM_PLAN_H

#include "base/err.h"
#include "base/json.h"

#define PLAN_TEXT_MAX MIB(32)  /* of the JSON that is read */
#define PLAN_LINE_MAX KIB(384) /* of the tree that is written; what does not fit is left out and said */
#define PLAN_ADDRESS_MAX 512

/* What is asked of the guard. */
struct plan_guard {
    bool is_destroy;    /* everything may go */
    const cJSON *allow; /* array of addresses that may be deleted; or NULL */
};

struct plan_counts {
    unsigned add;
    unsigned change;
    unsigned destroy;
    unsigned import;
};

/* A tree that the caller frees with cJSON_Delete(); NULL with err: too large, no JSON, or no plan. */
cJSON *plan_parse(struct str text, struct err *err);

/* A variable's value when it is a text, or the empty view. */
struct str plan_variable(const cJSON *plan, const char *name);

/* "create", "update", "delete", "replace", "import", "read", "forget", or NULL for what stays as it is. */
const char *plan_action(const cJSON *change);

/* Whether the resource may not be deleted by this plan: clusters, networks, keys, identity providers and node groups,
 * unless everything is destroyed, the address is allowed, or AWS itself says that the thing never came to life. */
bool plan_is_blocked(const cJSON *change, const struct plan_guard *guard);

/* Writes {"type":"eksgate_plan","hash","changes","blocked":[address],"truncated","tree":[...]} into out. Returns how
 * many resources are blocked. */
unsigned plan_write(const cJSON *plan, const struct plan_guard *guard, struct str hash, struct buf *out);

/* The members "attributes" of the tree: each leaf that changes, as {path, before, after, sensitive, known, replaces?}.
 * False when some were left out because there was no more room. */
bool plan_write_attributes(const cJSON *change, struct json *j, const char *key);

/* A name after which secrets are called: "password", "client_secret", ... */
bool plan_is_secret_name(struct str name);

/* An address as our module has them: type.name, with [number] or ["key"]; nothing that could mean something else to a
 * shell, a terminal or a line of text. */
bool plan_is_address(struct str address);

#endif
