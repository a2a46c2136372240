/* An amount that a cluster tells: what is read as one never wraps around, and a sign changes nothing but the sign. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kube/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct str text, struct str negative, int (*parse)(struct str text, int64_t *out, struct err *err))
{
    struct err err;
    int64_t value;
    int64_t other;

    if (parse(text, &value, &err) < 0) {
        assert(err.kind == ERR_UPSTREAM_BROKEN);
        return;
    }
    if (text.ptr[0] == '-' || text.ptr[0] == '+')
        return;
    assert(value >= 0);
    assert(parse(negative, &other, &err) == 0 && other == -value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    char negative[256] = "-";
    struct err err;
    int64_t milli;
    int64_t whole;

    if (size >= sizeof(negative) - 1)
        return 0;
    if (size > 0)
        memcpy(negative + 1, data, size);
    check(text, (struct str){negative, size + 1}, kube_quantity_millicores);
    check(text, (struct str){negative, size + 1}, kube_quantity_bytes);
    /* A thousandth each, and both rounded up. */
    if (kube_quantity_millicores(text, &milli, &err) == 0 && kube_quantity_bytes(text, &whole, &err) == 0 &&
        milli >= 0 && milli < INT64_MAX)
        assert(whole == milli / 1000 + (milli % 1000 != 0));
    return 0;
}
