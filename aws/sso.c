#include "aws/sso.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/call.h"
#include "aws/document.h"
#include "aws/file.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/log.h"

#define CACHE_FOLDER "~/.aws/sso/cache/"
#define RENEW_SECONDS (15 * 60)
#define RETRY_SECONDS 60
#define DEPTH_MAX 8

/* One thread at a time reads, renews and writes: two renewals with one refresh token would void each other. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int64_t tried_at;
static unsigned char tried_for[EVP_MAX_MD_SIZE];

/* The file */

static int digest_of(const struct sso_account *account, unsigned char digest[EVP_MAX_MD_SIZE], unsigned *size)
{
    struct str name = account->session.len > 0 ? account->session : account->start_url;

    memset(digest, 0, EVP_MAX_MD_SIZE);
    return EVP_Digest(name.ptr, name.len, digest, size, EVP_sha1(), NULL) == 1 ? 0 : -1;
}

static int file_path(const struct sso_account *account, struct buf *path)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char name[2 * EVP_MAX_MD_SIZE + 1];
    unsigned size;

    if (digest_of(account, digest, &size) < 0 || aws_file_expand(STR(CACHE_FOLDER), path) < 0)
        return -1;
    encode_hex(digest, size, name);
    return buf_printf(path, "%s.json", name);
}

static cJSON *read_file(const char *path)
{
    cJSON *document = NULL;
    const char *why;
    struct buf text;

    buf_init(&text, KIB(64));
    if (aws_file_read(path, &text) == 0)
        document = json_tree(buf_str(&text), DEPTH_MAX, &why);
    buf_wipe(&text);
    return document;
}

static int write_all(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text += n;
        len -= (size_t)n;
    }
    return fsync(fd);
}

/* A reader finds the old file or the new one, never half of it. */
static int replace_file(const char *path, const char *text)
{
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
    int fd = n < 0 || (size_t)n >= sizeof(temporary)
                 ? -1
                 : open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result;

    if (fd < 0)
        return -1;
    result = write_all(fd, text);
    close(fd);
    if (result == 0)
        result = rename(temporary, path);
    if (result < 0)
        unlink(temporary);
    return result;
}

static void write_file(const char *path, const cJSON *document)
{
    char *text = cJSON_PrintUnformatted(document);

    if (!text || replace_file(path, text) < 0)
        log_warning("the renewed SSO token could not be written: the next process will need a new login");
    if (text)
        OPENSSL_cleanse(text, strlen(text));
    cJSON_free(text);
}

/* What it says */

static struct str text_of(const cJSON *document, const char *name)
{
    return str_from(json_find_text(document, name));
}

/* Older versions of the aws command wrote "2020-01-01T00:00:00UTC". */
static int64_t time_of(const cJSON *document, const char *name)
{
    struct str text = text_of(document, name);
    char plain[40];
    int64_t seconds = 0;

    if (str_ends_with(text, STR("UTC"))) {
        snprintf(plain, sizeof(plain), "%.*sZ", (int)text.len - 3, text.ptr);
        text = str_from(plain);
    }
    return clock_parse(text, &seconds) == 0 ? seconds : 0;
}

bool sso_token_read(const cJSON *document, int64_t now, struct sso_token *out)
{
    struct str token = text_of(document, "accessToken");

    memset(out, 0, sizeof(*out));
    if (token.len == 0 || token.len >= sizeof(out->access_token))
        return false;
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] <= ' ' || token.ptr[i] >= 0x7f)
            return false;
    memcpy(out->access_token, token.ptr, token.len);
    out->expires_at = time_of(document, "expiresAt");
    out->is_renewable = text_of(document, "clientId").len > 0 && text_of(document, "clientSecret").len > 0 &&
                        text_of(document, "refreshToken").len > 0 && time_of(document, "registrationExpiresAt") > now;
    return out->expires_at > 0;
}

/* Renewal */

static void replace_text(cJSON *document, const char *name, const char *value)
{
    cJSON *old = cJSON_DetachItemFromObjectCaseSensitive(document, name);

    document_delete(old);
    cJSON_AddStringToObject(document, name, value);
}

