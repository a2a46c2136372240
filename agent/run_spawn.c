#include "agent/run_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define HELD_FD 3
#define FILE_MAX ((rlim_t)2 << 30) /* Terraform unpacks providers of 700 MB */

extern char **environ;

/* Between fork() and exec() of a process with threads, only what is safe in a signal handler may be called. */
static void write_number(int fd, long number)
{
    char digits[24];
    size_t at = sizeof(digits);

    digits[--at] = '\n';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (at < sizeof(digits)) {
        ssize_t n = write(fd, digits + at, sizeof(digits) - at);

        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

static int limit(void)
{
    const struct rlimit none = {0, 0};
    const struct rlimit file = {FILE_MAX, FILE_MAX};

    return setrlimit(RLIMIT_CORE, &none) == 0 && setrlimit(RLIMIT_FSIZE, &file) == 0 ? 0 : -1;
}

static int open_files(const struct spawn *spawn)
{
    int in = open("/dev/null", O_RDWR);
    int errors = open(spawn->errors, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

    if (in < 0 || errors < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(in, STDOUT_FILENO) < 0 ||
        dup2(errors, STDERR_FILENO) < 0)
        return -1;
    return spawn->held == HELD_FD ? fcntl(HELD_FD, F_SETFD, 0) : dup2(spawn->held, HELD_FD) < 0 ? -1 : 0;
}

static void become(const struct spawn *spawn)
{
    struct sigaction normal = {.sa_handler = SIG_DFL};
    sigset_t none;

    sigemptyset(&none);
    sigaction(SIGPIPE, &normal, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (setsid() < 0 || limit() < 0)
        _exit(126);
    if (geteuid() == 0 && spawn->user != 0 &&
        (setgroups(1, &spawn->group) < 0 || setresgid(spawn->group, spawn->group, spawn->group) < 0 ||
         setresuid(spawn->user, spawn->user, spawn->user) < 0))
        _exit(126);
    if (open_files(spawn) < 0 || chdir(spawn->folder) < 0 || close_range(HELD_FD + 1, ~0U, 0) < 0)
        _exit(126);
    write_number(HELD_FD, (long)getpid());
    execve(spawn->words[0], spawn->words, spawn->environment);
    _exit(127);
}

int spawn_start(const struct spawn *spawn, pid_t *pid, struct err *err)
{
    *pid = fork();
    if (*pid == 0)
        become(spawn);
    return *pid < 0 ? err_set(err, ERR_INTERNAL, "no process could be started: %s", strerrordesc_np(errno)) : 0;
}

static bool may_know(const char *variable)
{
    static const char *const names[] = {
        "AWS_",           "PATH=",     "HOME=",       "TZ=",          "SSL_CERT_", "HTTP_PROXY=",
        "HTTPS_PROXY=",   "NO_PROXY=", "http_proxy=", "https_proxy=", "no_proxy=", "TF_CLI_CONFIG_FILE=",
        "XDG_CACHE_HOME="};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

char **spawn_environment(struct arena *arena, size_t more, size_t *count)
{
    size_t all = 0;
    char **out;

    while (environ[all])
        all++;
    out = arena_alloc(arena, (all + more + 1) * sizeof(*out));
    *count = 0;
    for (size_t i = 0; out && i < all; i++)
        if (may_know(environ[i]))
            out[(*count)++] = environ[i];
    return out;
}

int64_t spawn_started_at(pid_t pid)
{
    char path[64];
    char text[1024];
    const char *rest;
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    file = fopen(path, "re");
    if (!file)
        return 0;
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    /* The name in parentheses may be anything; the time is field 22, and the state behind the name field 3. */
    rest = strrchr(text, ')');
    for (int field = 3; rest && field <= 22; field++) {
        rest = strchr(rest + 1, ' ');
    }
    return rest ? strtoll(rest, NULL, 10) : 0;
}
