/* The answers about connected clusters, for the route table. */
#ifndef EKSGATE_HANDLERS_CLUSTERS_H
#define EKSGATE_HANDLERS_CLUSTERS_H

#include "fcgi/route.h"

struct json;
struct request;

/* The members "contexts" and "currentContext" of an answer; the first alone. 0, or -1 with request->err. */
int clusters_write_contexts(struct request *request, struct json *j);
int clusters_write_ids(struct request *request, struct json *j);

/* Deletes the request's connection. 0; -1 with request->err, ERR_CONFLICT for the cluster that the gateway runs in. */
int clusters_forget(struct request *request);

extern const struct answer clusters_answers[];
extern const struct answer cluster_answers[];
extern const struct answer disconnect_answers[];

#endif
