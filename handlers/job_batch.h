/* Batches of jobs in the route table. */
#ifndef EKSGATE_HANDLERS_JOB_BATCH_H
#define EKSGATE_HANDLERS_JOB_BATCH_H

#include "fcgi/route.h"

extern const struct field job_batch_fields[];
extern const struct answer job_batch_answers[];

#endif
