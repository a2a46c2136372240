#include "tunnel/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "tunnel/jobs.h"
#include "tunnel/opening.h"
#include "tunnel/rewrite.h"
#include "tunnel/session_internal.h"
#include "tunnel/terminal.h"

#define HUNG_UP_MS 1000 /* for the client's last bytes to reach the cluster */
#define ENDED_MS 10000  /* for the client to notice that the cluster has ended */

static void advance(struct session *s);

static void on_client(void *arg, int fd, uint32_t events)
{
    struct session *s = arg;

    if (events & (EPOLLHUP | EPOLLERR)) {
        s->client_hung_up = true;
        s->client_events = WATCHED_NOT;
        loop_forget(s->reactor->loop, fd); /* it would be told again and again */
    }
    advance(s);
}

static void on_cluster(void *arg, int fd, uint32_t events)
{
    struct session *s = arg;

    if (events & (EPOLLHUP | EPOLLERR)) {
        s->cluster_hung_up = true;
        s->cluster_events = WATCHED_NOT;
        loop_forget(s->reactor->loop, fd);
    }
    if (s->terminal && s->state != SESSION_TERMINAL)
        ask_advance(s);
    else
        advance(s);
}

static void watch(struct session *s, int fd, uint32_t events, uint32_t *watched, loop_function *call)
{
    if (fd >= 0 && *watched != events && loop_watch(s->reactor->loop, fd, events, call, s) == 0)
        *watched = events;
}

void session_watch(struct session *s, uint32_t client_events, uint32_t cluster_events)
{
    if (s->terminal && s->state != SESSION_FINISH)
        client_events = terminal_client_events(s);
    if (!s->client_hung_up)
        watch(s, s->relay.client_fd, client_events, &s->client_events, on_client);
    if (!s->cluster_hung_up)
        watch(s, s->relay.cluster_fd, cluster_events, &s->cluster_events, on_cluster);
}

void session_close_cluster(struct session *s)
{
    if (s->relay.cluster_fd < 0)
        return;
    loop_forget(s->reactor->loop, s->relay.cluster_fd);
    tls_free(s->relay.tls);
    close(s->relay.cluster_fd);
    s->relay.tls = NULL;
    s->relay.cluster_fd = -1;
    s->cluster_events = WATCHED_NOT;
    s->cluster_hung_up = false;
}

void session_take_facts(struct session *s)
{
    const struct exchange *ex = s->exchange;
    struct session_facts *f = &s->facts;

    snprintf(f->request_id, sizeof(f->request_id), "%s", ex->request_id);
    snprintf(f->audit_id, sizeof(f->audit_id), "%.*s", STR_FMT(ex->audit_id));
    snprintf(f->method, sizeof(f->method), "%s", ex->method);
    snprintf(f->path, sizeof(f->path), "%.*s", STR_FMT(ex->head.path));
    snprintf(f->upgrade, sizeof(f->upgrade), "%.*s", STR_FMT(ex->admission.upgrade));
    if (s->terminal)
        snprintf(f->upgrade, sizeof(f->upgrade), "%s", terminal_protocol(s));
    snprintf(f->cluster, sizeof(f->cluster), "%.*s", STR_FMT(ex->cluster.id));
    snprintf(f->caller_id, sizeof(f->caller_id), "%s", ex->caller.id);
    snprintf(f->caller, sizeof(f->caller), "%s", ex->caller.name);
    snprintf(f->remote_address, sizeof(f->remote_address), "%.*s", STR_FMT(ex->admission.shown.remote_address));
    if (ex->err.kind != ERR_NONE)
        snprintf(f->error, sizeof(f->error), "%s", ex->err.message);
}

void session_log_start(const struct session *s)
{
    const struct session_facts *f = &s->facts;

    log_info(s->terminal ? "terminal begins" : "tunnel begins", LOG_TEXT("method", f->method),
             LOG_TEXT("path", f->path), LOG_TEXT("upgrade", f->upgrade), LOG_TEXT("cluster", f->cluster),
             LOG_TEXT("caller", f->caller), LOG_TEXT("caller_id", f->caller_id),
             LOG_TEXT("remote_address", f->remote_address), LOG_TEXT("request_id", f->request_id),
             LOG_TEXT("audit_id", f->audit_id));
}

