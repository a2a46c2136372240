/* Several calls at the same time in one thread, before servers that follow scripts. */
#include "tests/unit/rows.h"

#include "base/clock.h"
#include "base/limits.h"
#include "http/multi.h"
#include "tests/unit/http/stub.h"

static struct loop *loop;
static struct http_multi *multi;
static struct stub stubs[2];

/* What was told of one call. */
struct told {
    int heads;
    int status;
    struct buf body;
    int laters; /* so often the body is refused first */
    bool stop_at_head;
    int dones;
    struct http_reply reply;
    struct http_exchange *exchange;
    struct http_sink sink;
};

static int on_head(void *arg, const struct http_head *head)
{
    struct told *told = arg;

    told->heads++;
    told->status = head->status;
    assert_str(http_head_get(head, "x-one"), "1");
    return told->stop_at_head ? -1 : 0;
}

static int on_body(void *arg, const char *data, size_t len)
{
    struct told *told = arg;

    if (told->laters > 0) {
        told->laters--;
        return HTTP_LATER;
    }
    return buf_add(&told->body, data, len);
}

static void on_done(void *arg, const struct http_reply *reply)
{
    struct told *told = arg;

    told->dones++;
    told->reply = *reply;
    told->exchange = NULL;
}

static int group_setup(void **state)
{
    (void)state;
    return http_global_init();
}

static void begin(const struct stub_step *steps, size_t count)
{
    for (int i = 0; i < 2; i++)
        stub_start(&stubs[i], steps, count);
    loop = loop_new();
    multi = http_multi_new(loop);
}

static void end(void)
{
    http_multi_free(multi);
    loop_free(loop);
    for (int i = 0; i < 2; i++)
        stub_stop(&stubs[i]);
}

static void start_as(struct told *told, const char *method, int port)
{
    char url[64];
    struct http_call call = {.method = method,
                             .url = url,
                             .body = STR("{}"),
                             .has_body = strcmp(method, "POST") == 0,
                             .reach = HTTP_REACH_ANY,
                             .plain_allowed = true,
                             .sink = &told->sink};

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
    told->sink = (struct http_sink){.on_head = on_head, .on_body = on_body, .arg = told};
    buf_init(&told->body, MIB(8));
    told->exchange = http_multi_start(multi, &call, on_done, told);
    assert_non_null(told->exchange);
    told->heads = told->dones = 0;
    for (int i = 0; i < 2000 && told->heads == 0 && told->dones == 0; i++) {
        loop_run_once(loop, http_multi_wait_ms(multi, 5)); /* the URL need not live longer than until the head */
        http_multi_run(multi);
    }
}

static void start(struct told *told, int port)
{
    start_as(told, "GET", port);
}

static void run_until_done(const struct told *told)
{
    int64_t until = clock_monotonic_ms() + 10000;

    while (clock_monotonic_ms() < until && told->dones == 0) {
        loop_run_once(loop, http_multi_wait_ms(multi, 50));
        http_multi_run(multi);
    }
    assert_int_equal(told->dones, 1);
}

#define HEAD "HTTP/1.1 200 OK\r\nX-One: 1\r\n"
#define WHOLE HEAD "Content-Length: 2\r\n\r\nok"

static void two_answers_come_beside_one_another(void **state)
{
    static const struct stub_step steps[] = {{HEAD "Content-Length: 300005\r\n\r\nhello", STUB_KEEP, 300000}};
    struct told told[2] = {0};

    (void)state;
    begin(steps, 1);
    start(&told[0], stubs[0].port);
    start(&told[1], stubs[1].port);
    for (int i = 0; i < 2; i++) {
        run_until_done(&told[i]);
        assert_int_equal(told[i].heads, 1);
        assert_int_equal(told[i].status, 200);
        assert_int_equal(told[i].reply.result, HTTP_OK);
        assert_int_equal(told[i].reply.head.status, 200);
        assert_int_equal(told[i].body.len, 300005);
        buf_free(&told[i].body);
    }
    end();
}

