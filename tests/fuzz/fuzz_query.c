/* The query of a list: whatever comes, what is accepted keeps the promises of its table. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "handlers/resources.h"
#include "handlers/top.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const struct field *f, struct str value)
{
    long number;

    assert(value.ptr[value.len] == '\0');
    if (f->type == FIELD_INTEGER)
        assert(str_to_long(value, f->min, f->max, &number) == 0);
    for (size_t i = 0; i < value.len; i++)
        assert((unsigned char)value.ptr[i] >= 0x20 && value.ptr[i] != 0x7f);
    if (f->type == FIELD_TEXT)
        assert((long)value.len >= f->min && (long)value.len <= f->max);
    if (f->type == FIELD_CHOICE)
        assert(str_equal(value, STR("items")) || str_equal(value, STR("table")));
}

/* The continue token of a sorted list is the client's text, too. */
static void check_token(struct str text)
{
    struct top top;

    assert(top_init(&top, 1, false) == 0);
    assert((top_begin_after(&top, text) == 0) == (top.after != NULL));
    top_free(&top);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str query = {(const char *)data, size};
    struct str values[LIMIT_QUERY_PARAMS] = {{NULL, 0}};
    struct arena *arena = arena_new(MIB(4));
    struct err err;

    if (fields_parse_query(resource_fields, query, arena, values, &err) < 0)
        assert(err.code == 400 && err.cause_count > 0 && *err.message);
    for (size_t i = 0; err.kind == ERR_NONE && resource_fields[i].name; i++)
        if (values[i].ptr)
            check_value(&resource_fields[i], values[i]);
    check_token(query);
    arena_free(arena);
    return 0;
}
