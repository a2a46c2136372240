#include "base/seal.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEAL_VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define HEAD_SIZE (1 + 4 + NONCE_SIZE)

int seal_key_load(const char *path, struct seal_key *key, struct err *err)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = -1;

    if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 077) == 0 && st.st_size == SEAL_KEY_SIZE)
        n = read(fd, key->key, SEAL_KEY_SIZE);
    if (fd >= 0)
        close(fd);
    if (n != SEAL_KEY_SIZE)
        return err_field(err, "EKSGATE_SECRET_KEY_FILE", CAUSE_INVALID,
                         "%s must be a readable file of 32 bytes with mode 0600", path);
    SHA256(key->key, SEAL_KEY_SIZE, digest);
    memcpy(key->id, digest, sizeof(key->id));
    return 0;
}

void seal_key_wipe(struct seal_key *key)
{
    explicit_bzero(key, sizeof(*key));
}

static int encrypt(EVP_CIPHER_CTX *ctx, const struct seal_key *key, const unsigned char *nonce, struct str additional,
                   struct str plain, unsigned char *out)
{
    int n;

    return EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->key, nonce) == 1 &&
                   EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)additional.ptr, (int)additional.len) == 1 &&
                   EVP_EncryptUpdate(ctx, out, &n, (const unsigned char *)plain.ptr, (int)plain.len) == 1 &&
                   EVP_EncryptFinal_ex(ctx, out + n, &n) == 1 &&
                   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, out + plain.len) == 1
               ? 0
               : -1;
}

int seal_text(const struct seal_key *key, struct str additional, struct str plain, struct buf *out)
{
    unsigned char *room;
    EVP_CIPHER_CTX *ctx;
    int rc;

    if (plain.len > INT_MAX - HEAD_SIZE - TAG_SIZE)
        return -1;
    room = (unsigned char *)buf_reserve(out, HEAD_SIZE + plain.len + TAG_SIZE);
    ctx = EVP_CIPHER_CTX_new();
    if (!room || !ctx || RAND_bytes(room + 5, NONCE_SIZE) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        return -1;
    }
    room[0] = SEAL_VERSION;
    memcpy(room + 1, key->id, sizeof(key->id));
    rc = encrypt(ctx, key, room + 5, additional, plain, room + HEAD_SIZE);
    EVP_CIPHER_CTX_free(ctx);
    if (rc < 0)
        return -1;
    out->len += HEAD_SIZE + plain.len + TAG_SIZE;
    out->ptr[out->len] = '\0';
    return 0;
}

static int decrypt(EVP_CIPHER_CTX *ctx, const struct seal_key *key, const unsigned char *sealed, struct str additional,
                   int len, unsigned char *out)
{
    unsigned char tag[TAG_SIZE];
    int n;

    memcpy(tag, sealed + HEAD_SIZE + len, TAG_SIZE);
    return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->key, sealed + 5) == 1 &&
                   EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)additional.ptr, (int)additional.len) == 1 &&
                   EVP_DecryptUpdate(ctx, out, &n, sealed + HEAD_SIZE, len) == 1 &&
                   EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
                   EVP_DecryptFinal_ex(ctx, out + n, &n) == 1
               ? 0
               : -1;
}

int seal_open(const struct seal_key *key, struct str additional, struct str sealed, struct buf *out)
{
    const unsigned char *p = (const unsigned char *)sealed.ptr;
    unsigned char *room;
    EVP_CIPHER_CTX *ctx;
    size_t len;
    int rc;

    if (sealed.len < HEAD_SIZE + TAG_SIZE || sealed.len > INT_MAX || p[0] != SEAL_VERSION ||
        memcmp(p + 1, key->id, sizeof(key->id)) != 0)
        return -1;
    len = sealed.len - HEAD_SIZE - TAG_SIZE;
    room = (unsigned char *)buf_reserve(out, len);
    ctx = EVP_CIPHER_CTX_new();
    if (!room || !ctx) {
        EVP_CIPHER_CTX_free(ctx);
        return -1;
    }
    rc = decrypt(ctx, key, p, additional, (int)len, room);
    EVP_CIPHER_CTX_free(ctx);
    if (rc < 0) {
        buf_wipe(out);
        return -1;
    }
    out->len += len;
    out->ptr[out->len] = '\0';
    return 0;
}
