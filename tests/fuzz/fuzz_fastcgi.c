/*
 * FastCGI connections. The first byte of the input chooses:
 * - even: the rest is sent as it is, as a broken or hostile peer would, with seven bits a byte: libfcgi allocates
 *   whatever a length of four bytes claims and gives up when it can not, which is its own and not looked for here;
 * - odd: the rest is the body of a good request, sent in records as nginx does, to a route chosen by the second byte,
 *   on a connection that is kept; behind it comes another request. Nothing in the body may become a request.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "handlers/connect.h"
#include "tests/unit/fcgi/fastcgi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libfcgi itself loses 48 bytes with each management record of an unknown type, which nginx never sends. Leaks of what
 * we ask it for are seen by test_fastcgi. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfcgi.so";
}

static int answer(struct request *request)
{
    struct buf body;

    buf_init(&body, KIB(1));
    buf_printf(&body, "{}");
    return response_json(request, 200, &body);
}

static int fail(struct request *request)
{
    return err_set(&request->err, ERR_CONFLICT, "no");
}

static int begin_and_fail(struct request *request)
{
    response_begin_json(request, 200);
    response_write(request, "[", 1);
    return err_set(&request->err, ERR_UPSTREAM_BROKEN, "in the middle");
}

static const struct route table[] = {
    {.methods = METHOD_ANY, .path = "/skip", .handle = answer},
    {.methods = METHOD_ANY, .path = "/read", .handle = answer, .needs = NEEDS_BODY, .max_body = KIB(2)},
    {.methods = METHOD_ANY,
     .path = "/json",
     .handle = answer,
     .needs = NEEDS_JSON,
     .max_body = KIB(16),
     .body = connect_fields},
    {.methods = METHOD_ANY, .path = "/fail", .handle = fail},
    {.methods = METHOD_ANY, .path = "/cut", .handle = begin_and_fail},
    {.methods = METHOD_GET, .path = "/second", .handle = answer},
    {.methods = METHOD_GET, .path = "/forged", .handle = answer},
};

static const char *const paths[] = {"/skip", "/read", "/json", "/fail", "/cut", "/second", "/nowhere", "/../x"};

/* What the composed connection may be seen to hold. */
static const char *expected[2];
static size_t seen;

static void on_request(const struct request *request)
{
    assert(seen < 2 && str_equal(request->path, str_from(expected[seen])));
    seen++;
}

static void send_body(struct fastcgi *f, const char *path, struct str body)
{
    static const char *const type[] = {"CONTENT_TYPE=application/json", NULL};
    struct buf requests[2];

    buf_init(&requests[0], MIB(1));
    buf_init(&requests[1], KIB(4));
    fastcgi_request(&requests[0], true, "POST", path, type, body);
    fastcgi_request(&requests[1], true, "GET", "/second", NULL, STR(""));
    expected[0] = path;
    expected[1] = "/second";
    seen = 0;
    f->on_request = on_request;
    fastcgi_run(f, (const struct str[]){buf_str(&requests[0]), buf_str(&requests[1])}, 2, NULL);
    /* A body that was read whole, or drained, leaves the connection to the next request. */
    assert(seen == 2 || (seen == 1 && str_equal(str_from(path), STR("/cut"))) || body.len > LIMIT_DRAIN);
    buf_free(&requests[0]);
    buf_free(&requests[1]);
}

static void send_as_it_is(struct fastcgi *f, struct str bytes)
{
    char *copy = malloc(bytes.len + 1);

    for (size_t i = 0; i < bytes.len; i++)
        copy[i] = bytes.ptr[i] & 0x7f;
    f->on_request = NULL;
    fastcgi_run(f, &(struct str){copy, bytes.len}, 1, NULL);
    free(copy);
}

/* libFuzzer looks at its watch by a signal, and libfcgi takes an interrupted read for a broken connection. */
static void restart_reads(void)
{
    struct sigaction action;

    if (sigaction(SIGALRM, NULL, &action) < 0)
        return;
    action.sa_flags |= SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
}

static struct fastcgi fastcgi;

static void stop(void)
{
    fastcgi_stop(&fastcgi);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest;

    restart_reads();
    if (!fastcgi.routes) {
        fastcgi_start(&fastcgi, table, sizeof(table) / sizeof(table[0]));
        atexit(stop);
    }
    if (size < 2 || size > KIB(128))
        return 0;
    rest = (struct str){(const char *)data + 2, size - 2};
    if (data[0] & 1)
        send_body(&fastcgi, paths[data[1] % (sizeof(paths) / sizeof(paths[0]))], rest);
    else
        send_as_it_is(&fastcgi, rest);
    return 0;
}
