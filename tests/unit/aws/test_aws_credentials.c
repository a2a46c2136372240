/* Where credentials come from, as far as nobody has to be asked; vectors/credchain has the rest of the chain. */
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
#include "base/limits.h"

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
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                        "EKSGATE_ALLOW_CREDENTIAL_PROCESS"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    setenv("HOME", home, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    aws_credentials_forget();
}

static int resolve(const struct aws_auth *auth, struct aws_credentials *out, struct err *err)
{
    struct aws_client client = {.http = http_client_new(), .arena = arena_new(MIB(1))};
    int result = aws_credentials_resolve(&client, auth, out, err);

    http_client_free(client.http);
    arena_free(client.arena);
    return result;
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
    result = resolve(&auth, &got, &err);
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

#define ENVIRONMENT .source = "env"
#define SHARED .source = "shared-credentials-file"
#define CONFIG .source = "config-file"
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
         SHARED},
        {"an empty key is none",
         {"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=x"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .key = "AKIAFILE",
         SHARED},
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
        {"credentials file", {0}, .credentials = "[default]\n" KEYS("AKIAFILE"), .key = "AKIAFILE", SHARED},
        {"config file", {0}, .config = "[default]\n" KEYS("AKIACFG"), .key = "AKIACFG", CONFIG},
        {"the credentials file wins",
         {0},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .config = "[default]\n" KEYS("AKIACFG"),
         .key = "AKIAFILE",
         SHARED},
        {"AWS_PROFILE",
         {"AWS_PROFILE=p"},
         .credentials = "[default]\n" KEYS("AKIAD") "[p]\n" KEYS("AKIAP"),
         .key = "AKIAP",
         SHARED},
        {"AWS_DEFAULT_PROFILE",
         {"AWS_DEFAULT_PROFILE=p"},
         .credentials = "[p]\n" KEYS("AKIAP"),
         .key = "AKIAP",
         SHARED},
        {"a quoted name",
         {"AWS_PROFILE=my prof"},
         .config = "[profile \"my prof\"]\n" KEYS("AKIAQ"),
         .key = "AKIAQ",
         CONFIG},
        {"session token",
         {0},
         .credentials = "[default]\n" KEYS("ASIAFILE") "aws_session_token = t/+==\n",
         .key = "ASIAFILE",
         .token = "t/+==",
         SHARED},
        {"upper-case keys",
         {0},
         .credentials = "[default]\nAWS_ACCESS_KEY_ID=A\nAws_Secret_Access_Key=b\n",
         .key = "A",
         SHARED},
        {"later section wins",
         {0},
         .config = "[profile default]\n" KEYS("AKIAPD") "[default]\n" KEYS("AKIAD"),
         .key = "AKIAD",
         CONFIG},
        {"paths with ~ and a variable",
         {"AWS_SHARED_CREDENTIALS_FILE=~/.aws/absent", "AWS_CONFIG_FILE=$HOME/.aws/config"},
         .config = "[default]\n" KEYS("AKIACFG"),
         .key = "AKIACFG",
         CONFIG},
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
         .message = "no AWS credentials"},
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
static void what_is_broken_is_never_skipped(void **state)
{
    static const struct row rows[] = {
        {"a role without a source",
         {0},
         .config = "[profile p]\nrole_arn = arn:x\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "neither source_profile nor credential_source"},
        {"a role beside keys",
         {0},
         .credentials = "[p]\n" KEYS("AKIAP") "role_arn = arn:x\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "role_arn"},
        {"a role that leads back to itself over another one",
         {0},
         .config = "[profile p]\nrole_arn = arn:x\nsource_profile = q\n"
                   "[profile q]\nrole_arn = arn:y\nsource_profile = p\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "leads back to itself"},
        {"a role with a code of a device",
         {0},
         .config = "[profile p]\nrole_arn = arn:x\nsource_profile = q\nmfa_serial = arn:m\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "MFA device"},
        {"web identity without its file",
         {0},
         .config = "[profile p]\nrole_arn = arn:x\nweb_identity_token_file = /absent/token\n",
         .profile = "p",
         BAD_PROFILE,
         .message = "No such file"},
        {"SSO without a start URL",
         {"AWS_PROFILE=p"},
         .config = "[profile p]\nsso_region = eu-west-1\nsso_account_id = 1\n",
         NONE,
         .message = "sso_start_url"},
        {"SSO without a login",
         {"AWS_PROFILE=p"},
         .config = "[profile p]\nsso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\n"
                   "sso_role_name = r\n",
         .kind = ERR_CREDENTIALS_EXPIRED,
         .message = "aws sso login"},
        {"a process that the operator has not allowed",
         {0},
         .config = "[default]\ncredential_process = x\n" KEYS("AKIACFG"),
         NONE,
         .message = "EKSGATE_ALLOW_CREDENTIAL_PROCESS"},
        {"a process that is not there",
         {"EKSGATE_ALLOW_CREDENTIAL_PROCESS=1"},
         .config = "[default]\ncredential_process = /absent/command\n",
         NONE,
         .message = "can not be started"},
        {"a process that fails",
         {"EKSGATE_ALLOW_CREDENTIAL_PROCESS=1"},
         .config = "[default]\ncredential_process = /bin/sh -c 'exit 3'\n",
         NONE,
         .message = "exit status 3"},
        {"a process with an open quote",
         {"EKSGATE_ALLOW_CREDENTIAL_PROCESS=1"},
         .config = "[default]\ncredential_process = /bin/sh 'x\n",
         NONE,
         .message = "not a command"},
        {"keys of the credentials file stand before a process",
         {0},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .config = "[default]\ncredential_process = x\n",
         .key = "AKIAFILE",
         SHARED},
        {"login", {0}, .config = "[default]\nlogin_session = x\n", NONE, .message = "login_session"},
        {"IRSA variables without a role",
         {"AWS_WEB_IDENTITY_TOKEN_FILE=/t"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         NONE,
         .message = "AWS_ROLE_ARN"},
        {"IRSA variables and a profile that the caller names",
         {"AWS_WEB_IDENTITY_TOKEN_FILE=/t"},
         .credentials = "[p]\n" KEYS("AKIAP"),
         .profile = "p",
         .key = "AKIAP",
         SHARED},
        {"a container's agent elsewhere",
         {"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/"},
         NONE,
         .message = "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
        {"a container's agent whose name only begins well",
         {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=.example.com/"},
         NONE,
         .message = "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
        {"files stand before the container",
         {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x"},
         .credentials = "[default]\n" KEYS("AKIAFILE"),
         .key = "AKIAFILE",
         SHARED},
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
    assert_int_equal(resolve(&auth, &got, &err), -1);
    assert_int_equal(err.cause_count, 2);
    assert_string_equal(err.causes[0].field, "auth.access_key_id");
    assert_string_equal(err.causes[1].field, "auth.secret_access_key");
    strcpy(auth.keys.access_key_id, "AKIAGIVEN");
    strcpy(auth.keys.secret_access_key, "s");
    strcpy(auth.keys.session_token, "a\r\nX-Evil: 1");
    assert_int_equal(resolve(&auth, &got, &err), -1);
    assert_string_equal(err.causes[0].field, "auth.session_token");
    strcpy(auth.keys.session_token, "t");
    assert_int_equal(resolve(&auth, &got, &err), 0);
    assert_string_equal(got.source, "given");
    auth.keys.expires_at = 1;
    assert_int_equal(resolve(&auth, &got, &err), -1);
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
    assert_int_equal(resolve(&auth, &got, &err), -1);
    assert_non_null(strstr(err.message, "AWS_SESSION_TOKEN is longer than 4096 bytes"));
    text[AWS_TOKEN_SIZE - 1] = '\0';
    setenv("AWS_SESSION_TOKEN", text, 1);
    assert_int_equal(resolve(&auth, &got, &err), 0);
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

static bool holds_nothing(const void *data, size_t size)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Both end in what is large and mostly empty, and only what is used of that is overwritten. */
static void wiping_leaves_nothing_of_a_secret(void **state)
{
    static struct aws_credentials credentials;
    static struct aws_auth auth;

    (void)state;
    memset(credentials.session_token, 'T', sizeof(credentials.session_token) - 1);
    strcpy(credentials.access_key_id, "AKIA");
    strcpy(credentials.secret_access_key, "SECRET");
    aws_credentials_copy(&auth.keys, &credentials);
    assert_string_equal(auth.keys.session_token, credentials.session_token);
    assert_string_equal(auth.keys.secret_access_key, "SECRET");
    for (int i = 0; i < AWS_ROLES_MAX; i++)
        assert_int_equal(aws_auth_add_role(&auth, STR("arn:aws:iam::123456789012:role/a"), "external"), 0);
    strcpy(auth.mfa_code, "123456");
    aws_credentials_wipe(&credentials);
    aws_auth_wipe(&auth);
    assert_true(holds_nothing(&credentials, sizeof(credentials)));
    assert_true(holds_nothing(&auth, offsetof(struct aws_auth, role_count)));
    assert_true(holds_nothing(auth.roles, sizeof(auth.roles)));
}

/* The memory of a request has been another one's. */
static void what_is_made_empty_is_empty_whatever_was_there(void **state)
{
    struct arena *arena = arena_new(KIB(64));
    struct aws_credentials none;
    struct aws_auth *auth;

    (void)state;
    memset(&none, 'x', sizeof(none));
    aws_credentials_clear(&none);
    assert_string_equal(none.access_key_id, "");
    assert_string_equal(none.session_token, "");
    assert_null(none.source);
    memset(arena_alloc(arena, KIB(40)), 'x', KIB(40));
    arena_reset(arena);
    auth = aws_auth_new(arena);
    assert_non_null(auth);
    assert_int_equal(auth->type, AWS_AUTH_DEFAULT);
    assert_string_equal(auth->profile, "");
    assert_string_equal(auth->keys.secret_access_key, "");
    assert_string_equal(auth->keys.session_token, "");
    assert_int_equal(auth->role_count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_comes_first),
        cmocka_unit_test(profiles_are_found_in_both_files),
        cmocka_unit_test(faults_name_the_profile),
        cmocka_unit_test(what_is_broken_is_never_skipped),
        cmocka_unit_test(wiping_leaves_nothing_of_a_secret),
        cmocka_unit_test(what_is_made_empty_is_empty_whatever_was_there),
        cmocka_unit_test(given_keys_are_used_as_they_are),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
