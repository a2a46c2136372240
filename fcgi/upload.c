#include "fcgi/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"

#define CHUNK KIB(16)
#define STACK_SIZE KIB(256)
#define LINGER_MS 1000 /* for nginx to take the end of the answer and close */

struct upload {
    struct http_source source;
    FCGX_Request *fcgx;
    pthread_t thread;
    int in;  /* the reader's end of the pipe */
    int out; /* the thread's end */
    int64_t announced;
    int64_t got;
    atomic_bool is_broken; /* the client went away before the end */
};

static atomic_long running;

bool request_streams_body(const struct request *request)
{
    return request_param(request, "BODY_STREAMED").len > 0;
}

/* At least a byte and what has come with it; 0 at the end, -1 when the client is gone. FCGX_GetStr() would wait until
 * all that was asked for is there. */
static int read_some(FCGX_Stream *in, char *data, int size)
{
    int n = FCGX_GetChar(in);

    if (n < 0)
        return FCGX_GetError(in) == 0 ? 0 : -1;
    data[0] = (char)n;
    n = (int)(in->stop - in->rdNext);
    if (n > size - 1)
        n = size - 1;
    return n > 0 ? 1 + FCGX_GetStr(data + 1, n, in) : 1;
}

static int pass_on(struct upload *u, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(u->out, data, len);

        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

/* Once nobody wants it any more, a little is read on: the client may be at its end already. */
static void *pump(void *arg)
{
    struct upload *u = arg;
    char chunk[CHUNK];
    size_t unwanted = 0;
    bool is_wanted = true;
    int n;

    while ((n = read_some(u->fcgx->in, chunk, sizeof(chunk))) > 0 && unwanted <= LIMIT_DRAIN) {
        u->got += n;
        is_wanted = is_wanted && pass_on(u, chunk, (size_t)n) == 0;
        if (!is_wanted)
            unwanted += (size_t)n;
    }
    if (n != 0 || (u->announced >= 0 && u->got != u->announced))
        atomic_store(&u->is_broken, true);
    close(u->out);
    return NULL;
}

static long read_pipe(void *arg, char *data, size_t size)
{
    struct upload *u = arg;
    ssize_t n = read(u->in, data, size);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? HTTP_SOURCE_LATER : -1;
    return n == 0 && atomic_load(&u->is_broken) ? -1 : n;
}

static int start(struct request *request, struct upload *u)
{
    struct str announced = request_param(request, "CONTENT_LENGTH");
    long length;
    int ends[2];

    u->announced = -1;
    if (announced.len > 0 && str_to_long(announced, 0, 1L << 62, &length) < 0)
        return err_set(&request->err, ERR_BAD_REQUEST, "Content-Length is no length");
    if (announced.len > 0)
        u->announced = length;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no pipe for the body");
    u->in = ends[0];
    u->out = ends[1];
    fcntl(u->in, F_SETFL, O_NONBLOCK);
    if (thread_start(&u->thread, STACK_SIZE, pump, u) == 0)
        return 0;
    close(u->in);
    close(u->out);
    return err_set(&request->err, ERR_INTERNAL, "there is no thread for the body");
}

/* Each takes a thread for as long as its client likes, so there are few at a time. */
static int take_place(struct request *request)
{
    long most = request->worker->config->threads / UPLOAD_SHARE;

    if (atomic_fetch_add(&running, 1) < (most > 0 ? most : 1))
        return 0;
    atomic_fetch_sub(&running, 1);
    err_set(&request->err, ERR_OVERLOADED, "eksgate: too many uploads at once: try again");
    request->err.retry_after = 1;
    return -1;
}

const struct http_source *upload_begin(struct request *request)
{
    struct upload *u = arena_alloc(request->arena, sizeof(*u));

    if (!u) {
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the body");
        return NULL;
    }
    u->fcgx = request->fcgx;
    if (take_place(request) < 0)
        return NULL;
    if (start(request, u) < 0) {
        atomic_fetch_sub(&running, 1);
        return NULL;
    }
    u->source = (struct http_source){.fd = u->in, .length = u->announced, .read = read_pipe, .arg = u};
    request->upload = u;
    return &u->source;
}

void upload_end(struct request *request)
{
    struct upload *u = request->upload;
    struct timespec until;

    if (!u)
        return;
    close(u->in);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LINGER_MS / 1000;
    if (pthread_timedjoin_np(u->thread, NULL, &until) != 0) {
        shutdown(request->fcgx->ipcFd, SHUT_RD);
        pthread_join(u->thread, NULL);
    }
    atomic_fetch_sub(&running, 1);
    request->upload = NULL;
}
