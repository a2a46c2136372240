/*
 * Sealing: AES-256-GCM (NIST SP 800-38D) with a key from a file. A sealed text is
 * version (1 byte) | key id (4) | nonce (12) | ciphertext | tag (16); the additional data binds it to the
 * place where it is stored, so that it can not be moved to another.
 */
#ifndef EKSGATE_BASE_SEAL_H
#define EKSGATE_BASE_SEAL_H

#include "base/buf.h"
#include "base/err.h"

#define SEAL_KEY_SIZE 32

struct seal_key {
    unsigned char key[SEAL_KEY_SIZE];
    unsigned char id[4]; /* first bytes of SHA-256 of the key: tells a wrong key from a forged text */
};

/* Reads a file of exactly 32 bytes that others can not read. 0, or -1 with err (field = the variable). */
int seal_key_load(const char *path, struct seal_key *key, struct err *err);
void seal_key_wipe(struct seal_key *key);

/* Appends the sealed text. 0, or -1. */
int seal_text(const struct seal_key *key, struct str additional, struct str plain, struct buf *out);

/* Appends the plain text; the caller wipes out. -1 when it was sealed with another key, for another
 * place, or changed. */
int seal_open(const struct seal_key *key, struct str additional, struct str sealed, struct buf *out);

#endif
