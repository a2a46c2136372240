#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64

/* Its place in the table is the descriptor. */
struct watch {
    loop_function *call; /* NULL: not watched */
    void *arg;
    uint32_t events;
    uint32_t generation; /* so that an event seen for an earlier holder of the number is known as such */
};

struct loop {
    int epoll_fd;
    int wake_fd;
    struct watch *watches;
    size_t size;
};

static void on_wake(void *arg, int fd, uint32_t events)
{
    eventfd_t ignored;

    (void)arg;
    (void)events;
    eventfd_read(fd, &ignored);
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (!loop)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 || loop_watch(loop, loop->wake_fd, EPOLLIN, on_wake, NULL) < 0) {
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    free(loop->watches);
    free(loop);
}

static int make_room(struct loop *loop, int fd)
{
    size_t size = loop->size ? loop->size : 64;
    struct watch *watches;

    if ((size_t)fd < loop->size)
        return 0;
    while (size <= (size_t)fd)
        size *= 2;
    watches = realloc(loop->watches, size * sizeof(*watches));
    if (!watches)
        return -1;
    memset(watches + loop->size, 0, (size - loop->size) * sizeof(*watches));
    loop->watches = watches;
    loop->size = size;
    return 0;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_function *call, void *arg)
{
    struct epoll_event event = {.events = events};
    struct watch *watch;
    bool known;

    if (make_room(loop, fd) < 0)
        return -1;
    watch = &loop->watches[fd];
    known = watch->call != NULL;
    watch->generation += !known;
    watch->call = call;
    watch->arg = arg;
    if (known && watch->events == events)
        return 0;
    watch->events = events;
    event.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd;
    if (epoll_ctl(loop->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    watch->call = NULL;
    return -1;
}

void loop_forget(struct loop *loop, int fd)
{
    if ((size_t)fd >= loop->size || !loop->watches[fd].call)
        return;
    loop->watches[fd].call = NULL;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void loop_run_once(struct loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, timeout_ms);

    for (int i = 0; i < count; i++) {
        int fd = (int)(uint32_t)events[i].data.u64;
        const struct watch watch = loop->watches[fd];

        if (watch.call && watch.generation == (uint32_t)(events[i].data.u64 >> 32))
            watch.call(watch.arg, fd, events[i].events);
    }
}

void loop_wake(struct loop *loop)
{
    eventfd_write(loop->wake_fd, 1);
}
