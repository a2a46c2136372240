#include "aws/sigv4.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aws/digest.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/unset.h"

#define HEX_SIZE (2 * DIGEST_SIZE + 1)
#define DAY_SIZE 9
#define TEXT_MAX KIB(64)
#define KEY_CACHE_SIZE 8
#define KEY_CACHE_MS (15L * 60 * 1000)

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static EVP_MAC_CTX *hmac_sha256; /* a template to copy, made once */
static pthread_once_t hmac_once = PTHREAD_ONCE_INIT;

struct cached_key {
    unsigned char id[DIGEST_SIZE]; /* of secret and scope */
    unsigned char key[DIGEST_SIZE];
    int64_t expires_ms; /* 0: free */
};
static _Thread_local struct cached_key key_cache[KEY_CACHE_SIZE];

struct header_list {
    struct http_header items[SIGV4_HEADERS_MAX];
    size_t count;
};

/* One run of the signer. */
struct signer {
    const struct aws_credentials *credentials;
    const struct sigv4_scope *scope;
    const struct sigv4_request *request;
    struct header_list headers;
    struct buf query; /* as sent, for a presigned URL with its parameters */
    char day[DAY_SIZE];
    struct sigv4 *out;
};

static void make_hmac(void)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *hmac = mac ? EVP_MAC_CTX_new(mac) : NULL;

    /* A context can be copied only after it has seen a key. */
    if (hmac && EVP_MAC_init(hmac, (const unsigned char *)"-", 1, params) != 1) {
        EVP_MAC_CTX_free(hmac);
        hmac = NULL;
    }
    EVP_MAC_free(mac);
    hmac_sha256 = hmac;
}

static int sha256(struct str data, unsigned char out[DIGEST_SIZE])
{
    return EVP_Digest(data.ptr, data.len, out, NULL, digest_sha256(), NULL) == 1 ? 0 : -1;
}

static int sha256_hex(struct str data, char out[HEX_SIZE])
{
    unsigned char digest[DIGEST_SIZE];

    if (data.len == 0) {
        memcpy(out, SHA256_OF_NOTHING, HEX_SIZE);
        return 0;
    }
    if (sha256(data, digest) < 0)
        return -1;
    encode_hex(digest, sizeof(digest), out);
    return 0;
}

static int hmac(EVP_MAC_CTX *ctx, const void *key, size_t key_len, struct str data, unsigned char out[DIGEST_SIZE])
{
    const unsigned char *bytes = (const unsigned char *)data.ptr;
    size_t len;

    if (EVP_MAC_init(ctx, key, key_len, NULL) != 1 || EVP_MAC_update(ctx, bytes, data.len) != 1 ||
        EVP_MAC_final(ctx, out, &len, DIGEST_SIZE) != 1)
        return -1;
    return 0;
}

/* Signing keys */

void sigv4_forget_keys(void)
{
    OPENSSL_cleanse(key_cache, sizeof(key_cache));
}

static int key_id(const struct signer *s, unsigned char out[DIGEST_SIZE])
{
    char text[AWS_KEY_SIZE + 256];
    int len = snprintf(text, sizeof(text), "%s\n%s\n%.*s\n%.*s", s->credentials->secret_access_key, s->day,
                       STR_FMT(s->scope->region), STR_FMT(s->scope->service));
    int result = -1;

    if (len > 0 && (size_t)len < sizeof(text))
        result = sha256((struct str){text, (size_t)len}, out);
    OPENSSL_cleanse(text, sizeof(text));
    return result;
}

/* The entry of that id, or the one to use for it: a free one, else the one that expires first. */
static struct cached_key *key_slot(const unsigned char id[DIGEST_SIZE], int64_t now_ms)
{
    struct cached_key *oldest = &key_cache[0];

    for (size_t i = 0; i < KEY_CACHE_SIZE; i++) {
        struct cached_key *k = &key_cache[i];

        if (k->expires_ms != 0 && k->expires_ms <= now_ms)
            OPENSSL_cleanse(k, sizeof(*k));
        if (k->expires_ms != 0 && CRYPTO_memcmp(k->id, id, DIGEST_SIZE) == 0)
            return k;
        if (k->expires_ms < oldest->expires_ms)
            oldest = k;
    }
    oldest->expires_ms = 0;
    return oldest;
}

static int derive_key(EVP_MAC_CTX *ctx, const struct signer *s, unsigned char key[DIGEST_SIZE])
{
    char secret[AWS_KEY_SIZE + 4];
    int len = snprintf(secret, sizeof(secret), "AWS4%s", s->credentials->secret_access_key);
    int result = -1;

    if (hmac(ctx, secret, (size_t)len, str_from(s->day), key) == 0 &&
        hmac(ctx, key, DIGEST_SIZE, s->scope->region, key) == 0 &&
        hmac(ctx, key, DIGEST_SIZE, s->scope->service, key) == 0 &&
        hmac(ctx, key, DIGEST_SIZE, STR("aws4_request"), key) == 0)
        result = 0;
    OPENSSL_cleanse(secret, sizeof(secret));
    return result;
}

