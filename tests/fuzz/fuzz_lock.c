/* What a lock says of itself, in its file and in terraform's words, and the settings of a backend. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "terraform/lock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = {(const char *)data, size};
    struct report_lock lock = {.id = ""};
    struct lock_place place;
    struct err err = {0};

    assert(lock_info_read(text, &lock) < 0 || lock.id[0]);
    memset(&lock, 0, sizeof(lock));
    assert(report_lock_read(text, &lock) == (lock.id[0] != '\0'));
    assert(lock_place_read(text, &place, &err) < 0 || (place.bucket[0] && place.key[0]));
    return 0;
}
