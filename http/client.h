/*
 * HTTP client for who may wait: one for each such thread, over libcurl's easy interface with its own connection cache
 * (sharing a cache between threads is libcurl's known bug 11.11). Event loops have http/multi.h.
 *
 * Rules that hold for every call of both: HTTP/1.1, TLS 1.2 or newer, peer and host verified always, no proxy from
 * the environment, no redirects followed, the path as given, no header that the caller did not give, every
 * answer bounded. A write whose connection broke is never sent twice: libcurl's own retry on a kept
 * connection is stopped for everything but GET and HEAD.
 */
#ifndef EKSGATE_HTTP_CLIENT_H
#define EKSGATE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "http/identity.h"
#include "http/reach.h"

struct http_client;

struct http_client *http_client_new(void); /* NULL without memory */
void http_client_free(struct http_client *client);

/* Once in a process, before any thread is started. 0, or -1. */
int http_global_init(void);

struct http_header {
    struct str name;
    struct str value;
};

/* The final answer's head; lives in the call's arena, in http/multi.h inside on_head() only. */
struct http_head {
    int status;
    struct str reason; /* "OK" */
    struct http_header *headers;
    size_t header_count;
};

/* The first header of that name (case-insensitive), or the empty view. */
struct str http_head_get(const struct http_head *head, const char *name);

enum http_result {
    HTTP_OK,
    HTTP_UNRESOLVED, /* no such host: nothing was sent */
    HTTP_REFUSED,    /* no connection: nothing was sent */
    HTTP_FORBIDDEN,  /* the address is one that may not be reached: nothing was sent */
    HTTP_TLS,        /* certificate or handshake: nothing was sent */
    HTTP_TIMEOUT,
    HTTP_BROKEN,    /* closed before a whole head had come */
    HTTP_TRUNCATED, /* closed inside the body */
    HTTP_TOO_LARGE, /* the answer exceeds its maximum */
    HTTP_STOPPED,   /* a callback said stop, or the caller is gone */
    HTTP_INTERNAL,  /* no memory, a bad URL */
    HTTP_BUSY       /* too many wait for a connection: nothing was sent; in http/multi.h only */
};

/* Where a streamed answer goes. A callback returns 0, or -1 to stop the transfer (HTTP_STOPPED). */
#define HTTP_LATER 1

struct http_sink {
    int (*on_head)(void *arg, const struct http_head *head);
    int (*on_body)(void *arg, const char *data, size_t len); /* in http/multi.h also HTTP_LATER */
    bool (*is_gone)(void *arg);                              /* asked about once a second; may be NULL */
    void *arg;
};

/* Where the body of a request comes from while it is sent, in http_perform() only. */
#define HTTP_SOURCE_LATER (-2)

struct http_source {
    int fd;         /* becomes readable when there is more */
    int64_t length; /* -1: it is known at the end only, and the body goes out in chunks */
    long (*read)(void *arg, char *data, size_t size); /* 0 at the end, -1: stop, HTTP_SOURCE_LATER: nothing yet */
    void *arg;
};

struct http_call {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: value" or "Name;" for an empty value; NULL-terminated; or NULL */
    struct str body;
    bool has_body;                    /* sends Content-Length even for 0 bytes */
    const struct http_source *source; /* instead of body; such a call is never sent twice */
    struct str ca_pem;                /* the only trusted roots; empty means the system's */
    struct http_identity identity;    /* no connection of one identity serves another */
    enum http_reach reach;
    bool plain_allowed;           /* http:// is possible too */
    long connect_timeout_ms;      /* 0: 10 s */
    long timeout_ms;              /* of the whole call; 0: none */
    size_t max_body;              /* of an answer that is collected */
    bool is_secret;               /* that answer is: it is overwritten when the arena is reset */
    const struct http_sink *sink; /* NULL: the body is collected */
    bool lasts;                   /* may take a connection for hours: http_multi_limit() does not count it */
};

struct http_reply {
    enum http_result result;
    char detail[256]; /* why, for people, when result is not HTTP_OK */
    struct http_head head;
    struct str body;   /* in the arena; empty with a sink */
    unsigned attempts; /* 2 when a read was sent again because the kept connection was dead */
    bool head_seen;
};

/* Performs one call. 0 when a whole answer came (whatever its status), -1 otherwise; reply->result tells. */
int http_perform(struct http_client *client, struct arena *arena, const struct http_call *call,
                 struct http_reply *reply);

#endif
