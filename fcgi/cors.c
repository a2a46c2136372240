#include "fcgi/cors.h"

#include "base/origin.h"
#include "fcgi/response.h"

#define PREFLIGHT_SECONDS "600"

/* The cluster's own API answers with the cluster's own headers, and a pod's pages stand under it. */
static bool is_shared(struct str path)
{
    return !str_starts_with(path, STR("/raw/")) && !str_equal(path, STR("/raw"));
}

void cors_admit(struct request *request)
{
    struct str origin = request_param(request, "HTTP_ORIGIN");
    struct str list = str_from(request->worker->config->cors_origins);

    request->page = STR("");
    if (is_shared(request->path) && origin_is_listed(origin, list))
        request->page = origin;
}

static int answer_preflight(struct request *request)
{
    struct buf methods;

    buf_init(&methods, 128);
    method_list(request->match.allowed, &methods);
    response_begin(request, 204, STR("No Content"));
    response_header(request, "Access-Control-Allow-Methods", buf_str(&methods));
    response_header(request, "Access-Control-Allow-Headers", STR("Authorization, Content-Type, Idempotency-Key"));
    response_header(request, "Access-Control-Max-Age", STR(PREFLIGHT_SECONDS));
    buf_free(&methods);
    return 0;
}

const struct route *cors_find_preflight(const struct request *request)
{
    static const struct route preflight = {
        .methods = METHOD_OPTIONS, .path = "/*", .handle = answer_preflight, .role = ROLE_NONE};
    bool is_one = request->method == METHOD_OPTIONS && request->page.len > 0 && request->match.allowed != 0 &&
                  request_param(request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD").len > 0;

    return is_one ? &preflight : NULL;
}

void cors_write_headers(struct request *request)
{
    if (!request->worker->config->cors_origins || !is_shared(request->path))
        return;
    response_header(request, "Vary", STR("Origin"));
    if (request->page.len == 0)
        return;
    response_header(request, "Access-Control-Allow-Origin", request->page);
    response_header(request, "Access-Control-Expose-Headers",
                    STR("X-Request-Id, X-Eksgate-Error, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
                        "RateLimit-Reset"));
}
