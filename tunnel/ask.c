/*
 * The part of a session in which the cluster is asked: connect, handshake, the request's head, the answer's head.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tunnel/rewrite.h"
#include "tunnel/session_internal.h"
#include "tunnel/terminal.h"

static struct err *err_of(struct session *s)
{
    return &s->exchange->err;
}

static const char *id_of(const struct session *s)
{
    return s->exchange->cluster.target.cluster_id;
}

/* The cluster is remembered as down where that is what the failure says. */
static void fail_and_note(struct session *s)
{
    cluster_note_failure(&s->reactor->worker, &s->exchange->cluster, err_of(s));
    session_fail(s);
}

static void fail_unreachable(struct session *s, int error)
{
    kube_count_failure(error == ETIMEDOUT ? HTTP_TIMEOUT : HTTP_REFUSED);
    err_set(err_of(s), ERR_UPSTREAM_UNREACHABLE, "eksgate: cluster \"%s\" is unreachable: %s", id_of(s),
            strerror(error));
    err_of(s)->retry_after = 1; /* nothing was sent */
    fail_and_note(s);
}

static void connect_next(struct session *s, int error)
{
    struct dial *dial = &s->exchange->dial;
    struct relay *r = &s->relay;

    session_close_cluster(s);
    while (s->address < dial->count) {
        r->cluster_fd = dial_start(&dial->addresses[s->address++]);
        if (r->cluster_fd < 0) {
            error = errno;
            continue;
        }
        s->deadline_ms = clock_monotonic_ms() + CONNECT_MS / (int64_t)dial->count;
        session_watch(s, 0, EPOLLOUT);
        return;
    }
    fail_unreachable(s, error);
}

void ask_start(struct session *s)
{
    s->state = SESSION_CONNECT;
    s->address = 0;
    s->asked_us = clock_monotonic_us();
    s->out_sent = 0;
    buf_wipe(&s->out);
    buf_init(&s->out, REWRITE_REQUEST_MAX);
    buf_wipe(&s->in);
    buf_init(&s->in, LIMIT_REPLY_HEADERS);
    if (rewrite_request(s->exchange, &s->out) < 0)
        session_fail(s);
    else
        connect_next(s, ECONNREFUSED);
}

static void fail_tls(struct session *s)
{
    kube_count_failure(HTTP_TLS);
    err_set(err_of(s), ERR_UPSTREAM_TLS, "eksgate: cluster \"%s\": TLS verification failed: %s", id_of(s),
            tls_reason(s->relay.tls));
    if (s->refreshed) {
        fail_and_note(s);
        return;
    }
    s->refreshed = true;
    session_begin_step(s, STEP_REFRESH);
}

static void shake_hands(struct session *s)
{
    switch (tls_handshake(s->relay.tls)) {
    case TLS_DONE:
        s->state = SESSION_ASK;
        s->deadline_ms = clock_monotonic_ms() + ANSWER_MS;
        ask_advance(s);
        return;
    case TLS_WANT_READ:
        session_watch(s, 0, EPOLLIN);
        return;
    case TLS_WANT_WRITE:
        session_watch(s, 0, EPOLLOUT);
        return;
    default:
        fail_tls(s);
    }
}

