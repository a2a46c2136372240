/* Where credentials come from, and what is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/credentials.h"

#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key = SECRET/" id "\n"
#define ENV_KEYS "AWS_ACCESS_KEY_ID=AKIAENV", "AWS_SECRET_ACCESS_KEY=SECRET/AKIAENV"

struct row {
    const char *name;
    const char *env[5];
    const char *credentials; /* text of ~/.aws/credentials, or NULL */
    const char *config;
    const char *profile; /* that the caller names, or NULL: the default chain */
    const char *key;     /* access key id found, or NULL */
    const char *token;
    const char *source;
    enum err_kind kind; /* when none is found */
    const char *message;
};

static char home[] = "/tmp/eksgate-test-XXXXXX";

static void clear_environment(void)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_CREDENTIAL_EXPIRATION",
                                        "AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    setenv("HOME", home, 1);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/.aws/%s", home, name);
    unlink(path);
    if (!text)
        return;
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void set_variable(const char *assignment)
{
    char text[256];
    char *equals;

    snprintf(text, sizeof(text), "%s", assignment);
    equals = strchr(text, '=');
    *equals = '\0';
    setenv(text, equals + 1, 1);
}

static void check_row(const struct row *row)
{
    struct aws_auth auth = {.type = row->profile ? AWS_AUTH_PROFILE : AWS_AUTH_DEFAULT};
    struct aws_credentials got;
    struct err err;
    int result;

    clear_environment();
    write_file("credentials", row->credentials);
    write_file("config", row->config);
    for (size_t i = 0; i < 5 && row->env[i]; i++)
        set_variable(row->env[i]);
    snprintf(auth.profile, sizeof(auth.profile), "%s", row->profile ? row->profile : "");
    result = aws_credentials_resolve(NULL, &auth, &got, &err);
    if ((result == 0) != (row->key != NULL) || (row->message && !strstr(err.message, row->message)))
        fail_msg("%s: %s", row->name, result == 0 ? got.access_key_id : err.message);
    if (row->key) {
        assert_string_equal(got.access_key_id, row->key);
        assert_string_equal(got.session_token, row->token ? row->token : "");
        assert_string_equal(got.source, row->source);
    } else {
        assert_int_equal(err.kind, row->kind);
        if (row->kind == ERR_INVALID)
            assert_string_equal(err.causes[0].field, "auth.profile");
        assert_string_equal(got.secret_access_key, "");
    }
    aws_credentials_wipe(&got);
}

#define ENVIRONMENT .source = "environment"
#define PROFILE .source = "profile"
#define NONE .kind = ERR_NO_CREDENTIALS
#define BAD_PROFILE .kind = ERR_INVALID

