#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define ARENA_ALIGN 16

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    _Alignas(ARENA_ALIGN) char data[];
};

struct deferred {
    struct deferred *next;
    void (*release)(void *data);
    void *data;
};

struct arena {
    struct chunk *first;   /* kept over resets */
    struct chunk *current; /* newest; chunks are linked newest first, down to first */
    struct deferred *deferred;
    size_t used;
    size_t limit;
    size_t chunk;
};

static struct chunk *chunk_new(size_t size)
{
    struct chunk *c = malloc(sizeof(*c) + size);

    if (c) {
        c->next = NULL;
        c->used = 0;
        c->size = size;
    }
    return c;
}

struct arena *arena_new(size_t limit)
{
    return arena_new_of(limit, ARENA_CHUNK);
}

struct arena *arena_new_of(size_t limit, size_t chunk)
{
    struct arena *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->first = a->current = chunk_new(chunk);
    if (!a->first) {
        free(a);
        return NULL;
    }
    a->limit = limit;
    a->chunk = chunk;
    return a;
}

void arena_reset(struct arena *a)
{
    for (struct deferred *d = a->deferred; d; d = d->next)
        d->release(d->data);
    a->deferred = NULL;
    while (a->current != a->first) {
        struct chunk *next = a->current->next;

        free(a->current);
        a->current = next;
    }
    a->first->used = 0;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    free(a->first);
    free(a);
}

void *arena_take(struct arena *a, size_t size)
{
    size_t rounded = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    struct chunk *c = a->current;
    void *room;

    if (rounded < size || rounded > a->limit - a->used)
        return NULL;
    if (rounded > c->size - c->used) {
        c = chunk_new(rounded > a->chunk ? rounded : a->chunk);
        if (!c)
            return NULL;
        c->next = a->current;
        a->current = c;
    }
    room = c->data + c->used;
    c->used += rounded;
    a->used += rounded;
    return room;
}

void *arena_alloc(struct arena *a, size_t size)
{
    void *room = arena_take(a, size);

    return room ? memset(room, 0, size) : NULL;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? arena_take(a, len + 1) : NULL;

    if (copy && len > 0)
        memcpy(copy, text, len);
    if (copy)
        copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    return arena_strndup(a, text, strlen(text));
}

char *arena_join(struct arena *a, struct str first, struct str second, struct str third)
{
    const struct str parts[] = {first, second, third};
    char *text = arena_take(a, first.len + second.len + third.len + 1);
    char *at = text;

    for (size_t i = 0; text && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].len > 0)
            memcpy(at, parts[i].ptr, parts[i].len);
        at += parts[i].len;
    }
    if (text)
        *at = '\0';
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    int need;
    char *text;

    va_start(args, format);
    need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0)
        return NULL;
    text = arena_alloc(a, (size_t)need + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)need + 1, format, args);
    va_end(args);
    return text;
}

int arena_defer(struct arena *a, void (*release)(void *data), void *data)
{
    struct deferred *d = arena_alloc(a, sizeof(*d));

    if (!d) {
        release(data);
        return -1;
    }
    d->release = release;
    d->data = data;
    d->next = a->deferred;
    a->deferred = d;
    return 0;
}

struct secret {
    size_t len;
    char text[];
};

static void secret_wipe(void *data)
{
    struct secret *s = data;

    explicit_bzero(s->text, s->len);
}

char *arena_secret(struct arena *a, const char *text, size_t len)
{
    struct secret *s = arena_alloc(a, sizeof(*s) + len + 1);

    if (!s)
        return NULL;
    s->len = len;
    if (arena_defer(a, secret_wipe, s) < 0)
        return NULL;
    if (len > 0)
        memcpy(s->text, text, len);
    return s->text;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
