#include "fcgi/record.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define FASTCGI_VERSION 1
#define END_CONTENT 8u
#define PIECES 4 /* of output in one call */

/* What goes out in one call: up to PIECES records of output and an end. */
struct batch {
    unsigned char heads[PIECES][RECORD_HEAD];
    unsigned char end[RECORD_END_MAX];
    struct iovec parts[2 * PIECES + 1];
    size_t count;
    size_t records;
};

void record_head(unsigned char out[RECORD_HEAD], enum record_type type, int request_id, size_t len)
{
    out[0] = FASTCGI_VERSION;
    out[1] = (unsigned char)type;
    out[2] = (unsigned char)(request_id >> 8);
    out[3] = (unsigned char)request_id;
    out[4] = (unsigned char)(len >> 8);
    out[5] = (unsigned char)len;
    out[6] = 0;
    out[7] = 0;
}

size_t record_end(unsigned char out[RECORD_END_MAX], int request_id, bool keep)
{
    memset(out, 0, RECORD_END_MAX);
    record_head(out, RECORD_STDOUT, request_id, 0);
    record_head(out + RECORD_HEAD, RECORD_END_REQUEST, request_id, END_CONTENT);
    return keep ? 2 * RECORD_HEAD + END_CONTENT : RECORD_END_MAX;
}

static int send_all(int fd, struct iovec *parts, size_t count)
{
    while (count > 0) {
        const struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        while (count > 0 && (size_t)n >= parts->iov_len) {
            n -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + n;
            parts->iov_len -= (size_t)n;
        }
    }
    return 0;
}

static void add(struct batch *batch, const void *data, size_t len)
{
    batch->parts[batch->count++] = (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
}

/* Takes as much of the output as one record holds. */
static void add_output(struct batch *batch, int request_id, struct str *output)
{
    size_t len = output->len > RECORD_CONTENT_MAX ? RECORD_CONTENT_MAX : output->len;

    record_head(batch->heads[batch->records], RECORD_STDOUT, request_id, len);
    add(batch, batch->heads[batch->records++], RECORD_HEAD);
    add(batch, output->ptr, len);
    *output = str_skip(*output, len);
}

int record_send(int fd, int request_id, struct str first, struct str second, enum record_last last)
{
    struct batch batch;

    do {
        batch.count = batch.records = 0;
        while ((first.len > 0 || second.len > 0) && batch.records < PIECES)
            add_output(&batch, request_id, first.len > 0 ? &first : &second);
        if (last != RECORD_MORE && first.len + second.len == 0)
            add(&batch, batch.end, record_end(batch.end, request_id, last == RECORD_KEEP));
        if (send_all(fd, batch.parts, batch.count) < 0)
            return -1;
    } while (first.len + second.len > 0);
    return 0;
}
