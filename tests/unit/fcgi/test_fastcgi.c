/* Requests over FastCGI connections: what comes back, and that a body never becomes a request. */
#include "tests/unit/rows.h"

#include "tests/unit/fcgi/fastcgi.h"

#define PARTS 15

static struct fastcgi fastcgi;

static int answer(struct request *request)
{
    struct buf body;

    buf_init(&body, MIB(1));
    buf_printf(&body, "%zu bytes", request->body.len);
    return response_json(request, 200, &body);
}

static int refuse(struct request *request)
{
    return err_set(&request->err, ERR_CONFLICT, "it is so \"already\"");
}

static int begin_and_fail(struct request *request)
{
    response_begin_json(request, 200);
    response_write(request, "{\"items\":[", 10);
    response_flush(request);
    return err_set(&request->err, ERR_UPSTREAM_BROKEN, "in the middle");
}

static int hold_and_fail(struct request *request)
{
    response_begin_json(request, 200);
    response_write(request, "{\"items\":[", 10);
    return err_set(&request->err, ERR_UPSTREAM_BROKEN, "in the middle");
}

static int relay_status(struct request *request)
{
    err_set(&request->err, ERR_UPSTREAM_BROKEN, "x");
    request->err.code = 409;
    request->err.upstream_status = STR("{\"kind\":\"Status\",  \"code\":409}");
    request->err.upstream_type = STR("application/json");
    return -1;
}

static int odd_headers(struct request *request)
{
    response_begin(request, 200, STR("O\rK"));
    response_header(request, "X-Good", STR("a\tb"));
    response_header(request, "X-Split", STR("a\r\nX-Evil: 1"));
    response_header(request, "X-Bare", STR("a\nb"));
    response_header(request, "X-Nul", STR("a\0b"));
    return response_write(request, "x", 1);
}

static const struct field fields[] = {{.name = "name", .type = FIELD_TEXT, .required = true, .min = 1, .max = 8},
                                      {.name = NULL}};
static const struct field query[] = {{.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = 9}, {.name = NULL}};

static const struct route routes[] = {
    {.methods = METHOD_GET | METHOD_POST, .path = "/ignore", .handle = answer, .role = ROLE_VIEWER},
    {.methods = METHOD_ANY,
     .path = "/read",
     .handle = answer,
     .needs = NEEDS_BODY,
     .max_body = 100,
     .role = ROLE_VIEWER},
    {.methods = METHOD_POST,
     .path = "/json",
     .handle = answer,
     .needs = NEEDS_JSON,
     .max_body = 200,
     .body = fields,
     .role = ROLE_VIEWER},
    {.methods = METHOD_GET, .path = "/query", .handle = answer, .query = query, .role = ROLE_VIEWER},
    {.methods = METHOD_ANY, .path = "/refuse", .handle = refuse},
    {.methods = METHOD_ANY, .path = "/half", .handle = begin_and_fail},
    {.methods = METHOD_ANY, .path = "/held", .handle = hold_and_fail},
    {.methods = METHOD_ANY, .path = "/status", .handle = relay_status},
    {.methods = METHOD_ANY, .path = "/odd", .handle = odd_headers},
    {.methods = METHOD_GET, .path = "/forged", .handle = answer},
};

static int group_setup(void **state)
{
    (void)state;
    fastcgi_start(&fastcgi, routes, COUNT(routes));
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    fastcgi_stop(&fastcgi);
    return 0;
}

/* Runs one connection of the requests (up to the first that is empty), which are emptied; its STDOUT as text. */
static const char *run(struct buf *requests, size_t *count)
{
    static struct buf text;
    struct str parts[PARTS];
    struct buf records;
    size_t n = 0;

    while (n < PARTS && requests[n].len > 0) {
        parts[n] = buf_str(&requests[n]);
        n++;
    }
    buf_init(&records, MIB(4));
    buf_free(&text);
    buf_init(&text, MIB(4));
    *count = fastcgi_run(&fastcgi, parts, n, &records);
    fastcgi_stdout(buf_str(&records), &text);
    buf_free(&records);
    while (n > 0)
        buf_reset(&requests[--n]);
    return buf_str(&text).ptr;
}

