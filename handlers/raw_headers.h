/*
 * The headers of /raw, between what FastCGI gives and kube/headers.h, which decides.
 */
#ifndef EKSGATE_HANDLERS_RAW_HEADERS_H
#define EKSGATE_HANDLERS_RAW_HEADERS_H

#include "fcgi/request.h"

/* The client's header lines for the cluster, NULL-terminated in the arena; NULL with request->err. */
const char *const *raw_request_headers(struct request *request);

/* "/raw/clusters/{id}" as the client wrote it, or "/raw". */
struct str raw_prefix(const struct request *request);

#endif
