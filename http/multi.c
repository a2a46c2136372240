#include "http/multi.h"

#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "http/transfer.h"

/* What is kept for another call after an answer has ended; each costs memory here and in the cluster. */
#define IDLE_CONNECTIONS 256L

struct http_multi {
    CURLM *curl;
    CURLSH *sessions; /* of TLS: a stream to a known cluster begins without its certificates */
    struct loop *loop;
    int64_t due_ms; /* when libcurl wants to be asked, or -1 */
    struct http_exchange *first;
    struct http_exchange *touched; /* those that libcurl has just read for */
};

struct http_exchange {
    struct http_multi *multi;
    CURL *easy;
    struct http_call call;
    struct http_sink sink;          /* stands before the next */
    const struct http_sink *wanted; /* the caller's */
    struct transfer transfer;
    struct http_reply reply;
    void (*on_done)(void *arg, const struct http_reply *reply);
    void *arg;
    struct http_exchange *next;
    struct http_exchange **link; /* what points to this one */
    struct http_exchange *next_touched;
    bool is_touched;
};

/*
 * libcurl sets SSL_MODE_RELEASE_BUFFERS, but with OpenSSL 3.0 the 16 KiB that a record is read into stay. Given back
 * at once, one connection's become the next one's; later, they would be holes in the heap.
 */
static void give_buffers_back(struct http_multi *multi)
{
    while (multi->touched) {
        struct http_exchange *exchange = multi->touched;
        struct curl_tlssessioninfo *tls = NULL;

        multi->touched = exchange->next_touched;
        exchange->is_touched = false;
        if (curl_easy_getinfo(exchange->easy, CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls && tls->internals &&
            tls->backend == CURLSSLBACKEND_OPENSSL)
            SSL_free_buffers(tls->internals);
    }
}

static void touch(struct http_exchange *exchange)
{
    if (exchange->is_touched)
        return;
    exchange->is_touched = true;
    exchange->next_touched = exchange->multi->touched;
    exchange->multi->touched = exchange;
}

static void act(struct http_multi *multi, int fd, int flags)
{
    int running;

    curl_multi_socket_action(multi->curl, fd, flags, &running);
    give_buffers_back(multi);
}

static void on_ready(void *arg, int fd, uint32_t events)
{
    struct http_multi *multi = arg;
    int flags = 0;

    if (events & (EPOLLIN | EPOLLRDHUP))
        flags |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        flags |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP))
        flags |= CURL_CSELECT_ERR;
    act(multi, fd, flags);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct http_multi *multi = arg;
    uint32_t events = 0;

    (void)easy;
    (void)socket_arg;
    if (what == CURL_POLL_REMOVE) {
        loop_forget(multi->loop, fd);
        return 0;
    }
    if (what & CURL_POLL_IN)
        events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        events |= EPOLLOUT;
    return loop_watch(multi->loop, fd, events, on_ready, multi);
}

static int on_timer(CURLM *curl, long timeout_ms, void *arg)
{
    struct http_multi *multi = arg;

    (void)curl;
    multi->due_ms = timeout_ms < 0 ? -1 : clock_monotonic_ms() + timeout_ms;
    return 0;
}

struct http_multi *http_multi_new(struct loop *loop)
{
    struct http_multi *multi = calloc(1, sizeof(*multi));

    if (!multi)
        return NULL;
    multi->loop = loop;
    multi->due_ms = -1;
    multi->curl = curl_multi_init();
    multi->sessions = curl_share_init();
    if (!multi->curl || !multi->sessions) {
        http_multi_free(multi);
        return NULL;
    }
    curl_share_setopt(multi->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS);
    curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return multi;
}

void http_multi_free(struct http_multi *multi)
{
    if (!multi)
        return;
    while (multi->first)
        http_exchange_drop(multi->first);
    curl_multi_cleanup(multi->curl);
    curl_share_cleanup(multi->sessions);
    free(multi);
}

static int on_head(void *arg, const struct http_head *head)
{
    struct http_exchange *exchange = arg;
    const struct http_sink *sink = exchange->wanted;

    touch(exchange);
    return sink->on_head(sink->arg, head);
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct http_exchange *exchange = arg;
    const struct http_sink *sink = exchange->wanted;

    touch(exchange);
    return sink->on_body(sink->arg, data, len);
}

