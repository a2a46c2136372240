/*
 * The connections of one loop to servers: made without waiting, kept for the next call when an answer has ended whole,
 * and verified as http/tls.h says. For the files of this folder only.
 */
#ifndef EKSGATE_HTTP_POOL_H
#define EKSGATE_HTTP_POOL_H

#include "base/loop.h"
#include "http/client.h"
#include "http/tls.h"

#define POOL_BULK KIB(64) /* what a connection reads and writes at once */

struct pool;
struct server;

struct pool *pool_new(struct loop *loop); /* NULL without memory */
void pool_free(struct pool *pool);        /* when no connection is in use */

enum wire_state { WIRE_RESOLVING, WIRE_DIALING, WIRE_SHAKING, WIRE_READY, WIRE_QUEUED };

struct wire {
    struct pool *pool;
    struct server *server;
    struct wire *next; /* among the server's */
    struct wire **link;
    int fd;
    struct tls *tls; /* NULL: plain */
    enum wire_state state;
    size_t address; /* of the server's, tried next */
    uint32_t watched;
    bool kept;    /* it has carried a call before */
    bool counted; /* among those in use that are limited */
    int64_t idle_since_ms;
    void *owner; /* NULL: idle */
};

/* What the owner is told, from the loop: that its connection is ready, or readable or writable from then on; or that it
 * can not be made, and is gone. Who is in the queue has nothing but his place in it: when his turn has come that is
 * gone too, and he takes a connection. */
struct pool_owner {
    void (*on_event)(void *owner, uint32_t events);
    void (*on_failed)(void *owner, enum http_result result, const char *detail);
    void (*on_turn)(void *owner);
};

void pool_set_owner(struct pool *pool, const struct pool_owner *functions);

/* As http_multi_limit() says. */
void pool_limit(struct pool *pool, size_t connections, size_t waiting);

enum pool_how {
    POOL_ANY,
    POOL_TURN, /* he has waited in the queue */
    POOL_FRESH /* a new one, in place of one that was given up just now */
};

/* A connection for that call: a kept one, which is ready, or a new one, on its way; or a place in the queue,
 * WIRE_QUEUED. NULL with *result and detail when there can be none. */
struct wire *pool_take(struct pool *pool, const struct http_call *call, enum pool_how how, void *owner,
                       enum http_result *result, char detail[256]);

/* While it is being made: gives the address that does not answer up for the next one. False when there is none. */
bool pool_try_next(struct wire *wire);

/* The answer ended whole, and the connection may carry another call. */
void pool_give(struct wire *wire, int64_t now_ms);

/* Closes it, or leaves the queue. */
void pool_drop(struct wire *wire);

/* "host[:port]" of its server. */
const char *wire_authority(const struct wire *wire);

/* While it is ready. 0: nothing is watched. 0, or -1. */
int wire_watch(struct wire *wire, uint32_t events);

/* As in http/tls.h. */
enum tls_result wire_read(struct wire *wire, char *data, size_t len, size_t *count);
enum tls_result wire_write(struct wire *wire, const char *data, size_t len, size_t *count);

/* Bytes were read from the socket that wire_read() has not given out: no event tells of them. */
bool wire_is_pending(const struct wire *wire);

/* After each turn of the loop: what has grown old is given up. */
void pool_run(struct pool *pool, int64_t now_ms);

/* Whose turn has come in the queues, and telling them. */
bool pool_has_turns(const struct pool *pool);
void pool_give_turns(struct pool *pool);

#endif
