/*
 * What a browser shows instead of an API key once it has signed in with one: a cookie that scripts can not read, with a
 * random id which stands for the key. Redis has the hash of the cookie (redis/sessions.h), and not only of its value: a
 * cookie that was given over TLS is none in clear, nor the other way round.
 *
 * A browser sends a cookie whoever asks it to, so a request that is more than a look shows the session's token too, in
 * the header X-Eksgate-Csrf. The token follows from the cookie; only a page that may read our answers knows it.
 */
#ifndef EKSGATE_ACCESS_SESSION_H
#define EKSGATE_ACCESS_SESSION_H

#include "base/err.h"

#define SESSION_TEXT_LEN ((size_t)43) /* base64url of 32 random bytes */
#define SESSION_HASH_LEN ((size_t)64)
#define SESSION_TOKEN_LEN ((size_t)64)

/* The cookie's name. __Host- lets a browser take it over TLS only, and from nobody but this very host. */
const char *session_cookie_name(bool tls);

/* 0, or -1 when there is no randomness. The caller wipes text. */
int session_generate(char text[SESSION_TEXT_LEN + 1]);

/* Finds the cookie in one header Cookie. *text, the empty view at first, is set to its value. 0, or -1 with
 * ERR_BAD_REQUEST when it is there more than once: somebody may have planted the other. */
int session_find(struct str cookies, bool tls, struct str *text, struct err *err);

/* Of a cookie's value, NUL-terminated: what Redis knows it by, and what its pages prove themselves with. */
void session_hash(struct str text, bool tls, char out[SESSION_HASH_LEN + 1]);
void session_token(struct str text, bool tls, char out[SESSION_TOKEN_LEN + 1]);

/* 0, or -1 with ERR_FORBIDDEN when token is not that of the cookie. */
int session_check_token(struct str text, bool tls, struct str token, struct err *err);

#endif