static void log_end(const struct session *s)
{
    const struct session_facts *f = &s->facts;

    log_info(s->terminal ? "terminal ends" : "tunnel ends", LOG_TEXT("method", f->method), LOG_TEXT("path", f->path),
             LOG_TEXT("upgrade", f->upgrade), LOG_TEXT("cluster", f->cluster), LOG_TEXT("caller", f->caller),
             LOG_TEXT("caller_id", f->caller_id), LOG_TEXT("remote_address", f->remote_address),
             LOG_TEXT("request_id", f->request_id), LOG_TEXT("audit_id", f->audit_id), LOG_INT("status", f->status),
             LOG_TEXT("error", f->error), LOG_INT("bytes_up", s->relay.up.passed),
             LOG_INT("bytes_down", s->relay.down.passed), LOG_INT("duration_ms", clock_monotonic_ms() - s->started_ms));
}

static void forget_again(struct session *s)
{
    struct session **at = &s->reactor->again;

    while (s->is_again && *at) {
        if (*at == s) {
            *at = s->next_again;
            s->is_again = false;
        } else {
            at = &(*at)->next_again;
        }
    }
}

static void end(struct session *s)
{
    struct reactor *reactor = s->reactor;

    if (s->exchange)
        session_take_facts(s);
    log_end(s);
    if (s->facts.status == 101)
        metrics_add(&metrics->now.sessions, -1);
    session_close_cluster(s);
    loop_forget(reactor->loop, s->relay.client_fd);
    close(s->relay.client_fd);
    terminal_free(s);
    exchange_free(s->exchange);
    quotas_give(&s->quota);
    caller_release(reactor->tunnel->shared.callers, s->hold);
    buf_wipe(&s->in);
    buf_wipe(&s->out);
    pipe_free(&s->relay.up);
    pipe_free(&s->relay.down);
    forget_again(s);
    if (s->next)
        s->next->previous = s->previous;
    if (s->previous)
        s->previous->next = s->next;
    else
        reactor->sessions = s->next;
    free(s);
}

void session_end_because(struct session *s, const char *why)
{
    snprintf(s->facts.error, sizeof(s->facts.error), "%s", why);
    end(s);
}

void session_accept(struct reactor *reactor, int client_fd)
{
    struct session *s = calloc(1, sizeof(*s));

    if (!s) {
        close(client_fd);
        return;
    }
    s->reactor = reactor;
    s->started_ms = clock_monotonic_ms();
    s->deadline_ms = clock_monotonic_ms() + HEAD_MS;
    s->client_events = s->cluster_events = WATCHED_NOT;
    s->relay.client_fd = client_fd;
    s->relay.cluster_fd = -1;
    buf_init(&s->in, LIMIT_HEADER_BYTES);
    buf_init(&s->out, REWRITE_REQUEST_MAX);
    s->next = reactor->sessions;
    if (s->next)
        s->next->previous = s;
    reactor->sessions = s;
    session_watch(s, EPOLLIN, 0);
}

static void keep_on(struct session *s, int64_t within_ms)
{
    int64_t deadline = clock_monotonic_ms() + within_ms;

    if (s->deadline_ms > deadline)
        s->deadline_ms = deadline;
}

static void finish(struct session *s)
{
    if (!relay_flush_client(&s->relay)) {
        session_watch(s, EPOLLOUT, 0);
        return;
    }
    shutdown(s->relay.client_fd, SHUT_WR);
    keep_on(s, GOODBYE_MS);
    /* What the client still sends is read: a socket that is closed over unread bytes takes the answer with it. */
    while (!s->client_hung_up) {
        ssize_t n = recv(s->relay.client_fd, s->reactor->scratch, RELAY_BUFFER, MSG_DONTWAIT);

        if (n == 0)
            break;
        if (n < 0) {
            session_watch(s, EPOLLIN, 0);
            return;
        }
    }
    end(s);
}

