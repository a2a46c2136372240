/* Durations as Go writes them, since the API server reads them so: "30s", "1m30s", "1.5h", "250ms", "0". */
#ifndef EKSGATE_BASE_DURATION_H
#define EKSGATE_BASE_DURATION_H

#include <stdint.h>

#include "base/str.h"

/* Milliseconds, rounded down. -1 for what is none, is negative, or is longer than 100 years.
 * https://pkg.go.dev/time#ParseDuration */
int duration_parse(struct str text, int64_t *ms);

/* The same as a regular expression, but for the maximum. */
#define DURATION_PATTERN "[+]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|\xC2\xB5s|ms|s|m|h))+)"

#endif
