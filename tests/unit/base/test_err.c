/* Errors: one shape, one table. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* The statuses that the API promises ("Answers"). */
static void kinds_have_status_reason_and_slug(void **state)
{
    static const struct {
        int line;
        enum err_kind kind;
        int code;
        const char *reason;
    } rows[] = {
        {__LINE__, ERR_BAD_REQUEST, 400, "BadRequest"},
        {__LINE__, ERR_UNAUTHORIZED, 401, "Unauthorized"},
        {__LINE__, ERR_FORBIDDEN, 403, "Forbidden"},
        {__LINE__, ERR_NOT_FOUND, 404, "NotFound"},
        {__LINE__, ERR_NOT_CONNECTED, 404, "NotFound"},
        {__LINE__, ERR_METHOD_NOT_ALLOWED, 405, "MethodNotAllowed"},
        {__LINE__, ERR_CONFLICT, 409, "Conflict"},
        {__LINE__, ERR_TOO_LARGE, 413, "RequestEntityTooLarge"},
        {__LINE__, ERR_MEDIA_TYPE, 415, "UnsupportedMediaType"},
        {__LINE__, ERR_MISDIRECTED, 421, "MisdirectedRequest"},
        {__LINE__, ERR_INVALID, 422, "Invalid"},
        {__LINE__, ERR_OVERLOADED, 429, "TooManyRequests"},
        {__LINE__, ERR_INTERNAL, 500, "InternalError"},
        {__LINE__, ERR_UPSTREAM_BROKEN, 502, "InternalError"},
        {__LINE__, ERR_UPSTREAM_TLS, 502, "InternalError"},
        {__LINE__, ERR_UPSTREAM_UNREACHABLE, 503, "ServiceUnavailable"},
        {__LINE__, ERR_UPSTREAM_TIMEOUT, 504, "Timeout"},
        {__LINE__, ERR_STORE_UNAVAILABLE, 503, "ServiceUnavailable"},
        {__LINE__, ERR_NO_CREDENTIALS, 503, "ServiceUnavailable"},
        {__LINE__, ERR_CREDENTIALS_EXPIRED, 503, "ServiceUnavailable"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;

        row_int(rows[i].line, err_set(&err, rows[i].kind, "a %s", "word"), -1);
        row_int(rows[i].line, err.code, rows[i].code);
        row_int(rows[i].line, err_http_status(rows[i].kind), rows[i].code);
        row_text(rows[i].line, err_reason(&err), rows[i].reason);
        row_text(rows[i].line, err.message, "a word");
        row_true(rows[i].line, "it has a slug", *err_slug(rows[i].kind) != '\0');
    }
    for (int kind = ERR_NONE + 1; kind < ERR__MAX; kind++)
        assert_true(err_http_status((enum err_kind)kind) >= 400 && *err_slug((enum err_kind)kind));
}

static void an_answer_of_aws_has_its_own_status(void **state)
{
    static const struct {
        int line;
        int code;
        const char *reason;
    } rows[] = {
        {__LINE__, 400, "BadRequest"},         {__LINE__, 403, "Forbidden"},       {__LINE__, 404, "NotFound"},
        {__LINE__, 409, "Conflict"},           {__LINE__, 429, "TooManyRequests"}, {__LINE__, 500, "InternalError"},
        {__LINE__, 503, "ServiceUnavailable"}, {__LINE__, 504, "Timeout"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;

        err_set(&err, ERR_AWS, "x");
        err.code = rows[i].code;
        row_text(rows[i].line, err_reason(&err), rows[i].reason);
    }
}

static void one_field_is_told_in_the_message(void **state)
{
    struct err err;

    (void)state;
    err_set(&err, ERR_INTERNAL, "an earlier error");
    assert_int_equal(err_field(&err, "region", CAUSE_INVALID, "must be a region like %s", "us-east-1"), -1);
    assert_int_equal(err.kind, ERR_INVALID);
    assert_int_equal(err.code, 422);
    assert_int_equal(err.cause_count, 1);
    assert_string_equal(err.message, "region: must be a region like us-east-1");
    assert_string_equal(err.causes[0].field, "region");
    assert_string_equal(err.causes[0].reason, "FieldValueInvalid");

    err_field(&err, "auth.type", CAUSE_REQUIRED, "is required");
    assert_int_equal(err.cause_count, 2);
    assert_string_equal(err.message, "2 fields are not valid: see details.causes");
}

static void more_faults_than_causes_are_told(void **state)
{
    struct err err = {0};

    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[8];

        snprintf(name, sizeof(name), "f%d", i);
        assert_int_equal(err_field(&err, name, CAUSE_UNKNOWN, "is not known here"), -1);
    }
    assert_int_equal(err.cause_count, ERR_CAUSES_MAX);
    assert_string_equal(err.causes[ERR_CAUSES_MAX - 1].field, "f15");
    assert_string_equal(err.message, "20 fields are not valid: see details.causes for the first 16");
    err_clear(&err);
    assert_int_equal(err.kind, ERR_NONE);
    err_field(&err, "f", CAUSE_UNKNOWN, "x");
    assert_string_equal(err.message, "f: x");
}

static void long_texts_are_cut_inside_their_room(void **state)
{
    char text[2000];
    struct err err;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    err_set(&err, ERR_INTERNAL, "%s", text);
    assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
    err_field(&err, text, CAUSE_INVALID, "%s", text);
    assert_int_equal(strlen(err.causes[0].field), sizeof(err.causes[0].field) - 1);
    assert_int_equal(strlen(err.causes[0].message), sizeof(err.causes[0].message) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_status_reason_and_slug),    cmocka_unit_test(an_answer_of_aws_has_its_own_status),
        cmocka_unit_test(one_field_is_told_in_the_message),     cmocka_unit_test(more_faults_than_causes_are_told),
        cmocka_unit_test(long_texts_are_cut_inside_their_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
