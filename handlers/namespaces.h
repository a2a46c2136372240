/* Namespaces in the route table: queries, the body, answers. */
#ifndef EKSGATE_HANDLERS_NAMESPACES_H
#define EKSGATE_HANDLERS_NAMESPACES_H

#include "fcgi/route.h"

extern const struct field namespace_create_fields[];
extern const struct field namespace_list_query[];
extern const struct field namespace_default_query[];
extern const struct field namespace_delete_query[];
extern const struct field namespace_delete_default_query[];
extern const struct answer namespace_create_answers[];
extern const struct answer namespace_list_answers[];
extern const struct answer namespace_show_answers[];
extern const struct answer namespace_delete_answers[];

#endif
