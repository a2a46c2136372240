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
#define RUN_BODY_FIELDS RUN_HEAD_FIELDS ", 'order', 'diagnostics', 'issues', 'outputs'"

#define RUN_HEAD_COUNT ((size_t)30)
#define RUN_BODY_COUNT ((size_t)34)

struct str run_text(const redisReply *reply); /* empty when it is no text */

/* The run that a script answers with: as below. */
int run_ask(struct redis_client *redis, struct arena *arena, const struct str *command, size_t count, struct run *out,
            struct err *err);

/* What a script answers with: a number of things, which are taken into an array in the arena one by one. take:
 * REDIS_FOUND, REDIS_MISSING for what is none, or -1 with err. 0, or -1 with err. */
int run_ask_list(struct redis_client *redis, struct arena *arena, const struct str *command, size_t count, size_t size,
                 int (*take)(struct arena *arena, const redisReply *reply, void *out, struct err *err), void **things,
                 size_t *found, struct err *err);

/* From one such HMGET, of either length. 0 with texts in the arena; REDIS_MISSING when the first field is none; or -1
 * with err. */
int run_parse(struct arena *arena, const redisReply *fields, struct run *out, struct err *err);

#endif
