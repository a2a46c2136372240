/*
 * A list gives the same items, the same envelope and the same verdict however it is cut. The first byte of the input
 * says how: pieces of so many bytes, growing by one where its lowest bit is set.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "kube/items.h"
#include "tests/fuzz/pieces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_head(void *arg, const cJSON *head)
{
    assert(cJSON_IsObject(head) || cJSON_IsArray(head));
    return buf_add_str(arg, STR("head\n"));
}

static int on_item(void *arg, struct str item)
{
    const char *why;

    assert(item.len >= 2 && item.ptr[0] == '{');
    cJSON_Delete(json_tree(item, LIMIT_JSON_DEPTH, &why));
    return buf_add_str(arg, item) < 0 || buf_add_char(arg, '\n') < 0 ? -1 : 0;
}

static int feed(void *items, char *piece, size_t len)
{
    return kube_items_feed(items, piece, len);
}

static void run(const uint8_t *data, size_t size, size_t piece, size_t step, struct buf *seen)
{
    struct kube_items items = {
        .array = "rows", .other_array = "items", .on_head = on_head, .on_item = on_item, .arg = seen};
    cJSON *end = NULL;

    kube_items_init(&items);
    if (feed_pieces(data, size, piece, step, feed, &items) == 0)
        end = kube_items_finish(&items);
    assert(!end == (items.fault != NULL));
    assert(!end || cJSON_IsObject(end));
    buf_add_str(seen, end ? STR("good") : str_from(items.fault));
    cJSON_Delete(end);
    kube_items_free(&items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole;
    struct buf cut;

    if (size == 0 || size > KIB(64))
        return 0;
    buf_init(&whole, MIB(1));
    buf_init(&cut, MIB(1));
    run(data + 1, size - 1, size, 0, &whole);
    run(data + 1, size - 1, 1u + (data[0] >> 1), data[0] & 1, &cut);
    assert(!whole.failed && str_equal(buf_str(&whole), buf_str(&cut)));
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
