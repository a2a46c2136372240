/*
 * Answers. A head is begun, gets its headers, and goes out before the first byte of the body; an error is
 * always a metav1.Status; a body that can not be finished is broken off so that the client sees it.
 */
#ifndef EKSGATE_FCGI_RESPONSE_H
#define EKSGATE_FCGI_RESPONSE_H

#include "fcgi/head.h"
#include "fcgi/request.h"

void response_begin(struct request *request, int status, struct str reason);
void response_header(struct request *request, const char *name, struct str value);

/* Begins a cluster's own answer. */
void response_relay(struct request *request, const struct head_relay *relay, const struct http_head *head);

/* A part of the body. What is small is held back, so that a small answer leaves in one piece with its end.
 * 0, or -1 when nobody reads any more. */
int response_write(struct request *request, const void *data, size_t len);

/* Sends what is held back, the head included. 0, or -1 when nobody reads any more. */
int response_flush(struct request *request);

/* Begins a JSON answer of that status. */
void response_begin_json(struct request *request, int status);

/* For an answer that is written while it is made: begins it as JSON with status 200 when there is enough to
 * send, and sends and empties the buffer. An error before that point still becomes a proper answer. At the end
 * all that is left goes out. 0, or -1 with request->err. */
int response_stream(struct request *request, struct buf *buffer, bool at_end);

/* A whole JSON answer from a finished buffer, which is wiped: it may hold a secret. 0, or -1 with request->err. */
int response_json(struct request *request, int status, struct buf *body);

/* 200 with {"KEY":[{…},…]}: write is called for each of count things, of that size, inside an open object. 0, or -1
 * with request->err. */
int response_list(struct request *request, const char *key, const void *things, size_t count, size_t size,
                  void (*write)(struct json *j, struct request *request, const void *thing));

/* Writes request->err as the answer, in the place of what has not left yet; when some has, breaks it off instead. */
void response_error(struct request *request);

/* The one end of every request: drains what the client still sends (or closes), finishes the FastCGI record
 * stream, wipes what was held back. An unread body on a kept connection would be parsed as the next request. */
void fcgi_finish(struct request *request);

#endif
