/*
 * The tunnel process: threads that carry sessions, threads that wait, and the orderly end of both.
 */
#ifndef EKSGATE_TUNNEL_SERVER_H
#define EKSGATE_TUNNEL_SERVER_H

#include "base/config.h"
#include "base/seal.h"

/* Serves on the socket until SIGTERM or SIGINT, which the caller must have blocked; then open sessions get
 * config->tunnel_grace seconds to end by themselves. Returns the process's exit status. */
int tunnel_run(const struct config *config, const struct seal_key *seal, int listen_fd);

#endif
