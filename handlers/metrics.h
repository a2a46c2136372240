/* GET /metrics in the route table. */
#ifndef EKSGATE_HANDLERS_METRICS_H
#define EKSGATE_HANDLERS_METRICS_H

#include "fcgi/route.h"

extern const struct answer metrics_answers[];

#endif
