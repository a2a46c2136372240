#include "fcgi/front.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aws/profile.h"
#include "base/clock.h"
#include "base/limits.h"
#include "fcgi/intake.h"
#include "fcgi/prepare.h"
#include "fcgi/response.h"
#include "fcgi/stream.h"
#include "fcgi/upload.h"
#include "fcgi/workers.h"

#define ACCEPT_AT_ONCE 64
#define DESCRIPTORS_MAX (1u << 20)
#define FULL_MS 100 /* before accepting is tried again where there were no descriptors */

struct front {
    const struct server *server;
    struct streams *streams;
    struct stream_loop *at;
    struct caller_store *callers;
    struct workers *workers;
    struct worker worker; /* one that never waits */
    bool listening;
    int64_t listen_at_ms; /* not before */
    bool *idle;           /* by descriptor: ours, between two requests */
    size_t idle_size;     /* as many descriptors as this process may have; pages that are not touched cost nothing */
    size_t idle_end;      /* beyond the highest that was */
    atomic_bool empty;    /* once drained */

    pthread_mutex_t lock; /* of all below */
    int *given;
    size_t given_count;
    size_t given_size;

    char bytes[INTAKE_MAX];
};

static void on_nginx(void *arg, int fd, uint32_t events);

static int mark_idle(struct front *front, int fd)
{
    if ((size_t)fd >= front->idle_size)
        return -1;
    front->idle[fd] = true;
    if ((size_t)fd >= front->idle_end)
        front->idle_end = (size_t)fd + 1;
    return 0;
}

static void mark_taken(struct front *front, int fd)
{
    if ((size_t)fd < front->idle_size)
        front->idle[fd] = false;
}

static void close_idle(struct front *front, int fd)
{
    mark_taken(front, fd);
    loop_forget(front->at->loop, fd);
    close(fd);
}

/* Waits for the next request. */
static void keep(struct front *front, int fd)
{
    if (mark_idle(front, fd) < 0 || loop_watch(front->at->loop, fd, NGINX_EVENTS, on_nginx, front) < 0)
        close_idle(front, fd);
}

static void on_keep(struct stream *stream, int fd)
{
    keep(stream->at->front, fd);
}

static struct arena *take_arena(struct front *front)
{
    struct stream_loop *at = front->at;

    return at->spare_count > 0 ? at->spare[--at->spare_count] : arena_new(LIMIT_REQUEST_ARENA);
}

static void give_arena(struct front *front, struct arena *arena)
{
    struct stream_loop *at = front->at;

    if (at->spare_count < SPARE_ARENAS) {
        arena_reset(arena);
        at->spare[at->spare_count++] = arena;
    } else {
        arena_free(arena);
    }
}

/* The handler does no more than to make a stream of the request. */
static bool only_relays(const struct request *request)
{
    const struct route *route = request->match.route;

    return (route->needs & ONLY_RELAYS) && !(route->waits && route->waits(request)) && !request_streams_body(request);
}

static struct stream *prepare(struct front *front, const struct intake *intake)
{
    struct request *request = arena_take(front->worker.arena, sizeof(*request));

    if (!request || request_init_whole(request, &front->worker, intake) < 0)
        return NULL;
    request->streams = front->streams;
    if (request_route(request, front->server->routes, front->server->route_count) < 0 || !only_relays(request) ||
        request_prepare(request, front->callers) < 0 || request->match.route->handle(request) < 0)
        return NULL;
    return request->stream;
}

/* False when the request is a worker's: nothing has happened then. */
static bool begin(struct front *front, int fd, size_t len)
{
    struct arena *arena = take_arena(front);
    struct intake intake;
    struct stream *stream;

    if (!arena)
        return false;
    front->worker.arena = arena;
    if (intake_parse(arena, (struct str){front->bytes, len}, &intake) < 0 || !(stream = prepare(front, &intake))) {
        give_arena(front, arena);
        return false;
    }
    mark_taken(front, fd);
    streams_begin_here(front->streams, stream, fd, &intake, len);
    return true;
}

