/* Keys in the route table: the body of POST /api/keys, the answers. */
#ifndef EKSGATE_HANDLERS_KEYS_H
#define EKSGATE_HANDLERS_KEYS_H

#include "fcgi/route.h"

extern const struct field key_fields[];
extern const struct answer keys_answers[];
extern const struct answer key_answers[];
extern const struct answer revoke_answers[];
extern const struct answer caller_answers[];

#endif