/* Borrowed from the cache until the thread's next signature. */
static const unsigned char *signing_key(EVP_MAC_CTX *ctx, const struct signer *s)
{
    unsigned char id[DIGEST_SIZE];
    int64_t now_ms = clock_monotonic_ms();
    struct cached_key *slot;

    if (key_id(s, id) < 0)
        return NULL;
    slot = key_slot(id, now_ms);
    if (slot->expires_ms == 0) {
        if (derive_key(ctx, s, slot->key) < 0) {
            OPENSSL_cleanse(slot, sizeof(*slot));
            return NULL;
        }
        memcpy(slot->id, id, sizeof(id));
        slot->expires_ms = now_ms + KEY_CACHE_MS;
    }
    return slot->key;
}

/* Headers */

static bool is_unsigned(struct str name)
{
    static const struct str names[] = {
        STR("connection"),
        STR("expect"),
        STR("keep-alive"),
        STR("proxy-authenticate"),
        STR("te"),
        STR("proxy-authorization"),
        STR("trailer"),
        STR("transfer-encoding"),
        STR("upgrade"),
        STR("user-agent"),
        STR("authorization"),
        STR("x-amzn-trace-id"),
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_equal_ignore_case(name, names[i]))
            return true;
    return false;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static int compare_names(struct str a, struct str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return (unsigned char)lower(a.ptr[i]) < (unsigned char)lower(b.ptr[i]) ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

/* Keeps the list sorted by name, and headers of one name in their order of appearance. */
static int add_header(struct header_list *list, struct str name, struct str value)
{
    size_t at = list->count;

    if (list->count == SIGV4_HEADERS_MAX)
        return -1;
    while (at > 0 && compare_names(list->items[at - 1].name, name) > 0) {
        list->items[at] = list->items[at - 1];
        at--;
    }
    list->items[at] = (struct http_header){name, value};
    list->count++;
    return 0;
}

static int collect_headers(struct signer *s)
{
    const struct sigv4_request *r = s->request;

    if (add_header(&s->headers, STR("host"), r->host) < 0)
        return -1;
    for (size_t i = 0; i < r->header_count; i++) {
        const struct http_header *h = &r->headers[i];

        if (is_unsigned(h->name) || str_equal_ignore_case(h->name, STR("x-amz-date")))
            continue;
        if (add_header(&s->headers, h->name, h->value) < 0)
            return -1;
    }
    return 0;
}

static void add_lower(struct buf *out, struct str text)
{
    char *room = buf_reserve(out, text.len);

    if (!room)
        return;
    for (size_t i = 0; i < text.len; i++)
        room[i] = lower(text.ptr[i]);
    out->len += text.len;
    out->ptr[out->len] = '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Trimmed, and every run of blanks as one. */
static void add_value(struct buf *out, struct str value, bool lower_case)
{
    char *room = buf_reserve(out, value.len);
    size_t n = 0;

    if (!room)
        return;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];

        if (lower_case)
            c = lower(c);
        if (!is_blank(c))
            room[n++] = c;
        else if (n > 0 && room[n - 1] != ' ')
            room[n++] = ' ';
    }
    if (n > 0 && room[n - 1] == ' ')
        n--;
    out->len += n;
    out->ptr[out->len] = '\0';
}

static bool repeats_name(const struct header_list *list, size_t i)
{
    return i > 0 && str_equal_ignore_case(list->items[i].name, list->items[i - 1].name);
}

static void add_canonical_headers(struct buf *out, const struct header_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (repeats_name(list, i)) {
            buf_add_char(out, ',');
        } else {
            if (i > 0)
                buf_add_char(out, '\n');
            add_lower(out, list->items[i].name);
            buf_add_char(out, ':');
        }
        add_value(out, list->items[i].value, str_equal(list->items[i].name, STR("host")));
    }
    buf_add_char(out, '\n');
}

static void add_signed_names(struct buf *out, const struct header_list *list, struct str separator)
{
    for (size_t i = 0; i < list->count; i++) {
        if (repeats_name(list, i))
            continue;
        if (i > 0)
            buf_add_str(out, separator);
        add_lower(out, list->items[i].name);
    }
}

/* Path and query */

/* Percent-encodes once more what is sent already encoded: that is the rule of every service but S3. */
static void add_path_text(struct buf *out, struct str text)
{
    while (text.ptr) {
        encode_percent(out, str_cut(&text, '/'));
        if (text.ptr)
            buf_add_char(out, '/');
    }
}

