/* One job as a caller asks for it, alone or in a batch: by its manifest, or by a template and values for it. */
#ifndef EKSGATE_HANDLERS_JOB_ORDER_H
#define EKSGATE_HANDLERS_JOB_ORDER_H

#include "cluster/job.h"
#include "fcgi/field.h"

/* The body. */
extern const struct field job_create_fields[];

/* Reads a body that fits the table into an order, its template filled in; what it is made of lives as long as body and
 * the worker's arena. key: who asks (job_caller()). 0, or -1 with err. */
int job_order_read(struct worker *worker, const cJSON *body, const char *key, struct job_order *out, struct err *err);

#endif
