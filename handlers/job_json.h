/* How a job is answered, wherever one is: made, read, triggered, run again. */
#ifndef EKSGATE_HANDLERS_JOB_JSON_H
#define EKSGATE_HANDLERS_JOB_JSON_H

#include "fcgi/request.h"

/* The body, for the route table. */
extern const struct field job_shape[];
extern const struct link job_links[];

/* A whole answer: the job's body. pods: a list of those that may wait, events: of why some can not be made; or NULL. 0,
 * or -1 with request->err. */
int job_answer(struct request *request, int status, const cJSON *object, const cJSON *pods, const cJSON *events);

/* Who makes a job, as its label says: the id of the caller's key, or "anonymous". */
const char *job_caller(const struct request *request);

#endif
