#include "base/digits.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(struct str text, size_t from)
{
    size_t n = from;

    while (n < text.len && is_digit(text.ptr[n]))
        n++;
    return n - from;
}

/* The number that the text begins with (RFC 8259 section 6), or the empty view. */
static struct str number_at(struct str text)
{
    size_t n = text.len > 0 && *text.ptr == '-';
    size_t whole = count_digits(text, n);
    size_t part;

    if (whole == 0 || (whole > 1 && text.ptr[n] == '0'))
        return STR("");
    n += whole;
    if (n < text.len && text.ptr[n] == '.') {
        part = count_digits(text, n + 1);
        if (part == 0)
            return STR("");
        n += 1 + part;
    }
    if (n + 1 < text.len && (text.ptr[n] | 0x20) == 'e') {
        size_t sign = text.ptr[n + 1] == '-' || text.ptr[n + 1] == '+';

        part = count_digits(text, n + 1 + sign);
        if (part == 0)
            return STR("");
        n += 1 + sign + part;
    }
    return (struct str){text.ptr, n};
}

static void skip_to_number(struct str *text)
{
    bool in_string = false;

    while (text->len > 0 && (in_string || !(*text->ptr == '-' || is_digit(*text->ptr)))) {
        if (*text->ptr == '"')
            in_string = !in_string;
        *text = str_skip(*text, in_string && *text->ptr == '\\' ? 2 : 1);
    }
}

/* The numbers of the text and those of the tree come in the same order. */
static bool restore_digits(cJSON *node, struct str *text)
{
    if (cJSON_IsNumber(node)) {
        struct str number;

        skip_to_number(text);
        number = number_at(*text);
        *text = str_skip(*text, number.len);
        if (number.len == 0 || (text->len > 0 && strchr("+-.eE", *text->ptr)) ||
            (text->len > 0 && is_digit(*text->ptr)))
            return false;
        if (number.len > 15 || count_digits(number, 0) < number.len)
            node->valuestring = strndup(number.ptr, number.len);
        if (number.len > 15 && !node->valuestring)
            return false;
    }
    for (cJSON *child = node->child; child; child = child->next)
        if (!restore_digits(child, text))
            return false;
    return true;
}

bool json_keep_digits(cJSON *root, struct str text)
{
    return restore_digits(root, &text);
}
