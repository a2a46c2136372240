/*
 * Healing before a plan is applied: what an interrupted run left is taken up instead of being made, or replaced, again.
 *
 * After SIGTERM terraform's state calls things tainted that AWS went on to create; after SIGKILL it does not know them
 * at all. An ordinary plan shows both: what it would replace because it is tainted, and what it would create. For each
 * AWS is asked (inventory.h), waited for while it is at work, and then an action is written.
 */
#ifndef EKSGATE_TERRAFORM_HEAL_H
#define EKSGATE_TERRAFORM_HEAL_H

#include "terraform/inventory.h"
#include "terraform/tell.h"

struct heal {
    struct account *account;
    const cJSON *plan;
    struct tell tell;    /* {"type":"eksgate_heal","action":"wait|untaint|import|orphan","address","id"?,"status"?} */
    int64_t deadline_ms; /* monotonic; what is still at work then fails the run */
};

/* Appends to actions lines "untaint<TAB>ADDRESS", "import<TAB>ADDRESS<TAB>ID" and, behind the import of something that
 * AWS could not create, "taint<TAB>ADDRESS". 0, or -1 with err. */
int heal_plan(const struct heal *heal, struct buf *actions, struct err *err);

#endif
