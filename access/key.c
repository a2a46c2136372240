#include "access/key.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/encode.h"

#define ID_AT (sizeof(KEY_PREFIX) - 1)
#define SECRET_AT (ID_AT + KEY_ID_LEN + 1)
#define CHECK_AT (SECRET_AT + KEY_SECRET_LEN)

static void hash_text(const char *text, size_t len, char out[KEY_HASH_LEN + 1])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)text, len, digest);
    encode_hex(digest, sizeof(digest), out);
    OPENSSL_cleanse(digest, sizeof(digest));
}

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.ptr[i] >= '0' && text.ptr[i] <= '9') || (text.ptr[i] >= 'a' && text.ptr[i] <= 'f')))
            return false;
    return true;
}

bool key_is_id(struct str text)
{
    return text.len == KEY_ID_LEN && is_hex(text);
}

int key_generate(struct key *out, char text[KEY_TEXT_LEN + 1])
{
    unsigned char random[(KEY_ID_LEN + KEY_SECRET_LEN) / 2];
    char secret[KEY_SECRET_LEN + 1];
    char check[KEY_HASH_LEN + 1];

    if (RAND_bytes(random, sizeof(random)) != 1)
        return -1;
    encode_hex(random, KEY_ID_LEN / 2, out->id);
    encode_hex(random + KEY_ID_LEN / 2, KEY_SECRET_LEN / 2, secret);
    snprintf(text, KEY_TEXT_LEN + 1, KEY_PREFIX "%s_%s", out->id, secret);
    hash_text(text, CHECK_AT, check);
    memcpy(text + CHECK_AT, check, KEY_CHECK_LEN);
    text[KEY_TEXT_LEN] = '\0';
    hash_text(text, KEY_TEXT_LEN, out->hash);
    OPENSSL_cleanse(random, sizeof(random));
    OPENSSL_cleanse(secret, sizeof(secret));
    return 0;
}

int key_parse(struct str text, struct key *out)
{
    char check[KEY_HASH_LEN + 1];

    if (text.len != KEY_TEXT_LEN || !str_starts_with(text, STR(KEY_PREFIX)) ||
        !key_is_id((struct str){text.ptr + ID_AT, KEY_ID_LEN}) || text.ptr[SECRET_AT - 1] != '_' ||
        !is_hex(str_skip(text, SECRET_AT)))
        return -1;
    hash_text(text.ptr, CHECK_AT, check);
    if (CRYPTO_memcmp(check, text.ptr + CHECK_AT, KEY_CHECK_LEN) != 0)
        return -1;
    memcpy(out->id, text.ptr + ID_AT, KEY_ID_LEN);
    out->id[KEY_ID_LEN] = '\0';
    hash_text(text.ptr, text.len, out->hash);
    return 0;
}

int key_from_authorization(struct str value, struct key *out, struct err *err)
{
    struct str rest = str_trim(value);
    struct str scheme = str_cut(&rest, ' ');

    if (value.len == 0)
        return err_set(
            err, ERR_UNAUTHORIZED,
            "this gateway wants an API key: send Authorization: Bearer eksgate_... (an administrator makes one "
            "with `eksgate key create`)");
    if (!str_equal_ignore_case(scheme, STR("Bearer")) || !rest.ptr)
        return err_set(err, ERR_UNAUTHORIZED, "the header Authorization must be: Bearer, a blank, and an API key");
    if (key_parse(str_trim(rest), out) < 0)
        return err_set(err, ERR_UNAUTHORIZED,
                       "this is no API key of eksgate: those have 97 characters and begin with eksgate_");
    return 0;
}

bool key_hash_equal(const char a[KEY_HASH_LEN + 1], const char b[KEY_HASH_LEN + 1])
{
    return CRYPTO_memcmp(a, b, KEY_HASH_LEN) == 0;
}
