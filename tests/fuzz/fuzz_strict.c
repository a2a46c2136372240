/* What an API server says of a manifest: it is explained with at least one cause, or left as it was. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/strict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    bool explained = kube_strict_explain((struct str){(const char *)data, size}, &err);

    assert(explained == (err.kind == ERR_INVALID) && explained == (err.cause_count > 0));
    return 0;
}
