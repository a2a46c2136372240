/* Keys that a user gave, sealed for their connection. */
#include "tests/unit/rows.h"

#include <string.h>

#include "base/limits.h"
#include "cluster/keys.h"

static const struct seal_key key = {.key = "0123456789abcdef0123456789abcde", .id = "abcd"};

static struct aws_credentials example(void)
{
    return (struct aws_credentials){.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                    .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\\",
                                    .session_token = "IQoJb3JpZ2luX2VjEA=="};
}

static void what_was_sealed_opens(void **state)
{
    struct aws_credentials keys = example();
    struct aws_credentials out;
    struct buf sealed;
    struct err err = {0};

    (void)state;
    buf_init(&sealed, KIB(64));
    assert_int_equal(keys_seal(&key, STR("us-east-1_demo"), &keys, &sealed), 0);
    assert_null(memmem(sealed.ptr, sealed.len, "AKIA", 4));
    assert_null(memmem(sealed.ptr, sealed.len, "wJalr", 5));
    assert_int_equal(keys_open(&key, STR("us-east-1_demo"), buf_str(&sealed), &out, &err), 0);
    assert_string_equal(out.access_key_id, keys.access_key_id);
    assert_string_equal(out.secret_access_key, keys.secret_access_key);
    assert_string_equal(out.session_token, keys.session_token);
    assert_string_equal(out.source, "given");
    buf_wipe(&sealed);
}

static void the_longest_keys_fit(void **state)
{
    struct aws_credentials keys = {.access_key_id = ""};
    struct aws_credentials out;
    struct buf sealed;
    struct err err = {0};

    (void)state;
    memset(keys.access_key_id, 'A', sizeof(keys.access_key_id) - 1);
    memset(keys.secret_access_key, '"', sizeof(keys.secret_access_key) - 1); /* two bytes each in JSON */
    memset(keys.session_token, '\\', sizeof(keys.session_token) - 1);
    buf_init(&sealed, KIB(64));
    assert_int_equal(keys_seal(&key, STR("id"), &keys, &sealed), 0);
    assert_int_equal(keys_open(&key, STR("id"), buf_str(&sealed), &out, &err), 0);
    assert_string_equal(out.session_token, keys.session_token);
    buf_wipe(&sealed);
}

static void what_can_not_be_opened_says_what_to_do(void **state)
{
    struct aws_credentials keys = example();
    struct seal_key other = key;
    struct buf sealed;
    struct buf forged;

    (void)state;
    buf_init(&sealed, KIB(64));
    buf_init(&forged, KIB(64));
    other.id[0] ^= 1;
    assert_int_equal(keys_seal(&key, STR("us-east-1_demo"), &keys, &sealed), 0);
    assert_int_equal(seal_text(&key, STR("us-east-1_demo"), STR("{\"access_key_id\":\"A\"}"), &forged), 0);
    {
        const struct {
            int line;
            const char *sentence;
            const struct seal_key *key;
            const char *id;
            struct str sealed;
        } rows[] = {
            {__LINE__, "its life is over", &key, "us-east-1_demo", STR("")},
            {__LINE__, "it is another connection's", &key, "us-east-1_prod", buf_str(&sealed)},
            {__LINE__, "the sealing key has changed", &other, "us-east-1_demo", buf_str(&sealed)},
            {__LINE__, "it was cut", &key, "us-east-1_demo", {sealed.ptr, sealed.len - 1}},
            {__LINE__, "it holds something else", &key, "us-east-1_demo", buf_str(&forged)},
        };

        for (size_t i = 0; i < COUNT(rows); i++) {
            struct aws_credentials out;
            struct err err = {0};

            row_true(rows[i].line, rows[i].sentence,
                     keys_open(rows[i].key, str_from(rows[i].id), rows[i].sealed, &out, &err) == -1);
            row_int(rows[i].line, err.kind, ERR_CREDENTIALS_EXPIRED);
            row_int(rows[i].line, err.code, 503);
            row_true(rows[i].line, "the connection is named", strstr(err.message, rows[i].id) != NULL);
        }
    }
    buf_wipe(&sealed);
    buf_wipe(&forged);
}

static void a_place_that_is_too_small_is_told(void **state)
{
    struct aws_credentials keys = example();
    struct buf sealed;

    (void)state;
    buf_init(&sealed, 64);
    assert_int_equal(keys_seal(&key, STR("id"), &keys, &sealed), -1);
    buf_wipe(&sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens),
        cmocka_unit_test(the_longest_keys_fit),
        cmocka_unit_test(what_can_not_be_opened_says_what_to_do),
        cmocka_unit_test(a_place_that_is_too_small_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
