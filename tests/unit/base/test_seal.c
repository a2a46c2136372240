/* Sealing: what was sealed for one place opens there only, and only unchanged. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/seal.h"

static const struct seal_key key = {.key = "0123456789abcdef0123456789abcde", .id = "abcd"};

static void round_trip(void **state)
{
    static const struct {
        int line;
        struct str id;
        struct str plain;
    } rows[] = {
        {__LINE__, STR("us-east-1_demo"), STR("{\"secret_access_key\":\"wJalr\"}")},
        {__LINE__, STR("us-east-1_demo"), STR("")},
        {__LINE__, STR(""), STR("x")},
        {__LINE__, STR(""), STR("")},
        {__LINE__, STR("a\0b"), STR("\0\xff\0")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf sealed;
        struct buf plain;

        buf_init(&sealed, 1024);
        buf_init(&plain, 1024);
        row_int(rows[i].line, seal_text(&key, rows[i].id, rows[i].plain, &sealed), 0);
        row_int(rows[i].line, sealed.len, 1 + 4 + 12 + rows[i].plain.len + 16);
        row_int(rows[i].line, sealed.ptr[sealed.len], '\0');
        row_int(rows[i].line, seal_open(&key, rows[i].id, buf_str(&sealed), &plain), 0);
        row_true(rows[i].line, "the same text", str_equal(buf_str(&plain), rows[i].plain));
        buf_wipe(&sealed);
        buf_wipe(&plain);
    }
}

static void the_same_text_never_seals_alike(void **state)
{
    struct buf a;
    struct buf b;

    (void)state;
    buf_init(&a, 256);
    buf_init(&b, 256);
    assert_int_equal(seal_text(&key, STR("id"), STR("secret"), &a), 0);
    assert_int_equal(seal_text(&key, STR("id"), STR("secret"), &b), 0);
    assert_memory_not_equal(a.ptr + 5, b.ptr + 5, 12);
    assert_memory_not_equal(a.ptr + 17, b.ptr + 17, 6);
    assert_null(memmem(a.ptr, a.len, "secret", 6));
    buf_free(&a);
    buf_free(&b);
}

static void expect_closed(const struct seal_key *with, struct str id, struct str sealed, int line)
{
    struct buf out;

    buf_init(&out, 256);
    row_int(line, seal_open(with, id, sealed, &out), -1);
    row_int(line, out.len, 0);
    buf_free(&out);
}

static void another_place_or_key_does_not_open(void **state)
{
    struct seal_key other = key;
    struct buf sealed;

    (void)state;
    buf_init(&sealed, 256);
    assert_int_equal(seal_text(&key, STR("us-east-1_demo"), STR("secret"), &sealed), 0);
    expect_closed(&key, STR("us-east-1_dem"), buf_str(&sealed), __LINE__);
    expect_closed(&key, STR("us-east-1_demo2"), buf_str(&sealed), __LINE__);
    expect_closed(&key, STR("us-east-2_demo"), buf_str(&sealed), __LINE__);
    expect_closed(&key, STR(""), buf_str(&sealed), __LINE__);
    other.key[31] ^= 1; /* a key that poses as the first by its id */
    expect_closed(&other, STR("us-east-1_demo"), buf_str(&sealed), __LINE__);
    other = key;
    other.id[0] ^= 1;
    expect_closed(&other, STR("us-east-1_demo"), buf_str(&sealed), __LINE__);
    buf_free(&sealed);
}

static void one_changed_bit_anywhere_does_not_open(void **state)
{
    struct buf sealed;

    (void)state;
    buf_init(&sealed, 256);
    assert_int_equal(seal_text(&key, STR("id"), STR("secret"), &sealed), 0);
    for (size_t i = 0; i < sealed.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            sealed.ptr[i] = (char)(sealed.ptr[i] ^ (1 << bit));
            expect_closed(&key, STR("id"), buf_str(&sealed), __LINE__);
            sealed.ptr[i] = (char)(sealed.ptr[i] ^ (1 << bit));
        }
    }
    for (size_t len = 0; len < sealed.len; len++)
        expect_closed(&key, STR("id"), (struct str){sealed.ptr, len}, __LINE__);
    assert_int_equal(buf_add_char(&sealed, 0), 0);
    expect_closed(&key, STR("id"), buf_str(&sealed), __LINE__);
    buf_free(&sealed);
}

static void what_does_not_fit_is_told(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 32);
    assert_int_equal(seal_text(&key, STR("id"), STR("secret"), &out), -1);
    buf_free(&out);
}

static void the_key_file(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        size_t size;
        mode_t mode;
        int rc;
    } rows[] = {
        {__LINE__, "32 bytes for the owner only", 32, 0600, 0},
        {__LINE__, "one may not write it oneself", 32, 0400, 0},
        {__LINE__, "too short", 31, 0600, -1},
        {__LINE__, "too long", 33, 0600, -1},
        {__LINE__, "empty", 0, 0600, -1},
        {__LINE__, "the group may read", 32, 0640, -1},
        {__LINE__, "all may read", 32, 0604, -1},
        {__LINE__, "all may write", 32, 0602, -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char path[] = "/tmp/eksgate-test-seal-XXXXXX";
        const char bytes[] = "0123456789abcdef0123456789abcdef?";
        struct seal_key loaded = {.id = ""};
        struct err err = {0};
        int fd = mkstemp(path);

        assert_true(fd >= 0 && write(fd, bytes, rows[i].size) == (ssize_t)rows[i].size);
        assert_int_equal(fchmod(fd, rows[i].mode), 0);
        close(fd);
        row_true(rows[i].line, rows[i].sentence, seal_key_load(path, &loaded, &err) == rows[i].rc);
        unlink(path);
        if (rows[i].rc < 0) {
            row_text(rows[i].line, err.causes[0].field, "EKSGATE_SECRET_KEY_FILE");
            continue;
        }
        /* SHA-256 of the key, not a part of the key itself. */
        assert_memory_equal(loaded.key, bytes, SEAL_KEY_SIZE);
        assert_memory_equal(loaded.id, "\x3e\xb1\xbd\x43", 4);
        seal_key_wipe(&loaded);
        for (size_t k = 0; k < SEAL_KEY_SIZE; k++)
            assert_int_equal(loaded.key[k], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(the_same_text_never_seals_alike),
        cmocka_unit_test(another_place_or_key_does_not_open),
        cmocka_unit_test(one_changed_bit_anywhere_does_not_open),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(the_key_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
