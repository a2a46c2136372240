/* The graphs of a cluster in the route table. */
#ifndef EKSGATE_HANDLERS_GRAPH_H
#define EKSGATE_HANDLERS_GRAPH_H

#include "fcgi/route.h"

extern const struct field graph_fields[];
extern const struct answer graph_answers[];
extern const struct answer graph_tree_answers[];
extern const struct answer graph_pod_answers[];

#endif
