/*
 * A borrowed view of bytes: never owns, valid as long as its source (the request's arena or static text).
 * Not NUL-terminated unless the function that returned it says so.
 */
#ifndef EKSGATE_BASE_STR_H
#define EKSGATE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *ptr;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* For "%.*s". The view is named twice, so it must be a variable, not a call. */
#define STR_FMT(s) (int)(s).len, (s).ptr

struct str str_from(const char *text); /* NULL gives the empty view */
bool str_equal(struct str a, struct str b);
bool str_equal_ignore_case(struct str a, struct str b); /* ASCII only */
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
bool str_contains(struct str s, char c);
int str_compare(struct str a, struct str b);    /* byte order, as memcmp */
uint64_t str_hash(struct str s, uint64_t seed); /* FNV-1a: for tables in memory */
/* As much of it as fits, NUL-terminated. */
void str_copy(char *out, size_t size, struct str text);

struct str str_skip(struct str s, size_t n);
struct str str_trim(struct str s); /* blanks and tabs at both ends */

/* Cuts *rest at the first separator: returns what stands before it and leaves in *rest what stands
 * behind it. Without a separator everything is returned and *rest becomes empty with a NULL pointer. */
struct str str_cut(struct str *rest, char separator);

/* Parses a decimal integer that fills the whole view and lies in [min, max]. 0, or -1. */
int str_to_long(struct str s, long min, long max, long *out);

#endif
