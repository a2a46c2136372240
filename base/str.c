#include "base/str.h"

#include <string.h>

struct str str_from(const char *text)
{
    return text ? (struct str){text, strlen(text)} : (struct str){"", 0};
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* Not strncasecmp(): that takes a NUL for the end of both. */
bool str_equal_ignore_case(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool str_starts_with(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_equal((struct str){s.ptr, prefix.len}, prefix);
}

bool str_ends_with(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_equal(str_skip(s, s.len - suffix.len), suffix);
}

bool str_contains(struct str s, char c)
{
    return s.len > 0 && memchr(s.ptr, c, s.len) != NULL;
}

int str_compare(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;

    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

uint64_t str_hash(struct str s, uint64_t seed)
{
    uint64_t hash = 14695981039346656037u ^ seed;

    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * 1099511628211u;
    return hash ^ (hash >> 32); /* a table looks at the low bits, which the high ones never reach */
}

void str_copy(char *out, size_t size, struct str text)
{
    size_t n = text.len < size ? text.len : size - 1;

    if (n > 0)
        memcpy(out, text.ptr, n);
    out[n] = '\0';
}

struct str str_skip(struct str s, size_t n)
{
    return n >= s.len ? (struct str){s.ptr + s.len, 0} : (struct str){s.ptr + n, s.len - n};
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = str_skip(s, 1);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

struct str str_cut(struct str *rest, char separator)
{
    const char *found = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct str head = *rest;

    if (!found) {
        *rest = (struct str){NULL, 0};
        return head;
    }
    head.len = (size_t)(found - rest->ptr);
    *rest = str_skip(*rest, head.len + 1);
    return head;
}

int str_to_long(struct str s, long min, long max, long *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    long value = 0;

    if (negative)
        s = str_skip(s, 1);
    if (s.len == 0 || s.len > 18)
        return -1;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return -1;
        value = value * 10 + (s.ptr[i] - '0');
    }
    if (negative)
        value = -value;
    if (value < min || value > max)
        return -1;
    *out = value;
    return 0;
}
