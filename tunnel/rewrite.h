/*
 * Heads on their way through: the client's as the cluster gets it, the cluster's as the client gets it, and answers
 * made here.
 */
#ifndef EKSGATE_TUNNEL_REWRITE_H
#define EKSGATE_TUNNEL_REWRITE_H

#include "tunnel/exchange.h"

/* Room for a client's head, a token and what is added. */
#define REWRITE_REQUEST_MAX (2 * LIMIT_HEADER_BYTES + LIMIT_EKS_TOKEN + KIB(4))
#define REWRITE_ANSWER_MAX (LIMIT_REPLY_HEADERS + KIB(8))

/* out holds the token afterwards: the caller wipes it. 0, or -1 with exchange->err. */
int rewrite_request(struct exchange *exchange, struct buf *out);

/* 0, or -1 without memory. */
int rewrite_answer(struct exchange *exchange, const struct http_head *head, struct buf *out);

/* A whole answer: the Status of exchange->err. */
int rewrite_error(const struct exchange *exchange, struct buf *out);

#endif
