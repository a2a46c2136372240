/* What is sent to and answered by the routes of contexts, for the route table. */
#ifndef EKSGATE_HANDLERS_CONTEXTS_H
#define EKSGATE_HANDLERS_CONTEXTS_H

#include "fcgi/route.h"

extern const struct field contexts_query[];
extern const struct field context_write_query[];
extern const struct field context_config_query[];
extern const struct field context_fields[];
extern const struct answer contexts_answers[];
extern const struct answer contexts_upload_answers[];
extern const struct answer context_answers[];
extern const struct answer context_add_answers[];
extern const struct answer context_delete_answers[];
extern const struct answer context_namespaces_answers[];
extern const struct answer context_config_answers[];
extern const struct answer context_refresh_answers[];

#endif
