/* How a run is queued, whatever it is to do: the one way from a request into redis/runs.h. */
#ifndef EKSGATE_HANDLERS_PROVISION_SUBMIT_H
#define EKSGATE_HANDLERS_PROVISION_SUBMIT_H

#include "handlers/provision_find.h"

#define PROVISION_WARNINGS_MAX 8

/* What is to be done, and what stands in its way a little. */
struct provision {
    struct str cluster; /* its name */
    const char *op;
    const cJSON *order; /* complete; NULL: as redis/runs.h finds it */
    struct str approves;
    struct str plan_hash;
    struct str lock_id; /* that is to be released */
    bool plan_only;
    bool creates; /* the cluster need not be known yet */
    bool force;
    const char *warnings[PROVISION_WARNINGS_MAX];
    size_t warning_count;
};

/* What was not looked into, or will cost; told in the answer. */
void provision_warn(struct request *request, struct provision *p, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Does what submit() does. Where that is refused by now, but the same request came before with the same
 * Idempotency-Key, the answer is that of then. */
int provision_once(struct request *request, int (*submit)(struct request *request));

/* Queues it and answers 202. -1 with request->err: ERR_CONFLICT with the active run, or why a plan can not be approved;
 * ERR_LOCKED for a protected cluster, ERR_OVERLOADED for a full queue. */
int provision_submit(struct request *request, const struct provision *p);

/* Of a body: true when the member is. */
bool provision_is_true(const struct request *request, const char *member);

/* The run is to stop behind its plan: the request or the order says so. */
bool provision_stops(const struct request *request, const cJSON *order);

/* The tree, which is deleted when the request ends; NULL with request->err. */
const cJSON *provision_keep(struct request *request, cJSON *tree);

int provision_no_memory(struct request *request);

#endif
