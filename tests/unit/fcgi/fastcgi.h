/*
 * Both ends of FastCGI connections in one process: bytes go in as nginx would send them, requests come out of
 * libfcgi as in fcgi/server.c. The listening socket does not block, so that accepting ends when there is no other
 * connection; the client is a thread, so that neither end waits for the other's buffers.
 */
#ifndef EKSGATE_TESTS_FASTCGI_H
#define EKSGATE_TESTS_FASTCGI_H

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/prepare.h"
#include "fcgi/response.h"

struct fastcgi {
    int listen_fd;
    struct sockaddr_un address;
    struct config config;
    struct worker worker;
    struct caller_store *callers;
    const struct route *routes;
    size_t route_count;
    void (*on_request)(const struct request *request); /* after routing, may be NULL */
};

static inline void fastcgi_start(struct fastcgi *f, const struct route *routes, size_t count)
{
    char folder[] = "/tmp/eksgate-test-XXXXXX";

    memset(f, 0, sizeof(*f));
    f->routes = routes;
    f->route_count = count;
    f->config = (struct config){.auth = "off", .hosts = "localhost,127.0.0.1,[::1]", .redis = "unix:/nonexistent"};
    f->worker = (struct worker){.config = &f->config,
                                .memory = cluster_memory_new(),
                                .arena = arena_new(LIMIT_REQUEST_ARENA),
                                .http = http_client_new(),
                                .redis = redis_client_new(f->config.redis, 0)};
    f->callers = caller_store_new(&f->config);
    f->address.sun_family = AF_UNIX;
    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(folder) || FCGX_Init() != 0)
        abort();
    snprintf(f->address.sun_path, sizeof(f->address.sun_path), "%s/s", folder);
    f->listen_fd = FCGX_OpenSocket(f->address.sun_path, 8);
    fcntl(f->listen_fd, F_SETFL, O_NONBLOCK);
}

static inline void fastcgi_stop(struct fastcgi *f)
{
    close(f->listen_fd);
    unlink(f->address.sun_path);
    *strrchr(f->address.sun_path, '/') = '\0';
    rmdir(f->address.sun_path);
    redis_client_free(f->worker.redis);
    http_client_free(f->worker.http);
    arena_free(f->worker.arena);
    cluster_memory_free(f->worker.memory);
    caller_store_free(f->callers);
}

/* nginx sends the next request of a kept connection when it has seen the end of the one before, and so does this. */
struct fastcgi_client {
    int fd;
    const struct str *parts;
    size_t part_count;
    struct buf answer; /* all that came back */
    size_t parsed;     /* of the answer: where the next record begins */
    size_t ended;      /* END_REQUEST records seen */
};

static inline void fastcgi_count_ends(struct fastcgi_client *c)
{
    while (c->answer.len - c->parsed >= 8) {
        const unsigned char *head = (const unsigned char *)c->answer.ptr + c->parsed;
        size_t whole = 8 + ((size_t)head[4] << 8 | head[5]) + head[6];

        if (c->answer.len - c->parsed < whole)
            return;
        c->ended += head[0] == 1 && head[1] == 3;
        c->parsed += whole;
    }
}

static inline void *fastcgi_talk(void *arg)
{
    struct fastcgi_client *c = arg;
    size_t part = 0;
    size_t sent = 0;
    char chunk[4096];

    for (;;) {
        bool sending = part < c->part_count && c->ended >= part;
        struct pollfd p = {.fd = c->fd, .events = (short)(POLLIN | (sending ? POLLOUT : 0))};
        ssize_t n;

        if (part == c->part_count)
            shutdown(c->fd, SHUT_WR);
        poll(&p, 1, -1);
        if (p.revents & POLLOUT) {
            n = send(c->fd, c->parts[part].ptr + sent, c->parts[part].len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            sent += n > 0 ? (size_t)n : 0;
            if (sent == c->parts[part].len || (n < 0 && errno != EAGAIN))
                part++, sent = 0;
        }
        if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
            n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
            if (n == 0 || (n < 0 && errno != EAGAIN))
                break;
            if (n > 0)
                buf_add(&c->answer, chunk, (size_t)n);
            fastcgi_count_ends(c);
        }
    }
    close(c->fd); /* libfcgi waits for that when it closes */
    return NULL;
}

/* As serve_request() in fcgi/server.c, without its pool. */
static inline void fastcgi_serve(struct fastcgi *f, FCGX_Request *fcgx)
{
    struct request *request = arena_alloc(f->worker.arena, sizeof(*request));
    int rc = request_init(request, &f->worker, fcgx) < 0 || request_route(request, f->routes, f->route_count) < 0;

    if (f->on_request)
        f->on_request(request);
    if (rc || request_prepare(request, f->callers) < 0 || request->match.route->handle(request) < 0)
        response_error(request);
    fcgi_finish(request);
    arena_reset(f->worker.arena);
}

/* One connection that carries these parts, each a request. Returns how many requests were seen in them; out gets the
 * answer's bytes, records as they came. */
