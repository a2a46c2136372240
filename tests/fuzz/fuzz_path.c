/* Raw paths: what is accepted holds no dot segment and no NUL, an id holds no control byte, a match lies in its path.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encode.h"
#include "base/limits.h"
#include "handlers/routes.h"
#include "kube/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segment(struct str segment)
{
    struct buf plain;

    buf_init(&plain, LIMIT_URI);
    if (decode_percent(&plain, segment) == 0) {
        assert(!str_equal(buf_str(&plain), STR(".")) && !str_equal(buf_str(&plain), STR("..")));
        assert(!str_contains(buf_str(&plain), '\0'));
    }
    buf_free(&plain);
}

static void check_path(struct str path)
{
    struct str rest = path;
    struct err err;

    if (path_check(path, &err) < 0) {
        assert(err.kind == ERR_BAD_REQUEST);
        return;
    }
    assert(path.len > 0 && path.ptr[0] == '/');
    while (rest.ptr)
        check_segment(str_cut(&rest, '/'));
}

static void check_id(struct arena *arena, struct str raw)
{
    struct str id;
    struct err err;

    if (path_decode_cluster_id(arena, raw, &id, &err) < 0)
        return;
    assert(id.len > 0 && id.len <= LIMIT_CLUSTER_ID);
    for (size_t i = 0; i < id.len; i++)
        assert((unsigned char)id.ptr[i] >= 0x20 && id.ptr[i] != 0x7f);
    assert(!str_equal(id, STR(".")) && !str_equal(id, STR("..")));
}

static void check_match(struct arena *arena, struct str path)
{
    static const enum method methods[] = {METHOD_GET, METHOD_POST, METHOD_DELETE, METHOD_OTHER};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct route_match match;

        route_match(routes, route_count, methods[i], path, &match);
        assert(match.segment_count <= LIMIT_PATH_PARAMS);
        if (!match.route)
            continue;
        assert(match.allowed & methods[i]);
        for (size_t k = 0; k < match.segment_count; k++) {
            assert(match.segments[k].ptr > path.ptr && match.segments[k].len > 0);
            assert(match.segments[k].ptr + match.segments[k].len <= path.ptr + path.len);
            check_id(arena, match.segments[k]);
        }
        assert(match.rest.len == 0 || (match.rest.ptr > path.ptr && match.rest.ptr[0] == '/' &&
                                       match.rest.ptr + match.rest.len == path.ptr + path.len));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str path = {(const char *)data, size};
    struct arena *arena = arena_new(MIB(1));

    check_path(path);
    check_id(arena, path);
    check_match(arena, path);
    arena_free(arena);
    return 0;
}
