#include "base/backoff.h"

#include <sys/random.h>

int64_t backoff_between(int64_t low, int64_t high)
{
    uint32_t random = 0;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        random = UINT32_MAX / 2;
    return low + (int64_t)((uint64_t)random * (uint64_t)(high - low + 1) >> 32);
}

int64_t backoff_ms(unsigned failures, int64_t first_ms, int64_t max_ms)
{
    int64_t whole = first_ms;

    while (failures > 1 && whole < max_ms) {
        whole *= 2;
        failures--;
    }
    if (whole > max_ms)
        whole = max_ms;
    return backoff_between(whole / 2, whole);
}
