#include "tunnel/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/status.h"
#include "tunnel/session_internal.h"
#include "tunnel/terminal_frames.h"

#define TICKET_MS 5000
#define SILENT_PINGS 3 /* whoever answers none of so many is gone */
#define POD_LOOK_MS 500
#define HANGUP_MS 2000

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static const struct config *config_of(const struct session *s)
{
    return s->reactor->tunnel->config;
}

const char *terminal_protocol(const struct session *s)
{
    return s->terminal->is_binary ? "eksgate.v1" : "webtty";
}

void terminal_free(struct session *s)
{
    struct terminal *t = s->terminal;

    if (!t)
        return;
    if (t->review)
        t->review->session = NULL;
    if (s->exchange && s->exchange->pod_made)
        terminal_target_take(&t->target, s->exchange);
    if (t->target.pod_made)
        errand_delete_pod(s->reactor->tunnel, &t->target, t->request_id);
    explicit_bzero(t->said.text, sizeof(t->said.text));
    free(t);
    s->terminal = NULL;
}

/* Bytes pass */

static size_t used(const struct pipe *pipe)
{
    return pipe->len > 0 ? pipe->start + pipe->len : 0;
}

/* Until there is a shell, what is typed is kept as far as there is room. */
static bool wants_client(const struct session *s)
{
    const struct terminal *t = s->terminal;
    size_t room = t->stage == TERMINAL_SHELL ? 0 : RELAY_BUFFER / 2;

    return t->code == WS_CODE_NONE && !t->gone && used(&s->relay.up) <= room &&
           used(&s->relay.down) <= RELAY_BUFFER - TERMINAL_REPLY_ROOM;
}

static bool wants_cluster(const struct session *s)
{
    const struct terminal *t = s->terminal;

    return t->code == WS_CODE_NONE && s->relay.down.len == 0 && (t->window == 0 || t->sent - t->shown < t->window);
}

uint32_t terminal_client_events(const struct session *s)
{
    return (wants_client(s) ? (uint32_t)EPOLLIN : 0u) | (s->relay.down.len > 0 ? (uint32_t)EPOLLOUT : 0u);
}

static uint32_t cluster_events(const struct session *s)
{
    const struct relay *r = &s->relay;
    bool hangs_up = s->terminal->stage == TERMINAL_HANGUP;

    return (hangs_up || wants_cluster(s) ? (uint32_t)EPOLLIN : 0u) |
           (r->up.len > 0 || r->tls_wants_write ? (uint32_t)EPOLLOUT : 0u);
}

static void flush_cluster(struct session *s)
{
    if (s->terminal->stage < TERMINAL_SHELL)
        return;
    relay_flush_cluster(&s->relay);
    if (s->relay.up.done)
        terminal_cluster_over(s->terminal, "the cluster broke off");
}

