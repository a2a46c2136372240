/*
 * A body that nginx passes on while it arrives: of any length, known at its end only, never held. libfcgi reads
 * blocking, so a thread of its own reads it and hands it on through a pipe, whose size holds back a fast client.
 */
#ifndef EKSGATE_FCGI_UPLOAD_H
#define EKSGATE_FCGI_UPLOAD_H

#include "fcgi/request.h"
#include "http/client.h"

/* One of so many threads may be taken by an upload; beyond that the request is turned away. */
#define UPLOAD_SHARE 8

/* True when nginx passes this request's body on while it arrives (nginx/upload.conf). */
bool request_streams_body(const struct request *request);

/* Begins to read. The source can be read until the request is finished, and is NULL with request->err otherwise:
 * ERR_OVERLOADED when there are too many. upload_end() follows when the answer has been sent. */
const struct http_source *upload_begin(struct request *request);

/* What the client still sends goes nowhere. Returns when nobody uses the request's input any more; nothing for a
 * request without an upload. */
void upload_end(struct request *request);

#endif
