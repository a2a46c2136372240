#include "http/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "http/queue.h"
#include "http/resolver.h"

/* What is kept for another call after an answer has ended; each costs memory here and in the cluster. */
#define IDLE_CONNECTIONS 256
#define IDLE_MS 60000
#define SWEEP_MS 5000
#define RESOLVED_MS 60000

/* By URL, authority, identity and reach: what one of them lets through must not serve another. */
struct server {
    struct server *next;
    struct pool *pool;
    struct dial dial;
    struct buf ca_pem;
    struct buf certificate;
    struct buf key;
    enum http_reach reach;
    struct tls_session *session;
    struct wire *idle;    /* newest first */
    struct wire *waiting; /* for its addresses */
    struct wire *busy;
    struct queue queue; /* who waits for one of the connections to be free */
    bool resolving;
    int64_t resolved_ms; /* or 0 */
    int64_t used_ms;
};

struct pool {
    struct loop *loop;
    struct resolver *resolver;
    struct tls_contexts *contexts;
    const struct pool_owner *owner;
    struct server *servers;
    struct queue_limits limits; /* of each server */
    size_t queued;              /* at all of them */
    size_t idle;
    int64_t swept_ms;
};

struct pool *pool_new(struct loop *loop)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (!pool)
        return NULL;
    pool->loop = loop;
    pool->resolver = resolver_new(loop);
    pool->contexts = tls_contexts_new(POOL_BULK);
    if (pool->resolver && pool->contexts)
        return pool;
    pool_free(pool);
    return NULL;
}

void pool_set_owner(struct pool *pool, const struct pool_owner *functions)
{
    pool->owner = functions;
}

void pool_limit(struct pool *pool, size_t connections, size_t waiting)
{
    pool->limits = (struct queue_limits){connections, waiting};
}

static void move(struct wire *wire, struct wire **list)
{
    if (wire->link) {
        *wire->link = wire->next;
        if (wire->next)
            wire->next->link = wire->link;
    }
    wire->link = list;
    wire->next = list ? *list : NULL;
    if (list) {
        if (wire->next)
            wire->next->link = &wire->next;
        *list = wire;
    }
}

static void disconnect(struct wire *wire)
{
    if (wire->fd < 0)
        return;
    loop_forget(wire->pool->loop, wire->fd);
    wire->watched = 0;
    tls_free(wire->tls);
    wire->tls = NULL;
    close(wire->fd);
    wire->fd = -1;
}

void pool_drop(struct wire *wire)
{
    if (!wire->owner)
        wire->pool->idle--;
    if (wire->state == WIRE_QUEUED) {
        queue_leave(&wire->server->queue, wire);
        wire->pool->queued--;
    }
    queue_count_no_more(&wire->server->queue, wire);
    move(wire, NULL);
    disconnect(wire);
    free(wire);
}

static void server_free(struct server *server)
{
    while (server->idle) {
        struct wire *next = server->idle->next;

        pool_drop(server->idle);
        server->idle = next;
    }
    buf_free(&server->ca_pem);
    buf_free(&server->certificate);
    buf_wipe(&server->key);
    tls_session_free(server->session);
    free(server);
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    while (pool->servers) {
        struct server *next = pool->servers->next;

        server_free(pool->servers);
        pool->servers = next;
    }
    resolver_free(pool->resolver);
    tls_contexts_free(pool->contexts);
    free(pool);
}

static bool is_of(const struct server *server, const struct http_call *call)
{
    const char *rest = call->url + (server->dial.plain ? 7 : 8);
    size_t len = strlen(server->dial.authority);

    return strncmp(call->url, server->dial.plain ? "http://" : "https://", server->dial.plain ? 7 : 8) == 0 &&
           strncmp(rest, server->dial.authority, len) == 0 && (rest[len] == '/' || rest[len] == '\0') &&
           server->reach == call->reach && str_equal(buf_str(&server->ca_pem), call->ca_pem) &&
           str_equal(buf_str(&server->certificate), call->identity.certificate) &&
           str_equal(buf_str(&server->key), call->identity.key);
}

