/* Which job a request is about, and where it is in its cluster. */
#ifndef EKSGATE_HANDLERS_JOB_NAME_H
#define EKSGATE_HANDLERS_JOB_NAME_H

#include "base/duration.h"
#include "fcgi/request.h"

struct job_name {
    struct str namespace;
    struct str name;
};

/* From the path, or the parameters job_name and namespace. 0, or -1 with request->err. */
int job_name_find(struct request *request, struct job_name *out);

/* The job's own path, in the arena; query: "" or "?a=b". NULL with request->err. */
const char *job_name_path(struct request *request, const struct job_name *name, const char *query);

/* Writes the path of a list that holds that job only, with a query. */
void job_name_list_path(const struct job_name *name, char *out, size_t size);

/* Reads the job. 0, or -1 with request->err. */
int job_read_named(struct request *request, const struct job_name *name, cJSON **out);

/* "24h" or a time, for a field's check; and as a pattern. */
const char *job_check_since(struct str value);

#define JOB_SINCE                                                                                                      \
    "^(" DURATION_PATTERN "|[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3])(:[0-5][0-9]){2}"  \
    "([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))$"

#endif
