/*
 * eksgate tunnel: one process behind nginx for the connections that are upgraded. A new one may be started while an old
 * one still carries its sessions: it takes the socket's name over.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/attend.h"
#include "base/log.h"
#include "main/commands.h"
#include "main/start.h"
#include "tunnel/server.h"

#define BACKLOG 1024

static int listen_on(const struct sockaddr_un *address)
{
    mode_t mask = umask(0117); /* 0660: nginx's user gets in by group, nobody else */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int rc = -1;

    unlink(address->sun_path);
    if (fd >= 0)
        rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    umask(mask);
    if (rc == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    log_critical("can not listen", LOG_TEXT("socket", address->sun_path), LOG_TEXT("error", strerror(errno)));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The name may be another process's by now. */
static void unlink_own(const struct sockaddr_un *address, const struct stat *own)
{
    struct stat st;

    if (stat(address->sun_path, &st) == 0 && st.st_ino == own->st_ino && st.st_dev == own->st_dev)
        unlink(address->sun_path);
}

int command_tunnel(int argc, char **argv)
{
    static struct seal_key seal;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct config config;
    struct stat own = {0};
    int status;
    int fd;
    int n;

    (void)argc;
    (void)argv;
    if (start_configure(&config, &seal) < 0)
        return 1;
    n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/tunnel.sock", config.socket_dir);
    if (n < 0 || (size_t)n >= sizeof(address.sun_path)) {
        log_critical("the socket's path is too long", LOG_TEXT("folder", config.socket_dir));
        return 1;
    }
    attend_block_signals();
    start_bound_memory();
    fd = listen_on(&address);
    if (fd < 0)
        return 1;
    stat(address.sun_path, &own);
    log_info("tunnelling", LOG_TEXT("socket", address.sun_path), LOG_TEXT("version", EKSGATE_VERSION));
    status = tunnel_run(&config, &seal, fd);
    unlink_own(&address, &own);
    close(fd);
    seal_key_wipe(&seal);
    return status;
}
