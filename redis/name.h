/* The names of keys that end in an id, and numbers as arguments. */
#ifndef EKSGATE_REDIS_NAME_H
#define EKSGATE_REDIS_NAME_H

#include <stdint.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"

struct redis_name {
    char text[64 + LIMIT_CLUSTER_ID];
};

static inline struct str redis_name(struct redis_name *name, const char *prefix, struct str id)
{
    int n = snprintf(name->text, sizeof(name->text), "%s%.*s", prefix, STR_FMT(id));

    return (struct str){name->text, (size_t)n < sizeof(name->text) ? (size_t)n : sizeof(name->text) - 1};
}

struct redis_number {
    char text[24];
};

static inline struct str redis_number(struct redis_number *number, int64_t value)
{
    int n = snprintf(number->text, sizeof(number->text), "%lld", (long long)value);

    return (struct str){number->text, (size_t)n};
}

#endif
