#include "base/backlog.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MS 200

struct question {
    struct nlmsghdr head;
    struct unix_diag_req request;
};

static ssize_t ask_kernel(int netlink, ino_t inode, char *reply, size_t size)
{
    const struct question question = {
        .head = {.nlmsg_len = sizeof(question), .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .request = {.sdiag_family = AF_UNIX,
                    .udiag_states = ~0u,
                    .udiag_ino = (uint32_t)inode,
                    .udiag_show = UDIAG_SHOW_RQLEN,
                    .udiag_cookie = {~0u, ~0u}},
    };

    if (send(netlink, &question, sizeof(question), 0) < 0)
        return -1;
    return recv(netlink, reply, size, 0);
}

/* The attributes stand behind the message about the socket, each aligned to four bytes. */
static long read_length(const char *reply, size_t len)
{
    const size_t head = sizeof(struct nlattr);
    struct unix_diag_rqlen length;
    struct nlattr attribute;

    for (size_t at = NLMSG_SPACE(sizeof(struct unix_diag_msg)); at + head <= len;
         at += (attribute.nla_len + 3u) & ~3u) {
        memcpy(&attribute, reply + at, sizeof(attribute));
        if (attribute.nla_len < head)
            break;
        if (attribute.nla_type != UNIX_DIAG_RQLEN || at + head + sizeof(length) > len)
            continue;
        memcpy(&length, reply + at + head, sizeof(length));
        return length.udiag_rqueue;
    }
    return 0;
}

long backlog_length(int listen_fd)
{
    const struct timeval limit = {.tv_usec = ANSWER_MS * 1000};
    char reply[1024];
    struct nlmsghdr head;
    struct stat st;
    ssize_t n = -1;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd < 0)
        return 0;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (fstat(listen_fd, &st) == 0)
        n = ask_kernel(fd, st.st_ino, reply, sizeof(reply));
    close(fd);
    if (n < (ssize_t)sizeof(head))
        return 0;
    memcpy(&head, reply, sizeof(head));
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_len > (size_t)n)
        return 0;
    return read_length(reply, head.nlmsg_len);
}