/* Whatever is wrong with a request, a worker says it. */
static void on_nginx(void *arg, int fd, uint32_t events)
{
    struct front *front = arg;
    ssize_t n = recv(fd, front->bytes, sizeof(front->bytes), MSG_PEEK | MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR) && !(events & (EPOLLHUP | EPOLLERR)))
        return;
    if (n <= 0 || (events & (EPOLLHUP | EPOLLERR))) {
        close_idle(front, fd);
        return;
    }
    if (!begin(front, fd, (size_t)n)) {
        mark_taken(front, fd);
        loop_forget(front->at->loop, fd);
        workers_add(front->workers, fd);
    }
    explicit_bzero(front->bytes, (size_t)n); /* it may hold a key */
}

static void stop_listening(struct front *front)
{
    if (front->listening)
        loop_forget(front->at->loop, front->server->listen_fd);
    front->listening = false;
}

/* Its request is read in the next turn: what a request must have heard of (redis/changes.h) came before it. */
static void on_listen(void *arg, int listen_fd, uint32_t events)
{
    struct front *front = arg;

    (void)events;
    errno = 0;
    for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
        int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0)
            keep(front, fd);
        else if (errno != ECONNABORTED && errno != EINTR)
            break;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        stop_listening(front);
        front->listen_at_ms = clock_monotonic_ms() + FULL_MS;
    }
}

static void listen_again(struct front *front)
{
    if (!front->listening && clock_monotonic_ms() >= front->listen_at_ms)
        front->listening = loop_watch(front->at->loop, front->server->listen_fd, EPOLLIN, on_listen, front) == 0;
}

void front_give(struct front *front, int fd)
{
    bool kept = true;

    pthread_mutex_lock(&front->lock);
    if (front->given_count == front->given_size) {
        size_t size = front->given_size ? front->given_size * 2 : 64;
        int *grown = realloc(front->given, size * sizeof(*grown));

        kept = grown != NULL;
        front->given = grown ? grown : front->given;
        front->given_size = grown ? size : front->given_size;
    }
    if (kept)
        front->given[front->given_count++] = fd;
    pthread_mutex_unlock(&front->lock);
    if (kept)
        loop_wake(front->at->loop);
    else
        close(fd);
}

static void take_given(struct front *front)
{
    pthread_mutex_lock(&front->lock);
    while (front->given_count > 0)
        keep(front, front->given[--front->given_count]);
    pthread_mutex_unlock(&front->lock);
}

/* Connections that wait to be accepted are left to the next process on this socket; on those that nginx keeps, a
 * request that has come is still served. */
static void close_all_idle(struct front *front)
{
    bool any = false;
    char byte;

    for (size_t fd = 0; fd < front->idle_end; fd++) {
        if (front->idle[fd] && recv((int)fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
            close_idle(front, (int)fd);
        any = any || front->idle[fd];
    }
    atomic_store(&front->empty, !any);
}

static void before_turn(struct front *front, bool draining)
{
    front->worker.has_heard = false;
    aws_files_new_turn();
    take_given(front);
    if (!draining) {
        listen_again(front);
        return;
    }
    stop_listening(front);
    close_all_idle(front);
}

bool front_is_empty(struct front *front)
{
    return atomic_load(&front->empty);
}

static size_t descriptors_at_most(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MAX ? limit.rlim_cur : DESCRIPTORS_MAX;
}

struct front *front_new(const struct server *server, const struct worker *shared, struct streams *streams,
                        struct caller_store *callers, struct workers *workers)
{
    struct front *front = calloc(1, sizeof(*front));

    if (!front)
        return NULL;
    front->server = server;
    front->worker = *shared;
    front->worker.http = NULL;
    front->worker.redis = NULL;
    front->streams = streams;
    front->callers = callers;
    front->workers = workers;
    front->at = streams_loop(streams);
    front->at->front = front;
    front->at->keep = on_keep;
    front->at->before_turn = before_turn;
    pthread_mutex_init(&front->lock, NULL);
    front->idle_size = descriptors_at_most();
    front->idle = calloc(front->idle_size, sizeof(*front->idle));
    if (front->idle && fcntl(server->listen_fd, F_SETFL, fcntl(server->listen_fd, F_GETFL) | O_NONBLOCK) == 0)
        return front;
    front_free(front);
    return NULL;
}

void front_free(struct front *front)
{
    if (!front)
        return;
    for (size_t fd = 0; front->idle && fd < front->idle_end; fd++)
        if (front->idle[fd])
            close((int)fd);
    for (size_t i = 0; i < front->given_count; i++)
        close(front->given[i]);
    pthread_mutex_destroy(&front->lock);
    free(front->idle);
    free(front->given);
    free(front);
}
