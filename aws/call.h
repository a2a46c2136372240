/*
 * One call of an AWS API: signed, sent, tried again while that helps and the deadline allows. Meant for
 * reads; a write must not be repeated without an idempotency token.
 */
#ifndef EKSGATE_AWS_CALL_H
#define EKSGATE_AWS_CALL_H

#include "aws/credentials.h"
#include "aws/region.h"

struct aws_call {
    enum aws_service service;
    const char *operation; /* "eks:DescribeCluster": begins every error's message */
    const char *method;
    struct str path;  /* percent-encoded */
    struct str query; /* percent-encoded, without "?" */
    struct str body;
    const char *content_type; /* NULL when there is no body */
    const char *header;       /* one more, "Name: value"; not signed; or NULL */
    const char *target;       /* of a JSON API: X-Amz-Target; or NULL */
    bool encrypts;            /* what is put into S3 is encrypted there: policies of buckets ask for the word */
    bool is_secret;           /* the answer is: it is overwritten when the arena is reset */
};

/* Without credentials (NULL) the call is not signed. 0 with the body of a 2xx answer, in the client's arena. -1: AWS's
 * error as ERR_AWS (throttling is 429, AWS's 5xx are 502), ERR_CREDENTIALS_EXPIRED, or ERR_UPSTREAM_* when AWS could
 * not be reached. */
int aws_call(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
             const struct aws_call *call, struct str *body, struct err *err);

#endif