static void connected(struct session *s)
{
    struct exchange *ex = s->exchange;
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(s->relay.cluster_fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (error != 0) {
        connect_next(s, error);
        return;
    }
    s->relay.tls = tls_new(s->reactor->contexts, s->relay.cluster_fd, ex->dial.host, ex->cluster.target.ca_pem,
                           &ex->cluster.target.identity, &ex->err);
    if (!s->relay.tls) {
        fail_and_note(s);
        return;
    }
    s->state = SESSION_HANDSHAKE;
    s->deadline_ms = clock_monotonic_ms() + CONNECT_MS;
    shake_hands(s);
}

/* Not tried again, be it a GET: what an exec runs may have begun. */
static void fail_broken(struct session *s, const char *what)
{
    kube_count_failure(HTTP_BROKEN);
    err_set(err_of(s), ERR_UPSTREAM_BROKEN, "eksgate: cluster \"%s\" %s", id_of(s), what);
    session_fail(s);
}

static void send_head(struct session *s)
{
    while (s->out_sent < s->out.len) {
        size_t n;
        enum tls_result result = tls_write(s->relay.tls, s->out.ptr + s->out_sent, s->out.len - s->out_sent, &n);

        if (result == TLS_WANT_READ || result == TLS_WANT_WRITE) {
            session_watch(s, 0, result == TLS_WANT_WRITE ? EPOLLOUT : EPOLLIN);
            return;
        }
        if (result != TLS_DONE) {
            fail_broken(s, "closed the connection");
            return;
        }
        s->out_sent += n;
    }
    buf_wipe(&s->out);
    s->state = SESSION_ANSWER;
    ask_advance(s);
}

static bool may_renew(struct session *s, const struct http_head *head)
{
    return head->status == 401 && !s->renewed && cluster_can_renew(s->reactor->tunnel->memory, &s->exchange->cluster);
}

/* The answer goes on: its head rewritten, then what came behind it. */
static void pass_answer(struct session *s, const struct http_head *head, struct str behind)
{
    struct relay *r = &s->relay;
    struct buf answer;
    int rc;

    buf_init(&answer, REWRITE_ANSWER_MAX);
    rc = rewrite_answer(s->exchange, head, &answer);
    if (rc == 0)
        rc = pipe_put(&r->down, buf_str(&answer));
    buf_free(&answer);
    if (rc == 0 && r->has_body) {
        long n = r->body.done ? 0 : body_take(&r->body, behind.ptr, behind.len);

        behind.len = n > 0 ? (size_t)n : 0;
        rc = n < 0 ? -1 : 0;
        r->down.ended = r->body.done;
    }
    if (rc < 0 || pipe_put(&r->down, behind) < 0) {
        pipe_free(&r->down);
        fail_broken(s, "answered with what is no HTTP, or too much of it");
        return;
    }
    memory_mark_up(s->reactor->tunnel->memory, s->exchange->cluster.id);
    s->facts.status = head->status;
    s->deadline_ms = clock_monotonic_ms() + s->reactor->tunnel->config->tunnel_idle * 1000;
    session_relay(s);
}

/* True when it was an interim answer: another one follows. */
static bool take_answer(struct session *s, size_t head_len)
{
    struct http_header headers[HEAD_HEADERS_MAX];
    struct http_head head;
    struct str text = buf_str(&s->in);
    struct relay *r = &s->relay;

    if (head_parse_answer((struct str){text.ptr, head_len}, headers, &head) < 0) {
        fail_broken(s, "answered with what is no HTTP");
        return false;
    }
    if (head.status > 101 && head.status < 200) {
        memmove(s->in.ptr, s->in.ptr + head_len, s->in.len - head_len);
        s->in.len -= head_len;
        return true;
    }
    kube_count_answer(head.status, s->asked_us);
    if (may_renew(s, &head)) {
        s->renewed = true;
        session_begin_step(s, STEP_RENEW);
        return false;
    }
    if (s->terminal) {
        terminal_answered(s, &head, head_len);
        return false;
    }
    r->has_body = head.status != 101;
    if (r->has_body ? body_init(&r->body, s->exchange->method, &head) < 0 : http_head_get(&head, "Upgrade").len == 0) {
        fail_broken(s, "answered with what is no HTTP");
        return false;
    }
    pass_answer(s, &head, str_skip(text, head_len));
    return false;
}

static void read_head(struct session *s)
{
    size_t looked_at = s->in.len;

    for (;;) {
        char *room = buf_reserve(&s->in, LIMIT_REPLY_HEADERS - s->in.len);
        enum tls_result result;
        size_t len;
        size_t n;

        if (!room || s->in.len == LIMIT_REPLY_HEADERS) {
            fail_broken(s, "answered with more than 64 KiB of headers");
            return;
        }
        result = tls_read(s->relay.tls, room, LIMIT_REPLY_HEADERS - s->in.len, &n);
        if (result == TLS_WANT_READ || result == TLS_WANT_WRITE) {
            session_watch(s, 0, result == TLS_WANT_WRITE ? EPOLLOUT : EPOLLIN);
            return;
        }
        if (result != TLS_DONE) {
            fail_broken(s, "closed the connection");
            return;
        }
        s->in.len += n;
        while ((len = head_length(buf_str(&s->in), looked_at)) > 0) {
            if (!take_answer(s, len))
                return;
            looked_at = 0;
        }
        looked_at = s->in.len;
    }
}

void ask_advance(struct session *s)
{
    switch (s->state) {
    case SESSION_CONNECT:
        connected(s);
        return;
    case SESSION_HANDSHAKE:
        shake_hands(s);
        return;
    case SESSION_ASK:
        send_head(s);
        return;
    default:
        read_head(s);
    }
}

void ask_expire(struct session *s)
{
    if (s->state == SESSION_CONNECT && s->address < s->exchange->dial.count) {
        connect_next(s, ETIMEDOUT);
        return;
    }
    kube_count_failure(HTTP_TIMEOUT);
    err_set(err_of(s), ERR_UPSTREAM_TIMEOUT, "eksgate: cluster \"%s\" did not answer in time", id_of(s));
    session_fail(s);
}
