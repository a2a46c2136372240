/*
 * A server on 127.0.0.1 with as many connections as its clients open: it answers each request with its path, once its
 * gate is open, and does not read bodies. In one thread of its own.
 */
#ifndef EKSGATE_TESTS_CROWD_H
#define EKSGATE_TESTS_CROWD_H

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CROWD_MOST 600
#define CROWD_PATH 32

struct crowd_client {
    char bytes[1024];
    size_t len;
    char path[CROWD_PATH]; /* asked for and not answered, or "" */
};

struct crowd {
    int port;
    int wake;
    pthread_t thread;
    atomic_bool is_open; /* the gate */
    atomic_bool stops;
    atomic_size_t connections; /* now */
    atomic_size_t most;        /* at the same time */
    atomic_size_t accepted;    /* ever */
    atomic_size_t requests;
    char order[CROWD_MOST][CROWD_PATH]; /* the paths as they came */
    struct crowd_client clients[CROWD_MOST];
    struct pollfd polled[CROWD_MOST + 2]; /* its listener, what wakes it, its clients */
    size_t polled_count;
};

static inline void crowd_accept(struct crowd *crowd)
{
    int fd = accept(crowd->polled[0].fd, NULL, NULL);

    if (fd < 0 || crowd->connections == CROWD_MOST)
        abort();
    crowd->clients[crowd->polled_count - 2] = (struct crowd_client){.len = 0};
    crowd->polled[crowd->polled_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    crowd->accepted++;
    if (++crowd->connections > crowd->most)
        crowd->most = crowd->connections;
}

static inline void crowd_leave(struct crowd *crowd, size_t i)
{
    close(crowd->polled[i + 2].fd);
    crowd->polled_count--;
    crowd->polled[i + 2] = crowd->polled[crowd->polled_count];
    crowd->clients[i] = crowd->clients[crowd->polled_count - 2];
    crowd->connections--;
}

/* False when the client has gone. */
static inline bool crowd_read(struct crowd *crowd, size_t i)
{
    struct crowd_client *client = &crowd->clients[i];
    ssize_t n = recv(crowd->polled[i + 2].fd, client->bytes + client->len, sizeof(client->bytes) - 1 - client->len, 0);
    char path[CROWD_PATH];

    if (n <= 0)
        return false;
    client->len += (size_t)n;
    client->bytes[client->len] = '\0';
    if (strstr(client->bytes, "\r\n\r\n") && sscanf(client->bytes, "%*s %31s", path) == 1) {
        memcpy(client->path, path, sizeof(path));
        memcpy(crowd->order[crowd->requests % CROWD_MOST], path, sizeof(path));
        client->len = 0;
        crowd->requests++;
    }
    if (client->len == sizeof(client->bytes) - 1)
        client->len = 0; /* of a body */
    return true;
}

static inline void crowd_answer(struct crowd *crowd, size_t i)
{
    struct crowd_client *client = &crowd->clients[i];
    char answer[256];
    int n = snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(client->path), client->path);

    client->path[0] = '\0';
    if (send(crowd->polled[i + 2].fd, answer, (size_t)n, MSG_NOSIGNAL) != n)
        shutdown(crowd->polled[i + 2].fd, SHUT_RDWR);
}

static inline void *crowd_serve(void *arg)
{
    struct crowd *crowd = arg;
    uint64_t wakes;

    while (!crowd->stops) {
        if (poll(crowd->polled, crowd->polled_count, -1) < 0 && errno != EINTR)
            abort();
        if (crowd->polled[1].revents && read(crowd->wake, &wakes, sizeof(wakes)) < 0)
            abort();
        for (size_t i = crowd->polled_count - 2; i > 0; i--)
            if (crowd->polled[i + 1].revents && !crowd_read(crowd, i - 1))
                crowd_leave(crowd, i - 1);
        for (size_t i = 0; crowd->is_open && i < crowd->polled_count - 2; i++)
            if (crowd->clients[i].path[0])
                crowd_answer(crowd, i);
        if (crowd->polled[0].revents)
            crowd_accept(crowd);
    }
    return NULL;
}

static inline void crowd_tell(struct crowd *crowd)
{
    const uint64_t one = 1;

    if (write(crowd->wake, &one, sizeof(one)) < 0)
        abort();
}

static inline void crowd_open(struct crowd *crowd)
{
    crowd->is_open = true;
    crowd_tell(crowd);
}

static inline struct crowd *crowd_start(bool is_open)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    struct crowd *crowd = calloc(1, sizeof(*crowd));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (!crowd || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, CROWD_MOST) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        abort();
    crowd->port = ntohs(address.sin_port);
    crowd->wake = eventfd(0, EFD_CLOEXEC);
    crowd->is_open = is_open;
    crowd->polled[0] = (struct pollfd){.fd = fd, .events = POLLIN};
    crowd->polled[1] = (struct pollfd){.fd = crowd->wake, .events = POLLIN};
    crowd->polled_count = 2;
    pthread_create(&crowd->thread, NULL, crowd_serve, crowd);
    return crowd;
}

static inline void crowd_stop(struct crowd *crowd)
{
    crowd->stops = true;
    crowd_tell(crowd);
    pthread_join(crowd->thread, NULL);
    for (size_t i = 0; i < crowd->polled_count; i++)
        close(crowd->polled[i].fd);
    free(crowd);
}

#endif
