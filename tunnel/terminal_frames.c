#include "tunnel/terminal_frames.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "redis/tickets.h"

/* webtty: the first byte of each message. The same of eksgate.v1. */
enum { FROM_INPUT = '1', FROM_PING = '2', FROM_SIZE = '3', FROM_SHOWN = '4' };
enum { TO_OUTPUT = '1', TO_PONG = '2', TO_TITLE = '3' };

/* k8s.io/apimachinery/pkg/util/remotecommand */
enum { CHANNEL_INPUT, CHANNEL_OUTPUT, CHANNEL_ERROR_OUTPUT, CHANNEL_STATUS, CHANNEL_SIZE };

#define SIZE_MAX_CELLS 10000
#define WINDOW_MIN KIB(16)

void terminal_end(struct terminal *t, enum ws_code code, const char *format, ...)
{
    va_list arguments;

    if (t->code != WS_CODE_NONE)
        return;
    t->code = (int)code;
    va_start(arguments, format);
    vsnprintf(t->reason, sizeof(t->reason), format, arguments);
    va_end(arguments);
    /* A reason is UTF-8, also where it was cut. */
    t->reason[json_utf8_prefix(str_from(t->reason))] = '\0';
}

void terminal_cluster_over(struct terminal *t, const char *why)
{
    t->cluster_over = true;
    terminal_end(t, WS_INTERNAL, "%s", why);
}

static void no_room(struct terminal *t)
{
    terminal_end(t, WS_INTERNAL, "there is no memory for what comes");
}

/* One message for the client: its kind, then data. */
static void put_client(struct session *s, enum ws_opcode opcode, char kind, struct str data)
{
    struct pipe *down = &s->relay.down;
    char *room = pipe_room(down, WS_HEADER_MAX + 1 + data.len);
    size_t n;

    if (!room) {
        no_room(s->terminal);
        return;
    }
    n = ws_header(room, opcode, data.len + (kind ? 1 : 0), NULL);
    if (kind)
        room[n++] = kind;
    if (data.len > 0)
        memcpy(room + n, data.ptr, data.len);
    down->len += n + data.len;
}

static enum ws_opcode text_opcode(const struct terminal *t)
{
    return t->is_binary ? WS_BINARY : WS_TEXT;
}

/* One message for a channel of the cluster. */
static void put_cluster(struct session *s, char channel, struct str data)
{
    struct pipe *up = &s->relay.up;
    char *room = pipe_room(up, WS_HEADER_MAX + 1 + data.len);
    unsigned char mask[4];
    size_t n;

    if (!room || RAND_bytes(mask, sizeof(mask)) != 1) {
        no_room(s->terminal);
        return;
    }
    n = ws_header(room, WS_BINARY, data.len + 1, mask);
    room[n] = channel;
    if (data.len > 0)
        memcpy(room + n + 1, data.ptr, data.len);
    ws_mask(room + n, data.len + 1, mask);
    up->len += n + 1 + data.len;
}

static void put_cluster_pong(struct session *s, struct str data)
{
    char frame[WS_HEADER_MAX + WS_CONTROL_MAX];
    unsigned char mask[4];
    size_t n;

    if (RAND_bytes(mask, sizeof(mask)) != 1)
        return;
    n = ws_header(frame, WS_PONG, data.len, mask);
    memcpy(frame + n, data.ptr, data.len);
    ws_mask(frame + n, data.len, mask);
    pipe_put(&s->relay.up, (struct str){frame, n + data.len});
}

/* How many bytes at the end begin a character that goes on behind them. */
static size_t partial_character(struct str data)
{
    for (size_t n = 1; n <= 3 && n <= data.len; n++) {
        unsigned char c = (unsigned char)data.ptr[data.len - n];
        size_t size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

        if (c >= 0x80 && c < 0xc0)
            continue;
        return size > n ? n : 0;
    }
    return 0;
}

