/* Text forms of bytes. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/encode.h"

static void base64_in_both_alphabets(void **state)
{
    static const struct {
        int line;
        struct str plain;
        const char *standard;
        const char *url;
    } rows[] = {
        /* RFC 4648 section 10 */
        {__LINE__, STR(""), "", ""},
        {__LINE__, STR("f"), "Zg==", "Zg"},
        {__LINE__, STR("fo"), "Zm8=", "Zm8"},
        {__LINE__, STR("foo"), "Zm9v", "Zm9v"},
        {__LINE__, STR("foob"), "Zm9vYg==", "Zm9vYg"},
        {__LINE__, STR("fooba"), "Zm9vYmE=", "Zm9vYmE"},
        {__LINE__, STR("foobar"), "Zm9vYmFy", "Zm9vYmFy"},
        {__LINE__, STR("\0"), "AA==", "AA"},
        {__LINE__, STR("\xfb\xff\xfe"), "+//+", "-__-"},
        {__LINE__, STR("\xff\xff\xff\xff"), "/////w==", "_____w"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;

        buf_init(&out, 64);
        row_int(rows[i].line, encode_base64(&out, rows[i].plain.ptr, rows[i].plain.len), 0);
        row_str(rows[i].line, buf_str(&out), rows[i].standard);
        buf_reset(&out);
        row_int(rows[i].line, encode_base64url(&out, rows[i].plain.ptr, rows[i].plain.len), 0);
        row_str(rows[i].line, buf_str(&out), rows[i].url);
        buf_reset(&out);
        row_int(rows[i].line, decode_base64(&out, str_from(rows[i].standard)), 0);
        row_true(rows[i].line, "the standard form decodes", str_equal(buf_str(&out), rows[i].plain));
        buf_reset(&out);
        row_int(rows[i].line, decode_base64(&out, str_from(rows[i].url)), 0);
        row_true(rows[i].line, "the URL form decodes", str_equal(buf_str(&out), rows[i].plain));
        buf_free(&out);
    }
}

static void broken_base64_is_refused(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        struct str text;
        const char *plain; /* NULL: refused */
    } rows[] = {
        {__LINE__, "line ends and blanks are skipped", STR("Zm9v\r\n Ym\tFy\n"), "foobar"},
        {__LINE__, "both alphabets may be mixed", STR("-_+/"), "\xfb\xff\xbf"},
        {__LINE__, "one character holds no byte", STR("Z"), NULL},
        {__LINE__, "nor do five hold four", STR("Zm9vY"), NULL},
        {__LINE__, "nothing follows the padding", STR("Zg==Zg=="), NULL},
        {__LINE__, "a full stop is no digit", STR("Zm.v"), NULL},
        {__LINE__, "nor is NUL", STR("Zm\0v"), NULL},
        {__LINE__, "nor a byte above 127", STR("Zm\xe9v"), NULL},
        {__LINE__, "nor a percent-escape", STR("Zg%3D"), NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        int rc;

        buf_init(&out, 64);
        rc = decode_base64(&out, rows[i].text);
        row_true(rows[i].line, rows[i].sentence, (rc == 0) == (rows[i].plain != NULL));
        if (rows[i].plain)
            row_str(rows[i].line, buf_str(&out), rows[i].plain);
        buf_free(&out);
    }
}

static void percent_encoding(void **state)
{
    static const struct {
        int line;
        struct str plain;
        const char *encoded;
    } rows[] = {
        {__LINE__, STR(""), ""},
        {__LINE__, STR("AZaz09-._~"), "AZaz09-._~"},
        {__LINE__, STR("a/b c+d"), "a%2Fb%20c%2Bd"},
        {__LINE__, STR("app=web,tier in (a)"), "app%3Dweb%2Ctier%20in%20%28a%29"},
        {__LINE__, STR("%"), "%25"},
        {__LINE__, STR("\0\n\x7f\xff"), "%00%0A%7F%FF"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;

        buf_init(&out, 64);
        row_int(rows[i].line, encode_percent(&out, rows[i].plain), 0);
        row_str(rows[i].line, buf_str(&out), rows[i].encoded);
        buf_reset(&out);
        row_int(rows[i].line, decode_percent(&out, str_from(rows[i].encoded)), 0);
        row_true(rows[i].line, "it decodes again", str_equal(buf_str(&out), rows[i].plain));
        buf_free(&out);
    }
}

static void percent_decoding_happens_once_and_whole(void **state)
{
    static const struct {
        int line;
        const char *text;
        const char *path;  /* NULL: refused */
        const char *query; /* "+" is a blank there */
    } rows[] = {
        {__LINE__, "a+b", "a+b", "a b"},   {__LINE__, "a%2bb", "a+b", "a+b"},
        {__LINE__, "%252e", "%2e", "%2e"}, {__LINE__, "%e2%82%AC", "\xe2\x82\xac", "\xe2\x82\xac"},
        {__LINE__, "%", NULL, NULL},       {__LINE__, "a%4", NULL, NULL},
        {__LINE__, "%zz", NULL, NULL},     {__LINE__, "%4g", NULL, NULL},
        {__LINE__, "%%41", NULL, NULL},    {__LINE__, "%-1", NULL, NULL},
        {__LINE__, "%+1", NULL, NULL},     {__LINE__, "% 1", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;

        buf_init(&out, 64);
        row_int(rows[i].line, decode_percent(&out, str_from(rows[i].text)), rows[i].path ? 0 : -1);
        if (rows[i].path)
            row_str(rows[i].line, buf_str(&out), rows[i].path);
        buf_reset(&out);
        row_int(rows[i].line, decode_query(&out, str_from(rows[i].text)), rows[i].query ? 0 : -1);
        if (rows[i].query)
            row_str(rows[i].line, buf_str(&out), rows[i].query);
        buf_free(&out);
    }
}

static void every_form_obeys_the_maximum(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 3);
    assert_int_equal(encode_base64(&out, "foo", 3), -1);
    buf_reset(&out);
    assert_int_equal(decode_base64(&out, STR("Zm9vYg==")), -1);
    buf_reset(&out);
    assert_int_equal(encode_percent(&out, STR("a b")), -1);
    buf_reset(&out);
    assert_int_equal(decode_percent(&out, STR("%41%41%41%41")), -1);
    buf_free(&out);
}

static void hex_is_lower_case(void **state)
{
    char out[9];

    (void)state;
    encode_hex((const unsigned char *)"\x00\x0f\xa0\xff", 4, out);
    assert_string_equal(out, "000fa0ff");
    encode_hex(NULL, 0, out);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_in_both_alphabets),
        cmocka_unit_test(broken_base64_is_refused),
        cmocka_unit_test(percent_encoding),
        cmocka_unit_test(percent_decoding_happens_once_and_whole),
        cmocka_unit_test(every_form_obeys_the_maximum),
        cmocka_unit_test(hex_is_lower_case),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
