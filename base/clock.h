/*
 * Time: wall clock in Unix seconds or milliseconds, monotonic clock in milliseconds or microseconds, and RFC 3339 text
 * in UTC.
 */
#ifndef EKSGATE_BASE_CLOCK_H
#define EKSGATE_BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

#define CLOCK_TEXT_SIZE 32

int64_t clock_now(void);
int64_t clock_now_ms(void);
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

/* Waits so long, whatever signals come in between. */
void clock_sleep_ms(int64_t milliseconds);

/* Writes "2026-11-21T06:00:00Z" and returns out. */
const char *clock_format(int64_t seconds, char out[CLOCK_TEXT_SIZE]);

/* Parses RFC 3339 with an optional fraction (dropped) and Z or an offset. 0, or -1. */
int clock_parse(struct str text, int64_t *seconds);

/* Parses an HTTP date (RFC 9110 section 5.6.7, the preferred format only). 0, or -1. */
int clock_parse_http(struct str text, int64_t *seconds);

#endif
