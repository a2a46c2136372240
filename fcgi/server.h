/*
 * One serve process: T worker threads that accept on one listening socket, and its orderly end.
 *
 * libfcgi reads and writes blocking, and a thread that waits for the next request on a connection that nginx
 * keeps is taken; hence the rule that nginx keeps alive at most half as many as there are threads.
 */
#ifndef EKSGATE_FCGI_SERVER_H
#define EKSGATE_FCGI_SERVER_H

#include "base/config.h"
#include "base/seal.h"
#include "fcgi/route.h"

struct server {
    const struct config *config;
    const struct seal_key *seal;
    const struct route *routes;
    size_t route_count;
    int listen_fd;
};

/* Serves until SIGTERM or SIGINT, which the caller must have blocked; then lets running requests end for up to
 * 5 s. Returns the process's exit status. */
int server_run(const struct server *server);

#endif
