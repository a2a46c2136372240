/* Which cluster, and which of its runs, a request is about. */
#ifndef EKSGATE_HANDLERS_PROVISION_FIND_H
#define EKSGATE_HANDLERS_PROVISION_FIND_H

#include "fcgi/request.h"
#include "redis/runs.h"

/* The cluster of the path. 0, or -1 with request->err: ERR_NOT_FOUND. */
int provision_find(struct request *request, struct run_cluster *out);

/* Its name by itself; NULL pointer with request->err. */
struct str provision_name(struct request *request);

/* The run that the path names, of the cluster that it names. 0, or -1 with request->err. */
int provision_find_run(struct request *request, struct run *out);

/* The run that ?run= names, or the active one, or the last; its id is empty: there is none. 0, or -1 as above. */
int provision_find_shown(struct request *request, struct run_cluster *cluster, struct run *out);

/* -1 with request->err: ERR_NOT_FOUND. */
int provision_not_there(struct request *request, struct str name);

const char *provision_check_run(struct str id);

#endif
