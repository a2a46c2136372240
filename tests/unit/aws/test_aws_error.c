/* What an error of AWS becomes for a caller of the gateway. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "aws/error.h"

static void codes_map_to_kinds_and_statuses(void **state)
{
    static const struct {
        int status;
        const char *code;
        const char *message;
        enum err_kind kind;
        int http;
        bool is_transient;
        bool is_clock;
    } rows[] = {
        {404, "ResourceNotFoundException", "", ERR_AWS, 404, false, false},
        {409, "ResourceInUseException", "", ERR_AWS, 409, false, false},
        {400, "InvalidParameterException", "", ERR_AWS, 400, false, false},
        {403, "AccessDenied", "", ERR_AWS, 403, false, false},
        {403, "InvalidClientTokenId", "", ERR_AWS, 403, false, false},
        {403, "SignatureDoesNotMatch", "", ERR_AWS, 403, false, true},
        {403, "InvalidSignatureException", "", ERR_AWS, 403, false, true},
        {403, "ExpiredToken", "expired", ERR_CREDENTIALS_EXPIRED, 503, false, false},
        {403, "ExpiredTokenException", "expired", ERR_CREDENTIALS_EXPIRED, 503, false, false},
        {400, "RequestExpired", "", ERR_CREDENTIALS_EXPIRED, 503, false, true},
        {403, "ExpiredToken", "Signature expired: 1 is now earlier than 2", ERR_AWS, 403, false, true},
        {400, "Throttling", "", ERR_AWS, 429, true, false},
        {503, "SlowDown", "", ERR_AWS, 429, true, false},
        {429, "TooManyRequestsException", "", ERR_AWS, 429, true, false},
        {400, "IDPCommunicationError", "", ERR_AWS, 400, true, false},
        {401, "401", "Unauthorized", ERR_AWS, 403, false, false},
        {500, "ServerException", "", ERR_AWS, 502, true, false},
        {501, "501", "", ERR_AWS, 502, false, false},
        {302, "302", "Found", ERR_AWS, 502, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aws_error error = {.status = rows[i].status};
        struct err err;

        snprintf(error.code, sizeof(error.code), "%s", rows[i].code);
        snprintf(error.message, sizeof(error.message), "%s", rows[i].message);
        assert_int_equal(aws_error_report(&error, "sts:X", &err), -1);
        assert_int_equal(err.kind, rows[i].kind);
        assert_int_equal(err.code, rows[i].http);
        assert_string_equal(err.aws_code, rows[i].code);
        assert_int_equal(err.retry_after, rows[i].http == 429);
        assert_int_equal(aws_error_is_transient(&error), rows[i].is_transient);
        assert_int_equal(aws_error_is_clock(&error), rows[i].is_clock);
    }
}

/* AWS may repeat the text that was to be signed, and with it the session token. */
static void the_canonical_string_is_not_passed_on(void **state)
{
    struct aws_error error = {
        .status = 403,
        .code = "InvalidSignatureException",
        .message = "It does not match.\n\nThe Canonical String for this request should have been\n'GET\n/\n\n"
                   "x-amz-security-token:SESSION'"};
    struct err err;

    (void)state;
    aws_error_report(&error, "eks:X", &err);
    assert_string_equal(err.message, "eks:X: It does not match.");
}

static void an_error_without_words_shows_its_code(void **state)
{
    struct aws_error error = {.status = 400, .code = "ClientException"};
    struct err err;

    (void)state;
    aws_error_report(&error, "eks:X", &err);
    assert_string_equal(err.message, "eks:X: ClientException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_map_to_kinds_and_statuses),
        cmocka_unit_test(the_canonical_string_is_not_passed_on),
        cmocka_unit_test(an_error_without_words_shows_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
