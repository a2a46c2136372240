/*
 * Who we are to a server by TLS, and whom we take it for: texts in PEM, read here before they are kept anywhere.
 */
#ifndef EKSGATE_HTTP_IDENTITY_H
#define EKSGATE_HTTP_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* A certificate, with those that lead to its authority behind it, and its key. Both empty: none is shown. */
struct http_identity {
    struct str certificate;
    struct str key;
};

bool http_identity_equal(const struct http_identity *a, const struct http_identity *b);

/* A copy in the arena, of which the key is overwritten at reset. 0, or -1 without memory. */
int http_identity_copy(struct arena *arena, const struct http_identity *from, struct http_identity *out);

/* NULL when the certificate can be read, its key too and without a passphrase, and they belong together; else what is
 * wrong (static text), with *field "certificate" or "key". */
const char *http_identity_check(const struct http_identity *identity, const char **field);

/* Whom the certificate names, as Kubernetes reads it: "CN, in the groups O, O". Until when it holds, in Unix seconds.
 * For a text that http_identity_check() has found right; 0, or -1 without memory. */
int http_identity_describe(struct str certificate, struct buf *out, int64_t *until);

/* NULL when at least one authority can be read, else what is wrong (static text). */
const char *http_authority_check(struct str ca_pem);

#endif