static void drop_last_segment(struct buf *path)
{
    while (path->len > 0 && path->ptr[path->len - 1] != '/')
        path->len--;
    if (path->len > 0)
        path->len--;
}

/* Removes ".", ".." and empty segments; a final "/" stays. out begins empty. */
static void normalize_path(struct buf *out, struct str path)
{
    bool final_slash = str_ends_with(path, STR("/"));

    while (path.ptr) {
        struct str segment = str_cut(&path, '/');

        if (segment.len == 0 || str_equal(segment, STR(".")))
            continue;
        if (str_equal(segment, STR(".."))) {
            drop_last_segment(out);
            continue;
        }
        buf_add_char(out, '/');
        buf_add_str(out, segment);
    }
    if (final_slash || out->len == 0)
        buf_add_char(out, '/');
}

static int add_canonical_path(struct buf *out, const struct sigv4_request *request)
{
    struct buf path;
    int result = -1;

    if (request->path_verbatim && request->path.len > 0)
        return buf_add_str(out, request->path);
    if (request->path.len <= 1)
        return buf_add_char(out, '/');
    buf_init(&path, TEXT_MAX);
    normalize_path(&path, request->path);
    if (!path.failed) {
        add_path_text(out, buf_str(&path));
        result = 0;
    }
    buf_free(&path);
    return result;
}

struct parameter {
    struct str key;
    struct str value;
};

static int compare_parameters(const struct parameter *a, const struct parameter *b)
{
    int order = str_compare(a->key, b->key);

    return order ? order : str_compare(a->value, b->value);
}

static int sort_parameters(struct str query, struct parameter *sorted, size_t *count)
{
    *count = 0;
    while (query.len > 0) {
        struct str value = str_cut(&query, '&');
        struct parameter p = {.key = str_cut(&value, '=')};
        size_t at = *count;

        p.value = value.ptr ? value : STR("");
        if (*count == SIGV4_PARAMETERS_MAX)
            return -1;
        while (at > 0 && compare_parameters(&sorted[at - 1], &p) > 0) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = p;
        (*count)++;
    }
    return 0;
}

static int add_canonical_query(struct buf *out, struct str query)
{
    struct parameter sorted[SIGV4_PARAMETERS_MAX] UNSET;
    size_t count;

    if (sort_parameters(query, sorted, &count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_add_char(out, '&');
        buf_add_str(out, sorted[i].key);
        buf_add_char(out, '=');
        buf_add_str(out, sorted[i].value);
    }
    return 0;
}

/* The signature */

static struct str given_payload_hash(const struct header_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal_ignore_case(list->items[i].name, STR("x-amz-content-sha256")))
            return list->items[i].value;
    return STR("");
}

static int build_canonical_request(struct signer *s)
{
    struct buf *out = &s->out->canonical_request;
    struct str given = given_payload_hash(&s->headers);
    char hash[HEX_SIZE];

    buf_reserve(out, KIB(2));
    buf_add_str(out, s->request->method);
    buf_add_char(out, '\n');
    if (add_canonical_path(out, s->request) < 0)
        return -1;
    buf_add_char(out, '\n');
    if (add_canonical_query(out, buf_str(&s->query)) < 0)
        return -1;
    buf_add_char(out, '\n');
    add_canonical_headers(out, &s->headers);
    buf_add_char(out, '\n');
    add_signed_names(out, &s->headers, STR(";"));
    buf_add_char(out, '\n');
    if (given.len > 0)
        return buf_add_str(out, given);
    if (sha256_hex(s->request->body, hash) < 0)
        return -1;
    return buf_add_str(out, str_from(hash));
}

static void add_scope(struct buf *out, const struct signer *s, const char *separator)
{
    buf_add_str(out, str_from(s->day));
    buf_add_str(out, str_from(separator));
    buf_add_str(out, s->scope->region);
    buf_add_str(out, str_from(separator));
    buf_add_str(out, s->scope->service);
    buf_add_str(out, str_from(separator));
    buf_add_str(out, STR("aws4_request"));
}

static int build_string_to_sign(struct signer *s)
{
    struct buf *out = &s->out->string_to_sign;
    char hash[HEX_SIZE];

    if (sha256_hex(buf_str(&s->out->canonical_request), hash) < 0)
        return -1;
    buf_add_str(out, STR(ALGORITHM "\n"));
    buf_add_str(out, str_from(s->out->date));
    buf_add_char(out, '\n');
    add_scope(out, s, "/");
    buf_add_char(out, '\n');
    return buf_add_str(out, str_from(hash));
}

