/* Credentials as JSON documents, command lines, and the SSO token's file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "aws/document.h"
#include "aws/sso.h"
#include "aws/words.h"
#include "base/clock.h"
#include "base/limits.h"

#define SERVER "\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\""
#define ENDS "\"Expiration\":\"2100-01-01T00:00:00Z\""

static void documents_are_read(void **state)
{
    static const struct {
        const char *text;
        enum document_kind kind;
        enum document_result result;
        const char *account;
    } rows[] = {
        {"{" SERVER "," ENDS "}", DOCUMENT_SERVER, DOCUMENT_READ, ""},
        {"{" SERVER "," ENDS ",\"AccountId\":\"1\",\"More\":{}}", DOCUMENT_SERVER, DOCUMENT_READ, "1"},
        {"{" SERVER "," ENDS ",\"AccountId\":null}", DOCUMENT_SERVER, DOCUMENT_READ, ""},
        {"{" SERVER "}", DOCUMENT_SERVER, DOCUMENT_INCOMPLETE, NULL},
        {"{" SERVER ",\"Expiration\":\"soon\"}", DOCUMENT_SERVER, DOCUMENT_INCOMPLETE, NULL},
        {"{\"AccessKeyId\":1,\"SecretAccessKey\":\"S\",\"Token\":\"T\"," ENDS "}", DOCUMENT_SERVER, DOCUMENT_INCOMPLETE,
         NULL},
        {"{\"Code\":\"x\",\"Message\":\"y\"}", DOCUMENT_SERVER, DOCUMENT_INCOMPLETE, NULL},
        {"[]", DOCUMENT_SERVER, DOCUMENT_BROKEN, NULL},
        {"hello", DOCUMENT_SERVER, DOCUMENT_BROKEN, NULL},
        {"", DOCUMENT_SERVER, DOCUMENT_BROKEN, NULL},
        {"[[[[[[[[[[[[]]]]]]]]]]]]", DOCUMENT_SERVER, DOCUMENT_BROKEN, NULL},
        {"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}", DOCUMENT_PROCESS, DOCUMENT_READ, ""},
        {"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"SessionToken\":\"T\"," ENDS "}",
         DOCUMENT_PROCESS, DOCUMENT_READ, ""},
        {"{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}", DOCUMENT_PROCESS, DOCUMENT_INCOMPLETE,
         NULL},
        {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}", DOCUMENT_PROCESS, DOCUMENT_INCOMPLETE, NULL},
        {"{\"Version\":1,\"AccessKeyId\":\"A\"}", DOCUMENT_PROCESS, DOCUMENT_INCOMPLETE, NULL},
        {"{\"roleCredentials\":{\"accessKeyId\":\"A\",\"secretAccessKey\":\"S\",\"sessionToken\":\"T\","
         "\"expiration\":4102444800000}}",
         DOCUMENT_SSO, DOCUMENT_READ, ""},
        {"{\"accessKeyId\":\"A\"}", DOCUMENT_SSO, DOCUMENT_BROKEN, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aws_credentials got;
        const char *why = NULL;
        enum document_result result = document_read(str_from(rows[i].text), rows[i].kind, &got, &why);

        if (result != rows[i].result)
            fail_msg("row %zu: %d, %s", i, result, why);
        if (result != DOCUMENT_READ) {
            assert_non_null(why);
            continue;
        }
        assert_string_equal(got.access_key_id, "A");
        assert_string_equal(got.secret_access_key, "S");
        assert_string_equal(got.account_id, rows[i].account);
        if (got.session_token[0])
            assert_int_equal(got.expires_at, 4102444800);
    }
}

static void a_session_token_that_does_not_fit_is_not_cut(void **state)
{
    struct aws_credentials got;
    const char *why;
    struct buf text;

    (void)state;
    buf_init(&text, KIB(16));
    buf_printf(&text, "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"SessionToken\":\"%05000d\"}",
               1);
    assert_int_equal(document_read(buf_str(&text), DOCUMENT_PROCESS, &got, &why), DOCUMENT_INCOMPLETE);
    buf_free(&text);
}

static void command_lines_are_split_as_by_a_shell(void **state)
{
    static const struct {
        const char *text;
        const char *words; /* joined by "|"; NULL: refused */
    } rows[] = {
        {"a b  c", "a|b|c|"},
        {" a\tb\n", "a|b|"},
        {"", ""},
        {"'a b' \"c d\"", "a b|c d|"},
        {"a'b'\"c\"d", "abcd|"},
        {"a\\ b", "a b|"},
        {"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d|"},
        {"'a\\'", "a\\|"},
        {"''", "|"},
        {"$HOME `x` #y", "$HOME|`x`|#y|"},
        {"'a", NULL},
        {"\"a", NULL},
        {"\"a\\", NULL},
        {"a\\", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf words;
        size_t count;
        int result;

        buf_init(&words, KIB(1));
        result = words_split(str_from(rows[i].text), &words, &count);
        for (size_t k = 0; k < words.len; k++)
            words.ptr[k] = words.ptr[k] ? words.ptr[k] : '|';
        if ((result == 0) != (rows[i].words != NULL) ||
            (rows[i].words && !str_equal(buf_str(&words), str_from(rows[i].words))))
            fail_msg("%s: %.*s", rows[i].text, (int)words.len, words.ptr);
        buf_free(&words);
    }
}

#define TOKEN "\"accessToken\":\"t\",\"expiresAt\":\"2026-11-21T12:00:00Z\""
#define CLIENT "\"clientId\":\"c\",\"clientSecret\":\"s\",\"refreshToken\":\"r\""

static void sso_tokens_are_read(void **state)
{
    static const struct {
        const char *text;
        bool is_token;
        bool is_renewable;
    } rows[] = {
        {"{" TOKEN "}", true, false},
        {"{\"accessToken\":\"t\",\"expiresAt\":\"2026-11-21T12:00:00UTC\"}", true, false},
        {"{" TOKEN "," CLIENT ",\"registrationExpiresAt\":\"2027-01-01T00:00:00Z\"}", true, true},
        {"{" TOKEN "," CLIENT ",\"registrationExpiresAt\":\"2026-01-01T00:00:00Z\"}", true, false},
        {"{" TOKEN "," CLIENT "}", true, false},
        {"{\"accessToken\":\"t\"}", false, false},
        {"{\"accessToken\":\"t\",\"expiresAt\":\"soon\"}", false, false},
        {"{\"accessToken\":\"a\\r\\nb\",\"expiresAt\":\"2026-11-21T12:00:00Z\"}", false, false},
        {"{\"expiresAt\":\"2026-11-21T12:00:00Z\"}", false, false},
        {"[]", false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *why;
        cJSON *document = json_tree(str_from(rows[i].text), 8, &why);
        struct sso_token token;
        bool is_token = sso_token_read(document, 1795000000, &token);

        if (is_token != rows[i].is_token || (is_token && token.is_renewable != rows[i].is_renewable))
            fail_msg("row %zu", i);
        if (is_token)
            assert_int_equal(token.expires_at, 1795262400);
        document_delete(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_read),
        cmocka_unit_test(a_session_token_that_does_not_fit_is_not_cut),
        cmocka_unit_test(command_lines_are_split_as_by_a_shell),
        cmocka_unit_test(sso_tokens_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
