/*
 * eksgate token: what `aws eks get-token` prints, so that a kubeconfig can call it:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/clock.h"
#include "aws/endpoint.h"
#include "aws/token.h"
#include "base/json.h"
#include "base/limits.h"
#include "main/commands.h"

#define GROUP "client.authentication.k8s.io/"
#define TOKEN_SECONDS (14 * 60) /* a minute less than EKS takes it */

struct options {
    const char *cluster_name;
    const char *region;
    const char *role_arn;
    const char *profile;
};

/* "--name value" or "--name=value" */
static int take_option(struct options *options, int argc, char **argv, int *at)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {"--cluster-name", &options->cluster_name},
        {"--region", &options->region},
        {"--role-arn", &options->role_arn},
        {"--profile", &options->profile},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t len = strlen(known[i].name);

        if (strncmp(argv[*at], known[i].name, len) != 0)
            continue;
        if (argv[*at][len] == '=') {
            *known[i].value = argv[*at] + len + 1;
            return 0;
        }
        if (argv[*at][len] == '\0' && *at + 1 < argc) {
            *known[i].value = argv[++*at];
            return 0;
        }
    }
    return -1;
}

static int copy_option(const char *name, const char *value, char *out, size_t size, struct err *err)
{
    if (!value)
        return 0;
    if (strlen(value) >= size)
        return err_set(err, ERR_BAD_REQUEST, "%s is longer than %zu bytes", name, size - 1);
    memcpy(out, value, strlen(value) + 1);
    return 0;
}

static int read_auth(const struct options *options, struct aws_auth *auth, struct err *err)
{
    if (copy_option("--profile", options->profile, auth->profile, sizeof(auth->profile), err) < 0 ||
        copy_option("--region", options->region, auth->region, sizeof(auth->region), err) < 0 ||
        copy_option("--role-arn", options->role_arn, auth->roles[0].arn, sizeof(auth->roles[0].arn), err) < 0)
        return -1;
    auth->type = options->profile ? AWS_AUTH_PROFILE : AWS_AUTH_DEFAULT;
    auth->role_count = options->role_arn ? 1 : 0;
    memcpy(auth->session_name, "EKSGetTokenAuth", sizeof("EKSGetTokenAuth"));
    return 0;
}

static int find_region(const struct options *options, char region[AWS_REGION_SIZE], struct err *err)
{
    const char *named = options->region ? options->region : getenv("AWS_REGION");

    if (!named || !*named)
        return aws_region_default(AWS_EKS, options->profile, region, err);
    if (aws_region_check(str_from(named), err) < 0)
        return -1;
    return copy_option("--region", named, region, AWS_REGION_SIZE, err);
}

/* The version that the caller speaks, as far as it is known here. */
static const char *api_version(void)
{
    static const char *const versions[] = {GROUP "v1", GROUP "v1beta1", GROUP "v1alpha1"};
    const char *answer = GROUP "v1beta1";
    const char *why;
    cJSON *info = json_tree(str_from(getenv("KUBERNETES_EXEC_INFO")), 16, &why);
    const char *asked = json_find_text(info, "apiVersion");

    for (size_t i = 0; asked && i < sizeof(versions) / sizeof(versions[0]); i++)
        if (strcmp(asked, versions[i]) == 0)
            answer = versions[i];
    cJSON_Delete(info);
    return answer;
}

static int print_credential(struct str token, int64_t expires_at)
{
    struct json j;
    struct buf out;
    int result;

    buf_init(&out, KIB(16));
    json_init(&j, &out);
    json_object_open(&j, NULL);
    json_text(&j, "kind", "ExecCredential");
    json_text(&j, "apiVersion", api_version());
    json_object_open(&j, "spec");
    json_object_close(&j);
    json_object_open(&j, "status");
    json_time(&j, "expirationTimestamp", expires_at);
    json_str(&j, "token", token);
    json_object_close(&j);
    json_object_close(&j);
    result = !out.failed && printf("%.*s\n", (int)out.len, out.ptr) > 0 && fflush(stdout) == 0 ? 0 : -1;
    buf_wipe(&out);
    return result;
}

static int mint(const struct options *options, const struct aws_credentials *credentials, struct err *err)
{
    int64_t now = aws_clock_now();
    int64_t expires_at = now + TOKEN_SECONDS;
    char region[AWS_REGION_SIZE];
    struct buf token;
    int result;

    if (find_region(options, region, err) < 0)
        return -1;
    if (credentials->expires_at && credentials->expires_at < expires_at)
        expires_at = credentials->expires_at;
    buf_init(&token, LIMIT_EKS_TOKEN);
    result = aws_token_mint(credentials, str_from(region), str_from(options->cluster_name), now, &token, err);
    if (result == 0 && print_credential(buf_str(&token), expires_at) < 0)
        result = err_set(err, ERR_INTERNAL, "the token could not be written");
    buf_wipe(&token);
    return result;
}

static int run(const struct options *options, struct err *err)
{
    struct aws_client client = {
        .http = http_client_new(), .arena = arena_new(LIMIT_REQUEST_ARENA), .profile = options->profile};
    struct aws_credentials credentials;
    struct aws_auth auth = {0};
    int result = -1;

    if (!client.http || !client.arena)
        err_set(err, ERR_INTERNAL, "there is no memory");
    else if (read_auth(options, &auth, err) == 0)
        result = aws_credentials_resolve(&client, &auth, &credentials, err);
    if (result == 0) {
        result = mint(options, &credentials, err);
        aws_credentials_wipe(&credentials);
    }
    aws_credentials_forget();
    arena_free(client.arena);
    http_client_free(client.http);
    return result;
}

int command_token(int argc, char **argv)
{
    struct options options = {0};
    struct err err;

    for (int i = 0; i < argc; i++) {
        if (take_option(&options, argc, argv, &i) == 0)
            continue;
        fprintf(stderr, "eksgate token: what is %s?\n", argv[i]);
        return 2;
    }
    if (!options.cluster_name) {
        fprintf(stderr,
                "usage: eksgate token --cluster-name NAME [--region REGION] [--role-arn ARN] [--profile NAME]\n");
        return 2;
    }
    err_clear(&err);
    if (http_global_init() == 0 && run(&options, &err) == 0)
        return 0;
    fprintf(stderr, "eksgate token: %s\n", err.message);
    return 1;
}
