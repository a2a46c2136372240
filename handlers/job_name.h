/* Which job a request is about, and where it is in its cluster. */
#ifndef EKSGATE_HANDLERS_JOB_NAME_H
#define EKSGATE_HANDLERS_JOB_NAME_H

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

/* "24h" or a time, for a field's check. */
const char *job_check_since(struct str value);

#endif
