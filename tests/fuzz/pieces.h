/* An input that is read in pieces: each is a copy of exactly its size, so that a read beyond it is seen. */
#ifndef EKSGATE_TESTS_FUZZ_PIECES_H
#define EKSGATE_TESTS_FUZZ_PIECES_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Until feed says anything but 0, which is returned. Pieces of so many bytes, each longer than the last by step. */
static inline int feed_pieces(const uint8_t *data, size_t size, size_t piece, size_t step,
                              int (*feed)(void *arg, char *piece, size_t len), void *arg)
{
    int rc = 0;

    while (size > 0 && rc == 0) {
        size_t n = size < piece ? size : piece;
        char *copy = malloc(n);

        memcpy(copy, data, n);
        rc = feed(arg, copy, n);
        free(copy);
        data += n;
        size -= n;
        piece += step;
    }
    return rc;
}

#endif
