/* Webhooks in the route table: bodies, parameters, answers. */
#ifndef EKSGATE_HANDLERS_WEBHOOKS_H
#define EKSGATE_HANDLERS_WEBHOOKS_H

#include "fcgi/route.h"

extern const struct field webhook_fields[];
extern const struct field deliveries_fields[];
extern const struct answer webhooks_answers[];
extern const struct answer webhook_made_answers[];
extern const struct answer webhook_answers[];
extern const struct answer webhook_deleted_answers[];
extern const struct answer deliveries_answers[];
extern const struct answer retry_answers[];
extern const struct answer test_answers[];

#endif
