/*
 * Tables, as the API server makes them for kubectl.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
#ifndef EKSGATE_KUBE_TABLE_H
#define EKSGATE_KUBE_TABLE_H

#include "base/json.h"

/* The place of a column of that name in what stands before the rows, or -1. */
int table_column(const cJSON *head, const char *name);

/* The text of a row's cell, or NULL. */
const char *table_cell(const cJSON *row, int column);

#endif
