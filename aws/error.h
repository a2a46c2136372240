/*
 * Errors as AWS answers them, and what they mean to a caller of the gateway.
 */
#ifndef EKSGATE_AWS_ERROR_H
#define EKSGATE_AWS_ERROR_H

#include "base/err.h"
#include "http/client.h"

struct aws_error {
    int status;
    char code[96];       /* "ResourceNotFoundException"; the status number where AWS said nothing */
    char message[480];   /* AWS's own words; the reason phrase where it said nothing */
    char request_id[80]; /* or "" */
};

/* Query protocol and S3: <Error><Code/><Message/></Error>. -1 when the body is not what they answer with. */
int aws_error_read_xml(const struct http_head *head, struct str body, struct aws_error *out);

/* rest-json (EKS): x-amzn-ErrorType, else __type or code in the body. Never fails. */
void aws_error_read_json(const struct http_head *head, struct str body, struct aws_error *out);

bool aws_error_is_throttling(const struct aws_error *error);

/* Worth another attempt: throttling, 500 502 503 504 and a few codes. */
bool aws_error_is_transient(const struct aws_error *error);

/* The signature was refused in a way that a wrong clock explains. */
bool aws_error_is_clock(const struct aws_error *error);

/* Fills err; operation is "eks:DescribeCluster". Returns -1. */
int aws_error_report(const struct aws_error *error, const char *operation, struct err *err);

#endif
