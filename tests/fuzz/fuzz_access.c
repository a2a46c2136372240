/*
 * Who asks and for what: the value of Authorization, or of Cookie, a line end, then the path of a raw request.
 * A key that is taken is exactly the text it was made of; a path asks for the same role however it is spelled, an
 * upgrade or a change never for less than a read.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "access/key.h"
#include "access/session.h"
#include "access/verb.h"
#include "base/buf.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(struct str header)
{
    struct key key;
    struct err err;
    struct str text;

    err_clear(&err);
    if (key_from_authorization(header, &key, &err) < 0) {
        assert(err.kind == ERR_UNAUTHORIZED && *err.message);
        return;
    }
    text = str_trim(header);
    assert(text.len >= KEY_TEXT_LEN + 7);
    text = str_skip(text, text.len - KEY_TEXT_LEN);
    assert(str_starts_with(text, STR(KEY_PREFIX)) && key_is_id(str_from(key.id)));
    assert(memcmp(text.ptr + sizeof(KEY_PREFIX) - 1, key.id, KEY_ID_LEN) == 0);
    assert(strlen(key.hash) == KEY_HASH_LEN);
}

/* A session's cookie is a piece of the header without a separator, of exactly that name; over TLS it is another's. */
static void check_cookie(struct str header)
{
    struct str found[2] = {{NULL, 0}, {NULL, 0}};
    struct err err;

    for (int tls = 0; tls < 2; tls++) {
        struct str name = str_from(session_cookie_name(tls));
        struct str *text = &found[tls];

        err_clear(&err);
        if (session_find(header, tls, text, &err) < 0) {
            assert(err.kind == ERR_BAD_REQUEST && *err.message);
            *text = (struct str){NULL, 0};
        }
        if (text->len == 0)
            continue;
        assert(text->ptr >= header.ptr + name.len + 1 && text->ptr + text->len <= header.ptr + header.len);
        assert(!str_contains(*text, ';'));
    }
    assert(found[0].len == 0 || found[0].ptr != found[1].ptr);
}

static void check_spelling(struct str path, enum role role)
{
    struct buf encoded;

    buf_init(&encoded, 3 * LIMIT_URI);
    for (size_t i = 0; i < path.len; i++)
        buf_printf(&encoded, "%%%02x", (unsigned char)path.ptr[i]);
    if (!encoded.failed)
        assert(verb_role("GET", buf_str(&encoded), STR(""), false) == role);
    buf_free(&encoded);
}

static void check_path(struct str path)
{
    static const char *const changes[] = {"POST", "PUT", "PATCH", "DELETE"};
    enum role role = verb_role("GET", path, STR(""), false);

    assert(role >= ROLE_VIEWER && role <= ROLE_ADMIN);
    assert(verb_role("GET", path, STR("watch=true"), true) >= role);
    assert(verb_role("GET", path, STR(""), true) >= ROLE_VIEWER);
    assert(verb_role("ANYTHING", path, STR(""), false) == ROLE_ADMIN);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        assert(verb_role(changes[i], path, STR(""), false) >= role);
    if (path.len <= LIMIT_URI && !str_contains(path, '%'))
        check_spelling(path, role);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct str header = str_cut(&rest, '\n');

    check_key(header);
    check_cookie(header);
    if (rest.ptr)
        check_path(rest);
    return 0;
}
