/* A process that attends is asked for its metrics by another one, and ends when it is told to. */
#include "tests/unit/rows.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attend.h"
#include "base/backlog.h"

static char folder[] = "/tmp/eksgate-attend-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[64];

    (void)state;
    snprintf(path, sizeof(path), "%s/tunnel.metrics", folder);
    unlink(path);
    return rmdir(folder);
}

static void count_beat(void *arg)
{
    (void)arg;
    metrics_add(&metrics->tokens_minted, 1);
}

/* The socket is there before anybody asks: listening comes before the fork. */
static pid_t start_attending(int metrics_fd)
{
    pid_t pid;

    attend_block_signals();
    pid = fork();
    if (pid == 0) {
        metrics_begin(0);
        attend(&(struct attend){.metrics_fd = metrics_fd, .queue_fd = -1, .beat = count_beat});
        _exit(42);
    }
    close(metrics_fd);
    return pid;
}

static void who_attends_is_asked_and_ends(void **state)
{
    static struct metrics_block block;
    int fd = attend_listen(folder, "tunnel");
    int status = 0;
    pid_t pid;

    (void)state;
    assert_true(fd >= 0);
    pid = start_attending(fd);
    for (int i = 0; i < 2; i++) {
        memset(&block, 0, sizeof(block));
        assert_int_equal(attend_ask(folder, "tunnel", &block), 0);
        assert_true(metrics_read(&block.now.resident_bytes) > 100000);
        assert_true(metrics_read(&block.now.open_fds) > 0);
        assert_true(metrics_read(&block.tokens_minted) >= 1);
        assert_int_equal(metrics_read(&block.starts), 1);
    }
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_int_equal(attend_ask(folder, "tunnel", &block), -1); /* the socket's file alone is nobody */
    assert_int_equal(attend_ask(folder, "agent", &block), -1);
}

/* Speaks for a process of another version. */
static void what_another_version_says_is_not_read(void **state)
{
    static struct metrics_block block;
    const char label[64] = "9.9.9";
    int fd = attend_listen(folder, "tunnel");
    pid_t pid;

    (void)state;
    assert_true(fd >= 0);
    pid = fork();
    if (pid == 0) {
        int client;

        while ((client = accept(fd, NULL, NULL)) < 0)
            usleep(1000);
        if (send(client, label, sizeof(label), MSG_NOSIGNAL) < 0)
            _exit(1);
        _exit(0);
    }
    close(fd);
    assert_int_equal(attend_ask(folder, "tunnel", &block), -1);
    waitpid(pid, NULL, 0);
}

static void connections_that_wait_are_counted(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    int clients[3];

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/queue", folder);
    assert_int_equal(bind(listening, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 16), 0);
    assert_int_equal(backlog_length(listening), 0);
    for (int i = 0; i < 3; i++) {
        clients[i] = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(connect(clients[i], (const struct sockaddr *)&address, sizeof(address)), 0);
    }
    assert_int_equal(backlog_length(listening), 3);
    close(accept(listening, NULL, NULL));
    assert_int_equal(backlog_length(listening), 2);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
    close(listening);
    unlink(address.sun_path);
    assert_int_equal(backlog_length(-1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_attends_is_asked_and_ends),
        cmocka_unit_test(what_another_version_says_is_not_read),
        cmocka_unit_test(connections_that_wait_are_counted),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
