#include "http/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "http/tls_bulk.h"

static const unsigned char alpn[] = "\x08http/1.1";

struct tls {
    SSL *ssl;
    BIO *bulk;            /* its way to the socket */
    size_t accepted;      /* bytes that are sealed, while the socket takes no more */
    enum tls_result over; /* why nothing more is read; TLS_DONE: it goes on */
    char reason[192];
};

static int trust(SSL_CTX *context, struct str ca_pem)
{
    BIO *bio = BIO_new_mem_buf(ca_pem.ptr, (int)ca_pem.len);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    X509 *certificate;
    int count = 0;

    if (ca_pem.len == 0) {
        BIO_free(bio);
        return SSL_CTX_set_default_verify_paths(context) == 1 ? 0 : -1;
    }
    while (bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        count += X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    ERR_clear_error(); /* the end of the text is told as an error */
    return count > 0 ? 0 : -1;
}

/* The slot takes the session over. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **slot = SSL_get_app_data(ssl);

    if (!slot)
        return 0;
    SSL_SESSION_free(*slot);
    *slot = session;
    return 1;
}

static SSL_CTX *make_context(struct str ca_pem)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (!context)
        return NULL;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_session);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    if (SSL_CTX_set_alpn_protos(context, alpn, sizeof(alpn) - 1) != 0 || trust(context, ca_pem) < 0) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

#define CONTEXTS 16

struct tls_contexts {
    struct {
        struct buf ca_pem;
        SSL_CTX *context;
    } kept[CONTEXTS];
    size_t next; /* the place that is used anew */
    struct bulk_room *bulk;
};

struct tls_contexts *tls_contexts_new(size_t bulk)
{
    struct tls_contexts *contexts = calloc(1, sizeof(*contexts));

    if (contexts)
        contexts->bulk = bulk_room_new(bulk);
    if (contexts && contexts->bulk)
        return contexts;
    tls_contexts_free(contexts);
    return NULL;
}

void tls_contexts_free(struct tls_contexts *contexts)
{
    for (size_t i = 0; contexts && i < CONTEXTS; i++) {
        SSL_CTX_free(contexts->kept[i].context);
        buf_free(&contexts->kept[i].ca_pem);
    }
    if (contexts)
        bulk_room_free(contexts->bulk);
    free(contexts);
}

/* Borrowed: a connection keeps its own hold of it. */
static SSL_CTX *find_context(struct tls_contexts *contexts, struct str ca_pem)
{
    struct buf *text = &contexts->kept[contexts->next].ca_pem;
    SSL_CTX **context = &contexts->kept[contexts->next].context;

    for (size_t i = 0; i < CONTEXTS; i++)
        if (contexts->kept[i].context && str_equal(buf_str(&contexts->kept[i].ca_pem), ca_pem))
            return contexts->kept[i].context;
    SSL_CTX_free(*context);
    buf_free(text);
    buf_init(text, LIMIT_CA_PEM);
    *context = buf_add_str(text, ca_pem) == 0 ? make_context(ca_pem) : NULL;
    if (*context)
        contexts->next = (contexts->next + 1) % CONTEXTS;
    return *context;
}

static bool is_address(const char *host)
{
    unsigned char address[16];

    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static int expect_host(SSL *ssl, const char *host)
{
    char name[256];

    if (is_address(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1 ? 0 : -1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    snprintf(name, sizeof(name), "%s", host); /* OpenSSL's macro takes no const text */
    return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1 ? 0 : -1;
}

static int use_certificate(SSL *ssl, BIO *bio)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    int rc = certificate && SSL_use_certificate(ssl, certificate) == 1 ? 0 : -1;

    X509_free(certificate);
    while (rc == 0 && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        rc = SSL_add1_chain_cert(ssl, certificate) == 1 ? 0 : -1;
        X509_free(certificate);
    }
    return rc;
}

static int use_key(SSL *ssl, BIO *bio)
{
    static char no_passphrase[] = ""; /* or OpenSSL would ask on a terminal */
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, no_passphrase);
    int rc = key && SSL_use_PrivateKey(ssl, key) == 1 ? 0 : -1;

    EVP_PKEY_free(key);
    return rc;
}

static int show(SSL *ssl, const struct http_identity *identity)
{
    BIO *certificate;
    BIO *key;
    int rc = -1;

    if (identity->certificate.len == 0)
        return 0;
    certificate = BIO_new_mem_buf(identity->certificate.ptr, (int)identity->certificate.len);
    key = BIO_new_mem_buf(identity->key.ptr, (int)identity->key.len);
    if (certificate && key && use_certificate(ssl, certificate) == 0)
        rc = use_key(ssl, key);
    BIO_free(certificate);
    BIO_free(key);
    ERR_clear_error();
    return rc;
}

static int join(struct tls *tls, struct bulk_room *room, int fd)
{
    tls->bulk = bulk_new(room, fd);
    if (!tls->bulk)
        return -1;
    SSL_set_bio(tls->ssl, tls->bulk, tls->bulk); /* which owns it from now on */
    return 0;
}

struct tls *tls_new(struct tls_contexts *contexts, int fd, const char *host, struct str ca_pem,
                    const struct http_identity *identity, struct err *err)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    SSL_CTX *context = find_context(contexts, ca_pem);

    if (tls && context)
        tls->ssl = SSL_new(context);
    if (!context) {
        err_set(err, ERR_UPSTREAM_TLS, "its certificate authority can not be read");
    } else if (!tls || !tls->ssl || join(tls, contexts->bulk, fd) < 0 || expect_host(tls->ssl, host) < 0) {
        err_set(err, ERR_INTERNAL, "there is no memory for TLS");
    } else if (show(tls->ssl, identity) < 0) {
        err_set(err, ERR_UPSTREAM_TLS, "our certificate for it can not be used");
    } else {
        SSL_set_connect_state(tls->ssl);
        return tls;
    }
    tls_free(tls);
    return NULL;
}

