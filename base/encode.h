/*
 * Text forms of bytes: hex, base64url (RFC 4648 section 5, without padding), base64, percent-encoding
 * (RFC 3986).
 */
#ifndef EKSGATE_BASE_ENCODE_H
#define EKSGATE_BASE_ENCODE_H

#include "base/buf.h"

/* Lower-case hex; out gets 2 * len + 1 bytes. */
void encode_hex(const unsigned char *data, size_t len, char *out);

int encode_base64url(struct buf *out, const void *data, size_t len);
int encode_base64(struct buf *out, const void *data, size_t len);

/* Either alphabet, with or without padding; blanks and line ends are skipped. 0, or -1. */
int decode_base64(struct buf *out, struct str text);

/* Everything but A-Z a-z 0-9 - . _ ~ becomes %XX with upper-case digits. */
int encode_percent(struct buf *out, struct str text);

/* "&name=value" behind a query, the value encoded; nothing where it is empty. */
int encode_parameter(struct buf *query, const char *name, struct str value);

/* Decodes %XX once; "+" is kept. -1 on a broken escape or when the maximum is exceeded. */
int decode_percent(struct buf *out, struct str text);

/* As above for application/x-www-form-urlencoded query text: "+" is a blank. */
int decode_query(struct buf *out, struct str text);

#endif
