/* How long to wait before something is tried again: twice as long each time, and never all at the same moment. */
#ifndef EKSGATE_BASE_BACKOFF_H
#define EKSGATE_BASE_BACKOFF_H

#include <stdint.h>

/* Milliseconds after so many failures in a row (1 is the first): from half to the whole of first_ms doubled as often,
 * at most max_ms. */
int64_t backoff_ms(unsigned failures, int64_t first_ms, int64_t max_ms);

/* A number from low to high. */
int64_t backoff_between(int64_t low, int64_t high);

#endif
