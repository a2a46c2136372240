/*
 * Pages of other sites that may ask here: those whose origin EKSGATE_CORS_ORIGINS names, letter by letter, and not at
 * /raw. All others are refused as if there were no such list (prepare.c), and get no header that speaks of it.
 * https://fetch.spec.whatwg.org/#http-cors-protocol
 */
#ifndef EKSGATE_FCGI_CORS_H
#define EKSGATE_FCGI_CORS_H

#include "fcgi/request.h"

/* Sets request->page when the request comes from such a page. */
void cors_admit(struct request *request);

/* The route that answers when such a page asks what it may send, or NULL when the request is no such question. */
const struct route *cors_find_preflight(const struct request *request);

/* The headers that let request->page read the answer, and keep caches from giving it to others. */
void cors_write_headers(struct request *request);

#endif
