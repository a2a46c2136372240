#include "fcgi/route.h"

#include <stdint.h>
#include <string.h>

#include "kube/path.h"

static const struct {
    struct str name;
    enum method method;
} methods[] = {
    {STR("GET"), METHOD_GET},         {STR("HEAD"), METHOD_GET},    {STR("POST"), METHOD_POST},
    {STR("PUT"), METHOD_PUT},         {STR("PATCH"), METHOD_PATCH}, {STR("DELETE"), METHOD_DELETE},
    {STR("OPTIONS"), METHOD_OPTIONS},
};

#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

enum method method_parse(struct str name)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (str_equal(methods[i].name, name))
            return methods[i].method;
    return METHOD_OTHER;
}

void method_list(unsigned mask, struct buf *out)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (mask & methods[i].method)
            buf_printf(out, "%s%s", out->len > 0 ? ", " : "", methods[i].name.ptr);
}

/* Nearly every row of a table differs from a path before its first parameter. */
static bool begins_alike(const char *pattern, struct str path)
{
    for (size_t i = 0; pattern[i] != '\0' && pattern[i] != ':' && pattern[i] != '*'; i++)
        if (i == path.len || path.ptr[i] != pattern[i])
            return false;
    return true;
}

static bool fits(const char *pattern, struct str path, struct route_match *out)
{
    return begins_alike(pattern, path) &&
           path_match(pattern, path, out->segments, LIMIT_PATH_PARAMS, &out->segment_count, &out->rest);
}

/* The first pattern that fits is the path's own: "/api/clusters/connect" never is a cluster named connect,
 * whatever the method. */
void route_match(const struct route *routes, size_t count, enum method method, struct str path, struct route_match *out)
{
    const char *pattern = NULL;

    *out = (struct route_match){.row = SIZE_MAX};
    for (size_t i = 0; i < count && !out->route; i++) {
        if (pattern ? strcmp(pattern, routes[i].path) != 0 : !fits(routes[i].path, path, out))
            continue;
        pattern = routes[i].path;
        out->allowed |= routes[i].methods;
        if (routes[i].methods & method)
            out->route = &routes[out->row = i];
    }
}

struct str route_segment(const struct route_match *match, const char *name)
{
    struct str pattern = str_from(match->route->path);
    size_t i = 0;

    while (pattern.ptr) {
        struct str part = str_cut(&pattern, '/');

        if (part.len == 0 || part.ptr[0] != ':')
            continue;
        if (str_equal(str_skip(part, 1), str_from(name)))
            return match->segments[i];
        i++;
    }
    return STR("");
}

#define ROUTE_KEY_MAX 255

const char *route_check_key(struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        if (key.ptr[i] <= ' ' || key.ptr[i] > '~')
            return "must be made of visible ASCII characters";
    return key.len <= ROUTE_KEY_MAX ? NULL : "must not be longer than 255 characters";
}

/* clang-format off */
const struct field route_key = {.name = "Idempotency-Key", .max = ROUTE_KEY_MAX, .pattern = "^[!-~]{0,255}$", .check = route_check_key, .help = "any text, such as a UUID: the same request with the same one, within 24 hours, is not done twice, and has the answer of the first"};
/* clang-format on */
