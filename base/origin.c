#include "base/origin.h"

static struct str without_default_port(struct str authority, struct str port)
{
    return str_ends_with(authority, port) ? (struct str){authority.ptr, authority.len - port.len} : authority;
}

bool origin_is_own(struct str origin, struct str host)
{
    struct str port;

    if (str_starts_with(origin, STR("https://"))) {
        origin = str_skip(origin, 8);
        port = STR(":443");
    } else if (str_starts_with(origin, STR("http://"))) {
        origin = str_skip(origin, 7);
        port = STR(":80");
    } else {
        return false;
    }
    return origin.len > 0 &&
           str_equal_ignore_case(without_default_port(origin, port), without_default_port(host, port));
}

bool origin_fetch_is_own(struct str fetch_site)
{
    return fetch_site.len == 0 || str_equal(fetch_site, STR("same-origin")) || str_equal(fetch_site, STR("none"));
}
