/*
 * credential_process: a command of the profile prints the credentials. Whoever can write the profile runs it
 * as the gateway, so the operator has to allow it: EKSGATE_ALLOW_CREDENTIAL_PROCESS=1.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/document.h"
#include "aws/provider.h"
#include "aws/words.h"
#include "base/clock.h"
#include "base/limits.h"

#define TIMEOUT_MS 10000
#define WORDS_MAX 64

extern char **environ;

/* No input, no error output (what a command says there may be anything), and none of the gateway's sockets. */
static int describe_child(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int out)
{
    sigset_t none;

    sigemptyset(&none);
    if (posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO) != 0 ||
        posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1) != 0 ||
        posix_spawnattr_setsigmask(attributes, &none) != 0 || posix_spawnattr_setpgroup(attributes, 0) != 0)
        return -1;
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP) == 0 ? 0 : -1;
}

/* In a process group of its own, so that what it has started ends with it. */
static int start(char *const *words, int out, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int result = -1;

    if (posix_spawn_file_actions_init(&files) != 0)
        return -1;
    if (posix_spawnattr_init(&attributes) == 0) {
        if (describe_child(&files, &attributes, out) == 0 &&
            posix_spawnp(pid, words[0], &files, &attributes, words, environ) == 0)
            result = 0;
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return result;
}

/* Until the command closes its output. -1 when it takes or says too much. */
static int read_output(int fd, int64_t deadline_ms, struct buf *out)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};

    for (;;) {
        int64_t left = deadline_ms - clock_monotonic_ms();
        char *room = buf_reserve(out, KIB(4));
        ssize_t n;

        if (left <= 0 || !room || (poll(&poller, 1, (int)left) < 0 && errno != EINTR))
            return -1;
        if (!poller.revents)
            continue;
        n = read(fd, room, KIB(4));
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
        out->len += n > 0 ? (size_t)n : 0;
    }
}

/* Its exit status; a command that has closed its output may still live on. */
static int finish(pid_t pid, int64_t deadline_ms, bool kill_now)
{
    int status = -1;
    pid_t rc = 0;

    while (!kill_now && rc == 0 && clock_monotonic_ms() < deadline_ms) {
        rc = waitpid(pid, &status, WNOHANG);
        if (rc == 0)
            poll(NULL, 0, 5);
    }
    kill(-pid, SIGKILL);
    while (rc == 0 || (rc < 0 && errno == EINTR))
        rc = waitpid(pid, &status, 0);
    return rc == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static enum found run(const struct search *s, char *const *words, struct buf *output)
{
    int64_t deadline_ms = clock_monotonic_ms() + TIMEOUT_MS;
    bool is_whole;
    int pipes[2];
    int status;
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) < 0)
        return provider_refuse(s, "credential_process can not be started: %s", strerrordesc_np(errno));
    status = start(words, pipes[1], &pid);
    close(pipes[1]);
    if (status < 0) {
        close(pipes[0]);
        return provider_refuse(s, "credential_process of the AWS profile \"%.*s\" can not be started",
                               STR_FMT(s->name));
    }
    is_whole = read_output(pipes[0], deadline_ms, output) == 0;
    close(pipes[0]);
    status = finish(pid, deadline_ms, !is_whole);
    if (!is_whole)
        return provider_refuse(s, "credential_process of the AWS profile \"%.*s\" took too long or said too much",
                               STR_FMT(s->name));
    if (status != 0)
        return provider_refuse(s, "credential_process of the AWS profile \"%.*s\" failed (exit status %d)",
                               STR_FMT(s->name), status);
    return PROVIDER_FOUND;
}

static enum found run_command(const struct search *s, struct str command, struct buf *output)
{
    char *words[WORDS_MAX + 1] = {NULL};
    enum found found;
    struct buf text;
    size_t count;
    size_t at = 0;

    buf_init(&text, KIB(32));
    if (words_split(command, &text, &count) < 0 || count == 0 || count > WORDS_MAX) {
        buf_wipe(&text);
        return provider_refuse(s, "credential_process of the AWS profile \"%.*s\" is not a command", STR_FMT(s->name));
    }
    for (size_t i = 0; i < count; i++) {
        words[i] = text.ptr + at;
        at += strlen(words[i]) + 1;
    }
    found = run(s, words, output);
    buf_wipe(&text);
    return found;
}

enum found provider_process(const struct search *s)
{
    struct str command = provider_option(s, "credential_process");
    struct buf output;
    enum found found;
    const char *why;

    if (command.len == 0)
        return PROVIDER_NONE;
    if (!str_equal(provider_env("EKSGATE_ALLOW_CREDENTIAL_PROCESS"), STR("1")))
        return provider_refuse(
            s, "the AWS profile \"%.*s\" has credential_process: EKSGATE_ALLOW_CREDENTIAL_PROCESS=1 would allow it",
            STR_FMT(s->name));
    buf_init(&output, KIB(64));
    found = run_command(s, command, &output);
    if (found == PROVIDER_FOUND && document_read(buf_str(&output), DOCUMENT_PROCESS, s->out, &why) != DOCUMENT_READ)
        found = provider_refuse(s, "what credential_process of the AWS profile \"%.*s\" printed can not be used: %s",
                                STR_FMT(s->name), why);
    buf_wipe(&output);
    return found;
}
