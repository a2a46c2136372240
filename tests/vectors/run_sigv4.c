/* SigV4 in header and presigned form, and EKS tokens, byte for byte with the texts that led there. */
#include <time.h>

#include "aws/region.h"
#include "aws/sigv4.h"
#include "aws/token.h"
#include "base/encode.h"
#include "base/limits.h"
#include "vectors.h"

struct url {
    struct str host;
    struct str path;
    struct str query;
};

static struct url split_url(struct str text)
{
    struct url url = {.path = STR("")};
    struct str rest = str_skip(text, strlen("https://"));
    size_t n = 0;

    url.query = rest;
    rest = str_cut(&url.query, '?');
    while (n < rest.len && rest.ptr[n] != '/')
        n++;
    url.host = (struct str){rest.ptr, n};
    url.path = str_skip(rest, n);
    return url;
}

static int64_t parse_stamp(const char *stamp)
{
    struct tm tm = {0};

    strptime(stamp, "%Y%m%dT%H%M%SZ", &tm);
    return (int64_t)timegm(&tm);
}

static struct str text_of(const cJSON *vector, const char *path)
{
    return str_from(json_find_text(vector, path));
}

static void read_credentials(const cJSON *vector, struct aws_credentials *out)
{
    memset(out, 0, sizeof(*out));
    snprintf(out->access_key_id, AWS_KEY_SIZE, "%s", text_of(vector, "credentials.access_key").ptr);
    snprintf(out->secret_access_key, AWS_KEY_SIZE, "%s", text_of(vector, "credentials.secret_key").ptr);
    snprintf(out->session_token, AWS_TOKEN_SIZE, "%s", text_of(vector, "credentials.session_token").ptr);
}

static struct sigv4_scope read_scope(const cJSON *vector)
{
    return (struct sigv4_scope){.service = text_of(vector, "service"),
                                .region = text_of(vector, "region"),
                                .time = parse_stamp(json_find_text(vector, "timestamp"))};
}

static size_t read_headers(const cJSON *vector, struct http_header *headers)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, json_find(vector, "request.headers"))
    {
        headers[n].name = str_from(cJSON_GetStringValue(cJSON_GetArrayItem(item, 0)));
        headers[n++].value = str_from(cJSON_GetStringValue(cJSON_GetArrayItem(item, 1)));
    }
    /* The oracle adds this one itself for S3. */
    if (cJSON_IsTrue(json_find(vector, "s3_path_style")))
        headers[n++] = (struct http_header){STR("X-Amz-Content-SHA256"),
                                            text_of(vector, "expected.added_headers.X-Amz-Content-SHA256")};
    return n;
}

static bool check_texts(const cJSON *vector, const struct sigv4 *s)
{
    return vector_equal(vector, "canonical request", json_find_text(vector, "expected.canonical_request"),
                        buf_str(&s->canonical_request)) &&
           vector_equal(vector, "string to sign", json_find_text(vector, "expected.string_to_sign"),
                        buf_str(&s->string_to_sign)) &&
           vector_equal(vector, "signature", json_find_text(vector, "expected.signature"), str_from(s->signature));
}

static bool run_header(const cJSON *vector, const struct aws_credentials *credentials)
{
    struct http_header headers[SIGV4_HEADERS_MAX];
    struct url url = split_url(text_of(vector, "request.url"));
    struct sigv4_scope scope = read_scope(vector);
    struct sigv4 s;
    struct buf body;
    bool holds;

    buf_init(&body, MIB(16));
    buf_add_str(&body, text_of(vector, "request.body"));
    decode_base64(&body, text_of(vector, "request.body_base64"));
    struct sigv4_request request = {.method = text_of(vector, "request.method"),
                                    .host = url.host,
                                    .path = url.path,
                                    .query = url.query,
                                    .headers = headers,
                                    .header_count = read_headers(vector, headers),
                                    .body = buf_str(&body),
                                    .path_verbatim = cJSON_IsTrue(json_find(vector, "s3_path_style"))};
    sigv4_sign(credentials, &scope, &request, &s);
    holds =
        check_texts(vector, &s) &&
        vector_equal(vector, "Authorization", json_find_text(vector, "expected.authorization"), buf_str(&s.result)) &&
        vector_equal(vector, "X-Amz-Date", json_find_text(vector, "expected.added_headers.X-Amz-Date"),
                     str_from(s.date));
    sigv4_wipe(&s);
    buf_free(&body);
    return holds;
}