/* Clients of webtty decode each message for itself, so none ends inside a character. */
static void put_base64(struct session *s, struct str data)
{
    struct terminal *t = s->terminal;
    char *joined = s->reactor->scratch + RELAY_BUFFER / 2; /* data lies in its first half, or elsewhere */
    struct pipe *down = &s->relay.down;
    size_t len = t->partial_len + data.len;
    size_t encoded;
    char *room;
    size_t n;

    memcpy(joined, t->partial, t->partial_len);
    memcpy(joined + t->partial_len, data.ptr, data.len);
    t->partial_len = partial_character((struct str){joined, len});
    len -= t->partial_len;
    memcpy(t->partial, joined + len, t->partial_len);
    if (len == 0)
        return;
    encoded = (len + 2) / 3 * 4;
    room = pipe_room(down, WS_HEADER_MAX + 1 + encoded + 1);
    if (!room) {
        no_room(t);
        return;
    }
    n = ws_header(room, WS_TEXT, encoded + 1, NULL);
    room[n++] = TO_OUTPUT;
    EVP_EncodeBlock((unsigned char *)room + n, (unsigned char *)joined, (int)len);
    down->len += n + encoded;
}

void terminal_put_output(struct session *s, struct str data)
{
    if (data.len == 0)
        return;
    s->terminal->sent += data.len;
    if (s->terminal->is_binary)
        put_client(s, WS_BINARY, TO_OUTPUT, data);
    else
        put_base64(s, data);
}

void terminal_put_line(struct session *s, const char *text)
{
    char line[600];
    int n = snprintf(line, sizeof(line), "%s\r\n", text);

    terminal_put_output(s, (struct str){line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1});
}

void terminal_put_title(struct session *s)
{
    const struct terminal_target *target = &s->terminal->target;
    char title[400];

    if (target->type == SHELL_CLUSTER)
        snprintf(title, sizeof(title), "%s", target->cluster);
    else
        snprintf(title, sizeof(title), "%s/%s/%s", target->namespace, target->pod, target->container);
    put_client(s, text_opcode(s->terminal), TO_TITLE, str_from(title));
}

void terminal_put_ping(struct session *s)
{
    put_client(s, WS_PING, '\0', STR(""));
}

void terminal_put_close(struct session *s)
{
    const struct terminal *t = s->terminal;
    char payload[WS_CONTROL_MAX];
    size_t len = strlen(t->reason);

    payload[0] = (char)(t->code >> 8);
    payload[1] = (char)(t->code & 255);
    memcpy(payload + 2, t->reason, len);
    put_client(s, WS_CLOSE, '\0', (struct str){payload, len + 2});
}

static size_t size_frame(const struct terminal *t, char text[64])
{
    int n = snprintf(text, 64, "{\"Width\":%ld,\"Height\":%ld}", t->columns, t->rows);

    return (size_t)n;
}

static void put_size(struct session *s)
{
    char text[64];

    put_cluster(s, CHANNEL_SIZE, (struct str){text, size_frame(s->terminal, text)});
}

/* What was typed while the pod was waited for lies in the pipe already: the size goes before it. */
void terminal_put_first_size(struct session *s)
{
    struct pipe *up = &s->relay.up;
    struct terminal *t = s->terminal;
    size_t typed = up->len;
    char frame[128];
    size_t n;

    if (t->columns == 0) {
        t->columns = 80;
        t->rows = 24;
    }
    put_size(s);
    n = up->len - typed;
    if (typed == 0 || n > sizeof(frame))
        return;
    memcpy(frame, up->data + up->start + typed, n);
    memmove(up->data + up->start + n, up->data + up->start, typed);
    memcpy(up->data + up->start, frame, n);
}

/* The API server closes the streams, and the shell waits on for somebody to type: so what runs is interrupted, and the
 * shells below each other come to the end of their input. */
void terminal_put_hangup(struct session *s)
{
    put_cluster(s, CHANNEL_INPUT, STR("\x03\x04\x04\x04\x04"));
}

/* The client */

static long number_of(const cJSON *root, const char *name, long min, long max)
{
    const cJSON *number = json_find(root, name);

    return cJSON_IsNumber(number) && number->valuedouble >= (double)min && number->valuedouble <= (double)max
               ? (long)number->valuedouble
               : 0;
}

