/* The bodies of connect and available, for the route table. */
#ifndef EKSGATE_HANDLERS_CONNECT_H
#define EKSGATE_HANDLERS_CONNECT_H

#include "fcgi/field.h"

extern const struct field connect_fields[];
extern const struct field available_fields[];

#endif
