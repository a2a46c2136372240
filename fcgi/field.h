/*
 * What a request may carry, declared: query parameters and members of a JSON body have a name, a type and
 * bounds in a table; what does not fit is refused with all faults at once, before a handler runs. Answers are
 * described by the same tables (fcgi/route.h), for the reference.
 */
#ifndef EKSGATE_FCGI_FIELD_H
#define EKSGATE_FCGI_FIELD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

enum field_type {
    FIELD_TEXT,
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_CHOICE,
    FIELD_OBJECT,
    FIELD_TEXT_LIST,
    FIELD_OBJECT_LIST,
    FIELD_ANY, /* whatever JSON value: the handler judges it */
};

#define FIELD_ANY_NAME "*" /* of an answer: each member that has no row of its own */

struct field {
    const char *name; /* NULL ends a table */
    enum field_type type;
    bool required; /* in a request; in an answer all members are there but those that are optional */
    long min;      /* length of a text, value of an integer, or items of a list */
    long max;
    const char *choices;                    /* FIELD_CHOICE: "credentials|profile|default" */
    const char *belongs_to;                 /* required when the sibling "type" has this value, refused otherwise; */
    bool optional;                          /* then it is allowed there, not required. Of an answer: may be missing */
    bool nullable;                          /* of an answer: may be null */
    const struct field *children;           /* FIELD_OBJECT, or NULL for any object; of each in a FIELD_OBJECT_LIST */
    const char *format;                     /* for the reference: what a text is, "date-time" */
    const char *pattern;                    /* and a regular expression that says the same as check */
    const char *(*check)(struct str value); /* NULL when the value is right, else what it must be */
    const char *help;
    const char *example; /* a text as it is, else as JSON; a body's example is made of the members that have one */
};

/* Checks a body against its table. 0, or -1 with ERR_INVALID and all causes ("auth.profile"). */
int fields_check_body(const struct field *fields, const cJSON *body, struct err *err);

/* Parses a query string: values[i] is the decoded value of fields[i] (NUL-terminated in the arena), with a
 * NULL pointer when it is absent. Unknown names, names given twice and values that do not fit are
 * ERR_BAD_REQUEST with causes. 0, or -1. */
int fields_parse_query(const struct field *fields, struct str query, struct arena *arena, struct str *values,
                       struct err *err);

#endif
