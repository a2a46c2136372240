#include "tunnel/websocket.h"

#include <openssl/evp.h>
#include <string.h>

/* https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static size_t header_size(const struct ws_reader *r)
{
    size_t size = 2 + (r->masked ? 4 : 0);

    if (r->header_len < 2)
        return 2;
    if ((r->header[1] & 127) == 126)
        return size + 2;
    return (r->header[1] & 127) == 127 ? size + 8 : size;
}

/* True when the header has come whole. */
static bool gather_header(struct ws_reader *r, char **data, size_t *len)
{
    while (r->header_len < header_size(r)) {
        if (*len == 0)
            return false;
        r->header[r->header_len++] = (unsigned char)**data;
        (*data)++;
        (*len)--;
    }
    return true;
}

/* In as few bytes as it takes: another form would be a second way to write the same. */
static bool read_length(struct ws_reader *r)
{
    size_t count = (r->header[1] & 127) == 126 ? 2 : 8;

    r->left = r->header[1] & 127;
    if (r->left < 126)
        return true;
    r->left = 0;
    for (size_t i = 0; i < count; i++)
        r->left = r->left << 8 | r->header[2 + i];
    return count == 2 ? r->left > 125 : r->left > 65535 && r->left >> 63 == 0;
}

static enum ws_event open_frame(struct ws_reader *r)
{
    unsigned opcode = r->header[0] & 15;
    bool is_control = opcode >= WS_CLOSE;

    r->is_final = r->header[0] & 128;
    if (r->header[0] & 112 || (opcode > WS_BINARY && opcode < WS_CLOSE) || opcode > WS_PONG || !read_length(r) ||
        (bool)(r->header[1] & 128) != r->masked)
        return WS_WRONG;
    if (is_control && (!r->is_final || r->left > WS_CONTROL_MAX))
        return WS_WRONG;
    if (!is_control && (opcode == WS_CONTINUATION) != r->in_message)
        return WS_WRONG;
    if (!is_control && r->left > r->max - r->message)
        return WS_LARGE;
    r->opcode = (enum ws_opcode)opcode;
    r->control_len = r->mask_at = 0;
    r->in_frame = true;
    return WS_MORE;
}

static size_t take(struct ws_reader *r, char **data, size_t *len)
{
    size_t n = r->left < *len ? (size_t)r->left : *len;
    const unsigned char *mask = r->header + r->header_len - 4;

    for (size_t i = 0; r->masked && i < n; i++)
        (*data)[i] = (char)((unsigned char)(*data)[i] ^ mask[r->mask_at++ & 3]);
    r->left -= n;
    *data += n;
    *len -= n;
    return n;
}

static void close_frame(struct ws_reader *r)
{
    r->in_frame = false;
    r->header_len = 0;
}

static enum ws_event take_control(struct ws_reader *r, char **data, size_t *len, struct ws_piece *out)
{
    const char *from = *data;
    size_t n = take(r, data, len);

    memcpy(r->control + r->control_len, from, n);
    r->control_len += n;
    if (r->left > 0)
        return WS_MORE;
    close_frame(r);
    *out = (struct ws_piece){r->opcode, {(const char *)r->control, r->control_len}, true, true};
    return WS_CONTROL;
}

static enum ws_event take_piece(struct ws_reader *r, char **data, size_t *len, struct ws_piece *out)
{
    const char *from = *data;
    size_t n = take(r, data, len);

    if (n == 0 && r->left > 0)
        return WS_MORE;
    *out = (struct ws_piece){r->opcode, {from, n}, !r->in_message, false};
    r->in_message = true;
    r->message += n;
    if (r->left > 0)
        return WS_PIECE;
    close_frame(r);
    out->is_last = r->is_final;
    if (r->is_final) {
        r->in_message = false;
        r->message = 0;
    }
    return WS_PIECE;
}

enum ws_event ws_read(struct ws_reader *r, char **data, size_t *len, struct ws_piece *out)
{
    if (!r->in_frame) {
        enum ws_event event;

        if (!gather_header(r, data, len))
            return WS_MORE;
        event = open_frame(r);
        if (event != WS_MORE)
            return event;
    }
    return r->opcode >= WS_CLOSE ? take_control(r, data, len, out) : take_piece(r, data, len, out);
}

size_t ws_header(char out[WS_HEADER_MAX], enum ws_opcode opcode, size_t len, const unsigned char *mask)
{
    size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;
    size_t n = 2;

    out[0] = (char)(128 | opcode);
    out[1] = (char)((mask ? 128u : 0u) | (bytes == 0 ? (unsigned)len : bytes == 2 ? 126u : 127u));
    for (size_t i = bytes; i > 0; i--)
        out[n++] = (char)((uint64_t)len >> (8 * (i - 1)) & 255);
    if (mask)
        memcpy(out + n, mask, 4);
    return mask ? n + 4 : n;
}

void ws_mask(char *data, size_t len, const unsigned char mask[4])
{
    for (size_t i = 0; i < len; i++)
        data[i] = (char)((unsigned char)data[i] ^ mask[i & 3]);
}

void ws_accept(struct str key, char out[WS_ACCEPT_SIZE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char hash[EVP_MAX_MD_SIZE] = {0};

    out[0] = '\0';
    if (context && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
        EVP_DigestUpdate(context, key.ptr, key.len) == 1 &&
        EVP_DigestUpdate(context, ACCEPT_GUID, sizeof(ACCEPT_GUID) - 1) == 1 &&
        EVP_DigestFinal_ex(context, hash, NULL) == 1)
        EVP_EncodeBlock((unsigned char *)out, hash, 20);
    EVP_MD_CTX_free(context);
}
