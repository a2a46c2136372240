#include "tunnel/protocols.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/limits.h"

static bool is_base64url(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.ptr[i]) && text.ptr[i] != '-' && text.ptr[i] != '_')
            return false;
    return text.len > 0 && text.len % 4 != 1;
}

static int decode_token(struct arena *arena, struct str text, struct str *token, struct err *err)
{
    struct buf plain;
    int rc = -1;

    buf_init(&plain, LIMIT_HEADER_BYTES);
    if (!is_base64url(text) || !buf_reserve(&plain, text.len) || decode_base64(&plain, text) < 0) {
        err_set(err, ERR_UNAUTHORIZED, "the token among the WebSocket protocols is not base64url");
        goto out;
    }
    token->ptr = arena_secret(arena, plain.ptr, plain.len);
    token->len = plain.len;
    rc = token->ptr ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the request");
out:
    buf_wipe(&plain);
    return rc;
}

/* One header's list without the token, in memory of its own. */
static int filter(struct arena *arena, struct str *list, struct str *token, struct err *err)
{
    char *out = arena_alloc(arena, list->len + 1);
    struct str rest = *list;
    size_t len = 0;

    if (!out)
        return err_set(err, ERR_INTERNAL, "there is no memory for the request");
    while (rest.ptr) {
        struct str protocol = str_trim(str_cut(&rest, ','));

        if (!str_starts_with(protocol, STR(PROTOCOL_BEARER))) {
            if (len > 0)
                out[len++] = ',';
            memcpy(out + len, protocol.ptr, protocol.len);
            len += protocol.len;
            continue;
        }
        if (token->ptr)
            return err_set(err, ERR_UNAUTHORIZED, "there is more than one token among the WebSocket protocols");
        if (decode_token(arena, str_skip(protocol, sizeof(PROTOCOL_BEARER) - 1), token, err) < 0)
            return -1;
    }
    *list = (struct str){out, len};
    return 0;
}

int protocols_take_token(struct arena *arena, struct http_header *headers, size_t *count, struct str *token,
                         struct err *err)
{
    size_t kept = 0;
    size_t offered = 0;

    *token = (struct str){NULL, 0};
    for (size_t i = 0; i < *count; i++) {
        struct http_header header = headers[i];

        if (str_equal_ignore_case(header.name, STR("Sec-WebSocket-Protocol"))) {
            if (filter(arena, &header.value, token, err) < 0)
                return -1;
            if (header.value.len == 0)
                continue;
            offered++;
        }
        headers[kept++] = header;
    }
    *count = kept;
    if (token->ptr && offered == 0)
        return err_set(err, ERR_UNAUTHORIZED, "beside the token a WebSocket protocol must be offered, to be agreed on");
    return 0;
}
