#include "aws/words.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What a backslash does inside of double quotes. */
static bool is_escapable(char c)
{
    return c == '"' || c == '\\';
}

/* The part from a quote to its end; text is left behind it. */
static int take_quoted(struct str *text, struct buf *out)
{
    char quote = text->ptr[0];

    for (*text = str_skip(*text, 1); text->len > 0; *text = str_skip(*text, 1)) {
        if (text->ptr[0] == quote) {
            *text = str_skip(*text, 1);
            return 0;
        }
        if (quote == '"' && text->ptr[0] == '\\' && text->len > 1 && is_escapable(text->ptr[1]))
            *text = str_skip(*text, 1);
        buf_add_char(out, text->ptr[0]);
    }
    return -1;
}

static int take_word(struct str *text, struct buf *out)
{
    while (text->len > 0 && !is_blank(text->ptr[0])) {
        if (text->ptr[0] == '"' || text->ptr[0] == '\'') {
            if (take_quoted(text, out) < 0)
                return -1;
            continue;
        }
        if (text->ptr[0] == '\\') {
            *text = str_skip(*text, 1);
            if (text->len == 0)
                return -1;
        }
        buf_add_char(out, text->ptr[0]);
        *text = str_skip(*text, 1);
    }
    return buf_add_char(out, '\0');
}

int words_split(struct str text, struct buf *out, size_t *count)
{
    *count = 0;
    for (;;) {
        while (text.len > 0 && is_blank(text.ptr[0]))
            text = str_skip(text, 1);
        if (text.len == 0)
            return out->failed ? -1 : 0;
        if (take_word(&text, out) < 0)
            return -1;
        (*count)++;
    }
}
