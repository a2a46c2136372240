/* Lists in the route table. */
#ifndef EKSGATE_HANDLERS_RESOURCES_H
#define EKSGATE_HANDLERS_RESOURCES_H

#include "fcgi/route.h"

extern const struct field resource_fields[];
extern const struct answer kinds_answers[];
extern const struct answer list_answers[];

#endif