/* The head is read into memory of its own, which most streams outlive by hours. */
static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
    struct http_exchange *exchange = arg;
    struct transfer *t = &exchange->transfer;
    size_t taken;

    if (t->head_told)
        return size * count;
    if (!t->arena)
        t->arena = arena_new(4 * LIMIT_REPLY_HEADERS);
    if (!t->arena) {
        t->no_memory = true;
        return 0;
    }
    taken = transfer_read_header(data, size, count, t);
    if (t->head_told) {
        exchange->reply.head = (struct http_head){.status = exchange->reply.head.status};
        arena_free(t->arena);
        t->arena = NULL;
        transfer_forget_headers(t, exchange->easy);
    }
    return taken;
}

static void exchange_free(struct http_exchange *exchange)
{
    *exchange->link = exchange->next;
    if (exchange->next)
        exchange->next->link = exchange->link;
    arena_free(exchange->transfer.arena);
    curl_easy_cleanup(exchange->easy);
    free(exchange);
}

static void exchange_link(struct http_exchange *exchange)
{
    struct http_multi *multi = exchange->multi;

    exchange->next = multi->first;
    exchange->link = &multi->first;
    if (exchange->next)
        exchange->next->link = &exchange->next;
    multi->first = exchange;
}

static void set_stream_options(struct http_exchange *exchange)
{
    curl_easy_setopt(exchange->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(exchange->easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(exchange->easy, CURLOPT_NOPROGRESS, 1L);
    /* libcurl copies even a request without a body into one, of 64 KiB unless told, and keeps it to the end. */
    curl_easy_setopt(exchange->easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)KIB(16));
    curl_easy_setopt(exchange->easy, CURLOPT_SHARE, exchange->multi->sessions);
    curl_easy_setopt(exchange->easy, CURLOPT_PRIVATE, exchange);
    if (exchange->call.receive_buffer > 0)
        curl_easy_setopt(exchange->easy, CURLOPT_BUFFERSIZE, (long)exchange->call.receive_buffer);
}

struct http_exchange *http_multi_start(struct http_multi *multi, const struct http_call *call,
                                       void (*on_done)(void *arg, const struct http_reply *reply), void *arg)
{
    struct http_exchange *exchange = calloc(1, sizeof(*exchange));

    if (!exchange)
        return NULL;
    exchange->multi = multi;
    exchange->call = *call;
    exchange->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = exchange};
    exchange->wanted = call->sink;
    exchange->call.sink = &exchange->sink;
    exchange->transfer.call = &exchange->call;
    exchange->transfer.reply = &exchange->reply;
    exchange->on_done = on_done;
    exchange->arg = arg;
    exchange_link(exchange);
    exchange->easy = curl_easy_init();
    if (!exchange->easy || transfer_begin(&exchange->transfer, exchange->easy) < 0) {
        exchange_free(exchange);
        return NULL;
    }
    set_stream_options(exchange);
    if (curl_multi_add_handle(multi->curl, exchange->easy) != CURLM_OK) {
        transfer_end(&exchange->transfer, exchange->easy, CURLE_OUT_OF_MEMORY);
        exchange_free(exchange);
        return NULL;
    }
    return exchange;
}

void http_exchange_resume(struct http_exchange *exchange)
{
    curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
    give_buffers_back(exchange->multi);
}

static void exchange_end(struct http_exchange *exchange, CURLcode code)
{
    curl_multi_remove_handle(exchange->multi->curl, exchange->easy);
    transfer_end(&exchange->transfer, exchange->easy, code);
}

void http_exchange_drop(struct http_exchange *exchange)
{
    exchange_end(exchange, CURLE_ABORTED_BY_CALLBACK);
    exchange_free(exchange);
}

int http_multi_wait_ms(const struct http_multi *multi, int max)
{
    int64_t left;

    if (multi->due_ms < 0)
        return max;
    left = multi->due_ms - clock_monotonic_ms();
    return left < 0 ? 0 : left > max ? max : (int)left;
}

static void finish_one(CURL *easy, CURLcode code)
{
    struct http_exchange *exchange;
    struct http_reply reply;
    void (*on_done)(void *arg, const struct http_reply *reply);
    void *arg;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
    exchange_end(exchange, code);
    reply = exchange->reply;
    on_done = exchange->on_done;
    arg = exchange->arg;
    exchange_free(exchange);
    on_done(arg, &reply);
}

void http_multi_run(struct http_multi *multi)
{
    struct CURLMsg *message;
    int left;

    if (multi->due_ms >= 0 && multi->due_ms <= clock_monotonic_ms()) {
        multi->due_ms = -1;
        act(multi, CURL_SOCKET_TIMEOUT, 0);
    }
    while ((message = curl_multi_info_read(multi->curl, &left)))
        if (message->msg == CURLMSG_DONE)
            finish_one(message->easy_handle, message->data.result);
}
