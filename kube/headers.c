#include "kube/headers.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"

/* Ending in "*": a prefix. */
static const struct str dropped_requests[] = {
    STR("Connection"),
    STR("Keep-Alive"),
    STR("Proxy"),
    STR("Proxy-*"),
    STR("TE"),
    STR("Trailer"),
    STR("Upgrade"),
    STR("Transfer-Encoding"),
    STR("Expect"),
    STR("Authorization"),
    STR("Cookie"),
    STR("Host"),
    STR("Origin"),
    STR("Referer"),
    STR("Sec-*"),
    STR("X-Csrf-*"),
    STR("X-Eksgate-*"),
    STR("X-Remote-*"),
    STR("X-Forwarded-*"),
    STR("Forwarded"),
    STR("X-Real-Ip"),
    STR("Content-Length"),
    STR("Audit-Id"),
    STR("X-Request-Id"),
    STR("X-Requested-With"),
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

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool matches(struct str pattern, struct str name)
{
    if (!str_ends_with(pattern, STR("*")))
        return str_equal_ignore_case(pattern, name);
    pattern.len--;
    return name.len >= pattern.len && str_equal_ignore_case(pattern, (struct str){name.ptr, pattern.len});
}

static bool stands_in(const struct str *table, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (matches(table[i], name))
            return true;
    return false;
}

static bool is_of_this_hop(const struct http_header *headers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_ignore_case(headers[i].name, STR("Connection")) && header_list_names(headers[i].value, name))
            return true;
    return false;
}

bool header_passes_answer(struct str name, const struct http_head *head)
{
    return header_is_name(name) && !stands_in(dropped_answers, COUNT(dropped_answers), name) &&
           !is_of_this_hop(head->headers, head->header_count, name);
}

struct out {
    struct http_header *headers;
    size_t count;
    size_t bytes;
};

static int add(struct out *out, struct str name, struct str value, struct err *err)
{
    out->bytes += name.len + value.len;
    if (out->count == LIMIT_HEADERS || out->bytes > LIMIT_HEADER_BYTES)
        return err_set(err, ERR_BAD_REQUEST, "there are more than %d headers or 32 KiB of them", LIMIT_HEADERS);
    if (!header_is_value(value))
        return err_set(err, ERR_BAD_REQUEST, "the header %.*s contains control characters", STR_FMT(name));
    out->headers[out->count++] = (struct http_header){name, value};
    return 0;
}

static bool is_audit_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!isalnum((unsigned char)id.ptr[i]) && id.ptr[i] != '-')
            return false;
    return id.len > 0 && id.len <= 64;
}

static struct str find(const struct http_header *headers, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_ignore_case(headers[i].name, name))
            return headers[i].value;
    return STR("");
}

/* Who asked, and one id in both logs. */
static int add_own(struct out *out, struct str audit_id, const struct header_hop *hop, struct err *err)
{
    if (*hop->remote_address && add(out, STR("x-forwarded-for"), str_from(hop->remote_address), err) < 0)
        return -1;
    return add(out, STR("audit-id"), is_audit_id(audit_id) ? audit_id : str_from(hop->request_id), err);
}

int header_pass_request(const struct http_header *given, size_t count, const struct header_hop *hop,
                        struct http_header *out, size_t *out_count, struct err *err)
{
    struct out passed = {.headers = out};

    for (size_t i = 0; i < count; i++) {
        struct str name = given[i].name;
        bool asked_for = hop->upgrade && matches(STR("Sec-WebSocket-*"), name);

        /* Dropping it in silence would run the request with other rights than the caller meant. */
        if (matches(STR("Impersonate-*"), name))
            return err_set(err, ERR_FORBIDDEN, "eksgate does not pass impersonation (%.*s): leave out --as",
                           (int)(name.len > 64 ? 64 : name.len), name.ptr);
        if (!header_is_name(name))
            return err_set(err, ERR_BAD_REQUEST, "a header's name is none");
        if (!asked_for &&
            (stands_in(dropped_requests, COUNT(dropped_requests), name) || is_of_this_hop(given, count, name)))
            continue;
        if (add(&passed, name, given[i].value, err) < 0)
            return -1;
    }
    if (add_own(&passed, find(given, count, STR("Audit-Id")), hop, err) < 0)
        return -1;
    *out_count = passed.count;
    return 0;
}

struct str header_audit_id(const struct http_header *passed, size_t count, const char *request_id)
{
    struct str id = find(passed, count, STR("audit-id"));

    return str_equal(id, str_from(request_id)) ? STR("") : id;
}

struct str header_location(struct arena *arena, struct str value, const char *endpoint, struct str prefix)
{
    struct str path = value;
    char *prefixed;

    if (str_equal(value, str_from(endpoint)))
        path = STR("/");
    else if (str_starts_with(value, str_from(endpoint)))
        path = str_skip(value, strlen(endpoint));
    if (!str_starts_with(path, STR("/")) || str_starts_with(path, STR("//")))
        return value;
    prefixed = arena_printf(arena, "%.*s%.*s", STR_FMT(prefix), STR_FMT(path));
    return (struct str){prefixed, prefixed ? prefix.len + path.len : 0};
}