static int sign_text(struct signer *s)
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(hmac_sha256);
    unsigned char mac[DIGEST_SIZE];
    const unsigned char *key = ctx ? signing_key(ctx, s) : NULL;
    int result = -1;

    if (key && hmac(ctx, key, DIGEST_SIZE, buf_str(&s->out->string_to_sign), mac) == 0) {
        encode_hex(mac, sizeof(mac), s->out->signature);
        result = 0;
    }
    EVP_MAC_CTX_free(ctx);
    return result;
}

static int begin(struct signer *s)
{
    time_t t = (time_t)s->scope->time;
    struct sigv4 *out = s->out;
    struct tm tm;

    *out = (struct sigv4){.date = ""};
    buf_init(&out->canonical_request, TEXT_MAX);
    buf_init(&out->string_to_sign, KIB(1));
    buf_init(&out->result, TEXT_MAX);
    buf_init(&s->query, TEXT_MAX);
    pthread_once(&hmac_once, make_hmac);
    if (!digest_sha256() || !hmac_sha256 || !gmtime_r(&t, &tm) ||
        strftime(out->date, sizeof(out->date), "%Y%m%dT%H%M%SZ", &tm) != 16)
        return -1;
    memcpy(s->day, out->date, DAY_SIZE - 1);
    return collect_headers(s);
}

static int sign(struct signer *s)
{
    if (build_canonical_request(s) < 0 || build_string_to_sign(s) < 0)
        return -1;
    return sign_text(s);
}

static int add_authorization(struct signer *s)
{
    struct buf *out = &s->out->result;

    buf_add_str(out, STR(ALGORITHM " Credential="));
    buf_add_str(out, str_from(s->credentials->access_key_id));
    buf_add_char(out, '/');
    add_scope(out, s, "/");
    buf_add_str(out, STR(", SignedHeaders="));
    add_signed_names(out, &s->headers, STR(";"));
    buf_add_str(out, STR(", Signature="));
    return buf_add_str(out, str_from(s->out->signature));
}

int sigv4_sign(const struct aws_credentials *credentials, const struct sigv4_scope *scope,
               const struct sigv4_request *request, struct sigv4 *out)
{
    struct signer s = {.credentials = credentials, .scope = scope, .request = request, .out = out};
    struct str token = str_from(credentials->session_token);
    int result = -1;

    if (begin(&s) == 0 && add_header(&s.headers, STR("x-amz-date"), str_from(out->date)) == 0 &&
        (token.len == 0 || add_header(&s.headers, STR("x-amz-security-token"), token) == 0) &&
        buf_add_str(&s.query, request->query) == 0 && sign(&s) == 0)
        result = add_authorization(&s);
    buf_free(&s.query);
    return result;
}

static void add_parameters(struct signer *s, long expires)
{
    struct buf *out = &s->query;
    struct str token = str_from(s->credentials->session_token);

    buf_reserve(out, KIB(1));
    buf_add_str(out, s->request->query);
    if (out->len > 0)
        buf_add_char(out, '&');
    buf_add_str(out, STR("X-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential="));
    encode_percent(out, str_from(s->credentials->access_key_id));
    buf_add_str(out, STR("%2F"));
    add_scope(out, s, "%2F");
    buf_printf(out, "&X-Amz-Date=%s&X-Amz-Expires=%ld&X-Amz-SignedHeaders=", s->out->date, expires);
    add_signed_names(out, &s->headers, STR("%3B"));
    if (token.len > 0) {
        buf_add_str(out, STR("&X-Amz-Security-Token="));
        encode_percent(out, token);
    }
}

static int add_url(struct signer *s)
{
    struct buf *out = &s->out->result;
    const struct sigv4_request *r = s->request;

    buf_reserve(out, KIB(2));
    buf_add_str(out, STR("https://"));
    add_value(out, r->host, true);
    buf_add_str(out, r->path.len > 0 ? r->path : STR("/"));
    buf_add_char(out, '?');
    buf_add_str(out, buf_str(&s->query));
    buf_add_str(out, STR("&X-Amz-Signature="));
    return buf_add_str(out, str_from(s->out->signature));
}

int sigv4_presign(const struct aws_credentials *credentials, const struct sigv4_scope *scope,
                  const struct sigv4_request *request, long expires, struct sigv4 *out)
{
    struct signer s = {.credentials = credentials, .scope = scope, .request = request, .out = out};
    int result = -1;

    if (begin(&s) == 0) {
        add_parameters(&s, expires);
        if (!s.query.failed && sign(&s) == 0)
            result = add_url(&s);
    }
    buf_wipe(&s.query);
    return result;
}

void sigv4_wipe(struct sigv4 *s)
{
    buf_wipe(&s->canonical_request);
    buf_wipe(&s->string_to_sign);
    buf_wipe(&s->result);
}
