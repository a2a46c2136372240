/* A table of fields as JSON Schema 2020-12, the dialect of OpenAPI 3.1, and as an example. */
#ifndef EKSGATE_HANDLERS_SCHEMA_H
#define EKSGATE_HANDLERS_SCHEMA_H

#include "base/json.h"
#include "fcgi/field.h"

enum schema_use { SCHEMA_QUERY, SCHEMA_BODY, SCHEMA_ANSWER };

/* The schema of an object with these members, as the value of key. A body has no others; an answer may come to have
 * more. */
void schema_write(struct json *j, const char *key, const struct field *fields, enum schema_use use);

/* The schema of one value. A text that a request carries has the pattern of its check: the field's own, or that of the
 * rules of kube/name.h. */
void schema_write_field(struct json *j, const char *key, const struct field *field, enum schema_use use);

/* The example of a field that has one. */
void schema_write_field_example(struct json *j, const char *key, const struct field *field);

/* An object made of the fields' examples: what has none is there only when it has to be. */
void schema_write_example(struct json *j, const char *key, const struct field *fields, enum schema_use use);

#endif
