/* Server-sent events in the route table. */
#ifndef EKSGATE_HANDLERS_EVENTS_H
#define EKSGATE_HANDLERS_EVENTS_H

#include "fcgi/route.h"

extern const struct field events_query[];
extern const struct answer events_answers[];

#endif