static void a_body_that_is_refused_comes_again_whole(void **state)
{
    static const struct stub_step steps[] = {{HEAD "Content-Length: 2000005\r\n\r\nhello", STUB_KEEP, 2000000}};
    struct told told = {.laters = 3};

    (void)state;
    begin(steps, 1);
    start(&told, stubs[0].port);
    for (int left = 2; left >= 0; left--) {
        for (int i = 0; i < 20 && told.laters > left; i++) {
            loop_run_once(loop, http_multi_wait_ms(multi, 50));
            http_multi_run(multi);
        }
        assert_int_equal(told.laters, left);
        assert_int_equal(told.body.len, 0);
        for (int i = 0; i < 3; i++) { /* nothing comes by itself */
            loop_run_once(loop, http_multi_wait_ms(multi, 10));
            http_multi_run(multi);
        }
        assert_int_equal(told.laters, left);
        http_exchange_resume(told.exchange);
    }
    run_until_done(&told);
    assert_int_equal(told.reply.result, HTTP_OK);
    assert_int_equal(told.body.len, 2000005);
    assert_memory_equal(told.body.ptr, "helloxxxxx", 10);
    buf_free(&told.body);
    end();
}

static void dropping_closes_the_connection(void **state)
{
    static const struct stub_step steps[] = {{HEAD "\r\nfirst", STUB_WAIT, 0}};
    struct told told = {0};
    int64_t before;

    (void)state;
    begin(steps, 1);
    start(&told, stubs[0].port);
    assert_true(stubs[0].fd >= 0);
    before = clock_monotonic_ms();
    http_exchange_drop(told.exchange);
    while (stubs[0].fd >= 0 && clock_monotonic_ms() - before < 5000)
        usleep(1000);
    assert_int_equal(stubs[0].fd, -1);
    assert_int_equal(told.dones, 0);
    buf_free(&told.body);
    end();
}

