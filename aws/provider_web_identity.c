/*
 * Web identity: a token of another identity provider, such as a service account's in EKS (IRSA), is exchanged
 * for a session of a role. The token's file is read at every exchange, since its content is replaced now and then.
 */
#include <errno.h>
#include <string.h>

#include "aws/file.h"
#include "aws/provider.h"
#include "aws/sts.h"
#include "base/limits.h"

/* The variable, then the profile; a variable does not count for a profile that somebody named. */
static struct str setting(const struct search *s, const char *variable, const char *option)
{
    struct str value = s->profile_given ? STR("") : provider_env(variable);

    return value.len > 0 ? value : provider_option(s, option);
}

static int read_token(const struct search *s, struct str path, struct buf *token)
{
    struct buf expanded;
    int result = -1;

    buf_reset(token);
    buf_init(&expanded, KIB(4));
    if (buf_add_str(&expanded, path) == 0)
        result = aws_file_read(expanded.ptr, token);
    if (result < 0)
        provider_refuse(s, "the web identity token file can not be read: %s", strerrordesc_np(errno));
    buf_free(&expanded);
    return result;
}

static bool is_about_token(const struct err *err)
{
    return strcmp(err->aws_code, "ExpiredTokenException") == 0 || strcmp(err->aws_code, "InvalidIdentityToken") == 0;
}

static int exchange(const struct search *s, struct str path, struct sts_role *role, struct buf *token)
{
    char region[64];

    if (read_token(s, path, token) < 0)
        return -1;
    provider_sts_region(s, role->arn, region);
    role->web_identity_token = buf_str(token);
    return aws_sts_assume_role_with_web_identity(s->client, str_from(region), role, s->out, s->err);
}

enum found provider_web_identity(const struct search *s)
{
    struct str path = setting(s, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    struct sts_role role = {.arn = setting(s, "AWS_ROLE_ARN", "role_arn"),
                            .session_name = setting(s, "AWS_ROLE_SESSION_NAME", "role_session_name")};
    char session_name[AWS_SESSION_NAME_SIZE];
    struct buf token;
    int result;

    if (path.len == 0)
        return PROVIDER_NONE;
    if (role.arn.len == 0)
        return provider_refuse(s, "there is a web identity token file, but neither AWS_ROLE_ARN nor role_arn is set");
    provider_session_name(session_name);
    if (role.session_name.len == 0)
        role.session_name = str_from(session_name);
    buf_init(&token, KIB(48));
    result = exchange(s, path, &role, &token);
    /* The file may have been replaced while the old token was on its way. */
    if (result < 0 && is_about_token(s->err)) {
        err_clear(s->err);
        result = exchange(s, path, &role, &token);
    }
    buf_wipe(&token);
    return result < 0 ? PROVIDER_FAILED : PROVIDER_FOUND;
}
