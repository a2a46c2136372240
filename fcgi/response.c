#include "fcgi/response.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/status.h"
#include "fcgi/cors.h"
#include "fcgi/record.h"
#include "fcgi/upload.h"

/* What is written is held back up to here: a small answer and its end leave in one call, and nginx wakes once. */
#define HOLD_MAX KIB(16)
#define LIST_MAX MIB(8)

void response_begin(struct request *request, int status, struct str reason)
{
    struct response *r = &request->response;

    buf_reset(&r->out);
    r->status = status;
    head_begin(&r->out, status, reason, request->id);
    limit_state_write(&request->limit, &r->out);
    cors_write_headers(request);
}

void response_header(struct request *request, const char *name, struct str value)
{
    head_add(&request->response.out, name, value);
}

void response_relay(struct request *request, const struct head_relay *relay, const struct http_head *head)
{
    struct response *r = &request->response;

    buf_reset(&r->out);
    r->status = head->status;
    head_relay(&r->out, request->arena, relay, head);
}

/* Sends what is held back, and data behind it. */
static int send_out(struct request *request, struct str data, enum record_last last)
{
    struct response *r = &request->response;
    struct str held = buf_str(&r->out);

    r->sent = true;
    if (!r->gone && (held.len + data.len > 0 || last != RECORD_MORE) &&
        record_send(request->fcgx->ipcFd, request->fcgx->requestId, held, data, last) < 0)
        r->gone = true;
    buf_reset(&r->out);
    return r->gone ? -1 : 0;
}

static int end_head(struct request *request)
{
    struct response *r = &request->response;

    if (r->head_ended)
        return 0;
    r->head_ended = true;
    return buf_add_str(&r->out, STR("\r\n"));
}

int response_write(struct request *request, const void *data, size_t len)
{
    struct response *r = &request->response;

    if (r->gone || end_head(request) < 0)
        return -1;
    if (r->out.len + len < HOLD_MAX)
        return buf_add(&r->out, data, len);
    return send_out(request, (struct str){data, len}, RECORD_MORE);
}

int response_flush(struct request *request)
{
    if (request->response.status == 0)
        return 0;
    return end_head(request) < 0 ? -1 : send_out(request, STR(""), RECORD_MORE);
}

void response_begin_json(struct request *request, int status)
{
    response_begin(request, status, str_from(http_reason(status)));
    response_header(request, "Content-Type", STR("application/json"));
    response_header(request, "Cache-Control", STR("no-store"));
}

int response_stream(struct request *request, struct buf *buffer, bool at_end)
{
    int rc;

    if (buffer->failed)
        return err_set(&request->err, ERR_INTERNAL, "an answer did not fit its buffer");
    if (buffer->len < LIMIT_RESPONSE_BUFFER / 2 && !at_end)
        return 0;
    if (request->response.status == 0)
        response_begin_json(request, 200);
    rc = response_write(request, buffer->ptr, buffer->len);
    buf_reset(buffer);
    return rc < 0 ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone") : 0;
}

int response_json(struct request *request, int status, struct buf *body)
{
    char length[24];
    int rc;

    if (buf_add_char(body, '\n') < 0)
        return err_set(&request->err, ERR_INTERNAL, "the answer is too large");
    snprintf(length, sizeof(length), "%zu", body->len);
    response_begin_json(request, status);
    response_header(request, "Content-Length", str_from(length));
    rc = response_write(request, body->ptr, body->len);
    buf_wipe(body);
    return rc < 0 ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone") : 0;
}

int response_list(struct request *request, const char *key, const void *things, size_t count, size_t size,
                  void (*write)(struct json *j, struct request *request, const void *thing))
{
    struct buf body;
    struct json j;

    buf_init(&body, LIST_MAX);
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_array_open(&j, key);
    for (size_t i = 0; i < count; i++) {
        json_object_open(&j, NULL);
        write(&j, request, (const char *)things + i * size);
        json_object_close(&j);
    }
    json_array_close(&j);
    json_object_close(&j);
    return response_json(request, 200, &body);
}

static void error_head(struct request *request, struct str type, size_t length)
{
    const struct err *err = &request->err;
    struct response *r = &request->response;

    buf_reset(&r->out);
    r->head_ended = false;
    r->status = err->code;
    head_error(&r->out, err, request->id, type, length);
    limit_state_write(&request->limit, &r->out);
    cors_write_headers(request);
    if (err->kind == ERR_METHOD_NOT_ALLOWED) {
        struct buf allowed;

        buf_init(&allowed, 128);
        method_list(request->match.allowed, &allowed);
        response_header(request, "Allow", buf_str(&allowed));
        buf_free(&allowed);
    }
}

void response_error(struct request *request)
{
    const struct err *err = &request->err;
    struct buf body;

    if (request->response.sent) {
        request->response.truncated = true;
        return;
    }
    if (err->upstream_status.len > 0) {
        error_head(request, err->upstream_type, err->upstream_status.len);
        response_write(request, err->upstream_status.ptr, err->upstream_status.len);
        return;
    }
    buf_init(&body, KIB(32));
    status_write(&body, err);
    error_head(request, STR("application/json"), body.len);
    response_write(request, body.ptr, body.len);
    buf_free(&body);
}

/* nginx takes a FastCGI record of version 0 as a fault and breaks the client's connection off; anything
 * gentler would let a cut body pass as a whole one. */
static void break_off(struct request *request)
{
    static const char invalid_record[8] = {0};
    FCGX_Request *fcgx = request->fcgx;
    int fd = fcgx->ipcFd;

    response_flush(request);
    if (send(fd, invalid_record, sizeof(invalid_record), MSG_NOSIGNAL) < 0) {
        /* Gone already: that is broken off too. */
    }
    upload_end(request);
    FCGX_Free(fcgx, 0);
    close(fd);
    fcgx->ipcFd = -1;
}

static bool drained(FCGX_Request *fcgx)
{
    char rest[4096];
    size_t total = 0;
    int n;

    while ((n = FCGX_GetStr(rest, sizeof(rest), fcgx->in)) > 0) {
        total += (size_t)n;
        if (total > LIMIT_DRAIN)
            return false;
    }
    return FCGX_GetError(fcgx->in) == 0;
}

/* A body that arrives while it is passed on would keep the thread for as long as its client likes: the answer goes out
 * first, and the connection ends with it. */
static void finish_upload(struct request *request)
{
    if (request->response.status != 0)
        end_head(request);
    send_out(request, STR(""), RECORD_CLOSE);
    upload_end(request);
    FCGX_Free(request->fcgx, 1);
}

void fcgi_finish(struct request *request)
{
    FCGX_Request *fcgx = request->fcgx;

    if (request->response.handed_off) {
        FCGX_Free(fcgx, 0); /* its descriptor is another's */
    } else if (request->response.truncated) {
        break_off(request);
    } else if (request_streams_body(request)) {
        finish_upload(request);
    } else {
        bool keep = drained(fcgx) && fcgx->keepConnection;

        if (request->response.status != 0)
            end_head(request);
        keep = send_out(request, STR(""), keep ? RECORD_KEEP : RECORD_CLOSE) == 0 && keep;
        FCGX_Free(fcgx, !keep);
    }
    buf_wipe(&request->response.out);
}