static void begin(struct buf *requests)
{
    for (size_t i = 0; i < PARTS; i++)
        buf_init(&requests[i], MIB(4));
}

static void end(struct buf *requests)
{
    for (size_t i = 0; i < PARTS; i++)
        buf_free(&requests[i]);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

#define ID "X-Request-Id: 0123456789abcdef0123456789abcdef\r\n"
#define JSON_HEAD "Content-Type: application/json\r\nCache-Control: no-store\r\n"

static void answers(void **state)
{
    static const char *const json[] = {"CONTENT_TYPE=application/json; charset=utf-8", NULL};
    static const char *const text[] = {"CONTENT_TYPE=text/plain", NULL};
    static const char *const outside[] = {"SERVER_ADDR=10.0.0.1", NULL};
    static const char *const short_length[] = {"CONTENT_LENGTH=3", NULL};
    static const struct {
        int line;
        const char *sentence;
        const char *method;
        const char *uri;
        const char *const *more;
        const char *body;
        const char *start;  /* of the answer */
        const char *inside; /* and somewhere in it */
    } rows[] = {
        {__LINE__, "a good one", "GET", "/ignore", NULL, "",
         "Status: 200 OK\r\n" ID JSON_HEAD "Content-Length: 8\r\n\r\n0 bytes\n", ""},
        {__LINE__, "with a body", "PUT", "/read", NULL, "abc", "Status: 200 OK\r\n", "3 bytes"},
        {__LINE__, "HEAD as GET", "HEAD", "/ignore", NULL, "", "Status: 200 OK\r\n", ""},
        {__LINE__, "no such path", "GET", "/nowhere", NULL, "",
         "Status: 404 Not Found\r\n" ID "Content-Type: application/json\r\n",
         "\"reason\":\"NotFound\",\"details\":{},\"code\":404}"},
        {__LINE__, "nor this", "GET", "/ignore/", NULL, "", "Status: 404 Not Found\r\n",
         "X-Eksgate-Error: not-found\r\n"},
        {__LINE__, "another method", "DELETE", "/ignore", NULL, "", "Status: 405 Method Not Allowed\r\n",
         "Allow: GET, HEAD, POST\r\n"},
        {__LINE__, "no method at all", "BREW", "/json", NULL, "", "Status: 405 Method Not Allowed\r\n",
         "Allow: POST\r\n"},
        {__LINE__, "dot segments", "GET", "/a/%2e%2E/ignore", NULL, "", "Status: 400 Bad Request\r\n",
         "\"reason\":\"BadRequest\""},
        {__LINE__, "no path", "GET", "ignore", NULL, "", "Status: 400 Bad Request\r\n", ""},
        {__LINE__, "an unknown parameter", "GET", "/query?x=1&limit=0", NULL, "", "Status: 400 Bad Request\r\n",
         "\"causes\":[{\"reason\":\"FieldValueForbidden\",\"message\":\"is not a parameter of this "
         "path\",\"field\":\"x\"},{\"reason\":\"FieldValueInvalid\""},
        {__LINE__, "a known one", "GET", "/query?limit=9", NULL, "", "Status: 200 OK\r\n", ""},
        {__LINE__, "a body that is too large", "POST", "/read", NULL,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789!",
         "Status: 413 Content Too Large\r\n", "RequestEntityTooLarge"},
        {__LINE__, "one that just fits", "POST", "/read", NULL,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
         "Status: 200 OK\r\n", "100 bytes"},
        {__LINE__, "JSON that fits its table", "POST", "/json", json, "{\"name\":\"a\"}", "Status: 200 OK\r\n", ""},
        {__LINE__, "JSON that does not", "POST", "/json", json, "{\"name\":\"\",\"x\":1}",
         "Status: 422 Unprocessable Content\r\n",
         "\"field\":\"x\"},{\"reason\":\"FieldValueRequired\",\"message\":\"must not be empty\",\"field\":\"name\"}]"},
        {__LINE__, "no JSON", "POST", "/json", json, "{\"name\":", "Status: 400 Bad Request\r\n",
         "the body is not JSON that can be read"},
        {__LINE__, "an empty body", "POST", "/json", json, "", "Status: 400 Bad Request\r\n", "it is empty"},
        {__LINE__, "too deep", "POST", "/json", json,
         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         "Status: 400 Bad Request\r\n", "nested too deeply"},
        {__LINE__, "another type", "POST", "/json", text, "{\"name\":\"a\"}", "Status: 415 Unsupported Media Type\r\n",
         "UnsupportedMediaType"},
        {__LINE__, "no type", "POST", "/json", NULL, "{\"name\":\"a\"}", "Status: 415 Unsupported Media Type\r\n", ""},
        {__LINE__, "another length than announced", "POST", "/read", short_length, "abcdef",
         "Status: 400 Bad Request\r\n", "Content-Length"},
        {__LINE__, "an address outside, without authentication", "GET", "/ignore", outside, "",
         "Status: 403 Forbidden\r\n", "loopback"},
        {__LINE__, "what all may ask", "GET", "/forged", outside, "", "Status: 200 OK\r\n", ""},
        {__LINE__, "the handler says no", "GET", "/refuse", NULL, "", "Status: 409 Conflict\r\n" ID,
         "\"message\":\"it is so \\\"already\\\"\",\"reason\":\"Conflict\""},
        {__LINE__, "a cluster's own Status", "GET", "/status", NULL, "",
         "Status: 409 Conflict\r\n" ID
         "Content-Type: application/json\r\nContent-Length: 30\r\nCache-Control: no-store\r\n",
         "\r\n\r\n{\"kind\":\"Status\",  \"code\":409}"},
        {__LINE__, "header values of several lines are left out", "GET", "/odd", NULL, "",
         "Status: 200 OK\r\n" ID "X-Good: a\tb\r\n\r\nx", ""},
    };
    struct buf bytes[PARTS];

    (void)state;
    begin(bytes);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got;
        size_t requests;

        /* libfcgi gives the first of two parameters of a name: one that differs comes before ours. */
        if (rows[i].more) {
            const char *params[8] = {rows[i].more[0]};
            char texts[2][256];

            snprintf(texts[0], sizeof(texts[0]), "REQUEST_METHOD=%s", rows[i].method);
            snprintf(texts[1], sizeof(texts[1]), "REQUEST_URI=%s", rows[i].uri);
            params[1] = texts[0];
            params[2] = texts[1];
            params[3] = "HTTP_HOST=localhost";
            params[4] = "REQUEST_ID=0123456789abcdef0123456789abcdef";
            fastcgi_begin(&bytes[0], true);
            fastcgi_params(&bytes[0], params);
            fastcgi_body(&bytes[0], str_from(rows[i].body), 5);
        } else {
            fastcgi_request(&bytes[0], true, rows[i].method, rows[i].uri, NULL, str_from(rows[i].body));
        }
        got = run(bytes, &requests);
        row_int(rows[i].line, requests, 1);
        row_true(rows[i].line, got, strncmp(got, rows[i].start, strlen(rows[i].start)) == 0);
        row_true(rows[i].line, got, strstr(got, rows[i].inside) != NULL);
        row_true(rows[i].line, "one X-Request-Id", count_of(got, "X-Request-Id: ") == 1);
    }
    end(bytes);
}

