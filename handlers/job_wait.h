/* Waiting for a job: wait=60s and stream=true of GET .../jobs/:namespace/:name. */
#ifndef EKSGATE_HANDLERS_JOB_WAIT_H
#define EKSGATE_HANDLERS_JOB_WAIT_H

#include "handlers/job_name.h"

/* True when the query asks for it, of a job that has ended or has not. */
bool job_wait_wanted(struct request *request, bool ended);

/* Hands the request off: the answer comes when the job has ended, or the time is over; with stream=true it has begun
 * and gets a line whenever the job changes. */
int job_wait(struct request *request, const struct job_name *name);

#endif
