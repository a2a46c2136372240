/* The query of a list, for the route table. */
#ifndef EKSGATE_HANDLERS_RESOURCES_H
#define EKSGATE_HANDLERS_RESOURCES_H

#include "fcgi/field.h"

extern const struct field resource_fields[];

#endif