static void hosts(void **state)
{
    static const struct {
        int line;
        const char *host; /* NULL: none */
        bool known;
    } rows[] = {
        {__LINE__, "HTTP_HOST=localhost", true},
        {__LINE__, "HTTP_HOST=LocalHost:8080", true},
        {__LINE__, "HTTP_HOST=127.0.0.1:80", true},
        {__LINE__, "HTTP_HOST=[::1]", true},
        {__LINE__, "HTTP_HOST=[::1]:8080", true},
        {__LINE__, "HTTP_HOST=evil.com", false},
        {__LINE__, "HTTP_HOST=localhost.evil.com", false},
        {__LINE__, "HTTP_HOST=localhost.", false},
        {__LINE__, "HTTP_HOST=evil.com:localhost", false},
        {__LINE__, "HTTP_HOST=", false},
        {__LINE__, "HTTP_HOST=[::1", false},
        {__LINE__, "HTTP_HOST=::1", false},
        {__LINE__, "HTTP_HOST=127.0.0.2", false},
        {__LINE__, "HTTP_HOST=localhost,127.0.0.1", false},
        {__LINE__, "HTTP_X=1", false},
    };
    struct buf bytes[PARTS];

    (void)state;
    begin(bytes);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const params[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/ignore", rows[i].host, NULL};
        const char *got;
        size_t requests;

        fastcgi_begin(&bytes[0], true);
        fastcgi_params(&bytes[0], params);
        fastcgi_body(&bytes[0], STR(""), 8);
        got = run(bytes, &requests);
        row_true(rows[i].line, rows[i].host,
                 strncmp(got, rows[i].known ? "Status: 200" : "Status: 421", strlen("Status: 200")) == 0);
    }
    end(bytes);
}

