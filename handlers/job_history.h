/* Finished jobs: reading what the agent recorded of them, filtered; and both routes in the route table. */
#ifndef EKSGATE_HANDLERS_JOB_HISTORY_H
#define EKSGATE_HANDLERS_JOB_HISTORY_H

#include "fcgi/request.h"
#include "redis/job_records.h"

extern const struct field job_history_query[];
extern const struct field job_analytics_query[];
extern const struct answer job_history_answers[];
extern const struct answer job_analytics_answers[];

/* The parameter "since", a duration before now or a time, as Unix time; 0 when it is not given. */
int64_t job_history_since(struct str value);

/* Calls on_job for each finished job behind the place that ended at since or later, the newest first, until it returns
 * other than 0: 1 ends it well, -1 with request->err. entry and job live during the call only. read: how many there
 * were. 0, or -1 with request->err. */
int job_history_walk(struct request *request, const struct job_place *place, int64_t since,
                     int (*on_job)(void *arg, const struct job_entry *entry, const cJSON *job), void *arg,
                     size_t *read);

#endif
