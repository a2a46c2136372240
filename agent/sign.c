#include "agent/sign.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/encode.h"

#define DIGEST_SIZE 32

int delivery_sign(struct str secret, struct str timestamp, struct str body, char out[SIGNATURE_SIZE])
{
    char digest_name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                                     OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    unsigned char digest[DIGEST_SIZE];
    size_t len = 0;
    int rc = -1;

    if (context && EVP_MAC_init(context, (const unsigned char *)secret.ptr, secret.len, parameters) == 1 &&
        EVP_MAC_update(context, (const unsigned char *)timestamp.ptr, timestamp.len) == 1 &&
        EVP_MAC_update(context, (const unsigned char *)".", 1) == 1 &&
        EVP_MAC_update(context, (const unsigned char *)body.ptr, body.len) == 1 &&
        EVP_MAC_final(context, digest, &len, sizeof(digest)) == 1 && len == sizeof(digest)) {
        encode_hex(digest, len, out);
        rc = 0;
    }
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    return rc;
}