static void the_request_id_is_checked(void **state)
{
    static const struct {
        int line;
        const char *id;
        const char *shown;
    } rows[] = {
        {__LINE__, "REQUEST_ID=abc-123", "X-Request-Id: abc-123\r\n"},
        {__LINE__, "REQUEST_ID=a\r\nX-Evil: 1", "X-Request-Id: unknown\r\n"},
        {__LINE__, "REQUEST_ID=a b", "X-Request-Id: unknown\r\n"},
        {__LINE__, "REQUEST_ID=", "X-Request-Id: unknown\r\n"},
        {__LINE__, "X=1", "X-Request-Id: unknown\r\n"},
        {__LINE__, "REQUEST_ID=0123456789012345678901234567890123456789012345678901234567890123x",
         "X-Request-Id: unknown\r\n"},
    };
    struct buf bytes[PARTS];

    (void)state;
    begin(bytes);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const params[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/ignore", "HTTP_HOST=localhost", rows[i].id,
                                      NULL};
        const char *got;
        size_t requests;

        fastcgi_begin(&bytes[0], true);
        fastcgi_params(&bytes[0], params);
        fastcgi_body(&bytes[0], STR(""), 8);
        got = run(bytes, &requests);
        row_true(rows[i].line, got, strstr(got, rows[i].shown) != NULL);
        row_true(rows[i].line, got, strstr(got, "X-Evil") == NULL);
    }
    end(bytes);
}

static void several_requests_share_a_connection(void **state)
{
    struct buf bytes[PARTS];
    const char *got;
    size_t requests;

    (void)state;
    begin(bytes);
    for (size_t i = 0; i < PARTS; i += 3) {
        fastcgi_request(&bytes[i], true, "POST", "/read", NULL, STR("abc"));
        fastcgi_request(&bytes[i + 1], true, "POST", "/ignore", NULL, STR("unread"));
        fastcgi_request(&bytes[i + 2], true, "POST", "/nowhere", NULL, STR("unread"));
    }
    got = run(bytes, &requests);
    assert_int_equal(requests, PARTS);
    assert_int_equal(count_of(got, "Status: 200 OK"), 10);
    assert_int_equal(count_of(got, "3 bytes"), 5);
    assert_int_equal(count_of(got, "Status: 404"), 5);

    fastcgi_request(&bytes[0], false, "GET", "/ignore", NULL, STR(""));
    fastcgi_request(&bytes[1], false, "GET", "/ignore", NULL, STR(""));
    run(bytes, &requests);
    assert_int_equal(requests, 1); /* not kept: closed behind the first */
    end(bytes);
}

/*
 * A body made of FastCGI records, sent to every way a request can end. libfcgi drops what it has read but not
 * parsed, so an unread body on a kept connection would go on as the next request.
 */
