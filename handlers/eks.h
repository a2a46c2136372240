/* The body of POST .../access, for the route table. */
#ifndef EKSGATE_HANDLERS_EKS_H
#define EKSGATE_HANDLERS_EKS_H

#include "fcgi/field.h"

extern const struct field access_fields[];

#endif
