/* The one table. */
#ifndef EKSGATE_HANDLERS_ROUTES_H
#define EKSGATE_HANDLERS_ROUTES_H

#include "fcgi/route.h"

extern const struct route routes[];
extern const size_t route_count;

/* What the named parts of paths are: one row a name, as a query has them. "*" is the rest of a path. */
extern const struct field route_parts[];

/* Prints the table as Markdown (docs/api.md is this) or OpenAPI on stdout. 0, or -1 for another format. */
int routes_print(struct str format);

#endif
