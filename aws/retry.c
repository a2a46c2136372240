#include "aws/retry.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "aws/random.h"
#include "base/str.h"

#define BUCKET_SIZE 500
#define ATTEMPTS 3
#define PAUSE_MAX_MS 20000U

static _Atomic int bucket = BUCKET_SIZE;

unsigned retry_attempts(void)
{
    long attempts;

    return str_to_long(str_from(getenv("AWS_MAX_ATTEMPTS")), 1, 10, &attempts) == 0 ? (unsigned)attempts : ATTEMPTS;
}

long retry_pause_ms(unsigned attempts_done)
{
    unsigned most = attempts_done < 6 ? 1000U << (attempts_done - 1) : PAUSE_MAX_MS;

    return (long)aws_random_below(most < PAUSE_MAX_MS ? most : PAUSE_MAX_MS);
}

bool retry_take(int cost)
{
    int left = atomic_load(&bucket);

    do {
        if (left < cost)
            return false;
    } while (!atomic_compare_exchange_weak(&bucket, &left, left - cost));
    return true;
}

void retry_give(int cost)
{
    int left = atomic_load(&bucket);
    int after;

    do {
        after = left + (cost > 0 ? cost : 1);
        if (after > BUCKET_SIZE)
            after = BUCKET_SIZE;
    } while (!atomic_compare_exchange_weak(&bucket, &left, after));
}
