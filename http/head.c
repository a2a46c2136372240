#include "http/head.h"

#include <ctype.h>
#include <string.h>

#define METHOD_MAX 32

bool header_is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && (name.ptr[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", name.ptr[i])))
            return false;
    return name.len > 0 && name.len < 128;
}

bool header_is_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (((unsigned char)value.ptr[i] < 0x20 && value.ptr[i] != '\t') || value.ptr[i] == 0x7f)
            return false;
    return true;
}

bool header_list_names(struct str list, struct str name)
{
    while (list.ptr)
        if (str_equal_ignore_case(str_trim(str_cut(&list, ',')), name))
            return true;
    return false;
}

size_t head_length(struct str text, size_t from)
{
    /* The end may have begun in what was looked at before. */
    size_t at = from > 3 ? from - 3 : 0;

    while (at < text.len) {
        const char *line_end = memchr(text.ptr + at, '\n', text.len - at);
        struct str next;

        if (!line_end)
            return 0;
        at = (size_t)(line_end - text.ptr) + 1;
        next = str_skip(text, at);
        if (str_starts_with(next, STR("\n")))
            return at + 1;
        if (str_starts_with(next, STR("\r\n")))
            return at + 2;
    }
    return 0;
}

/* Cuts a line that ends in CR LF and holds neither elsewhere. 0, or -1. */
static int cut_line(struct str *rest, struct str *line)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (!end || end == rest->ptr || end[-1] != '\r')
        return -1;
    *line = (struct str){rest->ptr, (size_t)(end - rest->ptr) - 1};
    *rest = str_skip(*rest, line->len + 2);
    return str_contains(*line, '\r') || str_contains(*line, '\0') ? -1 : 0;
}

/* Lines up to the empty one, which must be the last. 0, or -1. */
static int parse_headers(struct str rest, struct http_header *headers, size_t max, size_t *count)
{
    struct str line;

    *count = 0;
    while (cut_line(&rest, &line) == 0) {
        struct str value = line;
        struct str name;

        if (line.len == 0)
            return rest.len == 0 ? 0 : -1;
        name = str_cut(&value, ':');
        value = str_trim(value);
        if (*count == max || !value.ptr || !header_is_name(name) || !header_is_value(value))
            return -1;
        headers[(*count)++] = (struct http_header){name, value};
    }
    return -1;
}

struct str head_find(const struct http_header *headers, size_t header_count, struct str name, size_t *count)
{
    struct str value = STR("");

    *count = 0;
    for (size_t i = 0; i < header_count; i++) {
        if (!str_equal_ignore_case(headers[i].name, name))
            continue;
        value = headers[i].value;
        (*count)++;
    }
    return value;
}

static int parse_request_line(struct str line, struct head_request *out)
{
    struct str rest = line;

    out->method = str_cut(&rest, ' ');
    out->query = str_cut(&rest, ' ');
    if (!str_equal(rest, STR("HTTP/1.1")) || out->method.len > METHOD_MAX || !header_is_name(out->method) ||
        !header_is_value(out->query) || str_contains(out->query, '\t'))
        return -1;
    out->path = str_cut(&out->query, '?');
    return 0;
}

static int check_framing(const struct head_request *head, struct err *err)
{
    size_t hosts;
    size_t lengths;
    size_t encodings;
    struct str length = head_find(head->headers, head->header_count, STR("Content-Length"), &lengths);

    head_find(head->headers, head->header_count, STR("Host"), &hosts);
    head_find(head->headers, head->header_count, STR("Transfer-Encoding"), &encodings);
    if (hosts != 1)
        return err_set(err, ERR_BAD_REQUEST, "a request has exactly one Host");
    if (encodings > 0 || lengths > 1 || (lengths == 1 && !str_equal(length, STR("0"))))
        return err_set(err, ERR_BAD_REQUEST, "a request that asks for an upgrade has no body");
    return 0;
}

int head_parse_request(struct str text, struct head_request *out, struct err *err)
{
    struct str rest = text;
    struct str line;

    if (cut_line(&rest, &line) < 0 || parse_request_line(line, out) < 0)
        return err_set(err, ERR_BAD_REQUEST, "the request line is not valid HTTP/1.1");
    if (parse_headers(rest, out->headers, LIMIT_HEADERS, &out->header_count) < 0)
        return err_set(err, ERR_BAD_REQUEST, "the headers are not valid HTTP/1.1, or more than %d", LIMIT_HEADERS);
    return check_framing(out, err);
}

int head_parse_answer(struct str text, struct http_header *headers, struct http_head *out)
{
    struct str rest = text;
    struct str line;
    long status;

    *out = (struct http_head){.headers = headers};
    if (cut_line(&rest, &line) < 0 || !header_is_value(line))
        return -1;
    if (!str_starts_with(line, STR("HTTP/1.1 ")) && !str_starts_with(line, STR("HTTP/1.0 ")))
        return -1;
    line = str_skip(line, 9);
    if (str_to_long(str_cut(&line, ' '), 100, 999, &status) < 0)
        return -1;
    out->status = (int)status;
    out->reason = line.ptr ? line : STR("");
    return parse_headers(rest, headers, HEAD_HEADERS_MAX, &out->header_count);
}
