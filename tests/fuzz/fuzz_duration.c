/* A duration that a client wishes: what is accepted is one. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms;

    if (duration_parse((struct str){(const char *)data, size}, &ms) == 0)
        assert(ms >= 0 && ms <= INT64_C(100) * 365 * 86400 * 1000);
    return 0;
}
