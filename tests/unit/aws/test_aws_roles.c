/* Roles that are assumed on top of a connection's keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/credentials.h"
#include "base/limits.h"
#include "fake_aws.h"

#define ROLE "arn:aws:iam::111122223333:role/"
#define BODY(key, role)                                                                                                \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" key "</AccessKeyId><SecretAccessKey>s"          \
    "</SecretAccessKey><SessionToken>TOKEN/" key "</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration>"        \
    "</Credentials><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/" role "/x</Arn></AssumedRoleUser>"    \
    "</AssumeRoleResult></AssumeRoleResponse>"
#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

static struct aws_auth with_roles(size_t count)
{
    struct aws_auth auth = {.type = AWS_AUTH_KEYS, .role_count = count};
    static const char *const arns[] = {ROLE "one", ROLE "path/two", ROLE "three"};

    strcpy(auth.keys.access_key_id, "AKIAGIVEN");
    strcpy(auth.keys.secret_access_key, "s");
    for (size_t i = 0; i < count; i++)
        strcpy(auth.roles[i].arn, arns[i]);
    return auth;
}

static int resolve(const struct aws_auth *auth, struct aws_credentials *out, struct err *err)
{
    struct aws_client client = {.http = http_client_new(), .arena = arena_new(MIB(1))};
    int result = aws_credentials_resolve(&client, auth, out, err);

    http_client_free(client.http);
    arena_free(client.arena);
    return result;
}

static void contains(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("no \"%s\" in:\n%s", what, text);
}

static void one_role_is_assumed_once(void **state)
{
    static const char *const answers[] = {OK BODY("ASIAONE", "one"), NULL};
    struct aws_auth auth = with_roles(1);
    struct aws_credentials got;
    static struct fake_aws fake;
    struct err err;

    (void)state;
    aws_credentials_forget();
    strcpy(auth.roles[0].external_id, "ext-1/2");
    strcpy(auth.session_name, "EKSGetTokenAuth");
    strcpy(auth.region, "eu-west-1");
    fake_start(&fake, answers);
    for (int use = 0; use < 3; use++) {
        assert_int_equal(resolve(&auth, &got, &err), 0);
        assert_string_equal(got.access_key_id, "ASIAONE");
    }
    fake_stop(&fake);
    assert_int_equal(fake.count, 1);
    assert_string_equal(got.session_token, "TOKEN/ASIAONE");
    assert_string_equal(got.account_id, "111122223333");
    assert_string_equal(got.source, "assume-role");
    contains(fake.requests[0],
             "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fone"
             "&RoleSessionName=EKSGetTokenAuth&ExternalId=ext-1%2F2");
    contains(fake.requests[0], "Credential=AKIAGIVEN/");
    contains(fake.requests[0], "/eu-west-1/sts/aws4_request");
}

static void each_role_of_a_chain_is_asked_with_the_one_before(void **state)
{
    static const char *const answers[] = {OK BODY("ASIAONE", "one"), OK BODY("ASIATWO", "two"), NULL};
    struct aws_auth auth = with_roles(2);
    struct aws_credentials got;
    static struct fake_aws fake;
    struct err err;

    (void)state;
    aws_credentials_forget();
    fake_start(&fake, answers);
    assert_int_equal(resolve(&auth, &got, &err), 0);
    assert_string_equal(got.access_key_id, "ASIATWO");
    /* The first one's credentials are kept, too. */
    auth.role_count = 1;
    assert_int_equal(resolve(&auth, &got, &err), 0);
    assert_string_equal(got.access_key_id, "ASIAONE");
    fake_stop(&fake);
    assert_int_equal(fake.count, 2);
    contains(fake.requests[0], "RoleSessionName=eksgate-");
    contains(fake.requests[1], "Credential=ASIAONE/");
    contains(fake.requests[1], "X-Amz-Security-Token: TOKEN/ASIAONE");
    contains(fake.requests[1], "role%2Fpath%2Ftwo");
}

static void a_refusal_is_told_in_the_words_of_aws(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"
                                          "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized"
                                          "</Message></Error></ErrorResponse>",
                                          NULL};
    struct aws_auth auth = with_roles(1);
    struct aws_credentials got;
    static struct fake_aws fake;
    struct err err;

    (void)state;
    aws_credentials_forget();
    fake_start(&fake, answers);
    assert_int_equal(resolve(&auth, &got, &err), -1);
    fake_stop(&fake);
    assert_int_equal(err.kind, ERR_AWS);
    assert_int_equal(err.code, 403);
    assert_string_equal(err.aws_code, "AccessDenied");
    assert_string_equal(err.message, "sts:AssumeRole: not authorized");
    assert_string_equal(got.secret_access_key, "");
}

static void what_can_not_be_right_is_not_sent(void **state)
{
    static const struct {
        const char *arn;
        const char *external_id;
        const char *session_name;
        const char *region;
        const char *field; /* NULL: nothing is wrong with it */
    } rows[] = {
        {"", "", "", "", "auth.role_arn"},
        {"role/x", "", "", "", "auth.role_arn"},
        {"arn:aws:iam::111122223333:user/x", "", "", "", "auth.role_arn"},
        {"arn:aws:iam::11112222333:role/x", "", "", "", "auth.role_arn"},
        {"arn:aws:iam::11112222333x:role/x", "", "", "", "auth.role_arn"},
        {"arn:aws:iam::111122223333:role/", "", "", "", "auth.role_arn"},
        {"arn:aws:iam::111122223333:role/a b", "", "", "", "auth.role_arn"},
        {"arn:aws:sts::111122223333:role/x", "", "", "", "auth.role_arn"},
        {"arn:aws:iam:us-east-1:111122223333:role/x", "", "", "", "auth.role_arn"},
        {ROLE "x", "e", "", "", "auth.external_id"},
        {ROLE "x", "a b", "", "", "auth.external_id"},
        {ROLE "x", "", "s", "", "auth.session_name"},
        {ROLE "x", "", "a/b", "", "auth.session_name"},
        {ROLE "x", "", "", "evil.example/", "region"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aws_auth auth = with_roles(1);
        struct aws_credentials got;
        struct err err;

        strcpy(auth.roles[0].arn, rows[i].arn);
        strcpy(auth.roles[0].external_id, rows[i].external_id);
        strcpy(auth.session_name, rows[i].session_name);
        strcpy(auth.region, rows[i].region);
        assert_int_equal(resolve(&auth, &got, &err), -1);
        assert_int_equal(err.kind, ERR_INVALID);
        if (strcmp(err.causes[0].field, rows[i].field) != 0)
            fail_msg("row %zu: %s", i, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_role_is_assumed_once),
        cmocka_unit_test(each_role_of_a_chain_is_asked_with_the_one_before),
        cmocka_unit_test(a_refusal_is_told_in_the_words_of_aws),
        cmocka_unit_test(what_can_not_be_right_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
