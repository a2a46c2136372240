/*
 * The head of an answer as FastCGI carries it: "Status: 200 OK", header lines, an empty line. For workers
 * (fcgi/response.h) and streams alike.
 */
#ifndef EKSGATE_FCGI_HEAD_H
#define EKSGATE_FCGI_HEAD_H

#include "access/limits.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/client.h"

void head_begin(struct buf *head, int status, struct str reason, const char *request_id);

/* A value of several lines is left out. */
void head_add(struct buf *head, const char *name, struct str value);

/* A cluster's answer as it goes on to the client. */
struct head_relay {
    const char *request_id;
    const char *endpoint;     /* the cluster's own address, for redirects */
    struct str prefix;        /* the path that stands for it here */
    struct limit_state limit; /* where the caller stands */
    bool is_proxy;            /* a pod's, service's or node's own pages: foreign content on our origin */
};

/* All lines but the empty one. */
void head_relay(struct buf *out, struct arena *arena, const struct head_relay *relay, const struct http_head *head);

/* The head of an error whose body is of that type and length: all lines but the empty one. */
void head_error(struct buf *head, const struct err *err, const char *request_id, struct str type, size_t len);

#endif
