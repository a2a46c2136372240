/*
 * For tests that are tables: every row knows its own line, so that a failure names the row and not the loop.
 */
#ifndef EKSGATE_TESTS_ROWS_H
#define EKSGATE_TESTS_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The sentence is what the failure prints. */
#define row_true(line, sentence, expression) _assert_true((expression) ? 1 : 0, sentence, __FILE__, line)
#define row_int(line, got, expected)                                                                                   \
    _assert_int_equal((LargestIntegralType)(got), (LargestIntegralType)(expected), __FILE__, line)
#define row_text(line, got, expected) _assert_string_equal(got, expected, __FILE__, line)

/* The same for a view, which has no NUL at its end. */
#define row_str(line, got, expected) row_str_equal(got, expected, __FILE__, line)
#define assert_str(got, expected) row_str_equal(got, expected, __FILE__, __LINE__)

static inline void row_str_equal(struct str got, const char *expected, const char *file, int line)
{
    if (str_equal(got, str_from(expected)))
        return;
    print_error("\"%.*s\" is not \"%s\"\n", (int)got.len, got.ptr ? got.ptr : "", expected);
    _fail(file, line);
}

/* All causes as "field reason;", in order; until the next call. */
static inline const char *causes_of(const struct err *err)
{
    static char text[1024];
    size_t n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < err->cause_count; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s;", err->causes[i].field,
                              err->causes[i].reason + strlen("FieldValue"));
    return text;
}

#endif