/* Takes the answer over into the file's document. False when it holds no token. */
static bool take_answer(cJSON *document, struct str body)
{
    char expires_at[CLOCK_TEXT_SIZE];
    const char *why;
    cJSON *answer = json_tree(body, DEPTH_MAX, &why);
    const cJSON *seconds = json_find(answer, "expiresIn");
    const char *access_token = json_find_text(answer, "accessToken");
    const char *refresh_token = json_find_text(answer, "refreshToken");
    bool is_token = access_token && cJSON_IsNumber(seconds) && seconds->valuedouble > 0 && seconds->valuedouble < 1e9;

    if (is_token) {
        replace_text(document, "accessToken", access_token);
        replace_text(document, "expiresAt", clock_format(clock_now() + (int64_t)seconds->valuedouble, expires_at));
        if (refresh_token)
            replace_text(document, "refreshToken", refresh_token);
    }
    document_delete(answer);
    return is_token;
}

static void build_wish(const cJSON *document, struct buf *out)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "grantType", "refresh_token");
    json_str(&j, "clientId", text_of(document, "clientId"));
    json_str(&j, "clientSecret", text_of(document, "clientSecret"));
    json_str(&j, "refreshToken", text_of(document, "refreshToken"));
    json_object_close(&j);
}

static bool renew(struct aws_client *client, const struct sso_account *account, const char *path, cJSON *document)
{
    struct aws_call call = {.service = AWS_SSO_OIDC,
                            .operation = "sso-oidc:CreateToken",
                            .method = "POST",
                            .path = STR("/token"),
                            .content_type = "application/json",
                            .is_secret = true};
    struct buf wish;
    struct str body;
    struct err err;
    bool renewed = false;

    err_clear(&err);
    buf_init(&wish, KIB(64));
    build_wish(document, &wish);
    call.body = buf_str(&wish);
    if (!wish.failed && aws_call(client, NULL, account->region, &call, &body, &err) == 0)
        renewed = take_answer(document, body);
    buf_wipe(&wish);
    if (renewed)
        write_file(path, document);
    else
        log_warning("an SSO token could not be renewed", LOG_TEXT("reason", err.message));
    return renewed;
}

/* At most once a minute: the server may be down, or the refresh token may be void. */
static bool may_renew(const struct sso_account *account, int64_t now)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;

    if (digest_of(account, digest, &size) < 0)
        return false;
    if (now - tried_at < RETRY_SECONDS && memcmp(digest, tried_for, sizeof(digest)) == 0)
        return false;
    tried_at = now;
    memcpy(tried_for, digest, sizeof(digest));
    return true;
}

static int sign_in_again(const struct sso_account *account, const char *what, struct err *err)
{
    struct str name = account->session.len > 0 ? account->session : account->start_url;

    return err_set(err, ERR_CREDENTIALS_EXPIRED, "%s for \"%.*s\": run \"aws sso login\" where the gateway runs", what,
                   STR_FMT(name));
}

static int use_document(struct aws_client *client, const struct sso_account *account, const char *path, cJSON *document,
                        struct sso_token *token, struct err *err)
{
    int64_t now = clock_now();

    if (!sso_token_read(document, now, token))
        return sign_in_again(account, "there is no SSO token", err);
    if (token->expires_at - now < RENEW_SECONDS && account->session.len > 0 && token->is_renewable &&
        may_renew(account, now) && renew(client, account, path, document) && !sso_token_read(document, now, token))
        return sign_in_again(account, "the renewed SSO token can not be used", err);
    if (token->expires_at <= now)
        return sign_in_again(account, "the SSO token has expired", err);
    return 0;
}

int sso_token_find(struct aws_client *client, const struct sso_account *account, char token[SSO_TOKEN_SIZE],
                   struct err *err)
{
    struct sso_token found = {0};
    cJSON *document = NULL;
    struct buf path;
    int result;

    buf_init(&path, PATH_MAX);
    pthread_mutex_lock(&mutex);
    if (file_path(account, &path) == 0)
        document = read_file(path.ptr);
    result = document ? use_document(client, account, path.ptr, document, &found, err)
                      : sign_in_again(account, "there is no SSO token", err);
    pthread_mutex_unlock(&mutex);
    memcpy(token, found.access_token, SSO_TOKEN_SIZE);
    OPENSSL_cleanse(&found, sizeof(found));
    document_delete(document);
    buf_free(&path);
    return result;
}
