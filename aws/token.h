/*
 * EKS bearer tokens: "k8s-aws-v1." + base64url of a presigned STS GetCallerIdentity URL whose signed headers
 * are host and x-k8s-aws-id (the cluster's name). Source: aws-iam-authenticator, pkg/token.
 */
#ifndef EKSGATE_AWS_TOKEN_H
#define EKSGATE_AWS_TOKEN_H

#include "aws/credentials.h"
#include "base/buf.h"

/* Signing times are rounded down to this grid, so that every process with the same credentials mints the
 * same token without a shared store, and the cluster's verdict cache (keyed by token) is hit. */
#define AWS_TOKEN_GRID_SECONDS 300

int64_t aws_token_signing_time(int64_t now);

/* The same for a token in place of a refused one: off the grid, for a token of the grid would be the refused one. */
int64_t aws_token_renewal_time(int64_t now);

/* Appends the token, signed at exactly signing_time, to out (made with buf_init(out, LIMIT_EKS_TOKEN); the
 * caller wipes it). err: ERR_INVALID for a region that is no host label, ERR_INTERNAL when too long. */
int aws_token_mint(const struct aws_credentials *credentials, struct str region, struct str cluster_name,
                   int64_t signing_time, struct buf *out, struct err *err);

/* The same for another name of the STS host: an or of enum aws_variant (aws/region.h). Older verifiers know
 * the plain regional names only, which is what aws_token_mint() uses. */
int aws_token_mint_variant(const struct aws_credentials *credentials, struct str region, unsigned variants,
                           struct str cluster_name, int64_t signing_time, struct buf *out, struct err *err);

#endif
