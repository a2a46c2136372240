/*
 * FastCGI records as a handler writes them. Written by hand and not by libfcgi, whose streams copy everything into
 * buffers of 8 KiB and send the end of a request apart from its answer.
 */
#ifndef EKSGATE_FCGI_RECORD_H
#define EKSGATE_FCGI_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define RECORD_HEAD 8
#define RECORD_CONTENT_MAX 65528 /* the largest content that needs no padding */
#define RECORD_END_MAX 25        /* what record_end() may fill in */

/* Whether a piece of output is the last, and what becomes of the connection then. */
enum record_last { RECORD_MORE, RECORD_KEEP, RECORD_CLOSE };

enum record_type { RECORD_BEGIN_REQUEST = 1, RECORD_END_REQUEST = 3, RECORD_PARAMS, RECORD_STDIN, RECORD_STDOUT };

/* The head of a record with that much content and no padding. */
void record_head(unsigned char out[RECORD_HEAD], enum record_type type, int request_id, size_t len);

/*
 * The end of a request: of its output, and of itself. Returns its length.
 *
 * nginx keeps the connection of a request that has ended for the next one. Where it will be closed instead, a byte
 * behind the end tells nginx that it can not be kept; closing alone might come after the next request.
 */
size_t record_end(unsigned char out[RECORD_END_MAX], int request_id, bool keep);

/* Sends two pieces of output, either of which may be empty, and the end of the request if it is one; waits until the
 * socket has taken all. 0, or -1 when nobody reads. */
int record_send(int fd, int request_id, struct str first, struct str second, enum record_last last);

#endif
