#include "aws/document.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/clock.h"

#define DEPTH_MAX 8

static const struct {
    const char *root; /* NULL for the document itself */
    const char *key;
    const char *secret;
    const char *token;
    const char *expiration;
    const char *account;
    bool is_versioned;
    bool is_session; /* token and expiration must be there */
} kinds[DOCUMENT_KIND__MAX] = {
    [DOCUMENT_SERVER] = {NULL, "AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId", false, true},
    [DOCUMENT_PROCESS] = {NULL, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "AccountId", true,
                          false},
    [DOCUMENT_SSO] = {"roleCredentials", "accessKeyId", "secretAccessKey", "sessionToken", "expiration", "accountId",
                      false, true},
};

static void wipe(cJSON *item)
{
    for (; item; item = item->next) {
        if (item->valuestring)
            OPENSSL_cleanse(item->valuestring, strlen(item->valuestring));
        wipe(item->child);
    }
}

void document_delete(cJSON *root)
{
    wipe(root);
    cJSON_Delete(root);
}

/* False when it is absent, empty or too long. */
static bool take(const cJSON *object, const char *name, char *out, size_t size)
{
    struct str text = str_from(json_find_text(object, name));

    if (text.len == 0 || text.len >= size)
        return false;
    memcpy(out, text.ptr, text.len + 1);
    return true;
}

/* A time as text, or as milliseconds. 0 when it is absent, -1 when it is neither. */
static int take_expiration(const cJSON *object, const char *name, int64_t *out)
{
    const cJSON *value = json_find(object, name);

    if (!value || cJSON_IsNull(value))
        return 0;
    if (cJSON_IsNumber(value) && value->valuedouble > 0 && value->valuedouble < 1e15) {
        *out = (int64_t)(value->valuedouble / 1000);
        return 0;
    }
    return clock_parse(str_from(cJSON_GetStringValue(value)), out);
}

static bool is_version_1(const cJSON *object)
{
    const cJSON *version = json_find(object, "Version");

    return cJSON_IsNumber(version) && version->valueint == 1;
}

static enum document_result read_object(const cJSON *object, enum document_kind kind, struct aws_credentials *out,
                                        const char **why)
{
    *why = "its Version is not 1";
    if (kinds[kind].is_versioned && !is_version_1(object))
        return DOCUMENT_INCOMPLETE;
    *why = "the access key id is missing";
    if (!take(object, kinds[kind].key, out->access_key_id, sizeof(out->access_key_id)))
        return DOCUMENT_INCOMPLETE;
    *why = "the secret access key is missing";
    if (!take(object, kinds[kind].secret, out->secret_access_key, sizeof(out->secret_access_key)))
        return DOCUMENT_INCOMPLETE;
    *why = "the session token is missing or too long";
    if (!take(object, kinds[kind].token, out->session_token, sizeof(out->session_token)) &&
        (kinds[kind].is_session || str_from(json_find_text(object, kinds[kind].token)).len > 0))
        return DOCUMENT_INCOMPLETE;
    *why = "it does not say when the credentials end";
    if (take_expiration(object, kinds[kind].expiration, &out->expires_at) < 0 ||
        (kinds[kind].is_session && out->expires_at == 0))
        return DOCUMENT_INCOMPLETE;
    take(object, kinds[kind].account, out->account_id, sizeof(out->account_id));
    return DOCUMENT_READ;
}

enum document_result document_read(struct str text, enum document_kind kind, struct aws_credentials *out,
                                   const char **why)
{
    cJSON *root = json_tree(text, DEPTH_MAX, why);
    const cJSON *object = root && kinds[kind].root ? json_find(root, kinds[kind].root) : root;
    enum document_result result = DOCUMENT_BROKEN;

    aws_credentials_clear(out);
    if (root && !cJSON_IsObject(object))
        *why = "it is not an object with credentials";
    else if (root)
        result = read_object(object, kind, out, why);
    document_delete(root);
    return result;
}
