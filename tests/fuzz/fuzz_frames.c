/* Whether a stream may end does not depend on how it was cut. The first byte says which type and which pieces. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool run(enum frames_kind kind, const uint8_t *data, size_t size, size_t piece)
{
    struct frames frames = {.kind = kind};

    while (size > 0) {
        size_t n = size < piece ? size : piece;
        char *copy = malloc(n); /* exactly as large, so that a read beyond is seen */

        memcpy(copy, data, n);
        frames_take(&frames, copy, n);
        free(copy);
        data += n;
        size -= n;
    }
    return frames_may_end(&frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum frames_kind kind;

    if (size < 1)
        return 0;
    kind = data[0] & 1 ? FRAMES_SIZED : FRAMES_LINES;
    assert(run(kind, data + 1, size - 1, size) == run(kind, data + 1, size - 1, 1 + (data[0] >> 1)));
    return 0;
}
