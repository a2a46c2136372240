/* The reader of STS's XML: whatever comes, it ends, and finds nothing in what is not well-formed. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    static const char *const paths[] = {"*/Error/Code", "*", "a/*/c", "*/*Result/Arn"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct buf out;
        enum xml_result result;

        buf_init(&out, 4096);
        result = xml_find(text, paths[i], &out);
        assert(result != XML_ABSENT || out.len == 0);
        buf_free(&out);
    }
    return 0;
}
