/* What clusters, nodes and pods used, for the route table. docs/usage.md says what is guaranteed of it. */
#ifndef EKSGATE_HANDLERS_USAGE_H
#define EKSGATE_HANDLERS_USAGE_H

#include "fcgi/request.h"

extern const struct field usage_query[];
extern const struct field usage_pods_query[];
extern const struct field usage_pods_op_query[];
extern const struct answer usage_answers[];
extern const struct answer sampling_answers[];

int usage_of_cluster(struct request *request);
int usage_of_nodes(struct request *request);
int usage_of_pods(struct request *request);
int usage_sampling(struct request *request);

#endif
