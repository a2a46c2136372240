#include "handlers/raw_headers.h"

#include <ctype.h>
#include <string.h>

/* Names as FastCGI gives them: HTTP_X_Y. Ending in "*": a prefix. */
static const char *const dropped_requests[] = {
    "CONNECTION",
    "KEEP_ALIVE",
    "PROXY_CONNECTION",
    "PROXY",
    "TE",
    "TRAILER",
    "UPGRADE",
    "PROXY_*",
    "TRANSFER_ENCODING",
    "EXPECT",
    "AUTHORIZATION",
    "COOKIE",
    "HOST",
    "ORIGIN",
    "REFERER",
    "SEC_*",
    "X_CSRF_*",
    "X_EKSGATE_*",
    "X_REMOTE_*",
    "X_FORWARDED_*",
    "FORWARDED",
    "X_REAL_IP",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "AUDIT_ID",
    "X_REQUEST_ID",
    "X_REQUESTED_WITH",
    NULL,
};

static const struct str dropped_answers[] = {
    STR("Connection"),
    STR("Keep-Alive"),
    STR("Proxy-*"),
    STR("TE"),
    STR("Trailer"),
    STR("Transfer-Encoding"),
    STR("Upgrade"),
    STR("Set-Cookie*"),
    STR("Access-Control-*"),
    STR("Strict-Transport-Security"),
    STR("Alt-Svc"),
    STR("WWW-Authenticate"),
    STR("Server"),
    STR("X-Accel-*"),
    STR("Status"),
    STR("Clear-Site-Data"),
    STR("Service-Worker-Allowed"),
    STR("X-Request-Id"),
    STR("X-Eksgate-*"),
};

static bool matches(struct str pattern, struct str name)
{
    if (!str_ends_with(pattern, STR("*")))
        return str_equal_ignore_case(pattern, name);
    pattern.len--;
    return name.len >= pattern.len && str_equal_ignore_case(pattern, (struct str){name.ptr, pattern.len});
}

static bool named_in(struct str list, struct str name)
{
    while (list.ptr)
        if (str_equal_ignore_case(str_trim(str_cut(&list, ',')), name))
            return true;
    return false;
}

/* RFC 9110 section 5.1. What is no name might be another one to who reads it next. */
static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!isalnum((unsigned char)name.ptr[i]) && (name.ptr[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", name.ptr[i])))
            return false;
    return name.len > 0 && name.len < 128;
}

bool raw_answer_header_passes(struct str name, const struct http_head *head)
{
    if (!is_name(name))
        return false;
    for (size_t i = 0; i < sizeof(dropped_answers) / sizeof(dropped_answers[0]); i++)
        if (matches(dropped_answers[i], name))
            return false;
    for (size_t i = 0; i < head->header_count; i++)
        if (str_equal_ignore_case(head->headers[i].name, STR("Connection")) && named_in(head->headers[i].value, name))
            return false;
    return true;
}

/* "ACCEPT_ENCODING" to "accept-encoding". */
static char *header_name(struct arena *arena, struct str parameter)
{
    char *name = arena_strndup(arena, parameter.ptr, parameter.len);

    for (char *p = name; p && *p; p++)
        *p = (char)(*p == '_' ? '-' : tolower((unsigned char)*p));
    return name;
}

/* FCGX_GetParam() sees the first of repeated headers only, so the parameters are walked. */
static bool is_dropped(struct request *request, struct str parameter, const char *name)
{
    for (size_t i = 0; dropped_requests[i]; i++)
        if (matches(str_from(dropped_requests[i]), parameter))
            return true;
    for (char **p = request->fcgx->envp; *p; p++)
        if (strncmp(*p, "HTTP_CONNECTION=", 16) == 0 && named_in(str_from(*p + 16), str_from(name)))
            return true;
    return false;
}

static bool has_control_bytes(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (((unsigned char)value.ptr[i] < 0x20 && value.ptr[i] != '\t') || value.ptr[i] == 0x7f)
            return true;
    return false;
}

struct lines {
    const char **line;
    size_t count;
    size_t bytes;
};

static int add_line(struct request *request, struct lines *lines, const char *name, struct str value)
{
    char *line;

    lines->bytes += strlen(name) + value.len;
    if (lines->count == LIMIT_HEADERS || lines->bytes > LIMIT_HEADER_BYTES)
        return err_set(&request->err, ERR_BAD_REQUEST, "there are more than %d headers or 32 KiB of them",
                       LIMIT_HEADERS);
    if (has_control_bytes(value))
        return err_set(&request->err, ERR_BAD_REQUEST, "the header %.64s contains control characters", name);
    line = value.len > 0 ? arena_printf(request->arena, "%s: %.*s", name, STR_FMT(value))
                         : arena_printf(request->arena, "%s;", name);
    if (!line)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the headers");
    lines->line[lines->count++] = line;
    return 0;
}

/* Dropping Impersonate-* in silence would run the request with other rights than the caller meant. */
static int add_parameter(struct request *request, struct lines *lines, struct str parameter, struct str value)
{
    char *name = header_name(request->arena, parameter);

    if (!name)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the headers");
    if (str_starts_with(str_from(name), STR("impersonate-")))
        return err_set(&request->err, ERR_FORBIDDEN, "eksgate does not pass impersonation (%.64s): leave out --as",
                       name);
    if (!is_name(str_from(name)))
        return err_set(&request->err, ERR_BAD_REQUEST, "a header's name is none");
    if (is_dropped(request, parameter, name))
        return 0;
    return add_line(request, lines, name, value);
}

static bool is_audit_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!isalnum((unsigned char)id.ptr[i]) && id.ptr[i] != '-')
            return false;
    return id.len > 0 && id.len <= 64;
}

/* What the gateway says itself: who asked, and one id in both logs. */
static int add_own(struct request *request, struct lines *lines)
{
    struct str audit_id = request_param(request, "HTTP_AUDIT_ID");
    struct str type = request_param(request, "CONTENT_TYPE");

    if (type.len > 0 && add_line(request, lines, "content-type", type) < 0)
        return -1;
    if (*request->remote_address && add_line(request, lines, "x-forwarded-for", str_from(request->remote_address)) < 0)
        return -1;
    return add_line(request, lines, "audit-id", is_audit_id(audit_id) ? audit_id : str_from(request->id));
}

const char *const *raw_request_headers(struct request *request)
{
    struct lines lines = {.line = arena_alloc(request->arena, (LIMIT_HEADERS + 1) * sizeof(char *))};

    if (!lines.line) {
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the headers");
        return NULL;
    }
    for (char **p = request->fcgx->envp; p && *p; p++) {
        struct str value = str_from(*p);
        struct str parameter = str_cut(&value, '=');

        if (!value.ptr || !str_starts_with(parameter, STR("HTTP_")))
            continue;
        if (add_parameter(request, &lines, str_skip(parameter, 5), value) < 0)
            return NULL;
    }
    return add_own(request, &lines) < 0 ? NULL : lines.line;
}

struct str raw_prefix(const struct request *request)
{
    return (struct str){request->path.ptr, request->path.len - request->match.rest.len};
}
