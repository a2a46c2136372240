/* What frames say does not depend on how their bytes were cut. The first byte says whose they are and which pieces. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "tests/fuzz/pieces.h"
#include "tunnel/websocket.h"

#define MESSAGE_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(struct buf *out, enum ws_event event, const struct ws_piece *piece)
{
    if (event == WS_PIECE && piece->is_first)
        buf_printf(out, "[%d ", piece->opcode);
    if (event == WS_CONTROL)
        buf_printf(out, "<%d ", piece->opcode);
    if (event == WS_PIECE || event == WS_CONTROL)
        buf_add_str(out, piece->data);
    if (event == WS_CONTROL)
        buf_add_char(out, '>');
    if (event == WS_PIECE && piece->is_last)
        buf_add_char(out, ']');
    if (event == WS_WRONG || event == WS_LARGE)
        buf_printf(out, "!%d", event);
}

struct told {
    struct ws_reader reader;
    struct buf *out;
};

static int feed(void *arg, char *at, size_t len)
{
    struct told *told = arg;
    struct ws_piece piece = {0};
    enum ws_event event;

    do {
        size_t before = len;

        event = ws_read(&told->reader, &at, &len, &piece);
        assert(len <= before && told->reader.message <= MESSAGE_MAX);
        tell(told->out, event, &piece);
    } while (event == WS_PIECE || event == WS_CONTROL);
    assert(event != WS_MORE || len == 0);
    return event == WS_MORE ? 0 : -1;
}

/* All that was said, up to the first fault. */
static void run(bool masked, const uint8_t *data, size_t size, size_t piece, struct buf *out)
{
    struct told told = {.reader = {.masked = masked, .max = MESSAGE_MAX}, .out = out};

    feed_pieces(data, size, piece, 0, feed, &told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole;
    struct buf cut;

    if (size < 1)
        return 0;
    buf_init(&whole, 1 << 22);
    buf_init(&cut, 1 << 22);
    run(data[0] & 1, data + 1, size - 1, size, &whole);
    run(data[0] & 1, data + 1, size - 1, 1 + (data[0] >> 1), &cut);
    assert(whole.failed == cut.failed && str_equal(buf_str(&whole), buf_str(&cut)));
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
