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

/* Whether it is one of them, which is then taken. 1, 0, or -1 with err. */
static int take(struct arena *arena, struct str protocol, struct protocols_shown *shown, struct err *err)
{
    bool is_bearer = str_starts_with(protocol, STR(PROTOCOL_BEARER));

    if (!is_bearer && !str_starts_with(protocol, STR(PROTOCOL_TOKEN)))
        return 0;
    if (is_bearer ? shown->bearer.ptr : shown->token.ptr)
        return err_set(err, ERR_UNAUTHORIZED, "there is more than one token among the WebSocket protocols");
    if (is_bearer)
        return decode_token(arena, str_skip(protocol, sizeof(PROTOCOL_BEARER) - 1), &shown->bearer, err) < 0 ? -1 : 1;
    shown->token = str_skip(protocol, sizeof(PROTOCOL_TOKEN) - 1);
    return 1;
}

/* One header's list without them, in memory of its own. */
static int filter(struct arena *arena, struct str *list, struct protocols_shown *shown, struct err *err)
{
    char *out = arena_alloc(arena, list->len + 1);
    struct str rest = *list;
    size_t len = 0;

    if (!out)
        return err_set(err, ERR_INTERNAL, "there is no memory for the request");
    while (rest.ptr) {
        struct str protocol = str_trim(str_cut(&rest, ','));
        int taken = take(arena, protocol, shown, err);

        if (taken < 0)
            return -1;
        if (taken)
            continue;
        if (len > 0)
            out[len++] = ',';
        memcpy(out + len, protocol.ptr, protocol.len);
        len += protocol.len;
    }
    *list = (struct str){out, len};
    return 0;
}

int protocols_take(struct arena *arena, struct http_header *headers, size_t *count, struct protocols_shown *shown,
                   struct err *err)
{
    size_t kept = 0;
    size_t offered = 0;

    *shown = (struct protocols_shown){{NULL, 0}, {NULL, 0}};
    for (size_t i = 0; i < *count; i++) {
        struct http_header header = headers[i];

        if (str_equal_ignore_case(header.name, STR("Sec-WebSocket-Protocol"))) {
            if (filter(arena, &header.value, shown, err) < 0)
                return -1;
            if (header.value.len == 0)
                continue;
            offered++;
        }
        headers[kept++] = header;
    }
    *count = kept;
    if ((shown->bearer.ptr || shown->token.ptr) && offered == 0)
        return err_set(err, ERR_UNAUTHORIZED, "beside the token a WebSocket protocol must be offered, to be agreed on");
    return 0;
}
