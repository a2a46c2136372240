/* Where a stream may be cut: the same wherever the pieces begin and end. */
#include "tests/unit/rows.h"

#include "kube/frames.h"

#define JSON "application/json"
#define PROTOBUF "application/vnd.kubernetes.protobuf;stream=watch"

static void begin(struct frames *frames, const char *type, const char *header, const char *value)
{
    struct http_header headers[] = {{STR("Content-Type"), str_from(type)}, {str_from(header), str_from(value)}};
    const struct http_head head = {.status = 200, .headers = headers, .header_count = header ? 2 : 1};

    frames_begin(frames, &head);
}

static void cuts(void **state)
{
    static const struct {
        int line;
        const char *type;
        struct str bytes;
        bool may_end;
    } rows[] = {
        {__LINE__, JSON, STR(""), true},
        {__LINE__, JSON, STR("{\"type\":\"ADDED\"}"), false},
        {__LINE__, JSON, STR("{\"type\":\"ADDED\"}\n"), true},
        {__LINE__, JSON, STR("{}\n{"), false},
        {__LINE__, JSON ";stream=watch", STR("{}\n"), true},
        {__LINE__, "Application/JSON ; charset=utf-8", STR("{}\n"), true},
        {__LINE__, "text/plain", STR("a line of a log"), false},
        {__LINE__, "text/plain", STR("a line of a log\n"), true},
        {__LINE__, PROTOBUF, STR(""), true},
        {__LINE__, PROTOBUF, STR("\0\0\0"), false},
        {__LINE__, PROTOBUF, STR("\0\0\0\1"), false},
        {__LINE__, PROTOBUF, STR("\0\0\0\1a"), true},
        {__LINE__, PROTOBUF, STR("\0\0\0\1\n\0\0\0\2a\n"), true},
        {__LINE__, PROTOBUF, STR("\0\0\0\1\n\0\0\0\2a"), false},
        {__LINE__, PROTOBUF, STR("\0\0\0\0"), true},
        {__LINE__, PROTOBUF, STR("\0\0\1\1a"), false},
        {__LINE__, PROTOBUF, STR("\xff\xff\xff\xff\n"), false},
        {__LINE__, "application/cbor-seq", STR("\n"), false},
        {__LINE__, "application/octet-stream", STR("\n"), false},
        {__LINE__, "", STR("\n"), false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t piece = 1; piece <= 8; piece++) {
            struct str rest = rows[i].bytes;
            struct frames frames;

            begin(&frames, rows[i].type, NULL, NULL);
            while (rest.len > 0) {
                size_t n = rest.len < piece ? rest.len : piece;

                frames_take(&frames, rest.ptr, n);
                rest = str_skip(rest, n);
            }
            row_int(rows[i].line, frames_may_end(&frames), rows[i].may_end);
        }
    }
}

static void what_has_an_end_of_its_own_is_never_cut(void **state)
{
    struct frames frames;

    (void)state;
    begin(&frames, JSON, "Content-Length", "100");
    frames_take(&frames, "{}\n", 3);
    assert_false(frames_may_end(&frames));
    begin(&frames, JSON, "Content-Encoding", "gzip");
    frames_take(&frames, "{}\n", 3);
    assert_false(frames_may_end(&frames));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts),
        cmocka_unit_test(what_has_an_end_of_its_own_is_never_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
