#include "handlers/raw_headers.h"

#include <ctype.h>

#include "kube/headers.h"

/* What FastCGI may give at most, before kube/headers.h says what is too much. */
#define PARAMETERS_MAX 256

/* "ACCEPT_ENCODING" to "accept-encoding". */
static struct str header_name(struct arena *arena, struct str parameter)
{
    char *name = arena_strndup(arena, parameter.ptr, parameter.len);

    for (char *p = name; p && *p; p++)
        *p = (char)(*p == '_' ? '-' : tolower((unsigned char)*p));
    return (struct str){name, parameter.len};
}

/* CONTENT_TYPE is a parameter of its own; its twin HTTP_CONTENT_TYPE would make it two headers. */
static bool is_header(struct str *parameter)
{
    if (str_equal(*parameter, STR("CONTENT_TYPE")))
        return true;
    if (!str_starts_with(*parameter, STR("HTTP_")) || str_equal(*parameter, STR("HTTP_CONTENT_TYPE")))
        return false;
    *parameter = str_skip(*parameter, 5);
    return true;
}

static size_t count_parameters(char **params)
{
    size_t count = 0;

    while (params && params[count] && count < PARAMETERS_MAX)
        count++;
    return count;
}

/* request_param() sees the first of repeated headers only, so the parameters are walked. */
static int read_headers(struct request *request, struct http_header *headers, size_t *count)
{
    for (char **p = request->params; p && *p; p++) {
        struct str value = str_from(*p);
        struct str parameter = str_cut(&value, '=');
        struct str name;

        if (!value.ptr || !is_header(&parameter) || (value.len == 0 && str_equal(parameter, STR("CONTENT_TYPE"))))
            continue;
        if (*count == PARAMETERS_MAX)
            return err_set(&request->err, ERR_BAD_REQUEST, "there are more than %d headers", PARAMETERS_MAX);
        name = header_name(request->arena, parameter);
        if (!name.ptr)
            return err_set(&request->err, ERR_INTERNAL, "there is no memory for the headers");
        headers[(*count)++] = (struct http_header){name, value};
    }
    return 0;
}

/* As libcurl takes them: an empty value is "Name;". */
static const char *const *format_lines(struct request *request, const struct http_header *headers, size_t count)
{
    const char **lines = arena_alloc(request->arena, (count + 1) * sizeof(*lines));

    for (size_t i = 0; lines && i < count; i++) {
        lines[i] = arena_join(request->arena, headers[i].name, headers[i].value.len > 0 ? STR(": ") : STR(";"),
                              headers[i].value);
        if (!lines[i])
            lines = NULL;
    }
    if (!lines)
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the headers");
    return lines;
}

const char *const *raw_request_headers(struct request *request)
{
    const struct header_hop hop = {.request_id = request->id, .remote_address = request->remote_address};
    struct http_header *given = arena_alloc(request->arena, count_parameters(request->params) * sizeof(*given));
    struct http_header *passed = arena_alloc(request->arena, LIMIT_HEADERS * sizeof(*passed));
    size_t count = 0;

    if (!given || !passed) {
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the headers");
        return NULL;
    }
    if (read_headers(request, given, &count) < 0 ||
        header_pass_request(given, count, &hop, passed, &count, &request->err) < 0)
        return NULL;
    request->audit_id = header_audit_id(passed, count, request->id);
    return format_lines(request, passed, count);
}

struct str raw_prefix(const struct request *request)
{
    return (struct str){request->path.ptr, request->path.len - request->match.rest.len};
}
