#include "access/session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/limits.h"

const char *session_cookie_name(bool tls)
{
    return tls ? "__Host-eksgate" : "eksgate";
}

int session_generate(char text[SESSION_TEXT_LEN + 1])
{
    unsigned char random[32];
    struct buf plain;
    int rc = -1;

    buf_init(&plain, KIB(1));
    if (RAND_bytes(random, sizeof(random)) == 1 && encode_base64url(&plain, random, sizeof(random)) == 0) {
        memcpy(text, plain.ptr, SESSION_TEXT_LEN + 1);
        rc = 0;
    }
    OPENSSL_cleanse(random, sizeof(random));
    buf_wipe(&plain);
    return rc;
}

int session_find(struct str cookies, bool tls, struct str *text, struct err *err)
{
    struct str name = str_from(session_cookie_name(tls));
    struct str rest = cookies;

    while (rest.ptr) {
        struct str value = str_trim(str_cut(&rest, ';'));

        if (!str_equal(str_trim(str_cut(&value, '=')), name) || !value.ptr)
            continue;
        if (text->len > 0)
            return err_set(err, ERR_BAD_REQUEST, "the cookie %s is there more than once", name.ptr);
        *text = str_trim(value);
    }
    return 0;
}

static void hash_of(const char *purpose, struct str text, bool tls, char out[SESSION_HASH_LEN + 1])
{
    const char *name = session_cookie_name(tls);
    unsigned char digest[32] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    /* Without memory it is a hash that nothing is stored under. */
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(context, purpose, strlen(purpose) + 1) != 1 ||
        EVP_DigestUpdate(context, name, strlen(name) + 1) != 1 || EVP_DigestUpdate(context, text.ptr, text.len) != 1 ||
        EVP_DigestFinal_ex(context, digest, NULL) != 1)
        RAND_bytes(digest, sizeof(digest));
    EVP_MD_CTX_free(context);
    encode_hex(digest, sizeof(digest), out);
    OPENSSL_cleanse(digest, sizeof(digest));
}

void session_hash(struct str text, bool tls, char out[SESSION_HASH_LEN + 1])
{
    hash_of("session", text, tls, out);
}

void session_token(struct str text, bool tls, char out[SESSION_TOKEN_LEN + 1])
{
    hash_of("token", text, tls, out);
}

int session_check_token(struct str text, bool tls, struct str token, struct err *err)
{
    char wanted[SESSION_TOKEN_LEN + 1];
    bool equal;

    session_token(text, tls, wanted);
    equal = token.len == SESSION_TOKEN_LEN && CRYPTO_memcmp(token.ptr, wanted, SESSION_TOKEN_LEN) == 0;
    OPENSSL_cleanse(wanted, sizeof(wanted));
    if (equal)
        return 0;
    return err_set(err, ERR_FORBIDDEN,
                   "with a cookie this needs the header X-Eksgate-Csrf, whose value GET /api/auth/user tells");
}
