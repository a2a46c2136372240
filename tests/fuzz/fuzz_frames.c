/* Whether a stream may end does not depend on how it was cut. The first byte says which type and which pieces. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/frames.h"
#include "tests/fuzz/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(void *frames, char *piece, size_t len)
{
    frames_take(frames, piece, len);
    return 0;
}

static bool run(enum frames_kind kind, const uint8_t *data, size_t size, size_t piece)
{
    struct frames frames = {.kind = kind};

    feed_pieces(data, size, piece, 0, feed, &frames);
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
