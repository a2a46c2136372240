/* Signing in and out, for the route table. */
#ifndef EKSGATE_HANDLERS_AUTH_H
#define EKSGATE_HANDLERS_AUTH_H

#include "fcgi/route.h"

extern const struct field sign_in_fields[];
extern const struct answer sign_in_how_answers[];
extern const struct answer sign_in_answers[];
extern const struct answer sign_out_answers[];
extern const struct answer signed_in_answers[];

#endif
