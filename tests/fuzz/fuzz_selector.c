/* A selector that is let through selects the same each time, and one requirement and its opposite never both. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kube/selector.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char labels_text[] = "{\"a\":\"b\",\"c\":\"\",\"d\":\"e\"}";
    char *copy = malloc(size + 1);
    const char *why;
    cJSON *labels = json_tree(str_from(labels_text), 4, &why);
    struct str selector = {copy + 1, size};

    copy[0] = '!';
    if (size > 0)
        memcpy(copy + 1, data, size);
    if (!selector_check(selector)) {
        bool selects = selector_matches(selector, labels);
        bool is_key = size > 0 && !memchr(copy + 1, ',', size) && !memchr(copy + 1, '(', size) &&
                      !memchr(copy + 1, '=', size) && !memchr(copy + 1, '!', size);

        assert(selector_matches(selector, labels) == selects);
        if (is_key)
            assert(selector_matches((struct str){copy, size + 1}, labels) != selects);
    }
    cJSON_Delete(labels);
    free(copy);
    return 0;
}
