/* The tables of the routes in dashboard.c. */
#ifndef EKSGATE_HANDLERS_DASHBOARD_H
#define EKSGATE_HANDLERS_DASHBOARD_H

#include "fcgi/route.h"

/* Of the member "errors" of answers that tell what could be read. */
extern const struct field gap_shape[];

extern const struct answer dashboard_answers[];

#endif
