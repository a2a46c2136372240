/* A file of environment variables: what is taken is a name and a value that can stand in an environment. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct env_setting setting = {0};
    const char *why = NULL;
    int next;

    while ((next = env_next(&rest, &setting, &why)) == 1) {
        assert(setting.name.len > 0 && !str_contains(setting.name, '=') && !str_contains(setting.name, ' '));
        assert(setting.value.len == 0 || memchr(setting.value.ptr, '\0', setting.value.len) == NULL);
        assert(setting.line <= size + 1);
    }
    assert(next == 0 || (next == -1 && why));
    return 0;
}
