/* WebSocket frames: what comes out of bytes, and what is against the protocol. */
#include "tests/unit/rows.h"

#include <string.h>

#include "tunnel/websocket.h"

#define CLIENT true
#define SERVER false
#define MAX 1000

struct heard {
    char text[4096];
    size_t len;
};

static void note(struct heard *heard, const char *text, size_t len)
{
    assert_true(heard->len + len < sizeof(heard->text));
    memcpy(heard->text + heard->len, text, len);
    heard->len += len;
}

static void note_event(struct heard *heard, enum ws_event event, const struct ws_piece *piece)
{
    static const char *const kinds[] = {
        "0", "text", "binary", [WS_CLOSE] = "close", [WS_PING] = "ping", [WS_PONG] = "pong"};

    if (event == WS_CONTROL || piece->is_first) {
        note(heard, kinds[piece->opcode], strlen(kinds[piece->opcode]));
        note(heard, "(", 1);
    }
    note(heard, piece->data.ptr, piece->data.len);
    if (piece->is_last)
        note(heard, ")", 1);
}

/* Cut into pieces of that size. */
static enum ws_event read_all(bool masked, struct str bytes, size_t step, struct heard *heard)
{
    struct ws_reader reader = {.masked = masked, .max = MAX};
    enum ws_event event = WS_MORE;
    char copy[4096];

    memcpy(copy, bytes.ptr, bytes.len);
    for (size_t at = 0; at < bytes.len && event == WS_MORE; at += step) {
        size_t len = bytes.len - at < step ? bytes.len - at : step;
        char *data = copy + at;
        struct ws_piece piece = {0};

        while ((event = ws_read(&reader, &data, &len, &piece)) == WS_PIECE || event == WS_CONTROL)
            note_event(heard, event, &piece);
    }
    return event;
}

#define MASK "\1\2\3\4"

static void frames_are_read_however_they_are_cut(void **state)
{
    static const struct {
        int line;
        bool masked;
        struct str bytes;
        const char *heard;
        enum ws_event end;
    } rows[] = {
        {__LINE__, SERVER,
         STR("\x82\x03"
             "abc"),
         "binary(abc)", WS_MORE},
        {__LINE__, CLIENT, STR("\x81\x83" MASK "\x60\x60\x60"), "text(abc)", WS_MORE},
        {__LINE__, SERVER,
         STR("\x01\x01"
             "a"
             "\x80\x01"
             "b"),
         "text(ab)", WS_MORE},
        {__LINE__, SERVER,
         STR("\x01\x01"
             "a"
             "\x89\x01"
             "!"
             "\x80\x01"
             "b"),
         "text(aping(!)b)", WS_MORE},
        {__LINE__, SERVER, STR("\x82\x00"), "binary()", WS_MORE},
        {__LINE__, SERVER, STR("\x88\x02\x03\xe8"), "close(\x03\xe8)", WS_MORE},
        {__LINE__, SERVER, STR("\x8a\x00"), "pong()", WS_MORE},
        /* Of a client unmasked, of a server masked. */
        {__LINE__, CLIENT,
         STR("\x81\x05"
             "hello"),
         "", WS_WRONG},
        {__LINE__, SERVER, STR("\x81\x81" MASK "a"), "", WS_WRONG},
        /* Extensions that nobody agreed on, kinds that are not there. */
        {__LINE__, SERVER,
         STR("\xc1\x01"
             "a"),
         "", WS_WRONG},
        {__LINE__, SERVER,
         STR("\x83\x01"
             "a"),
         "", WS_WRONG},
        {__LINE__, SERVER,
         STR("\x8b\x01"
             "a"),
         "", WS_WRONG},
        /* A continuation of nothing, a message inside another one. */
        {__LINE__, SERVER,
         STR("\x80\x01"
             "a"),
         "", WS_WRONG},
        {__LINE__, SERVER,
         STR("\x01\x01"
             "a"
             "\x81\x01"
             "b"),
         "text(a", WS_WRONG},
        /* Control frames are short and whole. */
        {__LINE__, SERVER, STR("\x89\x7e\x00\x7e"), "", WS_WRONG},
        {__LINE__, SERVER, STR("\x09\x00"), "", WS_WRONG},
        /* Lengths in more bytes than they need, and beyond the maximum. */
        {__LINE__, SERVER, STR("\x82\x7e\x00\x7d"), "", WS_WRONG},
        {__LINE__, SERVER, STR("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"), "", WS_WRONG},
        {__LINE__, SERVER, STR("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), "", WS_WRONG},
        {__LINE__, SERVER, STR("\x82\x7e\x03\xe9"), "", WS_LARGE},
        {__LINE__, SERVER,
         STR("\x02\x01"
             "a"
             "\x80\x7e\x03\xe8"),
         "binary(a", WS_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t step = 1; step <= rows[i].bytes.len; step++) {
            struct heard heard = {.len = 0};

            row_int(rows[i].line, read_all(rows[i].masked, rows[i].bytes, step, &heard), rows[i].end);
            heard.text[heard.len] = '\0';
            row_text(rows[i].line, heard.text, rows[i].heard);
        }
}

static void what_is_written_is_what_is_read(void **state)
{
    static const size_t lengths[] = {0, 1, 125, 126, 127, 999, 1000};

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++)
        for (int masked = 0; masked < 2; masked++) {
            unsigned char mask[4] = MASK;
            struct heard heard = {.len = 0};
            char bytes[WS_HEADER_MAX + MAX];
            char wanted[MAX + 10] = "binary(";
            size_t n = ws_header(bytes, WS_BINARY, lengths[i], masked ? mask : NULL);

            memset(bytes + n, 'x', lengths[i]);
            memset(wanted + 7, 'x', lengths[i]);
            memcpy(wanted + 7 + lengths[i], ")", 2);
            if (masked)
                ws_mask(bytes + n, lengths[i], mask);
            assert_int_equal(read_all(masked, (struct str){bytes, n + lengths[i]}, MAX, &heard), WS_MORE);
            heard.text[heard.len] = '\0';
            assert_string_equal(heard.text, wanted);
        }
}

static void a_key_is_answered_as_the_rfc_has_it(void **state)
{
    char accept[WS_ACCEPT_SIZE];

    (void)state;
    ws_accept(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_read_however_they_are_cut),
        cmocka_unit_test(what_is_written_is_what_is_read),
        cmocka_unit_test(a_key_is_answered_as_the_rfc_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
