/*
 * An AWS on a loopback port that answers from a script: one text for each request, in order, then it closes
 * the connection. "" closes without an answer. What was asked is kept.
 */
#ifndef EKSGATE_TESTS_FAKE_AWS_H
#define EKSGATE_TESTS_FAKE_AWS_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define FAKE_REQUESTS 24

struct fake_aws {
    int fd;
    pthread_t thread;
    const char *const *answers; /* NULL-terminated */
    int count;                  /* of requests */
    char requests[FAKE_REQUESTS][8192];
};

static inline size_t fake_body_length(const char *head)
{
    const char *field = strstr(head, "Content-Length: ");

    return field ? strtoul(field + strlen("Content-Length: "), NULL, 10) : 0;
}

static inline void fake_read_request(int fd, char *out, size_t size)
{
    const struct timeval patience = {.tv_usec = 300000}; /* for a TLS hello, which has no such end */
    size_t len = 0;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    while (len + 1 < size) {
        ssize_t n = read(fd, out + len, size - len - 1);
        const char *end;

        if (n <= 0)
            break;
        len += (size_t)n;
        out[len] = '\0';
        end = strstr(out, "\r\n\r\n");
        if (end && len >= (size_t)(end + 4 - out) + fake_body_length(out))
            break;
    }
}

static inline void *fake_serve(void *arg)
{
    struct fake_aws *fake = arg;

    for (; fake->count < FAKE_REQUESTS && fake->answers[fake->count];) {
        int fd = accept(fake->fd, NULL, NULL);
        const char *answer = fake->answers[fake->count];

        if (fd < 0)
            break;
        fake_read_request(fd, fake->requests[fake->count++], sizeof(fake->requests[0]));
        if (write(fd, answer, strlen(answer)) < 0)
            perror("write");
        close(fd);
    }
    return NULL;
}

/* Starts it and points AWS_ENDPOINT_URL at it. */
static inline void fake_start(struct fake_aws *fake, const char *const *answers)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char url[64];

    memset(fake, 0, sizeof(*fake));
    fake->answers = answers;
    fake->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fake->fd, (struct sockaddr *)&address, size) < 0 || listen(fake->fd, 8) < 0 ||
        getsockname(fake->fd, (struct sockaddr *)&address, &size) < 0)
        abort();
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    setenv("AWS_ENDPOINT_URL", url, 1);
    pthread_create(&fake->thread, NULL, fake_serve, fake);
}

static inline void fake_stop(struct fake_aws *fake)
{
    shutdown(fake->fd, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->fd);
    unsetenv("AWS_ENDPOINT_URL");
}

#endif
