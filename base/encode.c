#include "base/encode.h"

#include <string.h>

static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char alphabet_standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void encode_hex(const unsigned char *data, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++) {
        *out++ = hex_lower[data[i] >> 4];
        *out++ = hex_lower[data[i] & 15];
    }
    *out = '\0';
}

static int base64_with(struct buf *out, const unsigned char *p, size_t len, const char *alphabet, bool pad)
{
    char *room = buf_reserve(out, (len + 2) / 3 * 4);
    size_t whole = len - len % 3;
    size_t n = 0;

    if (!room)
        return -1;
    for (size_t i = 0; i < whole; i += 3, n += 4) {
        unsigned v = (unsigned)p[i] << 16 | (unsigned)p[i + 1] << 8 | p[i + 2];

        room[n] = alphabet[v >> 18];
        room[n + 1] = alphabet[v >> 12 & 63];
        room[n + 2] = alphabet[v >> 6 & 63];
        room[n + 3] = alphabet[v & 63];
    }
    if (whole < len) {
        unsigned v = (unsigned)p[whole] << 16 | (len - whole > 1 ? (unsigned)p[whole + 1] << 8 : 0);

        room[n++] = alphabet[v >> 18];
        room[n++] = alphabet[v >> 12 & 63];
        if (len - whole > 1)
            room[n++] = alphabet[v >> 6 & 63];
        for (; pad && n % 4 != 0; n++)
            room[n] = '=';
    }
    out->len += n;
    out->ptr[out->len] = '\0';
    return 0;
}

int encode_base64url(struct buf *out, const void *data, size_t len)
{
    return base64_with(out, data, len, alphabet_url, false);
}

int encode_base64(struct buf *out, const void *data, size_t len)
{
    return base64_with(out, data, len, alphabet_standard, true);
}

int decode_base64(struct buf *out, struct str text)
{
    unsigned value = 0;
    unsigned bits = 0;
    bool padding = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        const char *at;

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            continue;
        if (c == '=') {
            padding = true;
            continue;
        }
        if (c == '-' || c == '_')
            c = c == '-' ? '+' : '/';
        at = c ? strchr(alphabet_standard, c) : NULL;
        if (!at || padding)
            return -1;
        value = value << 6 | (unsigned)(at - alphabet_standard);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (buf_add_char(out, (char)(value >> bits & 0xff)) < 0)
                return -1;
            value &= (1u << bits) - 1;
        }
    }
    return bits >= 6 ? -1 : 0;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* Run by run: session tokens are long, and each token for a cluster carries one. */
int encode_percent(struct buf *out, struct str text)
{
    size_t start = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        const char escape[3] = {'%', hex_upper[c >> 4], hex_upper[c & 15]};

        if (is_unreserved(c))
            continue;
        if (buf_add(out, text.ptr + start, i - start) < 0 || buf_add(out, escape, sizeof(escape)) < 0)
            return -1;
        start = i + 1;
    }
    return buf_add(out, text.ptr + start, text.len - start);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int decode_with(struct buf *out, struct str text, bool plus_is_blank)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '%') {
            int high = text.len - i > 2 ? hex_value(text.ptr[i + 1]) : -1;
            int low = text.len - i > 2 ? hex_value(text.ptr[i + 2]) : -1;

            if (high < 0 || low < 0)
                return -1;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (buf_add_char(out, c) < 0)
            return -1;
    }
    return 0;
}

int decode_percent(struct buf *out, struct str text)
{
    return decode_with(out, text, false);
}

int decode_query(struct buf *out, struct str text)
{
    return decode_with(out, text, true);
}

int encode_parameter(struct buf *query, const char *name, struct str value)
{
    if (value.len == 0)
        return 0;
    buf_add_char(query, '&');
    buf_add_str(query, str_from(name));
    buf_add_char(query, '=');
    return encode_percent(query, value);
}
