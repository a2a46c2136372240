/*
 * Asks the credential chain for credentials and tells what came, for vectors/credchain/run_cases.py: its
 * README.md says what is read from the environment and printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"

/* The runner's word for what went wrong, as far as the error tells. */
static const char *class_of(const struct err *err)
{
    static const struct {
        const char *text;
        const char *name;
    } classes[] = {
        {"only one of aws_access_key_id", "partial"},
        {"AWS_SECRET_ACCESS_KEY is not", "partial"},
        {"neither source_profile nor credential_source", "partial"},
        {"there is no AWS profile", "profile_not_found"},
        {"can not be understood", "parse"},
        {"leads back to itself", "infinite_loop"},
        {"where there are none", "retrieval"},
        {"No such file", "file_missing"},
        {"aws sso login", "sso_login_required"},
        {"has a line end in it", "invalid_value"},
        {"must be https, or http to an agent", "invalid_value"},
        {"printed can not be used: it is not one well-formed", "malformed_response"},
        {"container's agent", "retrieval"},
        {"credential_process of", "retrieval"},
        {"metadata service gives no token", "retrieval"},
        {"sts:", "service_error"},
        {"have expired", "expired"},
    };

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strstr(err->message, classes[i].text))
            return classes[i].name;
    return "invalid_config";
}

static void tell(int result, const struct aws_credentials *credentials, const struct err *err)
{
    struct json j;
    struct buf line;

    buf_init(&line, KIB(16));
    json_init(&j, &line);
    json_object_open(&j, NULL);
    if (result == 0) {
        json_text(&j, "result", "ok");
        json_text(&j, "source", credentials->source);
        json_text(&j, "access_key", credentials->access_key_id);
        json_text(&j, "secret_key", credentials->secret_access_key);
        json_text(&j, "session_token", credentials->session_token);
        json_text(&j, "account_id", credentials->account_id);
    } else {
        json_text(&j, "result", strstr(err->message, "no AWS credentials") ? "none" : "error");
        json_text(&j, "error_class", class_of(err));
        json_text(&j, "message", err->message);
    }
    json_object_close(&j);
    printf("%.*s\n", (int)line.len, line.ptr);
    buf_wipe(&line);
}

static void copy_variable(const char *name, char *out, size_t size)
{
    const char *value = getenv(name);

    snprintf(out, size, "%s", value ? value : "");
}

int main(void)
{
    struct aws_client client = {.http = http_client_new(), .arena = arena_new(MIB(4))};
    struct aws_credentials credentials;
    struct aws_auth auth = {0};
    const char *text = getenv("EKSGATE_PROBE_CALLS");
    long calls = text ? strtol(text, NULL, 10) : 1;
    int result = -1;
    struct err err;

    if (!client.http || !client.arena || http_global_init() < 0)
        return 2;
    log_level_set(LOG_LEVEL_DEBUG);
    setenv("EKSGATE_ALLOW_CREDENTIAL_PROCESS", "1", 1);
    copy_variable("EKSGATE_PROBE_PROFILE", auth.profile, sizeof(auth.profile));
    copy_variable("EKSGATE_PROBE_MFA", auth.mfa_code, sizeof(auth.mfa_code));
    auth.type = auth.profile[0] ? AWS_AUTH_PROFILE : AWS_AUTH_DEFAULT;
    for (long i = 0; i < calls; i++) {
        result = aws_credentials_resolve(&client, &auth, &credentials, &err);
        if (result < 0)
            break;
    }
    tell(result, &credentials, &err);
    aws_credentials_wipe(&credentials);
    aws_credentials_forget();
    arena_free(client.arena);
    http_client_free(client.http);
    return 0;
}