/* Operation parameters are decoded and encoded again. */
static void encode_again(struct buf *out, struct str query)
{
    struct buf decoded;

    buf_init(&decoded, KIB(64));
    while (query.len > 0) {
        struct str value = str_cut(&query, '&');
        struct str key = str_cut(&value, '=');

        if (out->len > 0)
            buf_add_char(out, '&');
        decode_query(&decoded, key);
        encode_percent(out, buf_str(&decoded));
        buf_add_char(out, '=');
        buf_reset(&decoded);
        decode_query(&decoded, value);
        encode_percent(out, buf_str(&decoded));
        buf_reset(&decoded);
    }
    buf_free(&decoded);
}

static bool run_presign(const cJSON *vector, const struct aws_credentials *credentials)
{
    struct http_header headers[SIGV4_HEADERS_MAX];
    struct url url = split_url(text_of(vector, "request.url"));
    struct sigv4_scope scope = read_scope(vector);
    long expires = (long)cJSON_GetNumberValue(json_find(vector, "expires"));
    struct sigv4 s;
    struct buf query;
    bool holds;

    buf_init(&query, KIB(64));
    encode_again(&query, url.query);
    struct sigv4_request request = {.method = text_of(vector, "request.method"),
                                    .host = url.host,
                                    .path = url.path,
                                    .query = buf_str(&query),
                                    .headers = headers,
                                    .header_count = read_headers(vector, headers)};
    sigv4_presign(credentials, &scope, &request, expires, &s);
    holds = check_texts(vector, &s) &&
            vector_equal(vector, "URL", json_find_text(vector, "expected.signed_url"), buf_str(&s.result));
    sigv4_wipe(&s);
    buf_free(&query);
    return holds;
}

static bool run_token(const cJSON *vector, const struct aws_credentials *credentials)
{
    unsigned variants = 0;
    struct buf token;
    struct err err;
    bool holds;

    if (cJSON_IsTrue(json_find(vector, "use_fips")))
        variants |= AWS_FIPS;
    if (cJSON_IsTrue(json_find(vector, "use_dualstack")))
        variants |= AWS_DUALSTACK;
    if (str_equal(text_of(vector, "sts_regional_endpoints"), STR("legacy")))
        variants |= AWS_LEGACY_GLOBAL;
    err_clear(&err);
    buf_init(&token, LIMIT_EKS_TOKEN);
    if (aws_token_mint_variant(credentials, text_of(vector, "region"), variants, text_of(vector, "cluster"),
                               parse_stamp(json_find_text(vector, "timestamp")), &token, &err) < 0)
        buf_add_str(&token, str_from(err.message));
    holds = vector_equal(vector, "token", json_find_text(vector, "expected.token"), buf_str(&token)) &&
            (double)token.len == cJSON_GetNumberValue(json_find(vector, "expected.token_len"));
    buf_wipe(&token);
    return holds;
}

static bool run(const cJSON *vector)
{
    struct str mode = text_of(vector, "mode");
    struct aws_credentials credentials;

    read_credentials(vector, &credentials);
    if (str_equal(mode, STR("header")))
        return run_header(vector, &credentials);
    if (str_equal(mode, STR("presign")))
        return run_presign(vector, &credentials);
    if (str_equal(mode, STR("eks_token")))
        return run_token(vector, &credentials);
    return vector_differs(vector, "mode", STR("header, presign or eks_token"), mode);
}

int main(int argc, char **argv)
{
    return vector_main(argc, argv, run);
}
