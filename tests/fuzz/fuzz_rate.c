/* Rates: what is read lies in its bounds. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rate rate;

    if (rate_parse((struct str){(const char *)data, size}, &rate) < 0 || rate.every_us == 0)
        return 0;
    assert(rate.every_us >= 1 && rate.every_us <= 60000000);
    assert(rate.burst >= 1 && rate.burst <= RATE_MAX);
    return 0;
}
