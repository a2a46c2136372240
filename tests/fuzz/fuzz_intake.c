/* A FastCGI request in one piece: what is taken for one has parameters that end where they say, and a body no longer
 * than what came. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "fcgi/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(1));
    struct intake intake;

    if (arena && size <= INTAKE_MAX && intake_parse(arena, (struct str){(const char *)data, size}, &intake) == 0) {
        size_t total = intake.body.len;

        assert(intake.request_id > 0 && intake.request_id <= 0xffff);
        for (char **param = intake.params; *param; param++) {
            assert(strchr(*param, '='));
            total += strlen(*param) - 1;
        }
        assert(total <= size);
    }
    arena_free(arena);
    return 0;
}
