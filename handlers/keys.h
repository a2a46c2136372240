/* The body of POST /api/keys, for the route table. */
#ifndef EKSGATE_HANDLERS_KEYS_H
#define EKSGATE_HANDLERS_KEYS_H

#include "fcgi/field.h"

extern const struct field key_fields[];

#endif
