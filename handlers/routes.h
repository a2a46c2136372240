/* The one table. */
#ifndef EKSGATE_HANDLERS_ROUTES_H
#define EKSGATE_HANDLERS_ROUTES_H

#include "fcgi/route.h"

extern const struct route routes[];
extern const size_t route_count;

/* Prints the table as Markdown on stdout: docs/api.md is this. 0, or -1 for another format. */
int routes_print(struct str format);

#endif