/* True when there may be more to read at once. */
static bool read_client(struct session *s)
{
    struct terminal *t = s->terminal;

    for (size_t moved = 0; moved < RELAY_BUDGET;) {
        ssize_t n;

        flush_cluster(s);
        if (!wants_client(s))
            return false;
        n = recv(s->relay.client_fd, s->reactor->scratch, TERMINAL_CLIENT_PIECE, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            t->gone = true;
        if (n <= 0)
            return false;
        t->heard_ms = clock_monotonic_ms();
        terminal_take_client(s, s->reactor->scratch, (size_t)n);
        moved += (size_t)n;
    }
    return true;
}

static bool read_cluster(struct session *s)
{
    struct relay *r = &s->relay;

    for (size_t moved = 0; moved < RELAY_BUDGET;) {
        enum tls_result result;
        size_t n;

        relay_flush_client(r);
        if (!wants_cluster(s))
            return false;
        r->tls_wants_write = false;
        result = tls_read(r->tls, s->reactor->scratch, TERMINAL_CLUSTER_PIECE, &n);
        if (result == TLS_WANT_READ || result == TLS_WANT_WRITE) {
            r->tls_wants_write = result == TLS_WANT_WRITE;
            return false;
        }
        if (result != TLS_DONE) {
            terminal_cluster_over(s->terminal, "the cluster broke off");
            return false;
        }
        terminal_take_cluster(s, s->reactor->scratch, n);
        moved += n;
    }
    return true;
}

/* What a shell writes that is told to end is for nobody. */
static bool drop_cluster(struct session *s)
{
    enum tls_result result = TLS_DONE;
    size_t n;

    for (size_t moved = 0; result == TLS_DONE && moved < RELAY_BUDGET; moved += n)
        result = tls_read(s->relay.tls, s->reactor->scratch, TERMINAL_CLUSTER_PIECE, &n);
    s->relay.tls_wants_write = result == TLS_WANT_WRITE;
    if (result == TLS_ENDED || result == TLS_BROKEN)
        s->terminal->cluster_over = true;
    return result == TLS_DONE;
}

/* Ends */

static void say_goodbye(struct session *s)
{
    struct terminal *t = s->terminal;

    if (t->code != WS_NORMAL && t->target.cluster[0] != '\0')
        terminal_put_line(s, t->reason);
    snprintf(s->facts.error, sizeof(s->facts.error), "%d %s", t->code, t->reason);
    terminal_put_close(s);
}

static bool is_gone(const struct session *s)
{
    return s->terminal->gone || s->client_hung_up || s->relay.client_gone;
}

static void end(struct session *s)
{
    const struct terminal *t = s->terminal;

    if (is_gone(s))
        session_end_because(s, t->code != WS_CODE_NONE ? t->reason : "the client is gone");
    else
        session_begin_finish(s);
}

/* The client has been told; the shell is still there. */
static void hang_up(struct session *s)
{
    struct terminal *t = s->terminal;

    t->stage = TERMINAL_HANGUP;
    t->hangup_end_ms = clock_monotonic_ms() + HANGUP_MS;
    s->deadline_ms = t->hangup_end_ms;
    terminal_put_hangup(s);
    relay_flush_client(&s->relay);
    flush_cluster(s);
    if (is_gone(s) && !s->client_hung_up) {
        s->client_hung_up = true;
        s->client_events = WATCHED_NOT;
        loop_forget(s->reactor->loop, s->relay.client_fd); /* it would be told again and again */
    }
    session_watch(s, 0, cluster_events(s));
}

static int64_t next_deadline(const struct session *s)
{
    const struct terminal *t = s->terminal;
    int64_t at;

    if (t->stage == TERMINAL_TICKET)
        return t->opened_ms + TICKET_MS;
    if (t->stage == TERMINAL_POD)
        return t->pod_ms;
    at = earlier(t->ping_ms, t->typed_ms + config_of(s)->terminal_idle * 1000);
    return earlier(earlier(at, t->review_ms), t->opened_ms + config_of(s)->terminal_life * 1000);
}

/* Acts on what was read. */
static void settle(struct session *s)
{
    struct terminal *t = s->terminal;
    struct exchange *ex = s->exchange;

    if (s->state == SESSION_WORKING) {
        session_watch(s, 0, s->cluster_events);
        return;
    }
    if (t->stage == TERMINAL_HANGUP) {
        if (t->cluster_over || clock_monotonic_ms() >= t->hangup_end_ms)
            end(s);
        else
            session_watch(s, 0, cluster_events(s));
        return;
    }
    if (is_gone(s) || t->code != WS_CODE_NONE) {
        if (!is_gone(s))
            say_goodbye(s);
        if (t->stage == TERMINAL_SHELL && !t->cluster_over && !t->target.pod_made)
            hang_up(s);
        else
            end(s);
        return;
    }
    if (t->stage == TERMINAL_TICKET && ex->ticket.len > 0) {
        t->stage = TERMINAL_OPENING;
        session_begin_step(s, STEP_REDEEM);
        return;
    }
    if (s->state == SESSION_TERMINAL)
        s->deadline_ms = next_deadline(s);
    session_watch(s, 0, t->stage == TERMINAL_SHELL ? cluster_events(s) : s->cluster_events);
}

void terminal_advance(struct session *s)
{
    struct terminal *t = s->terminal;
    uint64_t up = s->relay.up.passed;
    uint64_t down = s->relay.down.passed;
    bool more = read_client(s);

    if (t->stage == TERMINAL_SHELL)
        more = read_cluster(s) || more;
    else if (t->stage == TERMINAL_HANGUP)
        more = drop_cluster(s);
    flush_cluster(s);
    relay_flush_client(&s->relay);
    metrics_add(&metrics->session_bytes[0], (long long)(s->relay.up.passed - up));
    metrics_add(&metrics->session_bytes[1], (long long)(s->relay.down.passed - down));
    if (more && !is_gone(s) && t->code == WS_CODE_NONE)
        session_call_again(s);
    settle(s);
}

static enum ws_code code_of(const struct err *err)
{
    if (err->kind == ERR_UNAUTHORIZED)
        return WS_UNAUTHORIZED;
    if (err->kind == ERR_OVERLOADED)
        return WS_TOO_MANY;
    return err->code == 403 || err->kind == ERR_NOT_CONNECTED ? WS_FORBIDDEN : WS_INTERNAL;
}

void terminal_fail(struct session *s)
{
    const struct err *err = &s->exchange->err;

    terminal_end(s->terminal, code_of(err), "%s", err->message);
    settle(s);
}

void terminal_revoke(struct session *s)
{
    terminal_end(s->terminal, WS_UNAUTHORIZED, "the API key was revoked or has expired, or its session has ended");
    settle(s);
}

void terminal_abort(struct session *s)
{
    struct terminal *t = s->terminal;

    if (s->state == SESSION_FINISH || t->stage == TERMINAL_HANGUP)
        return;
    terminal_end(t, WS_GOING_AWAY, "the gateway ends");
    say_goodbye(s);
    relay_flush_client(&s->relay);
    t->gone = true;
}

/* Opening */

static void tell_wait(struct session *s)
{
    struct terminal *t = s->terminal;
    const char *waits_for = s->exchange->waits_for;
    char line[128];

    if (strcmp(t->waits_for, waits_for) == 0)
        return;
    snprintf(t->waits_for, sizeof(t->waits_for), "%s", waits_for);
    snprintf(line, sizeof(line), "the pod is not ready yet: %s", waits_for);
    terminal_put_line(s, line);
}

static void wait_for_pod(struct session *s)
{
    struct terminal *t = s->terminal;
    int64_t now = clock_monotonic_ms();

    if (t->stage != TERMINAL_POD)
        t->pod_end_ms = now + config_of(s)->terminal_pod * 1000;
    t->stage = TERMINAL_POD;
    t->pod_ms = now + POD_LOOK_MS;
    s->state = SESSION_TERMINAL;
    tell_wait(s);
    if (now >= t->pod_end_ms)
        terminal_end(t, WS_INTERNAL, "the pod was not ready within %ld seconds: %s", config_of(s)->terminal_pod,
                     t->waits_for);
    settle(s);
}

static void prepared(struct session *s)
{
    struct terminal *t = s->terminal;

    if (t->target.cluster[0] == '\0') {
        terminal_target_take(&t->target, s->exchange);
        terminal_put_title(s);
        if (t->target.pod_made)
            terminal_put_line(s, "a pod is made for this shell");
    }
    if (!s->exchange->pod_ready) {
        wait_for_pod(s);
        return;
    }
    t->stage = TERMINAL_OPENING;
    ask_start(s);
}

void terminal_returned(struct session *s)
{
    struct terminal *t = s->terminal;
    struct err *err = &s->exchange->err;

    s->state = SESSION_TERMINAL; /* no job runs */
    if (err->kind != ERR_NONE)
        terminal_end(t, code_of(err), "%s", err->message);
    if (t->gone || t->code != WS_CODE_NONE || s->client_hung_up) {
        settle(s);
    } else if (s->step == STEP_REDEEM) {
        s->hold = caller_hold(s->reactor->tunnel->shared.callers, &s->exchange->caller);
        session_begin_step(s, STEP_SHELL);
    } else if (s->step == STEP_SHELL || s->step == STEP_POD) {
        prepared(s);
    } else {
        ask_start(s);
    }
}

/* The cluster's Status, as far as it came with the head; what it says is for people. */
static void refuse(struct session *s, const struct http_head *head, struct str body)
{
    const char *why;
    cJSON *status = json_tree(body, 16, &why);
    const char *message = json_find_text(status, "message");

    err_set(&s->exchange->err, head->status == 403 ? ERR_FORBIDDEN : ERR_UPSTREAM_BROKEN,
            "the cluster opens no shell: %s", message ? message : http_reason(head->status));
    cJSON_Delete(status);
    session_fail(s);
}

static bool speaks_channels(const struct http_head *head)
{
    struct str protocol = http_head_get(head, "Sec-WebSocket-Protocol");

    return str_equal(protocol, STR("v5.channel.k8s.io")) || str_equal(protocol, STR("v4.channel.k8s.io"));
}

void terminal_answered(struct session *s, const struct http_head *head, size_t head_len)
{
    struct terminal *t = s->terminal;
    char *behind = s->in.ptr + head_len;
    size_t len = s->in.len - head_len;
    int64_t now = clock_monotonic_ms();

    if (head->status != 101 || !speaks_channels(head)) {
        refuse(s, head, (struct str){behind, len});
        return;
    }
    memory_mark_up(s->reactor->tunnel->memory, s->exchange->cluster.id);
    t->stage = TERMINAL_SHELL;
    t->typed_ms = now;
    t->ping_ms = now + config_of(s)->terminal_ping * 1000;
    t->review_ms = now + config_of(s)->terminal_review * 1000;
    s->state = SESSION_TERMINAL;
    terminal_put_first_size(s);
    session_drop_exchange(s);
    session_log_start(s);
    while (len > 0) {
        size_t n = len < TERMINAL_CLUSTER_PIECE ? len : TERMINAL_CLUSTER_PIECE;

        terminal_take_cluster(s, behind, n);
        behind += n;
        len -= n;
    }
    buf_wipe(&s->in);
    terminal_advance(s);
}

/* While it is open */

static void reviewed(struct job *job)
{
    struct errand *errand = errand_of(job);
    struct session *s = errand->session;
    struct err err = errand->err;

    errand_free(errand);
    if (!s)
        return;
    s->terminal->review = NULL;
    /* What could not be asked is asked again: a cluster that is away does not end what goes on. */
    if (err.kind != ERR_UNAUTHORIZED && err.kind != ERR_FORBIDDEN && err.kind != ERR_NOT_CONNECTED)
        return;
    terminal_end(s->terminal, code_of(&err), "%s", err.message);
    settle(s);
}

static void begin_review(struct session *s, int64_t now)
{
    struct terminal *t = s->terminal;

    t->review_ms = now + config_of(s)->terminal_review * 1000;
    if (t->review)
        return;
    t->review = errand_review(s->reactor->tunnel, s->reactor, &t->target, t->request_id, reviewed);
    if (t->review)
        t->review->session = s;
}

/* Who is not read can not answer. */
static void ping(struct session *s, int64_t now)
{
    struct terminal *t = s->terminal;

    t->ping_ms = now + config_of(s)->terminal_ping * 1000;
    if (!wants_client(s))
        t->heard_ms = now;
    if (now - t->heard_ms >= SILENT_PINGS * config_of(s)->terminal_ping * 1000)
        t->gone = true;
    else if (used(&s->relay.down) <= RELAY_BUFFER - TERMINAL_REPLY_ROOM)
        terminal_put_ping(s);
    relay_flush_client(&s->relay);
}

void terminal_expire(struct session *s)
{
    const struct config *config = config_of(s);
    struct terminal *t = s->terminal;
    int64_t now = clock_monotonic_ms();

    if (t->stage == TERMINAL_POD) {
        session_begin_step(s, STEP_POD);
        return;
    }
    if (t->stage == TERMINAL_HANGUP) {
        settle(s);
        return;
    }
    if (t->stage == TERMINAL_TICKET)
        terminal_end(t, WS_TIMED_OUT, "no ticket came within %d seconds", TICKET_MS / 1000);
    else if (now >= t->opened_ms + config->terminal_life * 1000)
        terminal_end(t, WS_TIMED_OUT, "a terminal is closed after %ld seconds", config->terminal_life);
    else if (now >= t->typed_ms + config->terminal_idle * 1000)
        terminal_end(t, WS_TIMED_OUT, "nobody has typed for %ld seconds", config->terminal_idle);
    if (t->stage == TERMINAL_SHELL && now >= t->ping_ms)
        ping(s, now);
    if (t->stage == TERMINAL_SHELL && now >= t->review_ms)
        begin_review(s, now);
    settle(s);
}
