#include "http/identity.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <time.h>

#include "base/limits.h"

bool http_identity_equal(const struct http_identity *a, const struct http_identity *b)
{
    return str_equal(a->certificate, b->certificate) && str_equal(a->key, b->key);
}

int http_identity_copy(struct arena *arena, const struct http_identity *from, struct http_identity *out)
{
    *out = *from;
    if (from->certificate.len == 0)
        return 0;
    out->certificate.ptr = arena_strndup(arena, from->certificate.ptr, from->certificate.len);
    out->key.ptr = arena_secret(arena, from->key.ptr, from->key.len);
    return out->certificate.ptr && out->key.ptr ? 0 : -1;
}

/* Without this OpenSSL would ask for one on a terminal. */
static int no_passphrase(char *text, int size, int is_writing, void *arg)
{
    (void)text;
    (void)size;
    (void)is_writing;
    (void)arg;
    return -1;
}

static X509 *read_certificate(struct str pem)
{
    BIO *bio = pem.len <= LIMIT_CA_PEM ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

static EVP_PKEY *read_key(struct str pem)
{
    BIO *bio = pem.len <= LIMIT_CA_PEM ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return key;
}

const char *http_identity_check(const struct http_identity *identity, const char **field)
{
    X509 *certificate = read_certificate(identity->certificate);
    EVP_PKEY *key = read_key(identity->key);
    const char *why = NULL;

    *field = "certificate";
    if (!certificate) {
        why = "is no certificate in PEM";
    } else if (!key) {
        *field = "key";
        why = "is no key in PEM that can be read without a passphrase";
    } else if (X509_check_private_key(certificate, key) != 1) {
        *field = "key";
        why = "does not belong to the certificate";
    }
    ERR_clear_error();
    X509_free(certificate);
    EVP_PKEY_free(key);
    return why;
}

static int add_names(X509_NAME *subject, int nid, const char *first, struct buf *out)
{
    const char *before = first;

    for (int at = X509_NAME_get_index_by_NID(subject, nid, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(subject, nid, at)) {
        unsigned char *text;
        int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));

        if (len < 0)
            continue;
        buf_add_str(out, str_from(before));
        buf_add(out, text, (size_t)len);
        OPENSSL_free(text);
        before = ", ";
    }
    return out->failed ? -1 : 0;
}

int http_identity_describe(struct str pem, struct buf *out, int64_t *until)
{
    X509 *certificate = read_certificate(pem);
    struct tm end;
    int rc = -1;

    *until = 0;
    if (!certificate)
        return -1;
    if (add_names(X509_get_subject_name(certificate), NID_commonName, "", out) == 0)
        rc = add_names(X509_get_subject_name(certificate), NID_organizationName, ", in the groups ", out);
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1)
        *until = (int64_t)timegm(&end);
    ERR_clear_error();
    X509_free(certificate);
    return rc;
}

const char *http_authority_check(struct str ca_pem)
{
    X509 *certificate = read_certificate(ca_pem);

    if (!certificate)
        return ca_pem.len > LIMIT_CA_PEM ? "is too large" : "is no certificate in PEM";
    X509_free(certificate);
    return NULL;
}
