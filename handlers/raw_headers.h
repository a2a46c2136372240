/*
 * Which headers cross /raw, in both directions.
 */
#ifndef EKSGATE_HANDLERS_RAW_HEADERS_H
#define EKSGATE_HANDLERS_RAW_HEADERS_H

#include "fcgi/request.h"

/* The client's header lines for the cluster, NULL-terminated in the arena; NULL with request->err: a header that
 * would change who acts (Impersonate-*) is ERR_FORBIDDEN, a value with control bytes ERR_BAD_REQUEST. */
const char *const *raw_request_headers(struct request *request);

/* Whether a header of the cluster's answer is passed on. */
bool raw_answer_header_passes(struct str name, const struct http_head *head);

/* "/raw/clusters/{id}" as the client wrote it, or "/raw". */
struct str raw_prefix(const struct request *request);

#endif
