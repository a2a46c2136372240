/*
 * One TLS connection to a server, over a socket that does not block: TLS 1.2 or newer, the authority that is
 * given and no other, its name verified, HTTP/1.1 only.
 */
#ifndef EKSGATE_HTTP_TLS_H
#define EKSGATE_HTTP_TLS_H

#include <stdbool.h>

#include "base/err.h"
#include "http/identity.h"

struct tls;

enum tls_result {
    TLS_DONE,
    TLS_WANT_READ,
    TLS_WANT_WRITE,
    TLS_ENDED,  /* the other side said that it is done */
    TLS_BROKEN, /* anything else: tls_reason() tells */
};

/* What connections to one cluster share, by its authority: the last ones are kept. Of one thread. */
struct tls_contexts;

/* So much is read and written at once (http/tls_bulk.h), by who reads with room for as much and for a record before it.
 * Connections live no longer than this. NULL without memory. */
struct tls_contexts *tls_contexts_new(size_t bulk);
void tls_contexts_free(struct tls_contexts *contexts);

/* host: a name or an address, without port. The socket stays the caller's. NULL with err: ERR_UPSTREAM_TLS when the
 * authority or the identity can not be read. An empty authority means the system's. */
struct tls *tls_new(struct tls_contexts *contexts, int fd, const char *host, struct str ca_pem,
                    const struct http_identity *identity, struct err *err);

/* Before the handshake: resumes the last session with the same server, if it gave one, and keeps what it gives for the
 * next connection. The slot begins as NULL and outlives the connection. */
struct tls_session; /* OpenSSL's */
void tls_resume(struct tls *tls, struct tls_session **slot);
void tls_session_free(struct tls_session *session);

/* Bytes were read from the socket that tls_read() has not given out. */
bool tls_is_pending(const struct tls *tls);

/* The connection is idle: what it would read into is given back. */
void tls_rest(struct tls *tls);

/* Says goodbye if it can without waiting. */
void tls_free(struct tls *tls);

enum tls_result tls_handshake(struct tls *tls);

/* TLS_DONE with *count > 0, or why not. A write that wants to wait must be repeated with the same bytes, to which
 * others may have been added. */
enum tls_result tls_read(struct tls *tls, char *data, size_t len, size_t *count);
enum tls_result tls_write(struct tls *tls, const char *data, size_t len, size_t *count);

/* Nothing more is written: the other side is told. */
void tls_end(struct tls *tls);

/* Why it broke, for people. */
const char *tls_reason(const struct tls *tls);

#endif
