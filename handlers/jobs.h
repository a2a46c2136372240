/* Queries, bodies and answers of the jobs routes, for the route table. */
#ifndef EKSGATE_HANDLERS_JOBS_H
#define EKSGATE_HANDLERS_JOBS_H

#include "fcgi/route.h"

extern const struct field job_create_query[];
extern const struct field job_create_default_query[]; /* the same and cluster */
extern const struct field job_delete_query[];
extern const struct field job_delete_default_query[];
extern const struct field job_show_default_query[];
extern const struct field job_list_query[];
extern const struct answer job_create_answers[];
extern const struct answer job_list_answers[];
extern const struct field job_show_query[];
extern const struct field job_logs_query[];
extern const struct answer job_logs_answers[];
extern const struct answer job_rerun_answers[];
extern const struct answer job_watch_answers[];
extern const struct answer job_show_answers[];
extern const struct answer job_delete_answers[];

#endif
