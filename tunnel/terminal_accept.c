/*
 * The beginning of a terminal: the WebSocket of a page is accepted, or its request refused.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/metrics.h"
#include "tunnel/session_internal.h"
#include "tunnel/terminal.h"

/* The first that both sides know; who offers none speaks webtty, as its own clients do. */
static int choose_protocol(const struct exchange *ex, struct terminal *t)
{
    size_t count;
    struct str offered = head_find(ex->head.headers, ex->head.header_count, STR("Sec-WebSocket-Protocol"), &count);

    t->has_protocol = count > 0;
    if (count == 0)
        return 0;
    while (offered.ptr) {
        struct str name = str_trim(str_cut(&offered, ','));

        t->is_binary = str_equal(name, STR("eksgate.v1"));
        if (t->is_binary || str_equal(name, STR("webtty")))
            return 0;
    }
    return -1;
}

static int check_handshake(struct exchange *ex, struct terminal *t, struct str *key)
{
    size_t keys;
    size_t versions;
    struct str version = head_find(ex->head.headers, ex->head.header_count, STR("Sec-WebSocket-Version"), &versions);

    *key = head_find(ex->head.headers, ex->head.header_count, STR("Sec-WebSocket-Key"), &keys);
    if (!str_equal(ex->head.method, STR("GET")) || !str_equal_ignore_case(ex->admission.upgrade, STR("websocket")) ||
        versions != 1 || !str_equal(version, STR("13")) || keys != 1 || key->len != 24)
        return err_set(&ex->err, ERR_BAD_REQUEST, "a terminal is a WebSocket of version 13");
    if (!ex->admission.has_origin)
        return err_set(&ex->err, ERR_FORBIDDEN, "a terminal is for pages of this site: there is no Origin");
    if (choose_protocol(ex, t) < 0)
        return err_set(&ex->err, ERR_BAD_REQUEST, "a terminal speaks webtty or eksgate.v1");
    return 0;
}

static int accept_socket(struct session *s, const struct terminal *t, struct str key)
{
    char accept[WS_ACCEPT_SIZE];
    struct buf answer;
    int rc;

    ws_accept(key, accept);
    buf_init(&answer, KIB(1));
    buf_printf(&answer,
               "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               "Sec-WebSocket-Accept: %s\r\n",
               accept);
    if (t->has_protocol)
        buf_printf(&answer, "Sec-WebSocket-Protocol: %s\r\n", t->is_binary ? "eksgate.v1" : "webtty");
    buf_add_str(&answer, STR("\r\n"));
    rc = answer.failed ? -1 : pipe_put(&s->relay.down, buf_str(&answer));
    buf_free(&answer);
    return rc;
}

void terminal_begin(struct session *s)
{
    struct exchange *ex = s->exchange;
    struct terminal *t = calloc(1, sizeof(*t));
    struct str key;

    if (!t) {
        err_set(&ex->err, ERR_INTERNAL, "there is no memory for a terminal");
        session_fail(s);
        return;
    }
    t->opened_ms = t->heard_ms = t->typed_ms = clock_monotonic_ms();
    t->client = (struct ws_reader){.masked = true, .max = MIB(TERMINAL_MESSAGE_MIB)};
    t->cluster = (struct ws_reader){.max = UINT64_MAX};
    snprintf(t->request_id, sizeof(t->request_id), "%s", ex->request_id);
    if (s->relay.up.len > 0)
        err_set(&ex->err, ERR_BAD_REQUEST, "frames come after the answer");
    else if (admit_head(ex->arena, s->reactor->tunnel->config, &ex->head, &ex->admission, &ex->err) == 0 &&
             check_handshake(ex, t, &key) == 0 && accept_socket(s, t, key) < 0)
        err_set(&ex->err, ERR_INTERNAL, "there is no memory for a terminal");
    if (ex->err.kind != ERR_NONE) {
        free(t);
        session_fail(s);
        return;
    }
    ex->cluster_segment = STR("/ticket"); /* no cluster's: its lane until the cluster is known */
    s->terminal = t;
    s->state = SESSION_TERMINAL;
    s->facts.status = 101;
    metrics_add(&metrics->sessions, 1);
    metrics_add(&metrics->now.sessions, 1);
    terminal_advance(s);
}
