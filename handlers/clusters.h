/* The answers about connected clusters, for the route table. */
#ifndef EKSGATE_HANDLERS_CLUSTERS_H
#define EKSGATE_HANDLERS_CLUSTERS_H

#include "fcgi/route.h"

extern const struct answer clusters_answers[];
extern const struct answer cluster_answers[];
extern const struct answer disconnect_answers[];

#endif
