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

/* Where the one who records is. */
struct record_place {
    struct str cluster;
    struct str version;    /* what was stored last of the watch */
    int64_t announce_from; /* as in struct job_record */
    long met;              /* so far by the list */
};

/* Records a Job of a cluster. 1 when it was, 0 when it is no Job and was passed over, or -1 with err when it could not
 * be stored. */
int record_job(struct agent *agent, const struct record_place *place, const cJSON *object, enum record_how how,
               struct err *err);

/* What it means that something was not recorded. 0, or -1 with err. */
int record_check(struct agent *agent, enum job_recorded recorded, struct err *err);

#endif
