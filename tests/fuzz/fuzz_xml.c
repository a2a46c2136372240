/* The reader of AWS's XML: whatever comes, it ends, and finds nothing in what is not well-formed. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take_element(void *arg, struct str element)
{
    struct str *whole = arg;

    assert(element.ptr >= whole->ptr && element.ptr + element.len <= whole->ptr + whole->len);
    return element.len > 0 ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str whole = {(const char *)data, size};
    const struct str text = {(const char *)data, size};
    static const char *const paths[] = {"*/Error/Code", "*", "a/*/c", "*/*Result/Arn"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct buf out;
        enum xml_result result;

        buf_init(&out, 4096);
        result = xml_find(text, paths[i], &out);
        assert(result != XML_ABSENT || out.len == 0);
        buf_free(&out);
        xml_each(text, paths[i], take_element, &whole);
    }
    return 0;
}
