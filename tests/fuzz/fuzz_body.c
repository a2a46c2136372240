/* A body that is accepted has all that the handler of connect takes from it without looking again. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "handlers/connect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const cJSON *body, const char *path, size_t max)
{
    const char *text = json_find_text(body, path);

    assert(text && *text && strlen(text) <= max);
    for (; *text; text++)
        assert((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_auth(const cJSON *body)
{
    const char *type = json_find_text(body, "auth.type");

    assert(type);
    if (strcmp(type, "credentials") == 0) {
        check_text(body, "auth.access_key_id", 128);
        check_text(body, "auth.secret_access_key", 128);
    } else if (strcmp(type, "profile") == 0) {
        check_text(body, "auth.profile", 255);
    } else {
        assert(strcmp(type, "default") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(4));
    const char *why = NULL;
    const cJSON *body = json_parse(arena, (struct str){(const char *)data, size}, 16, &why);
    struct err err;

    assert(!body == (why != NULL));
    if (body && fields_check_body(connect_fields, body, &err) == 0) {
        check_text(body, "cluster_name", 100);
        check_text(body, "region", 63);
        check_auth(body);
    } else if (body) {
        assert(err.code == 422 && err.cause_count > 0);
    }
    if (body && fields_check_body(available_fields, body, &err) == 0)
        check_auth(body);
    arena_free(arena);
    return 0;
}
