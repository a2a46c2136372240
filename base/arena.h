/*
 * Memory that dies with the request: everything allocated here is gone at arena_reset(), together with
 * what was registered with arena_defer(). One arena is used by one thread at a time.
 */
#ifndef EKSGATE_BASE_ARENA_H
#define EKSGATE_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena;

struct arena *arena_new(size_t limit); /* NULL without memory */

/* As above, taking memory in pieces of another size than ARENA_CHUNK. */
struct arena *arena_new_of(size_t limit, size_t chunk);

void arena_free(struct arena *a);

/* Runs the deferred calls, last registered first, and gives all memory back but the first chunk. */
void arena_reset(struct arena *a);

/* Aligned, zeroed memory; NULL when the limit or memory is exceeded. */
void *arena_alloc(struct arena *a, size_t size);

/* The same without the zeros, for what its owner makes empty himself. */
void *arena_take(struct arena *a, size_t size);

/* NUL-terminated copies; NULL as above. */
char *arena_strndup(struct arena *a, const char *text, size_t len);
char *arena_strdup(struct arena *a, const char *text);
/* The three texts in one. NULL without memory. */
char *arena_join(struct arena *a, struct str first, struct str second, struct str third);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Calls release(data) at the next reset. Returns -1, after having called release(data) at once, when
 * there is no memory to remember it: the caller then must not use data any more. */
int arena_defer(struct arena *a, void (*release)(void *data), void *data);

/* As arena_strndup(), and the copy is overwritten at reset: for secrets. */
char *arena_secret(struct arena *a, const char *text, size_t len);

size_t arena_used(const struct arena *a);

#endif
