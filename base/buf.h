/*
 * A growing byte buffer that is born with its maximum.
 *
 * Every adding function returns 0, or -1 when the maximum or memory is exceeded. After a failure the
 * buffer is empty, its memory is given back and every further call fails too, so that a chain of adds
 * may be checked once at its end. The content is always NUL-terminated behind its length.
 */
#ifndef EKSGATE_BASE_BUF_H
#define EKSGATE_BASE_BUF_H

#include <stddef.h>

#include "base/str.h"

struct buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);
void buf_wipe(struct buf *b);  /* overwrites the content, then frees: for secrets */
void buf_reset(struct buf *b); /* empties, keeps the memory, forgives a failure */

int buf_add(struct buf *b, const void *data, size_t len);
int buf_add_str(struct buf *b, struct str s);
int buf_add_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Where there is none yet. */
char *buf_make_room(struct buf *b, size_t len);

/* Makes room for len more bytes and returns where they go, or NULL; add to b->len what was written. */
static inline char *buf_reserve(struct buf *b, size_t len)
{
    return len < b->cap - b->len ? b->ptr + b->len : buf_make_room(b, len);
}

struct str buf_str(const struct buf *b);

#endif
