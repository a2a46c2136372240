/*
 * AWS Signature Version 4, as header and as presigned URL.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * Everything that a request sends is signed, but for the headers that proxies may change. Derived signing
 * keys are cached per thread for a short while, found by a digest of the secret and never by the secret.
 */
#ifndef EKSGATE_AWS_SIGV4_H
#define EKSGATE_AWS_SIGV4_H

#include "aws/credentials.h"
#include "http/client.h"

#define SIGV4_HEADERS_MAX 32
#define SIGV4_PARAMETERS_MAX 64

struct sigv4_request {
    struct str method;
    struct str host;                   /* with a port that is not the scheme's own */
    struct str path;                   /* as sent: percent-encoded; empty means "/" */
    struct str query;                  /* as sent, without "?" */
    const struct http_header *headers; /* Authorization and X-Amz-Date among them are passed over */
    size_t header_count;
    struct str body;
    bool path_verbatim; /* S3: the path is signed as it is */
};

struct sigv4_scope {
    struct str service;
    struct str region;
    int64_t time; /* Unix seconds */
};

/* One signature. The canonical request and the string to sign are kept for tests. */
struct sigv4 {
    char date[17]; /* of the X-Amz-Date header */
    char signature[65];
    struct buf canonical_request;
    struct buf string_to_sign;
    struct buf result; /* value of the Authorization header, or the presigned https URL */
};

/* Both: 0, or -1 without memory or beyond the maxima above. The caller calls sigv4_wipe() in any case.
 * A signed call also sends "X-Amz-Date: date" and, if there is one, X-Amz-Security-Token. */
int sigv4_sign(const struct aws_credentials *credentials, const struct sigv4_scope *scope,
               const struct sigv4_request *request, struct sigv4 *out);
int sigv4_presign(const struct aws_credentials *credentials, const struct sigv4_scope *scope,
                  const struct sigv4_request *request, long expires, struct sigv4 *out);

void sigv4_wipe(struct sigv4 *s);

/* Wipes the signing keys that the calling thread has cached. */
void sigv4_forget_keys(void);

#endif
