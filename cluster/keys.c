#include "cluster/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

int keys_seal(const struct seal_key *key, struct str id, const struct aws_credentials *keys, struct buf *out)
{
    struct buf plain;
    struct json j;
    int rc;

    buf_init(&plain, KIB(32));
    json_init(&j, &plain);
    json_object_open(&j, NULL);
    json_text(&j, "access_key_id", keys->access_key_id);
    json_text(&j, "secret_access_key", keys->secret_access_key);
    json_text(&j, "session_token", keys->session_token);
    json_int(&j, "expires_at", keys->expires_at);
    json_object_close(&j);
    rc = plain.failed ? -1 : seal_text(key, id, buf_str(&plain), out);
    buf_wipe(&plain);
    return rc;
}

static int take(char *target, size_t size, cJSON *root, const char *name)
{
    cJSON *node = cJSON_GetObjectItemCaseSensitive(root, name);
    const char *text = cJSON_GetStringValue(node);
    int n;

    if (!text)
        return -1;
    n = snprintf(target, size, "%s", text);
    explicit_bzero(node->valuestring, strlen(node->valuestring));
    return n >= 0 && (size_t)n < size ? 0 : -1;
}

static int parse(struct str plain, struct aws_credentials *out)
{
    const char *why;
    cJSON *root = json_tree(plain, 2, &why);
    const cJSON *expires_at;
    int rc = -1;

    aws_credentials_clear(out);
    out->source = "given";
    expires_at = json_find(root, "expires_at");
    if (cJSON_IsNumber(expires_at))
        out->expires_at = (int64_t)expires_at->valuedouble;
    if (root && take(out->access_key_id, sizeof(out->access_key_id), root, "access_key_id") == 0 &&
        take(out->secret_access_key, sizeof(out->secret_access_key), root, "secret_access_key") == 0 &&
        take(out->session_token, sizeof(out->session_token), root, "session_token") == 0)
        rc = 0;
    cJSON_Delete(root);
    return rc;
}

int keys_open(const struct seal_key *key, struct str id, struct str sealed, struct aws_credentials *out,
              struct err *err)
{
    struct buf plain;
    int rc;

    buf_init(&plain, KIB(32));
    rc = sealed.len > 0 && seal_open(key, id, sealed, &plain) == 0 ? parse(buf_str(&plain), out) : -1;
    buf_wipe(&plain);
    if (rc < 0)
        return err_set(err, ERR_CREDENTIALS_EXPIRED,
                       "the AWS keys given for \"%.*s\" are not kept any more: connect it again with new ones",
                       STR_FMT(id));
    return 0;
}

int given_seal(const struct seal_key *key, struct str id, const char *token, const struct http_identity *identity,
               struct buf *out)
{
    struct buf plain;
    struct json j;
    int rc;

    buf_init(&plain, KIB(128));
    buf_reserve(&plain, strlen(token) + 2 * (identity->certificate.len + identity->key.len) + KIB(1));
    json_init(&j, &plain);
    json_object_open(&j, NULL);
    json_text(&j, "token", token);
    json_str(&j, "certificate", identity->certificate);
    json_str(&j, "key", identity->key);
    json_object_close(&j);
    rc = plain.failed ? -1 : seal_text(key, id, buf_str(&plain), out);
    buf_wipe(&plain);
    return rc;
}

static struct str take_secret(struct arena *arena, cJSON *root, const char *name)
{
    struct str text = str_from(json_find_text(root, name));

    text.ptr = arena_secret(arena, text.ptr ? text.ptr : "", text.len);
    return text;
}

static int parse_given(struct arena *arena, struct str plain, struct kube_target *target)
{
    const char *why;
    cJSON *root = json_tree(plain, 2, &why);

    target->token = take_secret(arena, root, "token").ptr;
    target->identity.certificate = take_secret(arena, root, "certificate");
    target->identity.key = take_secret(arena, root, "key");
    cJSON_Delete(root);
    return root && target->token && target->identity.certificate.ptr && target->identity.key.ptr ? 0 : -1;
}

int given_open(const struct seal_key *key, struct str id, struct str sealed, struct arena *arena,
               struct kube_target *target, struct err *err)
{
    struct buf plain;
    int rc;

    buf_init(&plain, KIB(128));
    buf_reserve(&plain, sealed.len);
    rc = sealed.len > 0 && seal_open(key, id, sealed, &plain) == 0 ? parse_given(arena, buf_str(&plain), target) : -1;
    buf_wipe(&plain);
    if (rc < 0)
        return err_set(err, ERR_CREDENTIALS_EXPIRED,
                       "the token or certificate of \"%.*s\" can not be opened any more: add its context again",
                       STR_FMT(id));
    return 0;
}
