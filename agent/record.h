/* From a Job as its cluster tells of it to what is recorded (redis/job_records.h). */
#ifndef EKSGATE_AGENT_RECORD_H
#define EKSGATE_AGENT_RECORD_H

#include "agent/agent.h"
#include "base/json.h"
#include "redis/job_records.h"

enum record_how {
    RECORD_LISTED,
    RECORD_CHANGED,
    RECORD_DELETED,
};

/* Records a Job of a cluster. announce_from: as in struct job_record. 0, or -1 with err when it could not be stored;
 * what is no Job, or too large, is passed over. */
int record_job(struct agent *agent, struct str cluster, const cJSON *object, enum record_how how, int64_t announce_from,
               struct err *err);

#endif
