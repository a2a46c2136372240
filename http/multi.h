/*
 * Many calls at the same time in one thread, over an event loop: HTTP/1.1 of our own over OpenSSL, because libcurl
 * takes more of the processor for a short call than all else does. The rules of http/client.h hold and nothing here
 * blocks. An answer that is not wanted any more is dropped by closing its connection, which over HTTP/1.1 the other end
 * sees at once.
 */
#ifndef EKSGATE_HTTP_MULTI_H
#define EKSGATE_HTTP_MULTI_H

#include "base/loop.h"
#include "http/client.h"

struct http_multi;
struct http_exchange; /* one call on its way */

struct http_multi *http_multi_new(struct loop *loop); /* NULL without memory */
void http_multi_free(struct http_multi *multi);       /* drops what is still on its way, without telling */

/*
 * From now on at most so many connections to one server are in use at a time by calls that do not last. Further calls
 * wait for one in the order in which they came, within their own time; where so many wait already, HTTP_BUSY. 0
 * connections: no limit, as in the beginning.
 */
void http_multi_limit(struct http_multi *multi, size_t connections, size_t waiting);

/*
 * Starts a call, which must have a sink. What the call points to must live until the head has been told or the
 * exchange has ended; the sink until it has ended. The head is valid inside on_head() only.
 *
 * on_body() may return HTTP_LATER: the same bytes come again after http_exchange_resume(), and nothing more is read
 * from the cluster until then.
 *
 * on_done() is called once, by http_multi_run(), and ends the exchange. NULL without memory.
 */
struct http_exchange *http_multi_start(struct http_multi *multi, const struct http_call *call,
                                       void (*on_done)(void *arg, const struct http_reply *reply), void *arg);

/* Not from inside a sink. on_body() may be called before it returns. */
void http_exchange_resume(struct http_exchange *exchange);

/* Ends the exchange and closes its connection; on_done() is not called. Not from inside a sink. */
void http_exchange_drop(struct http_exchange *exchange);

/* How long loop_run_once() may wait, in milliseconds, at most max. */
int http_multi_wait_ms(const struct http_multi *multi, int max);

/* After each loop_run_once(): timers, and the ends of exchanges. */
void http_multi_run(struct http_multi *multi);

#endif
