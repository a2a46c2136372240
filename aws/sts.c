#include "aws/sts.h"

#include <string.h>

#include "aws/answer.h"
#include "aws/call.h"
#include "base/encode.h"
#include "base/limits.h"

#define FORM "application/x-www-form-urlencoded; charset=utf-8"

int aws_sts_caller_identity(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                            struct aws_identity *out, struct err *err)
{
    const struct aws_call call = {.service = AWS_STS,
                                  .operation = "sts:GetCallerIdentity",
                                  .method = "POST",
                                  .path = STR("/"),
                                  .body = STR("Action=GetCallerIdentity&Version=2011-06-15"),
                                  .content_type = FORM};
    struct str body;

    if (aws_call(client, credentials, region, &call, &body, err) < 0)
        return -1;
    if (aws_answer_identity(client->arena, body, out, err) == 0)
        return 0;
    /* An answer that breaks off is seen now and then; asking once more is what the SDKs do. */
    if (aws_call(client, credentials, region, &call, &body, err) < 0)
        return -1;
    return aws_answer_identity(client->arena, body, out, err);
}

/* arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION */
const char *aws_identity_principal(struct arena *arena, const char *arn)
{
    struct str rest = str_from(arn);
    struct str parts[5];
    struct str name;

    for (size_t i = 0; i < 5; i++)
        parts[i] = str_cut(&rest, ':');
    if (!str_equal(parts[2], STR("sts")) || !str_starts_with(rest, STR("assumed-role/")))
        return arena_strdup(arena, arn);
    name = str_skip(rest, strlen("assumed-role/"));
    name = str_cut(&name, '/');
    return arena_printf(arena, "arn:%.*s:iam::%.*s:role/%.*s", STR_FMT(parts[1]), STR_FMT(parts[4]), STR_FMT(name));
}

static void build_form(const char *action, const struct sts_role *role, struct buf *form)
{
    buf_printf(form, "Action=%s&Version=2011-06-15", action);
    encode_parameter(form, "RoleArn", role->arn);
    encode_parameter(form, "RoleSessionName", role->session_name);
    encode_parameter(form, "ExternalId", role->external_id);
    encode_parameter(form, "SerialNumber", role->mfa_serial);
    encode_parameter(form, "TokenCode", role->mfa_code);
    encode_parameter(form, "WebIdentityToken", role->web_identity_token);
    if (role->duration_seconds > 0)
        buf_printf(form, "&DurationSeconds=%ld", role->duration_seconds);
}

static int assume(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                  struct aws_call *call, struct aws_credentials *out, struct err *err)
{
    struct str body;

    call->service = AWS_STS;
    call->method = "POST";
    call->path = STR("/");
    call->content_type = FORM;
    call->is_secret = true;
    if (aws_call(client, credentials, region, call, &body, err) < 0)
        return -1;
    if (aws_answer_session(body, call->operation, out, err) == 0)
        return 0;
    if (aws_call(client, credentials, region, call, &body, err) < 0)
        return -1;
    return aws_answer_session(body, call->operation, out, err);
}

int aws_sts_assume_role(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                        const struct sts_role *role, struct aws_credentials *out, struct err *err)
{
    struct aws_call call = {.operation = "sts:AssumeRole"};
    struct buf form;
    int result;

    buf_init(&form, KIB(16));
    build_form("AssumeRole", role, &form);
    call.body = buf_str(&form);
    result = form.failed ? err_set(err, ERR_INTERNAL, "there is no room for a call of sts:AssumeRole")
                         : assume(client, credentials, region, &call, out, err);
    buf_wipe(&form);
    return result;
}

int aws_sts_assume_role_with_web_identity(struct aws_client *client, struct str region, const struct sts_role *role,
                                          struct aws_credentials *out, struct err *err)
{
    struct aws_call call = {.operation = "sts:AssumeRoleWithWebIdentity"};
    struct buf form;
    int result;

    buf_init(&form, KIB(64));
    build_form("AssumeRoleWithWebIdentity", role, &form);
    call.body = buf_str(&form);
    result = form.failed ? err_set(err, ERR_INTERNAL, "the web identity token is too long")
                         : assume(client, NULL, region, &call, out, err);
    buf_wipe(&form);
    return result;
}