void session_begin_finish(struct session *s)
{
    session_close_cluster(s);
    s->state = SESSION_FINISH;
    s->deadline_ms = clock_monotonic_ms() + FINISH_MS;
    finish(s);
}

void session_fail(struct session *s)
{
    struct buf answer;

    if (s->terminal) {
        terminal_fail(s);
        return;
    }
    buf_init(&answer, RELAY_BUFFER);
    session_take_facts(s);
    s->facts.status = s->exchange->err.code;
    pipe_free(&s->relay.up);
    if (rewrite_error(s->exchange, &answer) < 0 || pipe_put(&s->relay.down, buf_str(&answer)) < 0)
        s->relay.client_gone = true;
    buf_free(&answer);
    session_begin_finish(s);
}

static struct session *session_of(struct job *job)
{
    return (struct session *)(void *)((char *)job - offsetof(struct session, job));
}

/* Only this thread may touch the exchange meanwhile. */
static void work(struct job *job, struct worker *worker)
{
    static int (*const steps[])(struct worker *, const struct exchange_shared *, struct exchange *) = {
        [STEP_OPEN] = exchange_open,     [STEP_RENEW] = exchange_renew,   [STEP_REFRESH] = exchange_refresh,
        [STEP_REDEEM] = terminal_redeem, [STEP_SHELL] = terminal_prepare, [STEP_POD] = terminal_look,
    };
    struct session *s = session_of(job);

    steps[s->step](worker, &s->reactor->tunnel->shared, s->exchange);
}

static void returned(struct job *job)
{
    struct session *s = session_of(job);

    if (s->terminal)
        terminal_returned(s);
    else if (s->client_hung_up)
        session_end_because(s, "the client is gone");
    else if (s->exchange->err.kind != ERR_NONE)
        session_fail(s);
    else
        ask_start(s);
}

void session_begin_step(struct session *s, enum session_step step)
{
    struct exchange *ex = s->exchange;

    session_close_cluster(s);
    s->step = step;
    s->state = SESSION_WORKING;
    s->deadline_ms = INT64_MAX; /* what runs there has limits of its own */
    session_watch(s, 0, 0);
    s->job = (struct job){.reactor = s->reactor,
                          .lane = ex->cluster_segment,
                          .arena = ex->arena,
                          .request_id = ex->request_id,
                          .work = work,
                          .done = returned};
    if (jobs_add(s->reactor->tunnel->jobs, &s->job) == 0)
        return;
    s->state = SESSION_HEAD; /* no job runs */
    err_set(&ex->err, ERR_OVERLOADED, "eksgate: too many connections are being opened: try again");
    ex->err.retry_after = 1;
    session_fail(s);
}

/* The head is whole, or can not become so. */
static void open_exchange(struct session *s, size_t head_len)
{
    struct str text = buf_str(&s->in);
    struct str behind = str_skip(text, head_len);

    s->exchange = exchange_new((struct str){text.ptr, head_len});
    if (!s->exchange || pipe_put(&s->relay.up, behind) < 0) {
        session_end_because(s, "there is no memory");
        return;
    }
    buf_wipe(&s->in);
    if (s->exchange->is_terminal && s->exchange->err.kind == ERR_NONE) {
        terminal_begin(s);
        return;
    }
    if (head_len == 0)
        err_set(&s->exchange->err, ERR_BAD_REQUEST, "the head of the request is larger than 32 KiB");
    if (s->exchange->err.kind != ERR_NONE)
        session_fail(s);
    else
        session_begin_step(s, STEP_OPEN);
}

static void read_head(struct session *s)
{
    size_t before = s->in.len;
    char *room = buf_reserve(&s->in, before == 0 ? LIMIT_HEADER_BYTES : 0);
    ssize_t n;
    size_t len;

    if (!room) {
        session_end_because(s, "there is no memory");
        return;
    }
    n = recv(s->relay.client_fd, s->in.ptr + before, LIMIT_HEADER_BYTES - before, MSG_DONTWAIT);
    if (n <= 0) {
        if (n == 0 || s->client_hung_up)
            session_end_because(s, "the client is gone");
        return;
    }
    s->in.len += (size_t)n;
    len = head_length(buf_str(&s->in), before);
    if (len > 0 || s->in.len == LIMIT_HEADER_BYTES)
        open_exchange(s, len);
}

