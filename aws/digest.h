/*
 * SHA-256, found once: looking an algorithm up costs OpenSSL more than using it on a short text.
 */
#ifndef EKSGATE_AWS_DIGEST_H
#define EKSGATE_AWS_DIGEST_H

#include <openssl/evp.h>

#define DIGEST_SIZE 32

/* Of the process, and never freed; NULL without memory. From any thread. */
const EVP_MD *digest_sha256(void);

#endif
