#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int code;
    const char *reason;
    const char *slug;
} kinds[ERR__MAX] = {
    [ERR_NONE] = {200, "", ""},
    [ERR_BAD_REQUEST] = {400, "BadRequest", "bad-request"},
    [ERR_UNAUTHORIZED] = {401, "Unauthorized", "unauthenticated"},
    [ERR_FORBIDDEN] = {403, "Forbidden", "forbidden"},
    [ERR_NOT_FOUND] = {404, "NotFound", "not-found"},
    [ERR_NOT_CONNECTED] = {404, "NotFound", "not-connected"},
    [ERR_METHOD_NOT_ALLOWED] = {405, "MethodNotAllowed", "method-not-allowed"},
    [ERR_CONFLICT] = {409, "Conflict", "conflict"},
    [ERR_TOO_LARGE] = {413, "RequestEntityTooLarge", "too-large"},
    [ERR_MEDIA_TYPE] = {415, "UnsupportedMediaType", "unsupported-media-type"},
    [ERR_MISDIRECTED] = {421, "MisdirectedRequest", "unknown-host"},
    [ERR_LOCKED] = {423, "Locked", "protected"},
    [ERR_INVALID] = {422, "Invalid", "invalid"},
    [ERR_OVERLOADED] = {429, "TooManyRequests", "overloaded"},
    [ERR_INTERNAL] = {500, "InternalError", "internal"},
    [ERR_UPSTREAM_REFUSED] = {403, "Forbidden", "upstream-unauthorized"},
    [ERR_UPSTREAM_BROKEN] = {502, "InternalError", "upstream-broken"},
    [ERR_UPSTREAM_TLS] = {502, "InternalError", "upstream-tls"},
    [ERR_UPSTREAM_UNREACHABLE] = {503, "ServiceUnavailable", "upstream-unreachable"},
    [ERR_UPSTREAM_TIMEOUT] = {504, "Timeout", "upstream-timeout"},
    [ERR_STORE_UNAVAILABLE] = {503, "ServiceUnavailable", "store-unavailable"},
    [ERR_NOT_CONFIGURED] = {503, "ServiceUnavailable", "not-configured"},
    [ERR_NO_CREDENTIALS] = {503, "ServiceUnavailable", "credentials_expired"}, /* to a caller the same: new ones help */
    [ERR_CREDENTIALS_EXPIRED] = {503, "ServiceUnavailable", "credentials_expired"},
    [ERR_AWS] = {502, "InternalError", "aws"},
    [ERR_CLIENT_GONE] = {499, "ClientClosedRequest", "client-gone"},
};

int err_http_status(enum err_kind kind)
{
    return kinds[kind].code;
}

const char *err_slug(enum err_kind kind)
{
    return kinds[kind].slug;
}

/* An answer of AWS has no fixed status, so its reason follows from the status it came with. */
const char *err_reason(const struct err *err)
{
    if (err->kind != ERR_AWS)
        return kinds[err->kind].reason;
    switch (err->code) {
    case 400:
        return "BadRequest";
    case 403:
        return "Forbidden";
    case 404:
        return "NotFound";
    case 409:
        return "Conflict";
    case 429:
        return "TooManyRequests";
    case 503:
        return "ServiceUnavailable";
    case 504:
        return "Timeout";
    default:
        return "InternalError";
    }
}

void err_clear(struct err *err)
{
    memset(err, 0, offsetof(struct err, causes));
}

int err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    va_list args;

    err_clear(err);
    err->kind = kind;
    err->code = kinds[kind].code;
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    return -1;
}

int err_field(struct err *err, const char *field, const char *reason, const char *format, ...)
{
    struct err_cause *cause;
    va_list args;

    if (err->kind != ERR_INVALID)
        err_set(err, ERR_INVALID, "the request is not valid: see details.causes");
    if (++err->fault_count > ERR_CAUSES_MAX) {
        snprintf(err->message, sizeof(err->message), "%zu fields are not valid: see details.causes for the first %d",
                 err->fault_count, ERR_CAUSES_MAX);
        return -1;
    }
    cause = &err->causes[err->cause_count++];
    snprintf(cause->field, sizeof(cause->field), "%s", field);
    cause->reason = reason;
    va_start(args, format);
    vsnprintf(cause->message, sizeof(cause->message), format, args);
    va_end(args);
    /* One field is told in the message itself, because curl users read that first. */
    if (err->cause_count == 1)
        snprintf(err->message, sizeof(err->message), "%s: %s", cause->field, cause->message);
    else
        snprintf(err->message, sizeof(err->message), "%zu fields are not valid: see details.causes", err->cause_count);
    return -1;
}
