/* For the files that read and write runs: the fields of one as Redis gives them. */
#ifndef EKSGATE_REDIS_RUN_FIELDS_H
#define EKSGATE_REDIS_RUN_FIELDS_H

#include "redis/keys.h"
#include "redis/name.h"
#include "redis/runs.h"

/* For HMGET in scripts, in the order in which they are read. The body stands behind the head. */
#define RUN_HEAD_FIELDS                                                                                                \
    "'run', 'cluster', 'op', 'job_name', 'runner', 'status', 'phase', 'step', 'message', 'plan_hash', 'changes', "     \
    "'progress', 'blocked', 'lock', 'created_by', 'request_id', 'approves', 'approved_by', 'host', 'plan_only', "      \
    "'cancel', 'force', 'lock_id', 'created_at', 'started_at', 'finished_at', 'exit_code', 'log_lines', 'pid', "       \
    "'pid_started'"
#define RUN_BODY_FIELDS RUN_HEAD_FIELDS ", 'order', 'diagnostics', 'outputs'"

#define RUN_HEAD_COUNT ((size_t)30)
#define RUN_BODY_COUNT ((size_t)33)

struct str run_text(const redisReply *reply); /* empty when it is no text */

/* From one such HMGET, of either length. 0 with texts in the arena; REDIS_MISSING when the first field is none; or -1
 * with err. */
int run_parse(struct arena *arena, const redisReply *fields, struct run *out, struct err *err);

#endif
