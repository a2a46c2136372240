/*
 * How often something may happen: "100/s", "600/m:50" with so many at once (as many as the number, unless said), or
 * "off".
 */
#ifndef EKSGATE_BASE_RATE_H
#define EKSGATE_BASE_RATE_H

#include <stdint.h>

#include "base/str.h"

#define RATE_MAX 1000000

struct rate {
    int64_t every_us; /* one each; 0: off */
    int64_t burst;
};

/* 0, or -1 when the text is none. */
int rate_parse(struct str text, struct rate *out);

#endif
