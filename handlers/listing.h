/*
 * A list of a cluster as an answer, {items, continue, remaining}: page by page when the query has a limit, or all of
 * it.
 */
#ifndef EKSGATE_HANDLERS_LISTING_H
#define EKSGATE_HANDLERS_LISTING_H

#include "fcgi/request.h"

/* Of the query. */
#define LISTING_FIELDS                                                                                                 \
    {.name = "labelSelector", .type = FIELD_TEXT, .max = 4096, .help = "as for kubectl -l"},                           \
        {.name = "limit",                                                                                              \
         .type = FIELD_INTEGER,                                                                                        \
         .min = 1,                                                                                                     \
         .max = LIST_PAGE_MAX,                                                                                         \
         .help = "at most so many, and a continue token",                                                              \
         .example = "50"},                                                                                             \
    {                                                                                                                  \
        .name = "continue", .type = FIELD_TEXT, .min = 1, .max = 8192, .help = "where the page before ended"           \
    }

/* Of the answer, behind its items. */
#define LISTING_SHAPE                                                                                                  \
    {.name = "continue", .help = "where the next page begins; empty behind the last", .example = ""},                  \
    {                                                                                                                  \
        .name = "remaining", .type = FIELD_INTEGER, .nullable = true,                                                  \
        .help = "how many are behind this page; null where that is not known", .example = "0"                          \
    }

/* path: of the collection, without a query. Calls write inside an open object, for each. 0, or -1 with request->err. */
int listing_answer(struct request *request, const char *path,
                   void (*write)(struct json *j, const struct request *request, const cJSON *object));

#endif
