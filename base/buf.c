#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){.max = b->max};
}

void buf_wipe(struct buf *b)
{
    if (b->ptr)
        explicit_bzero(b->ptr, b->cap);
    buf_free(b);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->ptr)
        b->ptr[0] = '\0';
}

static int buf_fail(struct buf *b)
{
    buf_wipe(b);
    b->failed = true;
    return -1;
}

/* Grows by copying, not realloc(), so that a secret never stays behind in freed memory. */
static int buf_grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 256;
    char *ptr;

    while (cap < need)
        cap *= 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    ptr = malloc(cap);
    if (!ptr)
        return buf_fail(b);
    if (b->ptr) {
        memcpy(ptr, b->ptr, b->len);
        explicit_bzero(b->ptr, b->len);
        free(b->ptr);
    }
    b->ptr = ptr;
    b->cap = cap;
    return 0;
}

char *buf_make_room(struct buf *b, size_t len)
{
    if (b->failed)
        return NULL;
    if (len > b->max - b->len) {
        buf_fail(b);
        return NULL;
    }
    return buf_grow(b, b->len + len + 1) < 0 ? NULL : b->ptr + b->len;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
    char *room = buf_reserve(b, len);

    if (!room)
        return -1;
    if (len > 0)
        memcpy(room, data, len);
    b->len += len;
    b->ptr[b->len] = '\0';
    return 0;
}

int buf_add_str(struct buf *b, struct str s)
{
    return buf_add(b, s.ptr, s.len);
}

int buf_add_char(struct buf *b, char c)
{
    char *room = buf_reserve(b, 1);

    if (!room)
        return -1;
    room[0] = c;
    room[1] = '\0';
    b->len++;
    return 0;
}

int buf_printf(struct buf *b, const char *format, ...)
{
    size_t there = b->cap - b->len;
    va_list args;
    int need;
    char *room;

    va_start(args, format);
    need = vsnprintf(there > 0 ? b->ptr + b->len : NULL, there, format, args);
    va_end(args);
    if (need < 0)
        return buf_fail(b);
    if ((size_t)need >= there) {
        room = buf_make_room(b, (size_t)need);
        if (!room)
            return -1;
        va_start(args, format);
        vsnprintf(room, (size_t)need + 1, format, args);
        va_end(args);
    }
    b->len += (size_t)need;
    return 0;
}

struct str buf_str(const struct buf *b)
{
    return b->ptr ? (struct str){b->ptr, b->len} : (struct str){"", 0};
}
