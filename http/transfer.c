#include "http/transfer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/limits.h"

#define HEADERS_MAX 256
#define ASK_EVERY_MS 500 /* whether the caller is still there */

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = arg;
    int user_timeout_ms = 60000;
    int fd;

    (void)purpose;
    if (!http_reach_allows(t->call->reach, &address->addr)) {
        t->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
    return fd;
}

static bool is_read(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* libcurl sends a request again when a kept connection turns out dead; a write may have run by then. */
static int on_connected(void *arg, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    struct transfer *t = arg;

    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    t->connections++;
    return t->connections > 1 && (t->call->source || !is_read(t->call->method)) ? CURL_PREREQFUNC_ABORT
                                                                                : CURL_PREREQFUNC_OK;
}

static int begin_head(struct transfer *t, struct str line)
{
    struct http_head *head = &t->reply->head;
    struct str rest = line;
    long status;

    str_cut(&rest, ' ');
    if (str_to_long(str_cut(&rest, ' '), 100, 999, &status) < 0)
        return -1;
    t->header_bytes = 0;
    *head = (struct http_head){.status = (int)status};
    head->reason.ptr = arena_strndup(t->arena, rest.ptr ? rest.ptr : "", rest.len);
    head->reason.len = rest.len;
    head->headers = arena_alloc(t->arena, HEADERS_MAX * sizeof(*head->headers));
    if (!head->reason.ptr || !head->headers) {
        t->no_memory = true;
        return -1;
    }
    return 0;
}

static int add_header(struct transfer *t, struct str line)
{
    struct http_head *head = &t->reply->head;
    struct http_header *h;
    struct str value = line;
    struct str name = str_cut(&value, ':');
    char *copy;

    if (!value.ptr || name.len == 0)
        return 0;
    t->header_bytes += line.len;
    if (head->header_count == HEADERS_MAX || t->header_bytes > LIMIT_REPLY_HEADERS) {
        t->too_large = true;
        return -1;
    }
    value = str_trim(value);
    copy = arena_strndup(t->arena, name.ptr, name.len);
    h = &head->headers[head->header_count];
    h->value.ptr = arena_strndup(t->arena, value.ptr, value.len);
    if (!copy || !h->value.ptr) {
        t->no_memory = true;
        return -1;
    }
    h->name = (struct str){copy, name.len};
    h->value.len = value.len;
    head->header_count++;
    return 0;
}

static int tell_head(struct transfer *t)
{
    if (t->head_told)
        return 0;
    t->head_told = true;
    t->reply->head_seen = true;
    if (t->call->sink && t->call->sink->on_head(t->call->sink->arg, &t->reply->head) < 0) {
        t->stopped = true;
        return -1;
    }
    return 0;
}

/* Trailers come through the same callback once the body has begun: they are dropped. */
static size_t read_header(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct str line = {data, size * count};
    int failed;

    if (t->head_told)
        return size * count;
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    if (str_starts_with(line, STR("HTTP/")))
        failed = begin_head(t, line);
    else if (line.len == 0)
        failed = t->reply->head.status >= 200 ? tell_head(t) : 0;
    else
        failed = add_header(t, line);
    return failed ? 0 : size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * count;

    if (t->call->sink) {
        int rc = t->call->sink->on_body(t->call->sink->arg, data, len);

        if (rc == HTTP_LATER)
            return CURL_WRITEFUNC_PAUSE;
        if (rc < 0) {
            t->stopped = true;
            return 0;
        }
    } else if (buf_add(&t->body, data, len) < 0) {
        t->too_large = true;
        return 0;
    }
    return len;
}

/* libcurl comes by many times in a short call. */
static bool is_time_to_ask(struct transfer *t)
{
    int64_t now = clock_monotonic_ms();
    bool is_first = t->asked_at_ms == 0;

    if (!is_first && now - t->asked_at_ms < ASK_EVERY_MS)
        return false;
    t->asked_at_ms = now;
    return !is_first;
}

static int on_progress(void *arg, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
    struct transfer *t = arg;
    const struct http_sink *sink = t->call->sink;

    (void)dt;
    (void)dn;
    (void)ut;
    (void)un;
    if (!is_time_to_ask(t) || !sink->is_gone(sink->arg))
        return 0;
    t->stopped = true;
    return 1;
}

static size_t on_read(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    const struct http_source *source = t->call->source;
    long n = source->read(source->arg, data, size * count);

    if (n >= 0)
        return (size_t)n;
    if (n == HTTP_SOURCE_LATER) {
        t->source_waits = true;
        return CURL_READFUNC_PAUSE;
    }
    t->stopped = true;
    return CURL_READFUNC_ABORT;
}

static void set_source(CURL *easy, struct transfer *t)
{
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->call->source->length);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, t);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, t->call->method);
}

