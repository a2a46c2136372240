/* A real Redis on a socket of its own, for one test program. */
#ifndef EKSGATE_TESTS_REDIS_SERVER_H
#define EKSGATE_TESTS_REDIS_SERVER_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "redis/client.h"

static char folder[] = "/tmp/eksgate-test-redis-XXXXXX";
static char address[80];
static pid_t server;
static struct redis_client *redis;
static struct arena *arena;

static inline void start_server(void)
{
    char socket[80];

    snprintf(socket, sizeof(socket), "%s/s", folder);
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder,
               "--loglevel", "warning", "--logfile", "log", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 250 && redis_ping(redis) < 0; i++) {
        redis_client_free(redis); /* a new one knows of no failure */
        redis = redis_client_new(address, 0);
        usleep(20000);
    }
}

static inline void stop_server(void)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}

static inline int group_setup(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as eksgate serve does */
    if (!mkdtemp(folder))
        return -1;
    snprintf(address, sizeof(address), "unix:%s/s", folder);
    arena = arena_new(MIB(16));
    redis = redis_client_new(address, 0);
    start_server();
    return redis_ping(redis);
}

static inline int group_teardown(void **state)
{
    char command[80];

    (void)state;
    stop_server();
    redis_client_free(redis);
    arena_free(arena);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static inline int empty(void **state)
{
    const struct str flush[] = {STR("FLUSHALL")};
    struct err err;
    redisReply *reply = redis_run(redis, flush, 1, &err);

    (void)state;
    arena_reset(arena);
    if (!reply)
        return -1;
    freeReplyObject(reply);
    return 0;
}

#endif