static void a_body_never_becomes_a_request(void **state)
{
    static const char *const uris[] = {"/ignore", "/read", "/json",   "/nowhere", "/refuse", "/half",
                                       "/status", "/odd",  "/../bad", "/query?x", "/query",  "bad"};
    static const size_t sizes[] = {100, 4000, 9000, 60000, 70000, 200000};
    struct buf body;
    struct buf bytes[PARTS];

    (void)state;
    buf_init(&body, MIB(1));
    begin(bytes);
    for (size_t s = 0; s < COUNT(sizes); s++) {
        buf_reset(&body);
        while (body.len < sizes[s])
            fastcgi_request(&body, true, "GET", "/forged", NULL, STR(""));
        for (size_t u = 0; u < COUNT(uris); u++) {
            const char *got;
            size_t requests;

            fastcgi_request(&bytes[0], true, "POST", uris[u], NULL, buf_str(&body));
            fastcgi_request(&bytes[1], true, "GET", "/ignore", NULL, STR(""));
            got = run(bytes, &requests);
            /* The second request is served or the connection was closed before it; there is no third. */
            assert_in_range(requests, 1, 2);
            assert_true(count_of(got, "Status: ") <= 2);
            if (sizes[s] <= LIMIT_DRAIN && strcmp(uris[u], "/half") != 0)
                assert_int_equal(requests, 2);
            if (sizes[s] > LIMIT_DRAIN + KIB(32)) /* too much to read for nothing: closed */
                assert_int_equal(requests, 1);
        }
    }
    buf_free(&body);
    end(bytes);
}

/* nginx lets a body that merely stops pass as whole; a record of version 0 makes it break the client's connection. */
static void a_broken_body_is_seen_as_broken(void **state)
{
    static const char broken[8] = {0};
    struct buf bytes[PARTS];
    struct buf records;
    struct buf text;

    (void)state;
    begin(bytes);
    buf_init(&records, MIB(1));
    buf_init(&text, MIB(1));
    fastcgi_request(&bytes[0], true, "GET", "/half", NULL, STR(""));
    fastcgi_request(&bytes[1], true, "GET", "/ignore", NULL, STR(""));
    {
        const struct str parts[] = {buf_str(&bytes[0]), buf_str(&bytes[1])};

        assert_int_equal(fastcgi_run(&fastcgi, parts, 2, &records), 1);
    }
    fastcgi_stdout(buf_str(&records), &text);
    assert_non_null(strstr(text.ptr, "\r\n\r\n{\"items\":["));
    assert_null(strstr(text.ptr, "in the middle"));
    assert_memory_equal(records.ptr + records.len - 8, broken, 8);
    end(bytes);
    buf_free(&records);
    buf_free(&text);
}

/* Nothing of it has left: what went wrong can still be told. */
static void a_body_that_is_held_back_gives_way_to_the_error(void **state)
{
    struct buf bytes[PARTS];
    size_t requests;
    const char *got;

    (void)state;
    begin(bytes);
    fastcgi_request(&bytes[0], true, "GET", "/held", NULL, STR(""));
    fastcgi_request(&bytes[1], true, "GET", "/ignore", NULL, STR(""));
    got = run(bytes, &requests);
    assert_int_equal(requests, 2);
    assert_non_null(strstr(got, "Status: 502 "));
    assert_non_null(strstr(got, "in the middle"));
    assert_null(strstr(got, "items"));
    end(bytes);
}

static void addresses_have_a_maximum(void **state)
{
    static char uri[LIMIT_URI + 64];
    const char *const params[] = {uri, "REQUEST_METHOD=GET", "HTTP_HOST=localhost", NULL};
    struct buf bytes[PARTS];
    const char *got;
    size_t requests;

    (void)state;
    begin(bytes);
    memset(uri, 'x', LIMIT_URI + 13);
    memcpy(uri, "REQUEST_URI=/", 13);
    fastcgi_begin(&bytes[0], true);
    fastcgi_params(&bytes[0], params);
    fastcgi_body(&bytes[0], STR(""), 8);
    got = run(bytes, &requests);
    assert_non_null(strstr(got, "Status: 400"));
    uri[LIMIT_URI + 12] = '\0';
    fastcgi_begin(&bytes[0], true);
    fastcgi_params(&bytes[0], params);
    fastcgi_body(&bytes[0], STR(""), 8);
    got = run(bytes, &requests);
    assert_non_null(strstr(got, "Status: 404"));
    end(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(hosts),
        cmocka_unit_test(the_request_id_is_checked),
        cmocka_unit_test(several_requests_share_a_connection),
        cmocka_unit_test(a_body_never_becomes_a_request),
        cmocka_unit_test(a_broken_body_is_seen_as_broken),
        cmocka_unit_test(a_body_that_is_held_back_gives_way_to_the_error),
        cmocka_unit_test(addresses_have_a_maximum),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