static void the_environment_comes_first(void **state)
{
    static const struct row rows[] = {
        {"two keys", {ENV_KEYS}, .key = "AKIAENV", ENVIRONMENT},
        {"session token", {ENV_KEYS, "AWS_SESSION_TOKEN=t"}, .key = "AKIAENV", .token = "t", ENVIRONMENT},
        {"the older token variable wins",
         {ENV_KEYS, "AWS_SESSION_TOKEN=t", "AWS_SECURITY_TOKEN=old"},
         .key = "AKIAENV",
         .token = "old",
         ENVIRONMENT},
        {"before files", {ENV_KEYS}, .credentials = "[default]\n" KEYS("AKIAFILE"), .key = "AKIAENV", ENVIRONMENT},
        {"even before a profile of the environment",
         {ENV_KEYS, "AWS_PROFILE=p"},
         .credentials = "[p]\n" KEYS("AKIAP"),
         .key = "AKIAENV",
         ENVIRONMENT},
        {"not before a profile that the caller names",
         {ENV_KEYS},
         .credentials = "[p]\n" KEYS("AKIAP"),
         .profile = "p",
         .key = "AKIAP",
         PROFILE},
        {"an empty key is none",
         {"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=x"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .key = "AKIAFILE",
         PROFILE},
        {"half of the keys",
         {"AWS_ACCESS_KEY_ID=AKIAENV"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         NONE,
         .message = "AWS_SECRET_ACCESS_KEY is not"},
        {"still valid", {ENV_KEYS, "AWS_CREDENTIAL_EXPIRATION=2100-01-01T00:00:00Z"}, .key = "AKIAENV", ENVIRONMENT},
        {"expired",
         {ENV_KEYS, "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z"},
         .kind = ERR_CREDENTIALS_EXPIRED,
         .message = "expired"},
        {"not a time", {ENV_KEYS, "AWS_CREDENTIAL_EXPIRATION=soon"}, NONE, .message = "AWS_CREDENTIAL_EXPIRATION"},
        {"a line end in the key id",
         {"AWS_ACCESS_KEY_ID=A\nB", "AWS_SECRET_ACCESS_KEY=x"},
         NONE,
         .message = "control character"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

static void profiles_are_found_in_both_files(void **state)
{
    static const struct row rows[] = {
        {"credentials file", {0}, .credentials = "[default]\n" KEYS("AKIAFILE"), .key = "AKIAFILE", PROFILE},
        {"config file", {0}, .config = "[default]\n" KEYS("AKIACFG"), .key = "AKIACFG", PROFILE},
        {"the credentials file wins",
         {0},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .config = "[default]\n" KEYS("AKIACFG"),
         .key = "AKIAFILE",
         PROFILE},
        {"AWS_PROFILE",
         {"AWS_PROFILE=p"},
         .credentials = "[default]\n" KEYS("AKIAD") "[p]\n" KEYS("AKIAP"),
         .key = "AKIAP",
         PROFILE},
        {"AWS_DEFAULT_PROFILE",
         {"AWS_DEFAULT_PROFILE=p"},
         .credentials = "[p]\n" KEYS("AKIAP"),
         .key = "AKIAP",
         PROFILE},
        {"a quoted name",
         {"AWS_PROFILE=my prof"},
         .config = "[profile \"my prof\"]\n" KEYS("AKIAQ"),
         .key = "AKIAQ",
         PROFILE},
        {"session token",
         {0},
         .credentials = "[default]\n" KEYS("ASIAFILE") "aws_session_token = t/+==\n",
         .key = "ASIAFILE",
         .token = "t/+==",
         PROFILE},
        {"upper-case keys",
         {0},
         .credentials = "[default]\nAWS_ACCESS_KEY_ID=A\nAws_Secret_Access_Key=b\n",
         .key = "A",
         PROFILE},
        {"later section wins",
         {0},
         .config = "[profile default]\n" KEYS("AKIAPD") "[default]\n" KEYS("AKIAD"),
         .key = "AKIAD",
         PROFILE},
        {"paths with ~ and a variable",
         {"AWS_SHARED_CREDENTIALS_FILE=~/.aws/absent", "AWS_CONFIG_FILE=$HOME/.aws/config"},
         .config = "[default]\n" KEYS("AKIACFG"),
         .key = "AKIACFG",
         PROFILE},
        {"/dev/null is an empty file",
         {"AWS_SHARED_CREDENTIALS_FILE=/dev/null"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         NONE,
         .message = "no AWS credentials"},
        {"nothing", {0}, NONE, .message = "AWS_ACCESS_KEY_ID"},
        {"empty files", {0}, .credentials = "", .config = "", NONE, .message = "no AWS credentials"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

static void faults_name_the_profile(void **state)
{
    static const struct row rows[] = {
        {"unknown",
         {0},
         .credentials = "[default]\n" KEYS("AKIAD"),
         .profile = "nope",
         BAD_PROFILE,
         .message = "no AWS profile \"nope\""},
        {"unknown in the environment",
         {"AWS_PROFILE=nope"},
         .credentials = "[default]\n" KEYS("AKIAD"),
         NONE,
         .message = "no AWS profile \"nope\""},
        {"a config section without \"profile\"",
         {0},
         .config = "[foo]\n" KEYS("AKIAFOO"),
         .profile = "foo",
         BAD_PROFILE,
         .message = "no AWS profile \"foo\""},
        {"no keys",
         {0},
         .config = "[profile p]\nregion = eu-west-1\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "aws_access_key_id"},
        {"half of the keys",
         {0},
         .credentials = "[p]\naws_access_key_id = A\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "only one of"},
        {"a broken file",
         {0},
         .credentials = "[p]\nnonsense\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "line 2 of the AWS credentials file"},
        {"a broken file in the chain", {0}, .config = "x = 1\n", NONE, .message = "line 1 of the AWS config file"},
        {"a folder", {"AWS_CONFIG_FILE=/tmp"}, NONE, .message = "can not be read"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

/* To go on to other credentials would be to act as somebody else. */
static void what_is_not_there_yet_is_never_skipped(void **state)
{
    static const struct row rows[] = {
        {"role",
         {0},
         .config = "[profile p]\nrole_arn = arn:x\nsource_profile = d\n",
         .credentials = "[d]\n" KEYS("AKIAD"),
         .profile = "p",
         BAD_PROFILE,
         .message = "role_arn"},
        {"role beside keys",
         {0},
         .credentials = "[p]\n" KEYS("AKIAP") "role_arn = arn:x\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "role_arn"},
        {"web identity",
         {0},
         .config = "[profile p]\nrole_arn = arn:x\nweb_identity_token_file = /t\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "web_identity_token_file"},
        {"SSO",
         {"AWS_PROFILE=p"},
         .config = "[profile p]\nsso_session = c\nsso_account_id = 1\n",
         NONE,
         .message = "sso_account_id"},
        {"process",
         {0},
         .config = "[default]\ncredential_process = x\n" KEYS("AKIACFG"),
         NONE,
         .message = "credential_process"},
        {"keys of the credentials file stand before a process",
         {0},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .config = "[default]\ncredential_process = x\n",
         .key = "AKIAFILE",
         PROFILE},
        {"login", {0}, .config = "[default]\nlogin_session = x\n", NONE, .message = "login_session"},
        {"IRSA variables",
         {"AWS_WEB_IDENTITY_TOKEN_FILE=/t"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         NONE,
         .message = "AWS_WEB_IDENTITY_TOKEN_FILE"},
        {"IRSA variables and a profile that the caller names",
         {"AWS_WEB_IDENTITY_TOKEN_FILE=/t"},
         .credentials = "[p]\n" KEYS("AKIAP"),
         .profile = "p",
         .key = "AKIAP",
         PROFILE},
        {"container",
         {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1/"},
         NONE,
         .message = "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
        {"files stand before the container",
         {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .key = "AKIAFILE",
         PROFILE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

static void given_keys_are_used_as_they_are(void **state)
{
    struct aws_auth auth = {.type = AWS_AUTH_KEYS};
    struct aws_credentials got;
    struct err err;

    (void)state;
    assert_int_equal(aws_credentials_resolve(NULL, &auth, &got, &err), -1);
    assert_int_equal(err.cause_count, 2);
    assert_string_equal(err.causes[0].field, "auth.access_key_id");
    assert_string_equal(err.causes[1].field, "auth.secret_access_key");
    strcpy(auth.keys.access_key_id, "AKIAGIVEN");
    strcpy(auth.keys.secret_access_key, "s");
    strcpy(auth.keys.session_token, "a\r\nX-Evil: 1");
    assert_int_equal(aws_credentials_resolve(NULL, &auth, &got, &err), -1);
    assert_string_equal(err.causes[0].field, "auth.session_token");
    strcpy(auth.keys.session_token, "t");
    assert_int_equal(aws_credentials_resolve(NULL, &auth, &got, &err), 0);
    assert_string_equal(got.source, "given");
    auth.keys.expires_at = 1;
    assert_int_equal(aws_credentials_resolve(NULL, &auth, &got, &err), -1);
    assert_int_equal(err.kind, ERR_CREDENTIALS_EXPIRED);
}

static void values_that_do_not_fit_are_refused(void **state)
{
    struct aws_auth auth = {.type = AWS_AUTH_DEFAULT};
    struct aws_credentials got;
    char text[AWS_TOKEN_SIZE + 1];
    struct err err;

    (void)state;
    clear_environment();
    memset(text, 'a', AWS_TOKEN_SIZE);
    text[AWS_TOKEN_SIZE] = '\0';
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    setenv("AWS_SESSION_TOKEN", text, 1);
    assert_int_equal(aws_credentials_resolve(NULL, &auth, &got, &err), -1);
    assert_non_null(strstr(err.message, "AWS_SESSION_TOKEN is longer than 4096 bytes"));
    text[AWS_TOKEN_SIZE - 1] = '\0';
    setenv("AWS_SESSION_TOKEN", text, 1);
    assert_int_equal(aws_credentials_resolve(NULL, &auth, &got, &err), 0);
    aws_credentials_wipe(&got);
    clear_environment();
}

static int set_up(void **state)
{
    char folder[64];

    (void)state;
    if (!mkdtemp(home))
        return -1;
    snprintf(folder, sizeof(folder), "%s/.aws", home);
    return mkdir(folder, 0700);
}

static int tear_down(void **state)
{
    char folder[64];

    (void)state;
    write_file("credentials", NULL);
    write_file("config", NULL);
    snprintf(folder, sizeof(folder), "%s/.aws", home);
    rmdir(folder);
    return rmdir(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_comes_first),     cmocka_unit_test(profiles_are_found_in_both_files),
        cmocka_unit_test(faults_name_the_profile),         cmocka_unit_test(what_is_not_there_yet_is_never_skipped),
        cmocka_unit_test(given_keys_are_used_as_they_are), cmocka_unit_test(values_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
