/*
 * One row of a list: from an element of the cluster's Table (or, where an API makes no Tables, a plain object)
 * to what the API answers, and to the value it is sorted by.
 */
#ifndef EKSGATE_HANDLERS_ROWS_H
#define EKSGATE_HANDLERS_ROWS_H

#include "base/json.h"

struct item_field;

/* How rows are written: as the seed's items with fixed fields, or as a table with the API's own columns. */
struct row_format {
    const struct item_field *fields; /* NULL: as a table */
    cJSON *columns;                  /* columnDefinitions of the Table; owned */
    bool plain;                      /* elements are objects, not rows */
};

/* The fixed fields of pods, deployments, services and nodes; NULL for other types. */
const struct item_field *item_fields_find(struct str plural);

/* Takes the columns from what stands before the rows. 0, or -1. */
int row_format_begin(struct row_format *format, const cJSON *head);
void row_format_free(struct row_format *format);

/* Writes "columns":[...] members of a table answer. */
void row_format_write_columns(const struct row_format *format, struct json *j);

/* Writes one element. */
void row_write(const struct row_format *format, const cJSON *element, struct json *j);

/* What an element is sorted by. */
struct sort_key {
    bool is_number;
    double number;
    const char *text; /* borrowed from the element */
};

/* Whether a field or column of that name exists (lower case; "name", "namespace", "creation_time" always). */
bool row_can_sort(const struct row_format *format, struct str name);
struct sort_key row_sort_key(const struct row_format *format, const cJSON *element, struct str name);

/* "namespace/name", unique in a list: breaks ties. Writes into out. */
void row_identity(const struct row_format *format, const cJSON *element, struct buf *out);

#endif
