#include "http/body.h"

#include <string.h>

#include "base/limits.h"
#include "http/head.h"

#define LINE_MAX_BYTES 4096
#define LENGTH_MAX (INT64_MAX / 2)

/* What comes next in a chunked body. */
enum { CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_SIZE_END, CHUNK_DATA, CHUNK_DATA_CR, CHUNK_DATA_LF, TRAILER, TRAILER_END };

static bool has_no_body(const char *method, int status)
{
    return strcmp(method, "HEAD") == 0 || status == 204 || status == 304;
}

static int parse_length(struct str text, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *out > LENGTH_MAX / 10)
            return -1;
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0 ? 0 : -1;
}

int body_init(struct body *body, const char *method, const struct http_head *head)
{
    size_t lengths;
    size_t encodings;
    struct str length = head_find(head->headers, head->header_count, STR("Content-Length"), &lengths);
    struct str encoding = head_find(head->headers, head->header_count, STR("Transfer-Encoding"), &encodings);

    *body = (struct body){.kind = BODY_CLOSE};
    if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1) ||
        (encodings == 1 && !str_equal_ignore_case(encoding, STR("chunked"))) ||
        (lengths == 1 && parse_length(length, &body->left) < 0))
        return -1;
    if (has_no_body(method, head->status))
        *body = (struct body){.kind = BODY_LENGTH};
    else if (lengths == 1)
        body->kind = BODY_LENGTH;
    else if (encodings == 1)
        body->kind = BODY_CHUNKED;
    body->done = body->kind == BODY_LENGTH && body->left == 0;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static int take_size(struct body *body, char c)
{
    int digit = hex_digit(c);

    if (digit >= 0) {
        if (body->left > LENGTH_MAX / 16)
            return -1;
        body->left = body->left * 16 + (uint64_t)digit;
        return 0;
    }
    if (body->line < 2 || (c != ';' && c != ' ' && c != '\t' && c != '\r')) /* line counts this byte too */
        return -1;
    body->state = c == '\r' ? CHUNK_SIZE_END : CHUNK_EXTENSION;
    return 0;
}

static int enter(struct body *body, int state)
{
    body->state = state;
    body->line = 0;
    return 0;
}

/* One byte that is not data of a chunk. */
static int take_framing(struct body *body, char c)
{
    if (++body->line > LINE_MAX_BYTES)
        return -1;
    switch (body->state) {
    case CHUNK_SIZE:
        return take_size(body, c);
    case CHUNK_EXTENSION:
        if (c == '\r')
            body->state = CHUNK_SIZE_END;
        return c == '\n' ? -1 : 0;
    case CHUNK_SIZE_END:
        return c != '\n' ? -1 : enter(body, body->left > 0 ? CHUNK_DATA : TRAILER);
    case CHUNK_DATA_CR:
        return c != '\r' ? -1 : enter(body, CHUNK_DATA_LF);
    case CHUNK_DATA_LF:
        return c != '\n' ? -1 : enter(body, CHUNK_SIZE);
    case TRAILER:
        if (c == '\r')
            body->state = TRAILER_END;
        return c == '\n' ? -1 : 0;
    default: /* TRAILER_END: of an empty line, or of a trailer */
        if (c != '\n')
            return -1;
        body->done = body->line == 2;
        return enter(body, TRAILER);
    }
}

long body_skip(struct body *body, const char *data, size_t len)
{
    size_t at = 0;

    while (at < len && body->kind == BODY_CHUNKED && body->state != CHUNK_DATA && !body->done)
        if (take_framing(body, data[at++]) < 0)
            return -1;
    return (long)at;
}

size_t body_ready(const struct body *body, size_t len)
{
    if (body->done || (body->kind == BODY_CHUNKED && body->state != CHUNK_DATA))
        return 0;
    return body->kind == BODY_CLOSE || len < body->left ? len : (size_t)body->left;
}

void body_advance(struct body *body, size_t len)
{
    if (body->kind == BODY_CLOSE)
        return;
    body->left -= len;
    if (body->left > 0)
        return;
    if (body->kind == BODY_CHUNKED)
        enter(body, CHUNK_DATA_CR);
    else
        body->done = true;
}

long body_take(struct body *body, const char *data, size_t len)
{
    size_t at = 0;

    while (at < len && !body->done) {
        long framing = body_skip(body, data + at, len - at);
        size_t ready;

        if (framing < 0)
            return -1;
        at += (size_t)framing;
        ready = body_ready(body, len - at);
        if (ready > 0)
            body_advance(body, ready);
        at += ready;
    }
    return (long)at;
}
