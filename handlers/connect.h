/* Connect and available in the route table. */
#ifndef EKSGATE_HANDLERS_CONNECT_H
#define EKSGATE_HANDLERS_CONNECT_H

#include "fcgi/route.h"

extern const struct field connect_fields[];
extern const struct field available_fields[];
extern const struct answer connect_answers[];
extern const struct answer available_answers[];

#endif
