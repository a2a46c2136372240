/* Heads and bodies of upgraded connections: what is accepted points into the input and holds nothing that another
 * reader could take for a line of its own; a body taken byte by byte ends where it ends taken whole. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "http/body.h"
#include "kube/headers.h"
#include "tunnel/admit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(struct str part, struct str whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_headers(const struct http_header *headers, size_t count, struct str text)
{
    for (size_t i = 0; i < count; i++) {
        assert(header_is_name(headers[i].name) && header_is_value(headers[i].value));
        assert(lies_in(headers[i].name, text) && lies_in(headers[i].value, text));
    }
}

static void check_request(struct str text)
{
    static const struct config config = {.hosts = "localhost", .auth = "off"};
    struct arena *arena = arena_new(MIB(1));
    struct head_request head;
    struct admission admission;
    struct err err;
    size_t hosts;

    if (head_parse_request(text, &head, &err) == 0) {
        assert(header_is_name(head.method) && header_is_value(head.path) && header_is_value(head.query));
        assert(lies_in(head.path, text) && lies_in(head.query, text));
        head_find(head.headers, head.header_count, STR("Host"), &hosts);
        assert(hosts == 1);
        check_headers(head.headers, head.header_count, text);
        if (admit_head(arena, &config, &head, &admission, &err) == 0)
            for (size_t i = 0; i < head.header_count; i++)
                assert(header_is_value(head.headers[i].value));
    } else {
        assert(err.kind == ERR_BAD_REQUEST);
    }
    arena_free(arena);
}

static void check_body(const struct http_head *head, struct str rest)
{
    struct body whole;
    struct body pieces;
    long taken = 0;
    long n;

    if (body_init(&whole, "GET", head) < 0)
        return;
    pieces = whole;
    n = whole.done ? 0 : body_take(&whole, rest.ptr, rest.len);
    assert(n <= (long)rest.len);
    for (size_t i = 0; i < rest.len && !pieces.done && taken >= 0; i++) {
        long one = body_take(&pieces, rest.ptr + i, 1);

        taken = one < 0 ? -1 : taken + one;
    }
    assert(n == taken && whole.done == pieces.done);
}

static void check_answer(struct str text, struct str rest)
{
    static struct http_header headers[HEAD_HEADERS_MAX];
    struct http_head head;

    if (head_parse_answer(text, headers, &head) < 0)
        return;
    assert(head.status >= 100 && head.status <= 999 && header_is_value(head.reason));
    check_headers(headers, head.header_count, text);
    check_body(&head, rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    size_t length = head_length(text, 0);
    const struct str head = {text.ptr, length};

    assert(length <= size);
    for (size_t from = 0; from < size && from < 64; from++)
        assert(head_length((struct str){text.ptr, from}, 0) == 0 || length > 0);
    if (length == 0)
        return 0;
    check_request(head);
    check_answer(head, str_skip(text, length));
    return 0;
}
