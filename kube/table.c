#include "kube/table.h"

#include <string.h>

int table_column(const cJSON *head, const char *name)
{
    const cJSON *column;
    int i = 0;

    cJSON_ArrayForEach(column, json_find(head, "columnDefinitions"))
    {
        const char *title = json_find_text(column, "name");

        if (title && strcmp(title, name) == 0)
            return i;
        i++;
    }
    return -1;
}

const char *table_cell(const cJSON *row, int column)
{
    return column < 0 ? NULL : cJSON_GetStringValue(cJSON_GetArrayItem(json_find(row, "cells"), column));
}