void session_drop_exchange(struct session *s)
{
    session_take_facts(s);
    s->quota = s->exchange->quota;
    s->exchange->quota.of = NULL;
    exchange_free(s->exchange);
    s->exchange = NULL;
}

void session_relay(struct session *s)
{
    s->hold = caller_hold(s->reactor->tunnel->shared.callers, &s->exchange->caller);
    session_drop_exchange(s);
    buf_wipe(&s->in);
    s->state = SESSION_RELAY;
    if (s->facts.status == 101) {
        metrics_add(&metrics->sessions, 1);
        metrics_add(&metrics->now.sessions, 1);
        session_log_start(s);
    }
    advance(s);
}

void session_call_again(struct session *s)
{
    if (s->is_again)
        return;
    s->is_again = true;
    s->next_again = s->reactor->again;
    s->reactor->again = s;
}

static bool is_over(const struct session *s)
{
    const struct relay *r = &s->relay;

    return r->down.done && (r->up.done || r->has_body);
}

static void carry(struct session *s)
{
    struct relay *r = &s->relay;
    uint64_t up = r->up.passed;
    uint64_t down = r->down.passed;
    bool more = relay_move(r, s->reactor->scratch);

    if (s->client_hung_up || r->client_gone)
        r->down.ended = r->down.done = true;
    metrics_add(&metrics->session_bytes[0], (long long)(r->up.passed - up));
    metrics_add(&metrics->session_bytes[1], (long long)(r->down.passed - down));
    if (r->up.passed != up || r->down.passed != down)
        s->deadline_ms = clock_monotonic_ms() + s->reactor->tunnel->config->tunnel_idle * 1000;
    if (is_over(s)) {
        if (r->cluster_broken)
            snprintf(s->facts.error, sizeof(s->facts.error), "the cluster broke off");
        if (s->client_hung_up || (r->has_body && r->cluster_broken))
            end(s);
        else
            session_begin_finish(s);
        return;
    }
    if (s->client_hung_up || r->client_gone)
        keep_on(s, HUNG_UP_MS);
    else if (r->down.done || r->cluster_broken)
        keep_on(s, ENDED_MS);
    if (more)
        session_call_again(s);
    session_watch(s, relay_client_events(r), relay_cluster_events(r));
}

static void advance(struct session *s)
{
    if (s->terminal && s->state != SESSION_FINISH) {
        terminal_advance(s);
        return;
    }
    if (s->client_hung_up && (s->state == SESSION_CONNECT || s->state == SESSION_HANDSHAKE || s->state == SESSION_ASK ||
                              s->state == SESSION_ANSWER)) {
        session_end_because(s, "the client is gone");
        return;
    }
    switch (s->state) {
    case SESSION_HEAD:
        read_head(s);
        return;
    case SESSION_WORKING:
        return;
    case SESSION_RELAY:
        carry(s);
        return;
    case SESSION_FINISH:
        finish(s);
        return;
    default:
        ask_advance(s);
    }
}

void session_continue(struct session *s)
{
    advance(s);
}

void session_expire(struct session *s)
{
    switch (s->state) {
    case SESSION_HEAD:
        session_end_because(s, "the head did not come in time");
        return;
    case SESSION_RELAY:
        session_end_because(s, s->client_hung_up || s->relay.cluster_broken || s->relay.down.done ? "" : "idle");
        return;
    case SESSION_TERMINAL:
        terminal_expire(s);
        return;
    case SESSION_FINISH:
        end(s);
        return;
    case SESSION_WORKING:
        return;
    default:
        ask_expire(s);
    }
}

void session_revoke(struct session *s)
{
    if (s->terminal)
        terminal_revoke(s);
    else
        session_end_because(s, "the API key was revoked or has expired, or its session has ended");
}

void session_abort(struct session *s)
{
    if (s->terminal)
        terminal_abort(s);
    if (s->state == SESSION_WORKING)
        s->client_hung_up = true; /* told when its job is done */
    else
        session_end_because(s, "the gateway ends");
}