static void take_size(struct terminal *t, const cJSON *root, const char *columns_name, const char *rows_name)
{
    long columns = number_of(root, columns_name, 1, SIZE_MAX_CELLS);
    long rows = number_of(root, rows_name, 1, SIZE_MAX_CELLS);

    if (columns == 0 || rows == 0)
        return;
    t->columns = columns;
    t->rows = rows;
}

/* {"Arguments":"","AuthToken":"..."}, and what we know beside it: Columns, Rows, Window. */
static void take_ticket(struct session *s)
{
    struct terminal *t = s->terminal;
    const char *why;
    const cJSON *root = json_parse(s->exchange->arena, (struct str){t->said.text, t->said.len}, 4, &why);
    const char *token = json_find_text(root, "AuthToken");
    long window = number_of(root, "Window", 1, MIB(16));

    if (!token || strlen(token) != TICKET_TEXT_LEN) {
        terminal_end(t, WS_UNAUTHORIZED, "the first message is no ticket");
        return;
    }
    take_size(t, root, "Columns", "Rows");
    t->window = window > 0 && window < (long)WINDOW_MIN ? WINDOW_MIN : (uint64_t)window;
    s->exchange->ticket = str_from(arena_secret(s->exchange->arena, token, TICKET_TEXT_LEN));
    explicit_bzero(t->said.text, sizeof(t->said.text));
    if (s->exchange->ticket.len == 0)
        no_room(t);
}

static void take_window_size(struct session *s)
{
    struct terminal *t = s->terminal;
    const char *why;
    cJSON *root = json_tree((struct str){t->said.text, t->said.len}, 2, &why);

    take_size(t, root, "columns", "rows");
    cJSON_Delete(root);
    if (t->stage == TERMINAL_SHELL && t->columns > 0)
        put_size(s);
}

static void take_shown(struct terminal *t)
{
    long shown;

    if (str_to_long((struct str){t->said.text, t->said.len}, 0, INT64_MAX, &shown) < 0 || (uint64_t)shown > t->sent)
        terminal_end(t, WS_PROTOCOL_ERROR, "so much was not sent");
    else if ((uint64_t)shown > t->shown)
        t->shown = (uint64_t)shown;
}

/* A whole message that is not input. */
static void take_message(struct session *s)
{
    struct terminal *t = s->terminal;

    switch (t->said.kind) {
    case -1: /* an empty one */
    case FROM_INPUT:
        return;
    case FROM_PING:
        put_client(s, text_opcode(t), TO_PONG, STR(""));
        return;
    case FROM_SIZE:
        take_window_size(s);
        return;
    case FROM_SHOWN:
        take_shown(t);
        return;
    default:
        terminal_end(t, WS_PROTOCOL_ERROR, "there is no message of this kind");
    }
}

static bool gather(struct terminal_text *text, struct str data)
{
    if (data.len > TERMINAL_TEXT_MAX - text->len)
        return false;
    memcpy(text->text + text->len, data.ptr, data.len);
    text->len += data.len;
    text->text[text->len] = '\0';
    return true;
}

/* The first byte of a message says what it is; the first message is the ticket and has none. */
static void take_piece(struct session *s, const struct ws_piece *piece)
{
    struct terminal *t = s->terminal;
    bool is_ticket = t->stage == TERMINAL_TICKET && s->exchange->ticket.len == 0;
    struct str data = piece->data;

    if (piece->is_first) {
        t->said.kind = -1;
        t->said.len = 0;
    }
    if (!is_ticket && t->said.kind < 0 && data.len > 0) {
        t->said.kind = (unsigned char)data.ptr[0];
        data = str_skip(data, 1);
    }
    if (!is_ticket && t->said.kind == FROM_INPUT) {
        t->typed_ms = clock_monotonic_ms();
        if (data.len > 0)
            put_cluster(s, CHANNEL_INPUT, data);
    } else if (!gather(&t->said, data)) {
        terminal_end(t, WS_TOO_BIG, "a message that is no input is longer than %d bytes", TERMINAL_TEXT_MAX);
    } else if (piece->is_last && is_ticket) {
        take_ticket(s);
    } else if (piece->is_last) {
        take_message(s);
    }
}

