/* Lists of networks: an entry that is right contains its own address, a wrong one is found. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str list = {(const char *)data, size};
    struct str wrong = networks_find_wrong(list);

    if (wrong.ptr)
        assert(!networks_contain(wrong, wrong));
    networks_contain(STR("0.0.0.0/0,::/0"), list);
    while (list.ptr) {
        struct str entry = str_trim(str_cut(&list, ','));
        struct str address = entry;

        address = str_cut(&address, '/');
        if (!networks_find_wrong(entry).ptr)
            assert(networks_contain(entry, address));
    }
    return 0;
}
