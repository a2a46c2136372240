#include "aws/answer.h"

#include <string.h>

#include "aws/xml.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/limits.h"

static int broken(struct err *err, const char *operation, const char *why)
{
    return err_set(err, ERR_UPSTREAM_BROKEN, "%s: the answer can not be used: %s", operation, why);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_INTERNAL, "there is no memory for an answer of AWS");
}

/* STS */

#define IDENTITY "GetCallerIdentityResponse/GetCallerIdentityResult/"

static int identity_text(struct arena *arena, struct str body, const char *path, const char **out, struct err *err)
{
    struct buf text;
    enum xml_result found;
    int result = 0;

    buf_init(&text, KIB(8));
    found = xml_find(body, path, &text);
    if (found == XML_FOUND)
        *out = arena_strndup(arena, buf_str(&text).ptr, text.len);
    if (found == XML_FAULT)
        result = broken(err, "sts:GetCallerIdentity", "it is not well-formed XML");
    else if (found == XML_ABSENT)
        result = broken(err, "sts:GetCallerIdentity", "a member is missing");
    else if (!*out)
        result = no_memory(err);
    buf_free(&text);
    return result;
}

int aws_answer_identity(struct arena *arena, struct str body, struct aws_identity *out, struct err *err)
{
    *out = (struct aws_identity){0};
    if (identity_text(arena, body, IDENTITY "Arn", &out->arn, err) < 0 ||
        identity_text(arena, body, IDENTITY "Account", &out->account, err) < 0)
        return -1;
    return identity_text(arena, body, IDENTITY "UserId", &out->user_id, err);
}

static int session_text(struct str body, const char *path, char *out, size_t size)
{
    struct buf text;
    int result = -1;

    buf_init(&text, size - 1);
    if (xml_find(body, path, &text) == XML_FOUND && !text.failed &&
        memchr(buf_str(&text).ptr, '\0', text.len) == NULL) {
        memcpy(out, buf_str(&text).ptr, text.len);
        out[text.len] = '\0';
        result = 0;
    }
    buf_wipe(&text);
    return result;
}

/* "arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION" */
static void read_account(const char *arn, struct aws_credentials *out)
{
    struct str rest = str_from(arn);
    struct str account;

    for (int i = 0; i < 4; i++)
        str_cut(&rest, ':');
    account = str_cut(&rest, ':');
    if (account.len > 0 && account.len < sizeof(out->account_id))
        memcpy(out->account_id, account.ptr, account.len);
}

int aws_answer_session(struct str body, const char *operation, struct aws_credentials *out, struct err *err)
{
    char expiration[64];
    char arn[2049];

    aws_credentials_clear(out);
    if (session_text(body, "*/*/Credentials/AccessKeyId", out->access_key_id, sizeof(out->access_key_id)) < 0 ||
        session_text(body, "*/*/Credentials/SecretAccessKey", out->secret_access_key, AWS_KEY_SIZE) < 0 ||
        session_text(body, "*/*/Credentials/SessionToken", out->session_token, sizeof(out->session_token)) < 0)
        return broken(err, operation, "the credentials in it are not complete");
    if (session_text(body, "*/*/Credentials/Expiration", expiration, sizeof(expiration)) < 0 ||
        clock_parse(str_from(expiration), &out->expires_at) < 0)
        return broken(err, operation, "it does not say when the credentials end");
    if (session_text(body, "*/*/AssumedRoleUser/Arn", arn, sizeof(arn)) == 0)
        read_account(arn, out);
    return 0;
}

/* EKS */

static const char *text_of(struct arena *arena, const cJSON *object, const char *path)
{
    const char *text = json_find_text(object, path);

    return text ? arena_strdup(arena, text) : "";
}

static int decode_ca(struct arena *arena, const cJSON *cluster, struct str *out, struct err *err)
{
    struct buf pem;
    int result = 0;

    buf_init(&pem, LIMIT_CA_PEM);
    if (decode_base64(&pem, str_from(json_find_text(cluster, "certificateAuthority.data"))) < 0) {
        result = broken(err, "eks:DescribeCluster", "certificateAuthority.data is not base64");
    } else {
        *out = (struct str){arena_strndup(arena, buf_str(&pem).ptr, pem.len), pem.len};
        if (!out->ptr)
            result = no_memory(err);
    }
    buf_free(&pem);
    return result;
}

int aws_answer_cluster_member(struct arena *arena, const cJSON *cluster, struct eks_cluster *out, struct err *err)
{
    const cJSON *created = json_find(cluster, "createdAt");

    if (!cJSON_IsObject(cluster))
        return broken(err, "eks:DescribeCluster", "there is no cluster in it");
    *out = (struct eks_cluster){
        .name = text_of(arena, cluster, "name"),
        .arn = text_of(arena, cluster, "arn"),
        .status = text_of(arena, cluster, "status"),
        .version = text_of(arena, cluster, "version"),
        .platform_version = text_of(arena, cluster, "platformVersion"),
        .endpoint = text_of(arena, cluster, "endpoint"),
    };
    if (!out->name || !out->arn || !out->status || !out->version || !out->platform_version || !out->endpoint)
        return no_memory(err);
    if (cJSON_IsNumber(created) && created->valuedouble > 0 && created->valuedouble < 1e11)
        out->created_at = (int64_t)created->valuedouble;
    return decode_ca(arena, cluster, &out->ca_pem, err);
}

int aws_answer_cluster(struct arena *arena, struct str body, struct eks_cluster *out, struct err *err)
{
    const char *why;
    cJSON *root = json_tree(body, LIMIT_JSON_DEPTH, &why);
    const cJSON *cluster = json_find(root, "cluster");
    int result;

    if (!root)
        result = broken(err, "eks:DescribeCluster", why);
    else
        result = aws_answer_cluster_member(arena, cluster, out, err);
    cJSON_Delete(root);
    return result;
}
