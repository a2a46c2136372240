#include "cluster/known.h"

#include <stdatomic.h>

#include "base/limits.h"

struct known {
    atomic_uint holders;
    struct arena *arena; /* of all that follows, and of this */
    struct str connection_text;
    struct str description_text;
    struct str sealed;
    struct connection connection;
    struct description description;
};

static struct str copy(struct arena *arena, struct str text)
{
    return (struct str){arena_strndup(arena, text.ptr, text.len), text.len};
}

struct known *known_new(const struct connection_texts *texts)
{
    struct arena *arena = arena_new(MIB(1));
    struct known *k = arena ? arena_alloc(arena, sizeof(*k)) : NULL;

    if (!k)
        goto fail;
    k->arena = arena;
    atomic_init(&k->holders, 1);
    k->connection_text = copy(arena, texts->connection);
    k->description_text = copy(arena, texts->description);
    k->sealed = copy(arena, texts->sealed);
    if (!k->connection_text.ptr || !k->description_text.ptr || !k->sealed.ptr ||
        connection_parse(arena, k->connection_text, &k->connection) < 0)
        goto fail;
    if (texts->description.len == 0 || description_parse(arena, k->description_text, &k->description) < 0)
        k->description = (struct description){.endpoint = "", .version = "", .platform_version = "", .status = ""};
    return k;
fail:
    arena_free(arena);
    return NULL;
}

struct known *known_hold(struct known *known)
{
    atomic_fetch_add(&known->holders, 1);
    return known;
}

void known_release(void *known)
{
    struct known *k = known;

    if (k && atomic_fetch_sub(&k->holders, 1) == 1)
        arena_free(k->arena);
}

bool known_is_of(const struct known *known, const struct connection_texts *texts)
{
    return str_equal(known->connection_text, texts->connection) &&
           str_equal(known->description_text, texts->description) && str_equal(known->sealed, texts->sealed);
}

struct str known_sealed(const struct known *known)
{
    return known->sealed;
}

const struct connection *known_connection(const struct known *known)
{
    return &known->connection;
}

const struct description *known_description(const struct known *known)
{
    return &known->description;
}
