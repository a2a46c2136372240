/*
 * eksgate serve: a master that owns the sockets and keeps P serve processes running. A process that dies is
 * started again on the same socket, so requests that wait there are not lost.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/seal.h"
#include "fcgi/server.h"
#include "handlers/routes.h"
#include "main/commands.h"
#include "main/start.h"

#define PROCESSES_MAX 64
#define BACKLOG 1024
#define RESTART_PAUSE_MS 500

struct child {
    pid_t pid;
    int listen_fd;
    int64_t started_ms;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

struct master {
    struct config config;
    struct seal_key seal;
    struct child children[PROCESSES_MAX];
};

static int listen_on(struct child *child, const char *dir, long index)
{
    mode_t mask;
    int n = snprintf(child->path, sizeof(child->path), "%s/serve-%ld.sock", dir, index);

    if (n < 0 || (size_t)n >= sizeof(child->path)) {
        log_critical("the socket's path is too long", LOG_TEXT("folder", dir));
        return -1;
    }
    unlink(child->path);
    mask = umask(0117); /* 0660: nginx's user gets in by group, nobody else */
    child->listen_fd = FCGX_OpenSocket(child->path, BACKLOG);
    umask(mask);
    if (child->listen_fd < 0)
        log_critical("can not listen", LOG_TEXT("socket", child->path), LOG_TEXT("error", strerror(errno)));
    return child->listen_fd < 0 ? -1 : 0;
}

static void run_child(struct master *master, struct child *child)
{
    const struct server server = {
        .config = &master->config,
        .seal = &master->seal,
        .routes = routes,
        .route_count = route_count,
        .listen_fd = child->listen_fd,
    };

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    metrics_begin((size_t)(child - master->children));
    start_bound_memory();
    for (long i = 0; i < master->config.processes; i++)
        if (&master->children[i] != child)
            close(master->children[i].listen_fd);
    exit(server_run(&server));
}

static int start_child(struct master *master, struct child *child)
{
    child->started_ms = clock_monotonic_ms();
    child->pid = fork();
    if (child->pid == 0)
        run_child(master, child);
    if (child->pid < 0)
        log_critical("can not start a serve process", LOG_TEXT("error", strerror(errno)));
    return child->pid < 0 ? -1 : 0;
}

static struct child *find_child(struct master *master, pid_t pid)
{
    for (long i = 0; i < master->config.processes; i++)
        if (master->children[i].pid == pid)
            return &master->children[i];
    return NULL;
}

static void restart_dead(struct master *master)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = find_child(master, pid);

        if (!child)
            continue;
        log_error("a serve process ended and is started again", LOG_INT("pid", pid),
                  LOG_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
                  LOG_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
        if (clock_monotonic_ms() - child->started_ms < RESTART_PAUSE_MS)
            nanosleep(&(struct timespec){.tv_nsec = RESTART_PAUSE_MS * 1000000L}, NULL);
        start_child(master, child);
    }
}

static void stop_children(struct master *master)
{
    for (long i = 0; i < master->config.processes; i++)
        if (master->children[i].pid > 0)
            kill(master->children[i].pid, SIGTERM);
    for (long i = 0; i < master->config.processes; i++) {
        if (master->children[i].pid > 0)
            waitpid(master->children[i].pid, NULL, 0);
        unlink(master->children[i].path);
    }
}

static int start_all(struct master *master)
{
    for (long i = 0; i < master->config.processes; i++)
        if (listen_on(&master->children[i], master->config.socket_dir, i) < 0)
            return -1;
    for (long i = 0; i < master->config.processes; i++)
        if (start_child(master, &master->children[i]) < 0)
            return -1;
    return 0;
}

int command_serve(int argc, char **argv)
{
    static struct master master;
    sigset_t set;
    int got = 0;

    (void)argc;
    (void)argv;
    if (start_configure(&master.config, &master.seal) < 0)
        return 1;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (metrics_pool_new((size_t)master.config.processes) < 0 || start_all(&master) < 0) {
        stop_children(&master);
        return 1;
    }
    log_info("serving", LOG_TEXT("sockets", master.config.socket_dir), LOG_INT("processes", master.config.processes),
             LOG_INT("threads", master.config.threads), LOG_TEXT("version", EKSGATE_VERSION));
    while (sigwait(&set, &got) == 0 && got == SIGCHLD)
        restart_dead(&master);
    stop_children(&master);
    seal_key_wipe(&master.seal);
    return 0;
}
