/*
 * One serve process: an event loop that has nginx's connections and the clusters' (fcgi/front.h, fcgi/streams.h),
 * threads for what has to wait (fcgi/workers.h), and its orderly end.
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