static void ends(void **state)
{
    static const struct {
        int line;
        const char *answer;
        bool stop;
        enum http_result result;
        int heads;
    } rows[] = {
        {__LINE__, WHOLE, false, HTTP_OK, 1},
        {__LINE__, WHOLE, true, HTTP_STOPPED, 1},
        {__LINE__, HEAD "Content-Length: 9\r\n\r\nok", false, HTTP_TRUNCATED, 1},
        {__LINE__, HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", false, HTTP_TRUNCATED, 1},
        {__LINE__, HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false, HTTP_OK, 1},
        {__LINE__, HEAD, false, HTTP_BROKEN, 0},
        {__LINE__, NULL, false, HTTP_BROKEN, 0},
        {__LINE__, "HTTP/1.1 100 Continue\r\n\r\n", false, HTTP_BROKEN, 0},
        {__LINE__, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false, HTTP_BROKEN, 0},
        {__LINE__, HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", false, HTTP_BROKEN, 0},
        {__LINE__, HEAD "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", false, HTTP_BROKEN, 0},
        {__LINE__, HEAD "Content-Length: two\r\n\r\nok", false, HTTP_BROKEN, 0},
        {__LINE__, HEAD "A : b\r\n\r\n", false, HTTP_BROKEN, 0},
        {__LINE__, HEAD " folded\r\n\r\n", false, HTTP_BROKEN, 0},
        {__LINE__, "HTTP/2 200 OK\r\n\r\n", false, HTTP_BROKEN, 0},
        {__LINE__, "SSH-2.0-OpenSSH_9.2\r\n", false, HTTP_BROKEN, 0},
        {__LINE__, HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, HTTP_TRUNCATED, 1},
        {__LINE__, HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n", false, HTTP_TRUNCATED, 1},
        {__LINE__, HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n", false, HTTP_TRUNCATED, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct stub_step step = {rows[i].answer, STUB_CLOSE, 0};
        struct told told = {.stop_at_head = rows[i].stop};

        begin(&step, 1);
        start(&told, stubs[0].port);
        run_until_done(&told);
        row_int(rows[i].line, told.reply.result, rows[i].result);
        row_int(rows[i].line, told.heads, rows[i].heads);
        buf_free(&told.body);
        end();
    }
}

static void a_head_is_bounded(void **state)
{
    static const struct {
        int line;
        const char *answer;
        size_t filler;
    } rows[] = {
        {__LINE__, HEAD "X-Long: ", 70000}, /* without an end */
        {__LINE__, HEAD "X-Long: ", 1000000},
        {__LINE__, "HTTP/1.1 100 Continue\r\nX-Long: ", 70000},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct stub_step step = {rows[i].answer, STUB_WAIT, rows[i].filler};
        struct told told = {0};

        begin(&step, 1);
        start(&told, stubs[0].port);
        run_until_done(&told);
        row_int(rows[i].line, told.reply.result, HTTP_TOO_LARGE);
        row_int(rows[i].line, told.heads, 0);
        end();
    }
}

static void nobody_listening_is_refused(void **state)
{
    struct told told = {0};

    (void)state;
    begin(NULL, 0);
    start(&told, 1);
    run_until_done(&told);
    assert_int_equal(told.reply.result, HTTP_REFUSED);
    end();
}

static void a_connection_whose_answer_was_whole_is_used_again(void **state)
{
    static const struct stub_step steps[] = {{WHOLE, STUB_KEEP, 0}, {WHOLE, STUB_KEEP, 0}};
    struct told told = {0};

    (void)state;
    begin(steps, 2);
    for (int i = 0; i < 2; i++) {
        start(&told, stubs[0].port);
        run_until_done(&told);
        assert_int_equal(told.reply.result, HTTP_OK);
        buf_free(&told.body);
    }
    assert_int_equal(stubs[0].connections, 1);
    end();
}

/* The same call twice: what the first answer leaves of its connection, the second finds. */
static void what_an_answer_leaves_of_its_connection(void **state)
{
    static const struct {
        int line;
        const char *method;
        const char *answer;
        const char *body;
        enum stub_then then;
        bool kept;
    } rows[] = {
        {__LINE__, "GET", WHOLE, "ok", STUB_KEEP, true},
        {__LINE__, "POST", WHOLE, "ok", STUB_KEEP, true},
        {__LINE__, "HEAD", HEAD "Content-Length: 9\r\n\r\n", "", STUB_KEEP, true},
        {__LINE__, "GET", "HTTP/1.1 204 No Content\r\nX-One: 1\r\n\r\n", "", STUB_KEEP, true},
        {__LINE__, "GET", "HTTP/1.1 304 Not Modified\r\nX-One: 1\r\nContent-Length: 9\r\n\r\n", "", STUB_KEEP, true},
        {__LINE__, "GET", "HTTP/1.1 100 Continue\r\n\r\n" WHOLE, "ok", STUB_KEEP, true},
        {__LINE__, "GET", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" WHOLE, "ok",
         STUB_KEEP, true},
        {__LINE__, "GET", HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok", STUB_KEEP, true},
        {__LINE__, "GET",
         HEAD "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\nX-Sum: 1\r\nB: c\r\n\r\n", "ok",
         STUB_KEEP, true},
        /* more than was announced: whose would those bytes be? */
        {__LINE__, "GET", WHOLE "more", "ok", STUB_KEEP, false},
        {__LINE__, "GET", HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore", "", STUB_KEEP, false},
        {__LINE__, "HEAD", WHOLE, "", STUB_KEEP, false},
        {__LINE__, "GET", HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nok", "ok", STUB_KEEP, false},
        {__LINE__, "GET", HEAD "Connection: x, Close\r\nContent-Length: 2\r\n\r\nok", "ok", STUB_KEEP, false},
        {__LINE__, "GET", "HTTP/1.0 200 OK\r\nX-One: 1\r\nContent-Length: 2\r\n\r\nok", "ok", STUB_KEEP, false},
        {__LINE__, "GET", "HTTP/1.0 200 OK\r\nX-One: 1\r\n\r\nok", "ok", STUB_CLOSE, false},
        {__LINE__, "GET", HEAD "\r\nok", "ok", STUB_CLOSE, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct stub_step steps[] = {{rows[i].answer, rows[i].then, 0}, {rows[i].answer, rows[i].then, 0}};

        begin(steps, 2);
        for (int n = 0; n < 2; n++) {
            struct told told = {0};

            start_as(&told, rows[i].method, stubs[0].port);
            run_until_done(&told);
            row_int(rows[i].line, told.reply.result, HTTP_OK);
            row_int(rows[i].line, told.heads, 1);
            row_str(rows[i].line, buf_str(&told.body), rows[i].body);
            buf_free(&told.body);
        }
        row_int(rows[i].line, stubs[0].requests, 2);
        row_int(rows[i].line, stubs[0].connections, rows[i].kept ? 1 : 2);
        end();
    }
}

/* A whole answer, and then a request on the same connection, which ends before the first byte of its answer. */
static void a_kept_connection_that_is_closed_without_an_answer(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *method;
        struct stub_step second;
        struct stub_step third;
        enum http_result result;
        unsigned attempts;
        size_t requests;
    } rows[] = {
        {__LINE__, "a read goes out once more", "GET", {NULL, STUB_CLOSE, 0}, {WHOLE, STUB_KEEP, 0}, HTTP_OK, 2, 3},
        {__LINE__, "HEAD is a read", "HEAD", {NULL, STUB_CLOSE, 0}, {WHOLE, STUB_KEEP, 0}, HTTP_OK, 2, 3},
        {__LINE__, "but once only", "GET", {NULL, STUB_CLOSE, 0}, {NULL, STUB_CLOSE, 0}, HTTP_BROKEN, 2, 3},
        {__LINE__, "a write may have run", "POST", {NULL, STUB_CLOSE, 0}, {WHOLE, STUB_KEEP, 0}, HTTP_BROKEN, 1, 2},
        {__LINE__, "so may a deletion", "DELETE", {NULL, STUB_CLOSE, 0}, {WHOLE, STUB_KEEP, 0}, HTTP_BROKEN, 1, 2},
        {__LINE__, "an answer has begun", "GET", {"H", STUB_CLOSE, 0}, {WHOLE, STUB_KEEP, 0}, HTTP_BROKEN, 1, 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct stub_step steps[] = {{WHOLE, STUB_KEEP, 0}, rows[i].second, rows[i].third};
        struct told told[2] = {0};

        begin(steps, 3);
        start(&told[0], stubs[0].port);
        run_until_done(&told[0]);
        start_as(&told[1], rows[i].method, stubs[0].port);
        run_until_done(&told[1]);
        row_true(rows[i].line, rows[i].sentence, told[1].reply.result == rows[i].result);
        row_int(rows[i].line, told[1].reply.attempts, rows[i].attempts);
        row_int(rows[i].line, stubs[0].requests, rows[i].requests);
        buf_free(&told[0].body);
        buf_free(&told[1].body);
        end();
    }
}

/* Closed by the server while nobody used it: even a write finds that out before it is sent. */
static void a_kept_connection_that_was_closed_meanwhile_is_not_written_to(void **state)
{
    static const struct stub_step steps[] = {{WHOLE, STUB_CLOSE, 0}, {WHOLE, STUB_KEEP, 0}};

    (void)state;
    for (int turns = 0; turns < 2; turns++) { /* the loop has not heard of it, and has */
        struct told told[2] = {0};

        begin(steps, 2);
        start(&told[0], stubs[0].port);
        run_until_done(&told[0]);
        while (stubs[0].fd >= 0)
            usleep(1000);
        for (int i = 0; i < 3 * turns; i++) {
            loop_run_once(loop, http_multi_wait_ms(multi, 10));
            http_multi_run(multi);
        }
        start_as(&told[1], "POST", stubs[0].port);
        run_until_done(&told[1]);
        assert_int_equal(told[1].reply.result, HTTP_OK);
        assert_int_equal(told[1].reply.attempts, 1);
        assert_int_equal(stubs[0].requests, 2);
        assert_int_equal(stubs[0].connections, 2);
        buf_free(&told[0].body);
        buf_free(&told[1].body);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_answers_come_beside_one_another),
        cmocka_unit_test(a_body_that_is_refused_comes_again_whole),
        cmocka_unit_test(dropping_closes_the_connection),
        cmocka_unit_test(ends),
        cmocka_unit_test(a_head_is_bounded),
        cmocka_unit_test(nobody_listening_is_refused),
        cmocka_unit_test(what_an_answer_leaves_of_its_connection),
        cmocka_unit_test(a_kept_connection_that_is_closed_without_an_answer),
        cmocka_unit_test(a_kept_connection_that_was_closed_meanwhile_is_not_written_to),
        cmocka_unit_test(a_connection_whose_answer_was_whole_is_used_again),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}
