#include "aws/random.h"

#include <limits.h>
#include <sys/random.h>

unsigned aws_random_below(unsigned n)
{
    unsigned random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        random = UINT_MAX / 2;
    return (unsigned)((double)random / ((double)UINT_MAX + 1) * n);
}