static inline size_t fastcgi_run(struct fastcgi *f, const struct str *parts, size_t part_count, struct buf *out)
{
    struct fastcgi_client client = {
        .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .parts = parts, .part_count = part_count};
    FCGX_Request *fcgx = calloc(1, sizeof(*fcgx));
    pthread_t thread;
    size_t count = 0;

    buf_init(&client.answer, MIB(64));
    if (!fcgx || FCGX_InitRequest(fcgx, f->listen_fd, 0) != 0 ||
        connect(client.fd, (const struct sockaddr *)&f->address, sizeof(f->address)) < 0 ||
        pthread_create(&thread, NULL, fastcgi_talk, &client) != 0)
        abort();
    while (FCGX_Accept_r(fcgx) == 0) {
        count++;
        fastcgi_serve(f, fcgx);
    }
    FCGX_Free(fcgx, 1);
    free(fcgx);
    pthread_join(thread, NULL);
    if (out)
        buf_add_str(out, buf_str(&client.answer));
    buf_free(&client.answer);
    return count;
}

/* Records, as nginx writes them: request id 1, padded to 8. */
enum { FASTCGI_BEGIN = 1, FASTCGI_PARAMS = 4, FASTCGI_STDIN = 5 };

static inline void fastcgi_record(struct buf *out, int type, struct str content)
{
    const unsigned char padding = (unsigned char)(-content.len & 7);
    const unsigned char head[8] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(content.len >> 8), (unsigned char)content.len, padding, 0};

    buf_add(out, head, sizeof(head));
    buf_add_str(out, content);
    buf_add(out, "\0\0\0\0\0\0\0", padding);
}

static inline void fastcgi_begin(struct buf *out, bool keep)
{
    const char content[8] = {0, 1, keep, 0, 0, 0, 0, 0};

    fastcgi_record(out, FASTCGI_BEGIN, (struct str){content, sizeof(content)});
}

static inline void fastcgi_length(struct buf *out, size_t n)
{
    if (n > 127)
        buf_add_char(out, (char)(n >> 24 | 128)), buf_add_char(out, (char)(n >> 16)), buf_add_char(out, (char)(n >> 8));
    buf_add_char(out, (char)n);
}

/* "NAME=value" texts, NULL-terminated. */
static inline void fastcgi_params(struct buf *out, const char *const *params)
{
    struct buf content;

    buf_init(&content, KIB(60));
    for (; *params; params++) {
        struct str value = str_from(*params);
        struct str name = str_cut(&value, '=');

        fastcgi_length(&content, name.len);
        fastcgi_length(&content, value.len);
        buf_add_str(&content, name);
        buf_add_str(&content, value);
    }
    fastcgi_record(out, FASTCGI_PARAMS, buf_str(&content));
    fastcgi_record(out, FASTCGI_PARAMS, STR(""));
    buf_free(&content);
}

/* The body in records of up to so many bytes, and its end. */
static inline void fastcgi_body(struct buf *out, struct str body, size_t piece)
{
    while (body.len > 0) {
        struct str part = {body.ptr, body.len < piece ? body.len : piece};

        fastcgi_record(out, FASTCGI_STDIN, part);
        body = str_skip(body, part.len);
    }
    fastcgi_record(out, FASTCGI_STDIN, STR(""));
}

/* A whole request; params beside method and address. */
static inline void fastcgi_request(struct buf *out, bool keep, const char *method, const char *uri,
                                   const char *const *more, struct str body)
{
    const char *params[32];
    char texts[3][256];
    size_t n = 0;

    snprintf(texts[0], sizeof(texts[0]), "REQUEST_METHOD=%s", method);
    snprintf(texts[1], sizeof(texts[1]), "REQUEST_URI=%s", uri);
    snprintf(texts[2], sizeof(texts[2]), "CONTENT_LENGTH=%zu", body.len);
    params[n++] = texts[0];
    params[n++] = texts[1];
    params[n++] = "HTTP_HOST=localhost:8080";
    params[n++] = "REMOTE_ADDR=127.0.0.1";
    params[n++] = "SERVER_ADDR=127.0.0.1";
    params[n++] = "REQUEST_ID=0123456789abcdef0123456789abcdef";
    if (body.len > 0)
        params[n++] = texts[2];
    while (more && *more && n < 31)
        params[n++] = *more++;
    params[n] = NULL;
    fastcgi_begin(out, keep);
    fastcgi_params(out, params);
    fastcgi_body(out, body, 16384);
}

/* Takes the STDOUT content out of the records of an answer; up to the first bytes that are no record. */
static inline void fastcgi_stdout(struct str records, struct buf *out)
{
    while (records.len >= 8 && records.ptr[0] == 1) {
        const unsigned char *head = (const unsigned char *)records.ptr;
        size_t len = (size_t)head[4] << 8 | head[5];
        size_t whole = 8 + len + head[6];

        if (head[1] == 6 && records.len >= 8 + len)
            buf_add(out, records.ptr + 8, len);
        records = str_skip(records, whole);
    }
}

#endif
