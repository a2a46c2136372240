#include "kube/path.h"

#include "base/encode.h"
#include "base/limits.h"

static bool is_dots(struct str segment)
{
    size_t dots = 0;

    while (segment.len > 0) {
        bool encoded =
            segment.len >= 3 && (str_starts_with(segment, STR("%2e")) || str_starts_with(segment, STR("%2E")));

        if (!encoded && segment.ptr[0] != '.')
            return false;
        segment = str_skip(segment, encoded ? 3 : 1);
        dots++;
    }
    return dots == 1 || dots == 2;
}

int path_check(struct str path, struct err *err)
{
    struct str rest = path;

    if (!str_starts_with(path, STR("/")))
        return err_set(err, ERR_BAD_REQUEST, "the path must begin with /");
    for (size_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];

        if (c < 0x20 || c == 0x7f)
            return err_set(err, ERR_BAD_REQUEST, "the path contains a control character");
        if (c == '%' && path.len - i >= 3 && path.ptr[i + 1] == '0' && path.ptr[i + 2] == '0')
            return err_set(err, ERR_BAD_REQUEST, "the path contains a NUL character");
    }
    while (rest.ptr)
        if (is_dots(str_cut(&rest, '/')))
            return err_set(err, ERR_BAD_REQUEST, "the path contains a \".\" or \"..\" segment");
    return 0;
}

int path_decode_segment(struct arena *arena, struct str segment, struct str *out, struct err *err)
{
    struct buf plain;
    int rc;

    buf_init(&plain, LIMIT_URI);
    rc = decode_percent(&plain, segment);
    if (rc == 0)
        *out = (struct str){arena_strndup(arena, buf_str(&plain).ptr, plain.len), plain.len};
    buf_free(&plain);
    if (rc < 0)
        return err_set(err, ERR_BAD_REQUEST, "the path has a broken percent-escape");
    return out->ptr ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the path");
}

static bool is_id_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '@' || c == '%' || c == '-';
}

int path_decode_cluster_id(struct arena *arena, struct str segment, struct str *out, struct err *err)
{
    bool fits = segment.len >= 1 && segment.len <= LIMIT_CLUSTER_ID;

    for (size_t i = 0; fits && i < segment.len; i++)
        fits = is_id_byte(segment.ptr[i]);
    if (!fits)
        return err_set(err, ERR_BAD_REQUEST,
                       "a cluster id is 1 to 256 of A-Z a-z 0-9 . _ : @ - (and / as %%2F), like us-east-1_demo");
    if (path_decode_segment(arena, segment, out, err) < 0)
        return -1;
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->ptr[i] < 0x20 || out->ptr[i] == 0x7f)
            return err_set(err, ERR_BAD_REQUEST, "a cluster id must not contain control characters");
    if (str_equal(*out, STR(".")) || str_equal(*out, STR("..")))
        return err_set(err, ERR_BAD_REQUEST, "\".\" and \"..\" are no cluster ids");
    return 0;
}

int path_check_default(struct str path, struct err *err)
{
    if (!str_equal(path, STR("/clusters")) && !str_starts_with(path, STR("/clusters/")))
        return 0;
    return err_set(err, ERR_BAD_REQUEST, "the path names no cluster: /raw/clusters/{id}/...");
}

bool path_match(const char *pattern, struct str path, struct str *segments, size_t max, size_t *count, struct str *rest)
{
    struct str left = str_from(pattern);

    *count = 0;
    *rest = STR("");
    while (left.ptr) {
        struct str wanted = str_cut(&left, '/');
        struct str whole = path;
        struct str found;

        if (!path.ptr)
            return false;
        if (str_equal(wanted, STR("*"))) {
            *rest = (struct str){whole.ptr - 1, whole.len + 1};
            return true;
        }
        found = str_cut(&path, '/');
        if (wanted.len > 0 && wanted.ptr[0] == ':') {
            if (found.len == 0 || *count == max)
                return false;
            segments[(*count)++] = found;
        } else if (!str_equal(wanted, found)) {
            return false;
        }
    }
    return path.ptr == NULL;
}

/* The API server decodes the path before it looks, so this does too: "%70roxy" is foreign content as well. Up to the
 * fourth part, as in /api/v1/namespaces/proxy, the word can only be a name. */
bool path_is_proxy(struct str path)
{
    struct buf plain;
    struct str rest;
    bool found = false;
    size_t parts = 0;

    buf_init(&plain, LIMIT_URI);
    rest = decode_percent(&plain, path) == 0 ? buf_str(&plain) : path;
    while (rest.ptr && !found) {
        struct str part = str_cut(&rest, '/');

        parts += part.len > 0;
        found = parts > 4 && str_equal(part, STR("proxy"));
    }
    found = found || plain.failed;
    buf_free(&plain);
    return found;
}
