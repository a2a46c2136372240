/*
 * WebSocket frames (RFC 6455). They are read without a buffer: a frame of whatever length, and a message of however
 * many frames, comes out piece by piece as its bytes come in, so that nothing needs to be held that can go on at once.
 */
#ifndef EKSGATE_TUNNEL_WEBSOCKET_H
#define EKSGATE_TUNNEL_WEBSOCKET_H

#include <stdint.h>

#include "base/str.h"

#define WS_CONTROL_MAX ((size_t)125)
#define WS_HEADER_MAX ((size_t)14)
#define WS_ACCEPT_SIZE 29

enum ws_opcode { WS_CONTINUATION, WS_TEXT, WS_BINARY, WS_CLOSE = 8, WS_PING, WS_PONG };

/* Why a connection ends (RFC 6455 section 7.4), and our own reasons (docs/terminal.md). */
enum ws_code {
    WS_CODE_NONE,
    WS_NORMAL = 1000,
    WS_GOING_AWAY = 1001,
    WS_PROTOCOL_ERROR = 1002,
    WS_TOO_BIG = 1009,
    WS_INTERNAL = 1011,
    WS_UNAUTHORIZED = 4401,
    WS_FORBIDDEN = 4403,
    WS_TIMED_OUT = 4408,
    WS_TOO_MANY = 4429,
};

/* One direction. */
struct ws_reader {
    bool masked;  /* what comes from clients is, what comes from servers is not */
    uint64_t max; /* of a message */
    unsigned char header[WS_HEADER_MAX];
    size_t header_len; /* of the header that comes */
    bool in_frame;     /* its header has come whole */
    bool in_message;   /* the last data frame was not a message's last */
    bool is_final;
    enum ws_opcode opcode;
    uint64_t left;    /* of the frame */
    uint64_t message; /* so much of it came in earlier frames */
    size_t mask_at;
    unsigned char control[WS_CONTROL_MAX];
    size_t control_len;
};

enum ws_event {
    WS_MORE,    /* all bytes are taken */
    WS_PIECE,   /* a piece of a message */
    WS_CONTROL, /* a whole frame of opcode close, ping or pong */
    WS_WRONG,   /* against the protocol: nothing that follows can be read */
    WS_LARGE,   /* a message of more than max bytes */
};

struct ws_piece {
    enum ws_opcode opcode;
    struct str data; /* into the bytes that were given, or into the reader */
    bool is_first;   /* of its message */
    bool is_last;
};

/* Takes bytes from the front of *data, which it unmasks where they are, up to the next thing to tell. */
enum ws_event ws_read(struct ws_reader *reader, char **data, size_t *len, struct ws_piece *out);

/* Writes the header of a whole message of one frame; mask: four bytes, or NULL. Returns its length. */
size_t ws_header(char out[WS_HEADER_MAX], enum ws_opcode opcode, size_t len, const unsigned char *mask);
void ws_mask(char *data, size_t len, const unsigned char mask[4]);

/* What a server answers to that Sec-WebSocket-Key. */
void ws_accept(struct str key, char out[WS_ACCEPT_SIZE]);

#endif
