/* The tables of the routes in pods.c. */
#ifndef EKSGATE_HANDLERS_PODS_H
#define EKSGATE_HANDLERS_PODS_H

#include "fcgi/route.h"

extern const struct answer node_pods_answers[];
extern const struct answer workload_pods_answers[];

#endif
