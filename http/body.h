/*
 * Where the body of an answer ends (RFC 9112 section 6.3). Bytes are passed on as they are, chunk sizes and
 * all, or without their framing.
 */
#ifndef EKSGATE_HTTP_BODY_H
#define EKSGATE_HTTP_BODY_H

#include <stdint.h>

#include "http/client.h"

enum body_kind {
    BODY_LENGTH,  /* so many bytes, perhaps none */
    BODY_CHUNKED, /* up to the last chunk and its trailers */
    BODY_CLOSE,   /* up to the end of the connection */
};

struct body {
    enum body_kind kind;
    uint64_t left; /* of the body, or of the chunk */
    int state;     /* inside the framing of chunks */
    unsigned line; /* bytes of the line of framing that is read */
    bool done;
};

/* 0, or -1 when the head leaves it open how long the body is. */
int body_init(struct body *body, const char *method, const struct http_head *head);

/* For who wants the body without its framing: how many bytes of framing stand here. -1 when it is broken. Behind them
 * stand body_ready() bytes of the body; body_advance() says how many of those were taken. */
long body_skip(struct body *body, const char *data, size_t len);
size_t body_ready(const struct body *body, size_t len);
void body_advance(struct body *body, size_t len);

/* How many of these bytes belong to the body; sets done behind its last one. -1 when the framing is broken. */
long body_take(struct body *body, const char *data, size_t len);

#endif
