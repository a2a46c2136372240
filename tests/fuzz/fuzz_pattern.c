/* Any bytes as a pattern, a line end, and a text: refused or matched, and what must hold of every pattern does. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pattern *compile_around(struct arena *arena, const char *before, struct str text, const char *after)
{
    char *whole = arena_printf(arena, "%s%.*s%s", before, STR_FMT(text), after);
    const char *why;

    return whole ? pattern_compile(arena, str_from(whole), &why) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct str source = str_cut(&text, '\n');
    struct arena *arena = arena_new(MIB(4));
    const char *why = NULL;
    const struct pattern *pattern;

    if (size > 512 || memchr(data, '\0', size)) {
        arena_free(arena);
        return 0;
    }
    text = text.ptr ? text : STR("");
    pattern = pattern_compile(arena, source, &why);
    assert(!pattern == (why != NULL));
    if (pattern) {
        bool matches = pattern_matches(pattern, text);
        const struct pattern *grouped = compile_around(arena, "(", source, ")");
        const struct pattern *optional = compile_around(arena, "(?:", source, ")?");

        /* "^a$" means the same alone only. */
        if (grouped && !memchr("^", source.len ? *source.ptr : ' ', 1))
            assert(pattern_matches(grouped, text) == matches);
        if (optional)
            assert(pattern_matches(optional, STR("")));
    }
    arena_free(arena);
    return 0;
}
