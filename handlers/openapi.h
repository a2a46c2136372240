/* The reference as an OpenAPI 3.1 document. */
#ifndef EKSGATE_HANDLERS_OPENAPI_H
#define EKSGATE_HANDLERS_OPENAPI_H

#include "fcgi/route.h"

extern const struct answer openapi_answers[];

void openapi_write(struct buf *out);

#endif