static int keep_trust(struct server *server, const struct http_call *call)
{
    buf_init(&server->ca_pem, LIMIT_CA_PEM);
    buf_init(&server->certificate, LIMIT_CA_PEM);
    buf_init(&server->key, LIMIT_CA_PEM);
    return buf_add_str(&server->ca_pem, call->ca_pem) < 0 ||
                   buf_add_str(&server->certificate, call->identity.certificate) < 0 ||
                   buf_add_str(&server->key, call->identity.key) < 0
               ? -1
               : 0;
}

static struct server *find_server(struct pool *pool, const struct http_call *call)
{
    struct server *server;

    for (server = pool->servers; server; server = server->next)
        if (is_of(server, call))
            return server;
    server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    server->pool = pool;
    queue_init(&server->queue);
    server->reach = call->reach;
    if (keep_trust(server, call) < 0 || dial_split(call->url, &server->dial) < 0) {
        server_free(server);
        return NULL;
    }
    server->next = pool->servers;
    pool->servers = server;
    return server;
}

static void fail(struct wire *wire, enum http_result result, const char *detail)
{
    struct pool *pool = wire->pool;
    void *owner = wire->owner;
    char kept[256];

    snprintf(kept, sizeof(kept), "%.255s", detail); /* it may be the connection's own */
    pool_drop(wire);
    pool->owner->on_failed(owner, result, kept);
}

static void fail_connect(struct wire *wire, int error)
{
    char detail[256];

    snprintf(detail, sizeof(detail), "%.200s: %s", wire->server->dial.authority, strerror(error));
    fail(wire, HTTP_REFUSED, detail);
}

static void on_event(void *arg, int fd, uint32_t events);

int wire_watch(struct wire *wire, uint32_t events)
{
    if (wire->watched == events)
        return 0;
    wire->watched = events;
    if (events != 0)
        return loop_watch(wire->pool->loop, wire->fd, events, on_event, wire);
    loop_forget(wire->pool->loop, wire->fd); /* an end that waits would be told again and again */
    return 0;
}

/* -1 with errno when no address is left. */
static int dial_next(struct wire *wire)
{
    const struct dial *dial = &wire->server->dial;

    disconnect(wire);
    errno = ECONNREFUSED;
    while (wire->address < dial->count) {
        wire->fd = dial_start(&dial->addresses[wire->address++]);
        if (wire->fd < 0)
            continue;
        wire->state = WIRE_DIALING;
        return wire_watch(wire, EPOLLOUT);
    }
    return -1;
}

bool pool_try_next(struct wire *wire)
{
    const struct server *server = wire->server;

    return wire->state == WIRE_DIALING && wire->address < server->dial.count && dial_next(wire) == 0;
}

static void get_ready(struct wire *wire)
{
    wire->state = WIRE_READY;
    if (wire_watch(wire, EPOLLIN) < 0)
        fail(wire, HTTP_INTERNAL, strerror(errno));
    else
        wire->pool->owner->on_event(wire->owner, EPOLLOUT);
}

static void shake_hands(struct wire *wire)
{
    int rc = 0;

    switch (tls_handshake(wire->tls)) {
    case TLS_DONE:
        get_ready(wire);
        return;
    case TLS_WANT_READ:
        rc = wire_watch(wire, EPOLLIN);
        break;
    case TLS_WANT_WRITE:
        rc = wire_watch(wire, EPOLLOUT);
        break;
    default:
        fail(wire, HTTP_TLS, tls_reason(wire->tls));
        return;
    }
    if (rc < 0)
        fail(wire, HTTP_INTERNAL, strerror(errno));
}

