/* Job templates in the route table. */
#ifndef EKSGATE_HANDLERS_TEMPLATES_H
#define EKSGATE_HANDLERS_TEMPLATES_H

#include "fcgi/route.h"

#define LIMIT_TEMPLATE_BODY KIB(64)

extern const struct field template_query[];
extern const struct field template_create_fields[];
extern const struct field template_update_fields[];
extern const struct answer templates_answers[];
extern const struct answer template_answers[];
extern const struct answer template_create_answers[];
extern const struct answer template_update_answers[];
extern const struct answer template_delete_answers[];

#endif
