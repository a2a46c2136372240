/* What stands in the hashes of samples, for samples.c and samples_read.c: numbers with blanks between. */
#ifndef EKSGATE_REDIS_SAMPLE_VALUES_H
#define EKSGATE_REDIS_SAMPLE_VALUES_H

#include <stdint.h>

#include "base/str.h"

/* Of the whole cluster: how many samples, nodes, what they use together, and the most and least that one of them does.
 */
enum { SAMPLES, NODES, CPU, MEMORY, CPU_MAX, MEMORY_MAX, CPU_MIN, MEMORY_MIN, CLUSTER_NUMBERS };
enum { NODE_SAMPLES, NODE_CPU, NODE_MEMORY, NODE_NUMBERS };

/* How many numbers, at most max, the text begins with; it goes on behind them. */
static inline size_t samples_numbers(struct str *text, int64_t *numbers, size_t max)
{
    size_t count = 0;
    long number;

    while (count < max && text->ptr && text->len > 0 && str_to_long(str_cut(text, ' '), 0, INT64_MAX, &number) == 0)
        numbers[count++] = number;
    return count;
}

static inline int64_t samples_add(int64_t a, int64_t b)
{
    int64_t sum;

    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

#endif