static void set_method(CURL *easy, struct transfer *t)
{
    const struct http_call *call = t->call;

    /* A body of a HEAD means nothing (RFC 9110 section 9.3.2), and libcurl would wait for one in the answer. */
    if (strcmp(call->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (call->source) {
        set_source(easy, t);
        return;
    }
    if (call->has_body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.len > 0 ? call->body.ptr : "");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static void set_trust(CURL *easy, const struct http_call *call)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, call->plain_allowed ? "http,https" : "https");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (call->ca_pem.len > 0) {
        struct curl_blob blob = {
            .data = (void *)(uintptr_t)call->ca_pem.ptr, .len = call->ca_pem.len, .flags = CURL_BLOB_COPY};

        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
    }
}

/* Not copied: libcurl would free the key without overwriting it. */
static struct curl_blob blob_of(struct str text)
{
    return (struct curl_blob){.data = (void *)(uintptr_t)text.ptr, .len = text.len, .flags = CURL_BLOB_NOCOPY};
}

static void set_identity(CURL *easy, const struct http_identity *identity)
{
    struct curl_blob certificate = blob_of(identity->certificate);
    struct curl_blob key = blob_of(identity->key);

    if (identity->certificate.len == 0)
        return;
    curl_easy_setopt(easy, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(easy, CURLOPT_SSLKEYTYPE, "PEM");
    curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
}

static void set_callbacks(CURL *easy, struct transfer *t)
{
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, read_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
    if (t->call->sink && t->call->sink->is_gone) {
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, t);
    }
}

/* What stands behind the authority, or NULL. libcurl would keep back what follows a "#". */
static const char *target_of(const char *url)
{
    const char *authority = strstr(url, "://");

    return authority ? strchr(authority + 3, '/') : NULL;
}

static void set_transport(CURL *easy, const struct http_call *call)
{
    curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target_of(call->url));
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 8L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 60L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 15L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, call->connect_timeout_ms ? call->connect_timeout_ms : 10000L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, call->timeout_ms);
}

/* Silences the headers that libcurl would invent, then adds the caller's, which win. */
static struct curl_slist *build_headers(const struct http_call *call)
{
    static const char *const invented[] = {"Accept:", "User-Agent:", "Content-Type:", "Expect:"};
    struct curl_slist *list = NULL;
    struct curl_slist *next;

    for (size_t i = 0; i < sizeof(invented) / sizeof(invented[0]); i++) {
        size_t n = strlen(invented[i]) - 1;
        bool given = false;

        for (const char *const *h = call->headers; h && *h; h++)
            given = given || (strncasecmp(*h, invented[i], n) == 0 && ((*h)[n] == ':' || (*h)[n] == ';'));
        if (given)
            continue;
        next = curl_slist_append(list, invented[i]);
        if (!next)
            goto fail;
        list = next;
    }
    for (const char *const *h = call->headers; h && *h; h++) {
        next = curl_slist_append(list, *h);
        if (!next)
            goto fail;
        list = next;
    }
    return list;
fail:
    curl_slist_free_all(list);
    return NULL;
}

static void forget_headers(struct transfer *t, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
    for (struct curl_slist *h = t->headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(t->headers);
    t->headers = NULL;
}

static enum http_result classify(const struct transfer *t, CURLcode code)
{
    if (t->address_refused)
        return HTTP_FORBIDDEN;
    if (t->too_large)
        return HTTP_TOO_LARGE;
    if (t->no_memory)
        return HTTP_INTERNAL;
    if (t->stopped)
        return HTTP_STOPPED;
    switch (code) {
    case CURLE_OK: /* also when the connection is closed inside the head */
        return t->head_told ? HTTP_OK : HTTP_BROKEN;
    case CURLE_COULDNT_RESOLVE_HOST:
        return HTTP_UNRESOLVED;
    case CURLE_COULDNT_CONNECT:
        return HTTP_REFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return HTTP_TLS;
    case CURLE_OUT_OF_MEMORY: /* what libcurl says of a header line above its 100 KiB, too */
        return t->connections > 0 ? HTTP_TOO_LARGE : HTTP_INTERNAL;
    case CURLE_UNSUPPORTED_PROTOCOL: /* of the URL, or of the answer */
        return t->connections > 0 ? HTTP_BROKEN : HTTP_INTERNAL;
    case CURLE_URL_MALFORMAT:
        return HTTP_INTERNAL;
    default:
        return t->head_told ? HTTP_TRUNCATED : HTTP_BROKEN;
    }
}

static void take_body(struct transfer *t)
{
    struct str body = buf_str(&t->body);

    t->reply->body.len = body.len;
    t->reply->body.ptr =
        t->call->is_secret ? arena_secret(t->arena, body.ptr, body.len) : arena_strndup(t->arena, body.ptr, body.len);
    if (!t->reply->body.ptr)
        t->no_memory = true;
}

int transfer_begin(struct transfer *t, CURL *easy)
{
    *t->reply = (struct http_reply){.result = HTTP_INTERNAL};
    buf_init(&t->body, t->call->max_body);
    t->headers = build_headers(t->call);
    if (!t->headers)
        return -1;
    set_transport(easy, t->call);
    set_method(easy, t);
    set_trust(easy, t->call);
    set_identity(easy, &t->call->identity);
    set_callbacks(easy, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
    return 0;
}

void transfer_end(struct transfer *t, CURL *easy, CURLcode code)
{
    struct http_reply *reply = t->reply;

    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
    forget_headers(t, easy);
    if (code == CURLE_OK && !t->call->sink)
        take_body(t);
    reply->attempts = t->connections;
    reply->result = classify(t, code);
    if (reply->result != HTTP_OK)
        snprintf(reply->detail, sizeof(reply->detail), "%s",
                 t->detail[0]       ? t->detail
                 : code == CURLE_OK ? "closed inside the head of the answer"
                                    : curl_easy_strerror(code));
    if (!t->head_told)
        reply->head = (struct http_head){0};
    buf_wipe(&t->body);
}
