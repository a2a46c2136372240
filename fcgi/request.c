#include "fcgi/request.h"

#include <poll.h>
#include <string.h>

#include "base/unset.h"
#include "fcgi/intake.h"
#include "kube/path.h"

struct str request_param(const struct request *request, const char *name)
{
    size_t len = strlen(name);

    for (char **param = request->params; *param; param++)
        if (**param == *name && strncmp(*param, name, len) == 0 && (*param)[len] == '=')
            return str_from(*param + len + 1);
    return STR("");
}

static bool is_request_id(struct str id)
{
    if (id.len == 0 || id.len > 64)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= '0' && id.ptr[i] <= '9') || (id.ptr[i] >= 'a' && id.ptr[i] <= 'z') ||
              (id.ptr[i] >= 'A' && id.ptr[i] <= 'Z') || id.ptr[i] == '-'))
            return false;
    return true;
}

static int read_params(struct request *request)
{
    struct str id;
    struct str uri;

    id = request_param(request, "REQUEST_ID");
    uri = request_param(request, "REQUEST_URI");
    request->id = is_request_id(id) ? id.ptr : "unknown";
    request->remote_address = request_param(request, "REMOTE_ADDR").ptr;
    request->method_name = request_param(request, "REQUEST_METHOD").ptr;
    request->method = method_parse(str_from(request->method_name));
    request->worker->request_id = request->id;
    request->query = uri;
    request->path = str_cut(&request->query, '?');
    if (uri.len > LIMIT_URI)
        return err_set(&request->err, ERR_BAD_REQUEST, "the address is longer than 32 KiB");
    return path_check(request->path, &request->err);
}

/* libfcgi's own end with its request, which a stream outlives. */
static char **copy_params(struct arena *arena, char **params)
{
    size_t count = 0;
    char **copies;

    while (params[count])
        count++;
    copies = arena_alloc(arena, (count + 1) * sizeof(*copies));
    for (size_t i = 0; copies && i < count; i++)
        if (!(copies[i] = arena_strdup(arena, params[i])))
            return NULL;
    return copies;
}

int request_init(struct request *request, struct worker *worker, FCGX_Request *fcgx)
{
    static char *none[] = {NULL};

    *request = (struct request){.worker = worker, .arena = worker->arena, .fcgx = fcgx};
    buf_init(&request->response.out, LIMIT_REPLY_HEADERS + KIB(8));
    buf_reserve(&request->response.out, KIB(8)); /* what a small answer takes, at once */
    request->params = copy_params(request->arena, fcgx->envp);
    if (request->params)
        return read_params(request);
    request->params = none;
    request->id = "unknown";
    request->remote_address = request->method_name = "";
    return err_set(&request->err, ERR_INTERNAL, "there is no memory for the request");
}

int request_init_whole(struct request *request, struct worker *worker, const struct intake *intake)
{
    memset(request, 0, offsetof(struct request, caller));
    caller_clear(&request->caller);
    err_clear(&request->err);
    request->worker = worker;
    request->arena = worker->arena;
    request->params = intake->params;
    request->body = intake->body;
    return read_params(request);
}

struct str request_query(const struct request *request, const char *name)
{
    const struct field *fields = request->match.route->query;

    for (size_t i = 0; fields && fields[i].name; i++)
        if (strcmp(fields[i].name, name) == 0)
            return request->query_values[i];
    return (struct str){NULL, 0};
}

struct str request_segment(struct request *request, const char *name)
{
    struct str out = {NULL, 0};

    path_decode_segment(request->arena, route_segment(&request->match, name), &out, &request->err);
    return out;
}

struct str request_name(struct request *request, const char *name, const char *(*check)(struct str value))
{
    struct str value = request_segment(request, name);
    const char *wanted = value.ptr ? check(value) : NULL;

    if (!wanted)
        return value;
    err_field(&request->err, name, CAUSE_INVALID, "%s", wanted);
    request->err.kind = ERR_BAD_REQUEST;
    request->err.code = err_http_status(ERR_BAD_REQUEST);
    return (struct str){NULL, 0};
}

/* It may hold a secret. */
static void wipe_body(void *data)
{
    buf_wipe(data);
}

/* CONTENT_LENGTH is not trusted: it only must agree with what came. */
static int check_length(struct request *request, size_t got)
{
    struct str announced = request_param(request, "CONTENT_LENGTH");
    long length;

    if (announced.len == 0)
        return 0;
    if (str_to_long(announced, 0, 1L << 40, &length) < 0 || (size_t)length != got)
        return err_set(&request->err, ERR_BAD_REQUEST, "the body is not as long as Content-Length says");
    return 0;
}

int request_read_body(struct request *request, size_t max)
{
    struct buf *body = arena_alloc(request->arena, sizeof(*body));
    char chunk[4096] UNSET;
    int n;

    if (!request->fcgx)
        return check_length(request, request->body.len);
    if (!body || arena_defer(request->arena, wipe_body, body) < 0)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the body");
    buf_init(body, max);
    while ((n = FCGX_GetStr(chunk, sizeof(chunk), request->fcgx->in)) > 0) {
        if (body->len + (size_t)n > max)
            return err_set(&request->err, ERR_TOO_LARGE, "the body is larger than %zu bytes", max);
        if (buf_add(body, chunk, (size_t)n) < 0)
            return err_set(&request->err, ERR_INTERNAL, "there is no memory for the body");
    }
    if (check_length(request, body->len) < 0)
        return -1;
    request->body = buf_str(body);
    return 0;
}

/* A page of another site can send text and forms here without asking first (CORS), but neither JSON nor YAML. */
int request_check_document(struct request *request, const char *what)
{
    struct str type = request_param(request, "CONTENT_TYPE");

    type = str_trim(str_cut(&type, ';'));
    if (str_ends_with(type, STR("json")) || str_ends_with(type, STR("yaml")))
        return 0;
    return err_set(&request->err, ERR_MEDIA_TYPE, "send %s as Content-Type: application/yaml or application/json",
                   what);
}

bool request_is_read(const struct request *request)
{
    return !request->fcgx || FCGX_HasSeenEOF(request->fcgx->in) != 0;
}

bool request_is_gone(const struct request *request)
{
    struct pollfd p = {.fd = request->fcgx->ipcFd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
