/* What is written is JSON: any bytes as a quoted text, and any value that could be read. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quoted(struct str text)
{
    struct buf quoted;
    const char *why;
    cJSON *back;

    buf_init(&quoted, MIB(1));
    json_quote(&quoted, text);
    assert(!quoted.failed);
    for (size_t i = 0; i < quoted.len; i++)
        assert((unsigned char)quoted.ptr[i] >= 0x20 && quoted.ptr[i] != 0x7f);
    back = json_tree(buf_str(&quoted), 1, &why);
    assert(cJSON_IsString(back));
    /* Up to the first byte that is not ASCII or can not be in a C string, it is the same. */
    for (size_t i = 0; i < text.len && text.ptr[i] > 0; i++)
        assert(back->valuestring[i] == text.ptr[i]);
    cJSON_Delete(back);
    buf_free(&quoted);
}

static void write_value(struct buf *out, const cJSON *value)
{
    struct json j;

    buf_init(out, MIB(4));
    json_init(&j, out);
    json_value(&j, NULL, value);
    assert(!out->failed);
}

/* Writing, reading and writing again changes nothing more. */
static void check_value(struct arena *arena, struct str text)
{
    struct buf once;
    struct buf twice;
    const char *why;
    const cJSON *value = json_parse(arena, text, LIMIT_JSON_DEPTH, &why);

    if (!value)
        return;
    write_value(&once, value);
    value = json_parse(arena, buf_str(&once), LIMIT_JSON_DEPTH, &why);
    if (value) { /* bytes that are no UTF-8 may have made two keys one */
        write_value(&twice, value);
        assert(str_equal(buf_str(&once), buf_str(&twice)));
        buf_free(&twice);
    } else {
        assert(strstr(why, "twice"));
    }
    buf_free(&once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    struct arena *arena;

    if (size > KIB(64))
        return 0;
    arena = arena_new(MIB(1));
    check_quoted(text);
    check_value(arena, text);
    arena_free(arena);
    return 0;
}
