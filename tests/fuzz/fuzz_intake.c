/* A FastCGI request in one piece: what is taken for one has parameters that end where they say, and a body no longer
 * than what came. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fcgi/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(1));
    char *copy = malloc(size + 1); /* so that reading beyond it is seen */
    struct intake intake;

    if (arena && copy && size <= INTAKE_MAX) {
        memcpy(copy, data, size);
        copy = realloc(copy, size ? size : 1);
        if (copy && intake_parse(arena, (struct str){copy, size}, &intake) == 0) {
            size_t total = intake.body.len;

            assert(intake.request_id > 0 && intake.request_id <= 0xffff);
            for (char **param = intake.params; *param; param++) {
                assert(strchr(*param, '='));
                total += strlen(*param) - 1;
            }
            assert(total <= size);
        }
    }
    free(copy);
    arena_free(arena);
    return 0;
}