static void on_connected(struct wire *wire)
{
    struct server *server = wire->server;
    const struct http_identity identity = {buf_str(&server->certificate), buf_str(&server->key)};
    struct err err;
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(wire->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (error != 0) {
        if (dial_next(wire) < 0)
            fail_connect(wire, error);
        return;
    }
    if (server->dial.plain) {
        get_ready(wire);
        return;
    }
    wire->tls = tls_new(wire->pool->contexts, wire->fd, server->dial.host, buf_str(&server->ca_pem), &identity, &err);
    if (!wire->tls) {
        fail(wire, err.kind == ERR_UPSTREAM_TLS ? HTTP_TLS : HTTP_INTERNAL, err.message);
        return;
    }
    tls_resume(wire->tls, &server->session);
    wire->state = WIRE_SHAKING;
    shake_hands(wire);
}

/* A server that closes a kept connection says so; sessions to resume come here, too. What else comes is nobody's. */
static void on_idle(struct wire *wire)
{
    char data[512];
    size_t n;

    if (wire_read(wire, data, sizeof(data), &n) == TLS_WANT_READ && wire->tls)
        tls_rest(wire->tls);
    else
        pool_drop(wire);
}

static void on_event(void *arg, int fd, uint32_t events)
{
    struct wire *wire = arg;

    (void)fd;
    if (wire->state == WIRE_DIALING)
        on_connected(wire);
    else if (wire->state == WIRE_SHAKING)
        shake_hands(wire);
    else if (wire->owner)
        wire->pool->owner->on_event(wire->owner, events);
    else
        on_idle(wire);
}

static void on_resolved(void *arg, enum http_result result, const struct dial *dial, const char *detail)
{
    struct server *server = arg;

    server->resolving = false;
    if (result == HTTP_OK) {
        server->dial = *dial;
        server->resolved_ms = clock_monotonic_ms();
    }
    while (server->waiting) {
        struct wire *wire = server->waiting;

        server->waiting = wire->next; /* as its link says too, which an analyzer does not follow */
        move(wire, &server->busy);
        if (result != HTTP_OK)
            fail(wire, result, detail);
        else if (dial_next(wire) < 0)
            fail_connect(wire, errno);
    }
}

/* Finds the addresses at once, or waits for them. */
static enum http_result resolve(struct server *server, bool *later, char detail[256])
{
    int64_t now = clock_monotonic_ms();
    enum http_result result;

    *later = server->resolving;
    if (server->resolving || (server->resolved_ms != 0 && now - server->resolved_ms < RESOLVED_MS))
        return HTTP_OK;
    result = dial_resolve(&server->dial, DIAL_NUMBERS, server->reach, detail);
    if (result == HTTP_OK)
        server->resolved_ms = now;
    if (result != HTTP_UNRESOLVED)
        return result;
    if (resolver_ask(server->pool->resolver, &server->dial, server->reach, on_resolved, server) < 0) {
        snprintf(detail, 256, "there is no thread to resolve a name");
        return HTTP_INTERNAL;
    }
    *later = server->resolving = true;
    return HTTP_OK;
}

static struct wire *connect_new(struct server *server, void *owner, enum http_result *result, char detail[256])
{
    struct wire *wire = calloc(1, sizeof(*wire));
    bool later = false;

    *result = HTTP_INTERNAL;
    if (!wire) {
        snprintf(detail, 256, "there is no memory for a connection");
        return NULL;
    }
    *wire = (struct wire){.pool = server->pool, .server = server, .fd = -1, .owner = owner};
    *result = resolve(server, &later, detail);
    if (*result == HTTP_OK) {
        move(wire, later ? &server->waiting : &server->busy);
        if (later || dial_next(wire) == 0)
            return wire;
        snprintf(detail, 256, "%.200s: %s", server->dial.authority, strerror(errno));
        *result = HTTP_REFUSED;
    }
    pool_drop(wire);
    return NULL;
}

static bool is_read(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* A read that meets a closed connection goes out again; a write does not, so it looks first. */
static bool is_open(const struct wire *wire)
{
    char byte;

    return recv(wire->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* One that is there already and open. */
static struct wire *take_kept(struct server *server, const struct http_call *call, void *owner)
{
    while (server->idle) {
        struct wire *wire = server->idle;

        if (!is_read(call->method) && !is_open(wire)) {
            server->idle = wire->next;
            pool_drop(wire);
            continue;
        }
        server->pool->idle--;
        wire->owner = owner;
        move(wire, &server->busy);
        return wire;
    }
    return NULL;
}

static struct wire *enqueue(struct server *server, void *owner, enum http_result *result, char detail[256])
{
    struct wire *wire = queue_add(&server->queue, &server->pool->limits);

    if (!wire) {
        snprintf(detail, 256, "%zu wait for one of its connections", server->queue.length);
        *result = HTTP_BUSY;
        return NULL;
    }
    wire->pool = server->pool;
    wire->server = server;
    wire->owner = owner;
    server->pool->queued++;
    return wire;
}

static bool has_turn(const struct server *server)
{
    return server->queue.first && !queue_is_full(&server->queue, &server->pool->limits);
}

struct wire *pool_take(struct pool *pool, const struct http_call *call, enum pool_how how, void *owner,
                       enum http_result *result, char detail[256])
{
    struct server *server = find_server(pool, call);
    struct wire *wire = NULL;

    if (!server || (server->dial.plain && !call->plain_allowed)) {
        snprintf(detail, 256, "the URL can not be used");
        *result = HTTP_INTERNAL;
        return NULL;
    }
    server->used_ms = clock_monotonic_ms();
    if (how == POOL_ANY && !call->lasts && (server->queue.first || queue_is_full(&server->queue, &pool->limits)))
        return enqueue(server, owner, result, detail);
    if (how != POOL_FRESH)
        wire = take_kept(server, call, owner);
    if (!wire)
        wire = connect_new(server, owner, result, detail);
    if (wire && !call->lasts)
        queue_count(&server->queue, wire);
    return wire;
}

void pool_give(struct wire *wire, int64_t now_ms)
{
    struct pool *pool = wire->pool;

    if (pool->idle >= IDLE_CONNECTIONS || wire_watch(wire, EPOLLIN) < 0) {
        pool_drop(wire);
        return;
    }
    if (wire->tls)
        tls_rest(wire->tls);
    queue_count_no_more(&wire->server->queue, wire);
    wire->owner = NULL;
    wire->kept = true;
    wire->idle_since_ms = now_ms;
    pool->idle++;
    move(wire, &wire->server->idle);
}

const char *wire_authority(const struct wire *wire)
{
    return wire->server->dial.authority;
}

static enum tls_result plain_result(ssize_t n, bool at_end, size_t *count)
{
    if (n > 0) {
        *count = (size_t)n;
        return TLS_DONE;
    }
    if (n == 0 && at_end)
        return TLS_ENDED;
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? TLS_WANT_READ : TLS_BROKEN;
}

enum tls_result wire_read(struct wire *wire, char *data, size_t len, size_t *count)
{
    *count = 0;
    if (wire->tls)
        return tls_read(wire->tls, data, len, count);
    return plain_result(recv(wire->fd, data, len, MSG_DONTWAIT), true, count);
}

enum tls_result wire_write(struct wire *wire, const char *data, size_t len, size_t *count)
{
    enum tls_result result;

    *count = 0;
    if (wire->tls)
        return tls_write(wire->tls, data, len, count);
    result = plain_result(send(wire->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL), false, count);
    return result == TLS_WANT_READ ? TLS_WANT_WRITE : result;
}

bool wire_is_pending(const struct wire *wire)
{
    return wire->tls && tls_is_pending(wire->tls);
}

static void sweep_server(struct server *server, int64_t now_ms)
{
    struct wire *next;

    for (struct wire *wire = server->idle; wire; wire = next) {
        next = wire->next;
        if (now_ms - wire->idle_since_ms > IDLE_MS)
            pool_drop(wire);
    }
}

static bool is_unused(const struct server *server, int64_t now_ms)
{
    return !server->idle && !server->busy && !server->waiting && !server->queue.first && !server->resolving &&
           now_ms - server->used_ms > IDLE_MS;
}

void pool_run(struct pool *pool, int64_t now_ms)
{
    resolver_run(pool->resolver);
    if (now_ms - pool->swept_ms < SWEEP_MS)
        return;
    pool->swept_ms = now_ms;
    for (struct server **at = &pool->servers; *at;) {
        struct server *server = *at;

        sweep_server(server, now_ms);
        if (is_unused(server, now_ms)) {
            *at = server->next;
            server_free(server);
        } else {
            at = &server->next;
        }
    }
}

bool pool_has_turns(const struct pool *pool)
{
    for (const struct server *server = pool->servers; server && pool->queued > 0; server = server->next)
        if (has_turn(server))
            return true;
    return false;
}

void pool_give_turns(struct pool *pool)
{
    for (struct server *server = pool->servers; server && pool->queued > 0; server = server->next)
        while (has_turn(server)) {
            struct wire *wire = server->queue.first;
            void *owner = wire->owner;

            server->queue.first = wire->next; /* as its link says too, which an analyzer does not follow */
            pool_drop(wire);
            pool->owner->on_turn(owner);
        }
}
