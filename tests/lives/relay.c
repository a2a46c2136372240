/* relay PORT HOST HOST_PORT: from a port of loopback to a server elsewhere, for as long as anybody wants. */
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>

static int carry(int from, int to)
{
    char data[65536];
    ssize_t n = read(from, data, sizeof(data));

    for (ssize_t sent = 0; sent < n;) {
        ssize_t more = write(to, data + sent, (size_t)(n - sent));

        if (more <= 0)
            return -1;
        sent += more;
    }
    return n > 0 ? 0 : -1;
}

static void serve(int near, const struct sockaddr_in *server)
{
    int far = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd both[2] = {{near, POLLIN, 0}, {far, POLLIN, 0}};

    if (connect(far, (const struct sockaddr *)server, sizeof(*server)) < 0)
        _exit(1);
    while (poll(both, 2, -1) > 0)
        if ((both[0].revents && carry(near, far) < 0) || (both[1].revents && carry(far, near) < 0))
            _exit(0);
}

int main(int argc, char **argv)
{
    int one = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in server = {.sin_family = AF_INET};

    if (argc != 4 || inet_pton(AF_INET, argv[2], &server.sin_addr) != 1)
        return 64;
    here.sin_port = htons((unsigned short)atoi(argv[1]));
    server.sin_port = htons((unsigned short)atoi(argv[3]));
    signal(SIGCHLD, SIG_IGN);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0 || listen(listener, 200) < 0)
        return 1;
    for (;;) {
        int near = accept(listener, NULL, NULL);

        if (near >= 0 && fork() == 0)
            serve(near, &server);
        if (near >= 0)
            close(near);
    }
}
