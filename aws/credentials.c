#include "aws/credentials.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "aws/cache.h"
#include "aws/provider.h"
#include "aws/region.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "base/log.h"

/* Beyond this, EKS's limit of 4096 bytes for a token comes near, and it refuses without a reason. */
#define SESSION_TOKEN_WARN 2300
#define WARN_EVERY_SECONDS 600

/* Up to the end of the session token, which is seldom long: every request has credentials. */
static size_t used_size(const struct aws_credentials *credentials)
{
    return offsetof(struct aws_credentials, session_token) + strlen(credentials->session_token) + 1;
}

void aws_credentials_clear(struct aws_credentials *credentials)
{
    memset(credentials, 0, offsetof(struct aws_credentials, session_token) + 1);
}

void aws_credentials_copy(struct aws_credentials *to, const struct aws_credentials *from)
{
    memcpy(to, from, used_size(from));
}

void aws_credentials_wipe(struct aws_credentials *credentials)
{
    explicit_bzero(credentials, used_size(credentials));
}

void aws_auth_wipe(struct aws_auth *auth)
{
    explicit_bzero(auth->roles, auth->role_count * sizeof(auth->roles[0]));
    aws_credentials_wipe(&auth->keys);
    explicit_bzero(auth, offsetof(struct aws_auth, keys));
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static void warn_of_length(const struct aws_credentials *credentials)
{
    static _Atomic int64_t warned_at;
    size_t len = strlen(credentials->session_token);
    int64_t now = clock_now();

    if (len <= SESSION_TOKEN_WARN || now - atomic_load(&warned_at) < WARN_EVERY_SECONDS)
        return;
    atomic_store(&warned_at, now);
    log_warning("the session token is so long that EKS may refuse tokens made with it", LOG_INT("bytes", len),
                LOG_INT("bytes_advised", SESSION_TOKEN_WARN), LOG_TEXT("source", credentials->source));
}

/* What goes into headers must not end them; every provider's result passes here. */
static int check(const struct aws_credentials *credentials, struct err *err)
{
    if (has_control(credentials->access_key_id) || has_control(credentials->session_token))
        return err_set(err, ERR_NO_CREDENTIALS,
                       "the access key id or the session token (%s) contains a line end or another control character",
                       credentials->source);
    if (credentials->expires_at != 0 && credentials->expires_at <= clock_now())
        return err_set(err, ERR_CREDENTIALS_EXPIRED, "the AWS credentials (%s) have expired", credentials->source);
    warn_of_length(credentials);
    return 0;
}

/* Keys of one connection */

static int use_keys(const struct aws_auth *auth, struct aws_credentials *out, struct err *err)
{
    const struct aws_credentials *keys = &auth->keys;

    if (keys->access_key_id[0] == '\0')
        err_field(err, "auth.access_key_id", CAUSE_REQUIRED, "is missing");
    if (keys->secret_access_key[0] == '\0')
        err_field(err, "auth.secret_access_key", CAUSE_REQUIRED, "is missing");
    if (has_control(keys->access_key_id))
        err_field(err, "auth.access_key_id", CAUSE_INVALID, "contains a control character");
    if (has_control(keys->session_token))
        err_field(err, "auth.session_token", CAUSE_INVALID, "contains a control character");
    if (err->kind == ERR_INVALID)
        return -1;
    aws_credentials_copy(out, keys);
    out->source = "given";
    return check(out, err);
}

/* Roles on top */

static bool is_made_of(const char *text, const char *others)
{
    for (; *text; text++) {
        bool is_letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');

        if (!is_letter && !(*text >= '0' && *text <= '9') && !strchr(others, *text))
            return false;
    }
    return true;
}

/* "arn:PARTITION:iam::ACCOUNT:role/NAME" */
static bool is_role_arn(const char *arn)
{
    struct str rest = str_from(arn);
    struct str account;

    if (!str_equal(str_cut(&rest, ':'), STR("arn")) || !str_starts_with(str_cut(&rest, ':'), STR("aws")) ||
        !str_equal(str_cut(&rest, ':'), STR("iam")) || str_cut(&rest, ':').len != 0)
        return false;
    account = str_cut(&rest, ':');
    for (size_t i = 0; i < account.len; i++)
        if (account.ptr[i] < '0' || account.ptr[i] > '9')
            return false;
    return account.len == 12 && str_starts_with(rest, STR("role/")) && rest.len > strlen("role/") &&
           is_made_of(rest.ptr, "/_+=,.@-");
}

static int check_roles(const struct aws_auth *auth, struct err *err)
{
    if (auth->role_count > AWS_ROLES_MAX)
        return err_field(err, "auth.role_arn", CAUSE_TOO_LONG, "is a chain of more than %d roles", AWS_ROLES_MAX);
    for (size_t i = 0; i < auth->role_count; i++) {
        const struct aws_role *role = &auth->roles[i];

        if (!is_role_arn(role->arn))
            err_field(err, "auth.role_arn", CAUSE_INVALID, "must be arn:PARTITION:iam::ACCOUNT:role/NAME");
        if (role->external_id[0] && (strlen(role->external_id) < 2 || !is_made_of(role->external_id, "_+=,.@:/-")))
            err_field(err, "auth.external_id", CAUSE_INVALID, "must be 2 to 1224 letters, digits and _+=,.@:/-");
    }
    if (auth->session_name[0] && (strlen(auth->session_name) < 2 || !is_made_of(auth->session_name, "_+=,.@-")))
        err_field(err, "auth.session_name", CAUSE_INVALID, "must be 2 to 64 letters, digits and _+=,.@-");
    if (auth->region[0])
        aws_region_check(str_from(auth->region), err);
    return err->kind == ERR_INVALID ? -1 : 0;
}

static int resolve(struct aws_client *client, const struct aws_auth *auth, size_t role_count,
                   struct aws_credentials *out, struct err *err);

static int assume_last(struct aws_client *client, const struct aws_auth *auth, size_t role_count,
                       struct aws_credentials *out, struct err *err)
{
    const struct aws_role *role = &auth->roles[role_count - 1];
    const struct search s = {.auth = auth};
    struct aws_credentials base;
    char session_name[AWS_SESSION_NAME_SIZE];
    char region[AWS_REGION_SIZE];
    struct sts_role wish = {.arn = str_from(role->arn), .external_id = str_from(role->external_id)};
    int result;

    if (resolve(client, auth, role_count - 1, &base, err) < 0)
        return -1;
    provider_sts_region(&s, wish.arn, region);
    provider_session_name(session_name);
    wish.session_name = str_from(auth->session_name[0] ? auth->session_name : session_name);
    result = aws_sts_assume_role(client, &base, str_from(region), &wish, out, err);
    out->with_mfa = base.with_mfa;
    aws_credentials_wipe(&base);
    out->source = "assume-role";
    return result;
}

/* What the cache asks for when it has nothing, or nothing that lasts long enough. */
static int fetch(struct aws_client *client, const struct aws_auth *auth, size_t role_count, struct aws_credentials *out,
                 bool *is_lasting, struct err *err)
{
    aws_credentials_clear(out);
    *is_lasting = true;
    if (role_count > 0) {
        if (assume_last(client, auth, role_count, out, err) < 0)
            return -1;
    } else if (chain_find(client, auth, out, is_lasting, err) != PROVIDER_FOUND) {
        return -1;
    }
    return check(out, err);
}

/* The first role_count roles only: each one's credentials are kept, as the next one's are made with them. */
static int resolve(struct aws_client *client, const struct aws_auth *auth, size_t role_count,
                   struct aws_credentials *out, struct err *err)
{
    if (role_count == 0 && auth->type == AWS_AUTH_KEYS)
        return use_keys(auth, out, err);
    return cache_resolve(client, auth, role_count, fetch, out, err);
}

/* Who gives a code means a session that needed one. */
static int check_code_was_used(const struct aws_auth *auth, const struct aws_credentials *credentials, struct err *err)
{
    if (auth->mfa_code[0] == '\0' || credentials->with_mfa)
        return 0;
    return err_field(err, "auth.mfa_code", CAUSE_INVALID,
                     "is not asked for: there is no mfa_serial in the profile; leave it out");
}

int aws_credentials_resolve(struct aws_client *client, const struct aws_auth *auth, struct aws_credentials *out,
                            struct err *err)
{
    err_clear(err);
    aws_credentials_clear(out);
    if (check_roles(auth, err) == 0 && resolve(client, auth, auth->role_count, out, err) == 0 &&
        check_code_was_used(auth, out, err) == 0)
        return 0;
    aws_credentials_wipe(out);
    return -1;
}

void aws_credentials_suspect(const struct aws_auth *auth)
{
    cache_suspect(auth, auth->role_count);
}

void aws_credentials_forget(void)
{
    cache_forget();
}

const char *aws_auth_profile(const struct aws_auth *auth)
{
    return auth->profile[0] ? auth->profile : NULL;
}

static void wipe_auth(void *auth)
{
    aws_auth_wipe(auth);
}

struct aws_auth *aws_auth_new(struct arena *arena)
{
    struct aws_auth *auth = arena_take(arena, sizeof(*auth));

    if (!auth)
        return NULL;
    memset(auth, 0, offsetof(struct aws_auth, keys));
    aws_credentials_clear(&auth->keys);
    auth->role_count = 0;
    return arena_defer(arena, wipe_auth, auth) == 0 ? auth : NULL;
}

int aws_auth_add_role(struct aws_auth *auth, struct str arn, const char *external_id)
{
    struct aws_role *role;

    if (auth->role_count == AWS_ROLES_MAX)
        return -1;
    role = &auth->roles[auth->role_count++];
    snprintf(role->arn, sizeof(role->arn), "%.*s", STR_FMT(arn));
    snprintf(role->external_id, sizeof(role->external_id), "%s", external_id);
    return 0;
}
