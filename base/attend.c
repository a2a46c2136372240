#include "base/attend.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/backlog.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"

#define CELLS_AT_ONCE 512
#define ASK_MS 500
#define BACKLOG 16

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

void attend_block_signals(void)
{
    sigset_t set;

    ending_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int address_of(struct sockaddr_un *out, const char *folder, const char *process)
{
    int n;

    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    n = snprintf(out->sun_path, sizeof(out->sun_path), "%s/%s.metrics", folder, process);
    return n > 0 && (size_t)n < sizeof(out->sun_path) ? 0 : -1;
}

/* The name may still be an older process's: whoever came last has it. */
int attend_listen(const char *folder, const char *process)
{
    struct sockaddr_un address;
    int fd = -1;
    int rc = -1;

    if (address_of(&address, folder, process) == 0) {
        mode_t mask = umask(0117);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        unlink(address.sun_path);
        if (fd >= 0)
            rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
        umask(mask);
    }
    if (rc == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    log_warning("the metrics of this process can not be asked for", LOG_TEXT("folder", folder),
                LOG_TEXT("error", strerror(errno)));
    if (fd >= 0)
        close(fd);
    return -1;
}

static void bound_times(int fd)
{
    const struct timeval limit = {.tv_usec = ASK_MS * 1000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

/* What is sent before a block, so that a process of another version is not misread. */
struct label {
    char version[24];
    uint64_t size;
};

static struct label own_label(void)
{
    struct label label = {.size = sizeof(struct metrics_block)};

    snprintf(label.version, sizeof(label.version), "%s", EKSGATE_VERSION);
    return label;
}

static int send_all(int fd, const void *data, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(fd, (const char *)data + sent, len - sent, MSG_NOSIGNAL);

        if (n <= 0)
            return -1;
        sent += (size_t)n;
    }
    return 0;
}

/* Other threads count on meanwhile, so each number is read by itself. */
static int send_metrics(int fd)
{
    const atomic_llong *cells = (const atomic_llong *)metrics;
    long long some[CELLS_AT_ONCE];

    for (size_t next = 0; next < METRICS_CELLS;) {
        size_t count = 0;

        while (count < CELLS_AT_ONCE && next < METRICS_CELLS)
            some[count++] = metrics_read(&cells[next++]);
        if (send_all(fd, some, count * sizeof(*some)) < 0)
            return -1;
    }
    return 0;
}

static int receive_all(int fd, void *data, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = recv(fd, (char *)data + got, len - got, 0);

        if (n <= 0)
            return -1;
        got += (size_t)n;
    }
    return 0;
}

static void answer(int listen_fd)
{
    const struct label label = own_label();
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    bound_times(fd);
    metrics_sample();
    if (send_all(fd, &label, sizeof(label)) == 0)
        send_metrics(fd);
    close(fd);
}

int attend_ask(const char *folder, const char *process, struct metrics_block *out)
{
    const struct label expected = own_label();
    struct sockaddr_un address;
    struct label label;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = -1;

    if (fd < 0)
        return -1;
    bound_times(fd);
    if (address_of(&address, folder, process) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        receive_all(fd, &label, sizeof(label)) == 0 && memcmp(&label, &expected, sizeof(label)) == 0)
        rc = receive_all(fd, out, sizeof(*out));
    close(fd);
    return rc;
}

static void beat(const struct attend *attend)
{
    metrics_sample();
    if (attend->queue_fd >= 0)
        metrics_set(&metrics->now.queue, backlog_length(attend->queue_fd));
    if (attend->beat)
        attend->beat(attend->arg);
}

void attend(const struct attend *attend)
{
    struct pollfd fds[2] = {{.events = POLLIN}, {.fd = attend->metrics_fd, .events = POLLIN}};
    int64_t due_ms = clock_monotonic_ms();
    sigset_t set;

    ending_signals(&set);
    fds[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fds[0].fd < 0) { /* nothing but the end is waited for then */
        int got;

        sigwait(&set, &got);
        return;
    }
    for (;;) {
        int64_t now_ms = clock_monotonic_ms();

        if (now_ms >= due_ms) {
            beat(attend);
            due_ms = now_ms + ATTEND_BEAT_MS;
        }
        if (poll(fds, 2, (int)(due_ms > now_ms ? due_ms - now_ms : 0)) <= 0)
            continue;
        if (fds[0].revents != 0)
            break;
        if (fds[1].revents != 0)
            answer(attend->metrics_fd);
    }
    close(fds[0].fd);
}
