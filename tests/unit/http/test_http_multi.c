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

static void start(struct told *told, int port)
{
    char url[64];
    struct http_call call = {
        .method = "GET", .url = url, .reach = HTTP_REACH_ANY, .plain_allowed = true, .sink = &told->sink};

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
        {__LINE__, "HTTP/1.1 100 Continue\r\n\r\n" WHOLE, false, HTTP_OK, 1},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_answers_come_beside_one_another),
        cmocka_unit_test(a_body_that_is_refused_comes_again_whole),
        cmocka_unit_test(dropping_closes_the_connection),
        cmocka_unit_test(ends),
        cmocka_unit_test(nobody_listening_is_refused),
        cmocka_unit_test(a_connection_whose_answer_was_whole_is_used_again),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}
