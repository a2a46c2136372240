/* The level of the log in the route table. */
#ifndef EKSGATE_HANDLERS_LOG_LEVEL_H
#define EKSGATE_HANDLERS_LOG_LEVEL_H

#include "fcgi/route.h"

extern const struct field log_level_fields[];
extern const struct answer log_level_answers[];

#endif