void tls_resume(struct tls *tls, struct tls_session **slot)
{
    SSL_SESSION **session = (SSL_SESSION **)(void *)slot;

    SSL_set_app_data(tls->ssl, session);
    if (*session)
        SSL_set_session(tls->ssl, *session);
}

void tls_session_free(struct tls_session *session)
{
    SSL_SESSION_free((SSL_SESSION *)(void *)session);
}

bool tls_is_pending(const struct tls *tls)
{
    return SSL_has_pending(tls->ssl) == 1;
}

void tls_rest(struct tls *tls)
{
    SSL_free_buffers(tls->ssl);
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    if (tls->ssl)
        tls_end(tls);
    SSL_free(tls->ssl);
    free(tls);
}

static void remember_reason(struct tls *tls)
{
    long verdict = SSL_get_verify_result(tls->ssl);
    unsigned long code = ERR_peek_error();

    if (verdict != X509_V_OK)
        snprintf(tls->reason, sizeof(tls->reason), "%s", X509_verify_cert_error_string(verdict));
    else if (code != 0 && ERR_reason_error_string(code))
        snprintf(tls->reason, sizeof(tls->reason), "%s", ERR_reason_error_string(code));
    else
        snprintf(tls->reason, sizeof(tls->reason), "%s", errno != 0 ? strerror(errno) : "connection closed");
}

static enum tls_result result_of(struct tls *tls, int rc)
{
    if (rc > 0)
        return TLS_DONE;
    switch (SSL_get_error(tls->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        remember_reason(tls);
        return TLS_BROKEN;
    }
}

enum tls_result tls_handshake(struct tls *tls)
{
    enum tls_result result;
    const unsigned char *chosen;
    unsigned len;

    ERR_clear_error();
    errno = 0;
    result = result_of(tls, SSL_do_handshake(tls->ssl));
    if (result != TLS_DONE)
        return result;
    SSL_get0_alpn_selected(tls->ssl, &chosen, &len);
    if (len == 0 || (len == alpn[0] && memcmp(chosen, alpn + 1, len) == 0))
        return TLS_DONE;
    snprintf(tls->reason, sizeof(tls->reason), "it does not speak HTTP/1.1");
    return TLS_BROKEN;
}

static enum tls_result read_some(struct tls *tls, char *data, size_t len, size_t *count)
{
    *count = 0;
    ERR_clear_error();
    errno = 0;
    return result_of(tls, SSL_read_ex(tls->ssl, data, len, count));
}

/* All that one look at the socket brings. */
enum tls_result tls_read(struct tls *tls, char *data, size_t len, size_t *count)
{
    enum tls_result result = tls->over;
    size_t n;

    *count = 0;
    bulk_begin_read(tls->bulk, len);
    while (result == TLS_DONE && *count < len) {
        result = read_some(tls, data + *count, len - *count, &n);
        bulk_stop_read(tls->bulk);
        *count += n;
    }
    bulk_end_read(tls->bulk);
    if (result == TLS_ENDED || result == TLS_BROKEN)
        tls->over = result;
    return *count > 0 ? TLS_DONE : result;
}

static enum tls_result write_some(struct tls *tls, const char *data, size_t len, size_t *count)
{
    *count = 0;
    ERR_clear_error();
    errno = 0;
    return result_of(tls, SSL_write_ex(tls->ssl, data, len, count));
}

/* Sends what is sealed. Whoever waits comes again with the same bytes, which have been taken then. */
static enum tls_result flush(struct tls *tls, size_t *count)
{
    int rc = bulk_flush(tls->bulk);

    *count = 0;
    if (rc < 0) {
        remember_reason(tls);
        return TLS_BROKEN;
    }
    if (rc == 0)
        return TLS_WANT_WRITE;
    *count = tls->accepted;
    tls->accepted = 0;
    return TLS_DONE;
}

enum tls_result tls_write(struct tls *tls, const char *data, size_t len, size_t *count)
{
    enum tls_result result = TLS_DONE;
    size_t n;

    if (tls->accepted > 0)
        return flush(tls, count);
    bulk_begin_write(tls->bulk);
    while (result == TLS_DONE && tls->accepted < len && bulk_takes_record(tls->bulk)) {
        result = write_some(tls, data + tls->accepted, len - tls->accepted, &n);
        tls->accepted += n;
    }
    if (tls->accepted > 0)
        return flush(tls, count);
    bulk_flush(tls->bulk);
    *count = 0;
    return result;
}

void tls_end(struct tls *tls)
{
    ERR_clear_error();
    if (SSL_is_init_finished(tls->ssl) && !(SSL_get_shutdown(tls->ssl) & SSL_SENT_SHUTDOWN))
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

const char *tls_reason(const struct tls *tls)
{
    return tls->reason;
}
