/*
 * AWS's clock, seen through the Date header of its answers. The local clock is trusted until AWS refuses a
 * signature because of its time and the difference is more than a minute; from then on signing times are
 * corrected, until the local clock is right again.
 */
#ifndef EKSGATE_AWS_CLOCK_H
#define EKSGATE_AWS_CLOCK_H

#include "base/str.h"

#include <stdint.h>

/* Seconds that AWS's clock was ahead of the local one at the latest answer; for /health. */
int64_t aws_clock_offset(void);

/* Now, corrected when it must be: what every signature and token is dated with. */
int64_t aws_clock_now(void);

/* Takes note of an answer's Date header; other texts are ignored. */
void aws_clock_observe(struct str date);

/* AWS refused a signature for its time: true when the correction has changed, so that signing anew helps. */
bool aws_clock_correct(void);

#endif
