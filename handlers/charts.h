/* The tables of the routes in charts.c. */
#ifndef EKSGATE_HANDLERS_CHARTS_H
#define EKSGATE_HANDLERS_CHARTS_H

#include "fcgi/route.h"

extern const struct answer cluster_metrics_answers[];
extern const struct answer node_metrics_answers[];
extern const struct answer workload_metrics_answers[];

#endif
