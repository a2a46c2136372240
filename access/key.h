/*
 * An API key as text: eksgate_ID_SECRETCHECK with 16, 64 and 8 hex digits. The id is public, it names the key in lists
 * and logs. The check (the start of the text's SHA-256) lets scanners of leaked secrets tell a key from noise, and
 * mistyped keys end before anything is looked up.
 *
 * What is stored is the SHA-256 of the whole text. A slow hash would add nothing: the secret is 256 random bits, not a
 * word that somebody chose, so there is no list to go through.
 */
#ifndef EKSGATE_ACCESS_KEY_H
#define EKSGATE_ACCESS_KEY_H

#include "base/err.h"

#define KEY_PREFIX "eksgate_"
#define KEY_ID_LEN ((size_t)16)
#define KEY_SECRET_LEN ((size_t)64)
#define KEY_CHECK_LEN ((size_t)8)
#define KEY_TEXT_LEN (sizeof(KEY_PREFIX) - 1 + KEY_ID_LEN + 1 + KEY_SECRET_LEN + KEY_CHECK_LEN)
#define KEY_HASH_LEN ((size_t)64) /* hex of SHA-256 */

struct key {
    char id[KEY_ID_LEN + 1];
    char hash[KEY_HASH_LEN + 1];
};

/* Makes a key; the caller wipes text. 0, or -1 when there is no randomness. */
int key_generate(struct key *out, char text[KEY_TEXT_LEN + 1]);

/* 0, or -1 when the text is no key. */
int key_parse(struct str text, struct key *out);

/* The key of "Authorization: Bearer KEY" into out. 0, or -1 with ERR_UNAUTHORIZED, which says what is wrong but nothing
 * of the value. */
int key_from_authorization(struct str value, struct key *out, struct err *err);

/* Compares two hashes in a time that does not depend on where they differ. */
bool key_hash_equal(const char a[KEY_HASH_LEN + 1], const char b[KEY_HASH_LEN + 1]);

/* True for what can be the id of a key. */
bool key_is_id(struct str text);

#endif
