/*
 * A server on a loopback port that plays a script: for each request the next step, on as many connections as
 * the client opens. What was asked is kept. With STUB_TLS (the test then links libssl) it speaks TLS with a
 * certificate of its own, for 127.0.0.1, whose PEM is in .ca_pem.
 */
#ifndef EKSGATE_TESTS_STUB_H
#define EKSGATE_TESTS_STUB_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef STUB_TLS
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#endif

#define STUB_REQUESTS 16
#define STUB_REQUEST_SIZE 8192

enum stub_then {
    STUB_KEEP,  /* the connection stays open for the next request */
    STUB_CLOSE, /* closed behind the answer */
    STUB_WAIT   /* nothing more comes until the client goes */
};

struct stub_step {
    const char *answer; /* NULL: none */
    enum stub_then then;
    size_t filler; /* so many "x" behind the answer */
};

struct stub {
    int listen_fd;
    int port;
    atomic_int fd; /* of the connection in work, or -1 */
    pthread_t thread;
    const struct stub_step *steps;
    size_t step_count;
    atomic_size_t requests;
    atomic_size_t connections;
    char request[STUB_REQUESTS][STUB_REQUEST_SIZE];
    char ca_pem[4096];
#ifdef STUB_TLS
    SSL_CTX *tls;
    SSL *session;
#endif
};

static inline ssize_t stub_read(struct stub *stub, char *out, size_t size)
{
#ifdef STUB_TLS
    return SSL_read(stub->session, out, (int)size);
#else
    return recv(stub->fd, out, size, 0);
#endif
}

static inline void stub_write(struct stub *stub, const char *data, size_t len)
{
    while (len > 0) {
#ifdef STUB_TLS
        ssize_t n = SSL_write(stub->session, data, (int)len);
#else
        ssize_t n = send(stub->fd, data, len, MSG_NOSIGNAL);
#endif
        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

static inline size_t stub_body_length(const char *head)
{
    const char *field = strstr(head, "Content-Length: ");

    return field ? strtoul(field + strlen("Content-Length: "), NULL, 10) : 0;
}

/* One request, kept as far as it fits. False when the client has gone before it was whole. */
static inline bool stub_read_request(struct stub *stub, char *out)
{
    size_t len = 0;
    size_t need = SIZE_MAX;
    char chunk[4096];

    while (len < need) {
        ssize_t n = stub_read(stub, chunk, sizeof(chunk));
        size_t room = len < STUB_REQUEST_SIZE - 1 ? STUB_REQUEST_SIZE - 1 - len : 0;
        const char *end;

        if (n <= 0)
            return false;
        memcpy(out + len - (room ? 0 : len), chunk, room < (size_t)n ? room : (size_t)n);
        len += (size_t)n;
        out[len < STUB_REQUEST_SIZE ? len : STUB_REQUEST_SIZE - 1] = '\0';
        end = need == SIZE_MAX ? strstr(out, "\r\n\r\n") : NULL;
        if (end)
            need = (size_t)(end + 4 - out) + stub_body_length(out);
    }
    return true;
}

static inline void stub_answer(struct stub *stub, const struct stub_step *step)
{
    static const char filler[1024] = {[0 ... 1023] = 'x'};

    if (step->answer)
        stub_write(stub, step->answer, strlen(step->answer));
    for (size_t left = step->filler; left > 0;) {
        size_t n = left < sizeof(filler) ? left : sizeof(filler);

        stub_write(stub, filler, n);
        left -= n;
    }
}

static inline void stub_converse(struct stub *stub)
{
    static char beyond[STUB_REQUEST_SIZE];

    for (;;) {
        size_t i = stub->requests;
        char c;

        if (!stub_read_request(stub, i < STUB_REQUESTS ? stub->request[i] : beyond))
            return;
        stub->requests++;
        if (i >= stub->step_count)
            return;
        stub_answer(stub, &stub->steps[i]);
        if (stub->steps[i].then == STUB_CLOSE)
            return;
        while (stub->steps[i].then == STUB_WAIT)
            if (stub_read(stub, &c, 1) <= 0)
                return;
    }
}

static inline void *stub_serve(void *arg)
{
    struct stub *stub = arg;
    int fd;

    while ((fd = accept(stub->listen_fd, NULL, NULL)) >= 0) {
        stub->fd = fd;
        stub->connections++;
#ifdef STUB_TLS
        stub->session = SSL_new(stub->tls);
        SSL_set_fd(stub->session, fd);
        if (SSL_accept(stub->session) == 1)
            stub_converse(stub);
        SSL_free(stub->session);
#else
        stub_converse(stub);
#endif
        stub->fd = -1;
        close(fd);
    }
    return NULL;
}

#ifdef STUB_TLS
static inline void stub_make_certificate(struct stub *stub)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    BIO *pem = BIO_new(BIO_s_mem());

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"stub", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_add_ext(certificate, names, -1);
    X509_sign(certificate, key, EVP_sha256());
    PEM_write_bio_X509(pem, certificate);
    BIO_read(pem, stub->ca_pem, sizeof(stub->ca_pem) - 1);
    stub->tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(stub->tls, certificate);
    SSL_CTX_use_PrivateKey(stub->tls, key);
    X509_EXTENSION_free(names);
    BIO_free(pem);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
#endif

static inline void stub_start(struct stub *stub, const struct stub_step *steps, size_t count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    memset(stub, 0, sizeof(*stub));
    stub->fd = -1;
    stub->steps = steps;
    stub->step_count = count;
#ifdef STUB_TLS
    stub_make_certificate(stub);
#endif
    stub->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(stub->listen_fd, (struct sockaddr *)&address, size) < 0 || listen(stub->listen_fd, 8) < 0 ||
        getsockname(stub->listen_fd, (struct sockaddr *)&address, &size) < 0)
        abort();
    stub->port = ntohs(address.sin_port);
    pthread_create(&stub->thread, NULL, stub_serve, stub);
}

static inline void stub_stop(struct stub *stub)
{
    shutdown(stub->listen_fd, SHUT_RDWR);
    if (stub->fd >= 0)
        shutdown(stub->fd, SHUT_RDWR);
    pthread_join(stub->thread, NULL);
    close(stub->listen_fd);
#ifdef STUB_TLS
    SSL_CTX_free(stub->tls);
#endif
}

#endif
