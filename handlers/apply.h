/* Tables of apply.c for the route table. */
#ifndef EKSGATE_HANDLERS_APPLY_H
#define EKSGATE_HANDLERS_APPLY_H

#include "fcgi/route.h"

extern const struct field apply_fields[];
extern const struct answer apply_answers[];

#endif
