/*
 * A body of objects, YAML or JSON, is refused with a reason or taken apart into objects whose JSON is well-formed, has
 * its metadata where it is said to be, and reads back as the very same object.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "kube/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_object(struct arena *arena, const struct manifests *all, const struct manifest *object)
{
    struct str json = manifest_json(all, object);
    struct manifests again;
    struct err err = {0};
    const char *why;
    cJSON *tree = json_tree(json, LIMIT_MANIFEST_DEPTH + 1, &why);

    assert(cJSON_IsObject(tree) && json_utf8_prefix(json) == json.len);
    assert(strcmp(json_find_text(tree, "apiVersion"), object->api_version) == 0);
    assert(strcmp(json_find_text(tree, "kind"), object->kind) == 0);
    assert(*object->name || *object->generate_name);
    assert(!strchr(object->name, '/') && !strchr(object->namespace, '/') && !strstr(object->api_version, ".."));
    assert(object->metadata >= 12 && memcmp(json.ptr + object->metadata - 12, "\"metadata\":{", 12) == 0);
    cJSON_Delete(tree);
    if (manifests_read(&again, arena, json, &err) == 0 && !again.is_list)
        assert(again.count == 1 && str_equal(manifest_json(&again, again.objects), json));
    else
        assert(err.kind == ERR_INTERNAL || all->is_list || again.is_list); /* an item may be a list itself */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(16));
    struct manifests all;
    struct err err = {0};

    if (size > KIB(64)) {
        arena_free(arena);
        return 0;
    }
    if (manifests_read(&all, arena, (struct str){(const char *)data, size}, &err) == 0)
        for (size_t i = 0; i < all.count && i < 16; i++)
            check_object(arena, &all, &all.objects[i]);
    else
        assert(err.kind != ERR_NONE && *err.message);
    arena_free(arena);
    return 0;
}
