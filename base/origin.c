#include "base/origin.h"

#include <ctype.h>
#include <string.h>

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

bool origin_is_listed(struct str origin, struct str list)
{
    while (list.ptr && origin.len > 0)
        if (str_equal(str_trim(str_cut(&list, ',')), origin))
            return true;
    return false;
}

bool origin_parse(struct str origin, bool *is_https, struct str *host)
{
    *is_https = str_starts_with(origin, STR("https://"));
    if (!*is_https && !str_starts_with(origin, STR("http://")))
        return false;
    *host = str_skip(origin, *is_https ? 8 : 7);
    for (size_t i = 0; i < host->len; i++)
        if (!islower((unsigned char)host->ptr[i]) && !isdigit((unsigned char)host->ptr[i]) &&
            !strchr(".-:[]", host->ptr[i]))
            return false;
    return host->len > 0 && !str_ends_with(*host, *is_https ? STR(":443") : STR(":80")) &&
           !str_ends_with(*host, STR(":"));
}

bool origin_fetch_is_own(struct str fetch_site)
{
    return fetch_site.len == 0 || str_equal(fetch_site, STR("same-origin")) || str_equal(fetch_site, STR("none"));
}
