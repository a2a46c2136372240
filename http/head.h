/*
 * The heads of HTTP/1.1 messages (RFC 9112), read strictly: what two readers could take for two things is refused, not
 * repaired. No folded lines, no bare CR or LF, no name with a blank behind it, no second Host or Content-Length.
 */
#ifndef EKSGATE_HTTP_HEAD_H
#define EKSGATE_HTTP_HEAD_H

#include "base/err.h"
#include "base/limits.h"
#include "http/client.h"

/* RFC 9110 section 5.1: what is no name might be another one to who reads it next. */
bool header_is_name(struct str name);

/* No control bytes but the tab. */
bool header_is_value(struct str value);

/* Whether a comma list such as Connection's names it. */
bool header_list_names(struct str list, struct str name);

#define HEAD_HEADERS_MAX 256 /* of an answer; a request may have LIMIT_HEADERS */

struct head_request {
    struct str method;
    struct str path;  /* raw, before the "?" */
    struct str query; /* raw, behind the "?"; NULL pointer without one */
    struct http_header headers[LIMIT_HEADERS];
    size_t header_count;
};

/* How many bytes the head takes with its empty line; 0 while that has not come. from: how many were looked at before.
 */
size_t head_length(struct str text, size_t from);

/* text: a whole head. What comes out points into it. 0, or -1 with ERR_BAD_REQUEST. A request that announces a body is
 * refused too: an upgrade has none, and whose bytes they are could be argued about. */
int head_parse_request(struct str text, struct head_request *out, struct err *err);

/* The head of an answer; headers: room for HEAD_HEADERS_MAX. 0, or -1 when it is none. */
int head_parse_answer(struct str text, struct http_header *headers, struct http_head *out);

/* The value of the one header of that name; the empty view without it. *count: how many there are. */
struct str head_find(const struct http_header *headers, size_t header_count, struct str name, size_t *count);

#endif