static void take_control(struct session *s, const struct ws_piece *frame)
{
    struct terminal *t = s->terminal;

    if (frame->opcode == WS_PING)
        put_client(s, WS_PONG, '\0', frame->data);
    else if (frame->opcode == WS_CLOSE)
        terminal_end(t, WS_NORMAL, "%s", "");
}

void terminal_take_client(struct session *s, char *data, size_t len)
{
    struct terminal *t = s->terminal;
    struct ws_piece piece;

    while (t->code == WS_CODE_NONE) {
        switch (ws_read(&t->client, &data, &len, &piece)) {
        case WS_MORE:
            return;
        case WS_PIECE:
            take_piece(s, &piece);
            break;
        case WS_CONTROL:
            take_control(s, &piece);
            break;
        case WS_LARGE:
            terminal_end(t, WS_TOO_BIG, "a message is longer than %d MiB", TERMINAL_MESSAGE_MIB);
            break;
        default:
            terminal_end(t, WS_PROTOCOL_ERROR, "this is no WebSocket frame of a client");
        }
    }
}

/* The cluster */

static const char *exit_status(const cJSON *status)
{
    const cJSON *cause;

    cJSON_ArrayForEach(cause, json_find(status, "details.causes"))
    {
        if (str_equal(str_from(json_find_text(cause, "reason")), STR("ExitCode")))
            return json_find_text(cause, "message");
    }
    return NULL;
}

/* What container runtimes say of a command that is not in the image. */
static bool lacks_shell(const char *message)
{
    return strstr(message, "/bin/sh") &&
           (strstr(message, "no such file or directory") || strstr(message, "executable file not found"));
}

static void take_status(struct session *s)
{
    struct terminal *t = s->terminal;
    const char *why;
    cJSON *status = json_tree((struct str){t->told.text, t->told.len}, 16, &why);
    const char *message = json_find_text(status, "message");
    const char *code = exit_status(status);

    if (str_equal(str_from(json_find_text(status, "status")), STR("Success")))
        terminal_end(t, WS_NORMAL, "the shell has ended");
    else if (code)
        terminal_end(t, WS_NORMAL, "the shell has ended with status %s", code);
    else if (message && lacks_shell(message))
        terminal_end(t, WS_INTERNAL, "this container has no shell: there is no /bin/sh in its image");
    else
        terminal_end(t, WS_INTERNAL, "%s", message ? message : "the cluster ended it and did not say why");
    t->cluster_over = true;
    cJSON_Delete(status);
}

static void take_channel(struct session *s, const struct ws_piece *piece)
{
    struct terminal *t = s->terminal;
    struct str data = piece->data;

    if (piece->is_first) {
        t->told.kind = -1;
        t->told.len = 0;
    }
    if (t->told.kind < 0 && data.len > 0) {
        t->told.kind = (unsigned char)data.ptr[0];
        data = str_skip(data, 1);
    }
    if (t->told.kind == CHANNEL_OUTPUT || t->told.kind == CHANNEL_ERROR_OUTPUT)
        terminal_put_output(s, data);
    else if (t->told.kind == CHANNEL_STATUS && gather(&t->told, data) && piece->is_last && t->told.len > 0)
        take_status(s);
}

void terminal_take_cluster(struct session *s, char *data, size_t len)
{
    struct terminal *t = s->terminal;
    struct ws_piece piece;

    while (t->code == WS_CODE_NONE) {
        switch (ws_read(&t->cluster, &data, &len, &piece)) {
        case WS_MORE:
            return;
        case WS_PIECE:
            take_channel(s, &piece);
            break;
        case WS_CONTROL:
            if (piece.opcode == WS_PING)
                put_cluster_pong(s, piece.data);
            else if (piece.opcode == WS_CLOSE)
                terminal_cluster_over(t, "the cluster ended it and did not say why");
            break;
        default:
            terminal_cluster_over(t, "the cluster does not speak as a WebSocket");
        }
    }
}
