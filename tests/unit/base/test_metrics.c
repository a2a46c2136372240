/* What is counted, and how it is told. */
#include "tests/unit/rows.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/metrics.h"

static const char *route_name(size_t row)
{
    static const char *const names[] = {"/health", "/api/clusters/:cluster"};

    return names[row];
}

static struct buf text_of(const struct metrics_block *block, const char *process, size_t count)
{
    const struct metrics_source source = {process, block, count};
    struct buf text;

    buf_init(&text, METRICS_TEXT_MAX);
    assert_int_equal(metrics_write(&text, &source, 1, route_name, 2), 0);
    return text;
}

static bool has_line(const struct buf *text, const char *line)
{
    const char *at = strstr(text->ptr, line);

    return at && (at == text->ptr || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void requests_are_told_by_route_method_and_status(void **state)
{
    static const struct {
        int line;
        size_t route;
        const char *method;
        int status;
        const char *told;
    } rows[] = {
        {__LINE__, 0, "GET", 200, "route=\"/health\",method=\"GET\",status=\"200\""},
        {__LINE__, 0, "HEAD", 503, "route=\"/health\",method=\"HEAD\",status=\"503\""},
        {__LINE__, 1, "DELETE", 404, "route=\"/api/clusters/:cluster\",method=\"DELETE\",status=\"404\""},
        {__LINE__, 1, "PROPFIND", 207, "route=\"/api/clusters/:cluster\",method=\"other\",status=\"207\""},
        {__LINE__, 1, "GET", 777, "route=\"/api/clusters/:cluster\",method=\"GET\",status=\"other\""},
        {__LINE__, 1, "GET", -1, "route=\"/api/clusters/:cluster\",method=\"GET\",status=\"other\""},
        {__LINE__, 1, "GET", 505, "route=\"/api/clusters/:cluster\",method=\"GET\",status=\"505\""},
        {__LINE__, METRICS_ROUTE_NONE, "GET", 404, "route=\"none\",method=\"GET\",status=\"404\""},
        {__LINE__, 100000, "GET", 404, "route=\"none\",method=\"GET\",status=\"404\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[160];
        struct buf text;

        memset(metrics, 0, sizeof(*metrics));
        metrics_request(rows[i].route, rows[i].method, rows[i].status);
        metrics_request(rows[i].route, rows[i].method, rows[i].status);
        text = text_of(metrics, "serve", 1);
        snprintf(line, sizeof(line), "eksgate_http_requests_total{%s} 2", rows[i].told);
        row_true(rows[i].line, rows[i].told, has_line(&text, line));
        buf_free(&text);
    }
}

static void a_bucket_holds_all_that_took_at_most_so_long(void **state)
{
    struct buf text;

    (void)state;
    memset(metrics, 0, sizeof(*metrics));
    metrics_observe(&metrics->redis_time, 0);
    metrics_observe(&metrics->redis_time, 500);
    metrics_observe(&metrics->redis_time, 501);
    metrics_observe(&metrics->redis_time, 29999999);
    metrics_observe(&metrics->redis_time, 3600000000);
    text = text_of(metrics, "tunnel", 1);
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_bucket{process=\"tunnel\",le=\"0.0005\"} 2"));
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_bucket{process=\"tunnel\",le=\"0.001\"} 3"));
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_bucket{process=\"tunnel\",le=\"10\"} 3"));
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_bucket{process=\"tunnel\",le=\"30\"} 4"));
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_bucket{process=\"tunnel\",le=\"+Inf\"} 5"));
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_count{process=\"tunnel\"} 5"));
    assert_true(has_line(&text, "eksgate_redis_duration_seconds_sum{process=\"tunnel\"} 3630.001000"));
    buf_free(&text);
}

#define THREADS 4
#define ROUNDS 10000

static void *count_up(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++)
        metrics_add(&metrics->tokens_minted, 1);
    return NULL;
}

static void serve_a_while(size_t number)
{
    pthread_t threads[THREADS];

    metrics_begin(number);
    metrics_add(&metrics->now.streams, 7);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_up, NULL);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* Two processes of a pool, the second started again: everything is seen from outside, nothing is lost, and what was
 * true of the dead one only is forgotten. */
static void a_pool_is_seen_whole_and_survives_a_process(void **state)
{
    static const size_t numbers[] = {0, 1, 1};
    const struct metrics_block *blocks;
    size_t count;
    struct buf text;

    (void)state;
    assert_int_equal(metrics_pool_new(2), 0);
    for (size_t i = 0; i < 3; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            serve_a_while(numbers[i]);
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
    blocks = metrics_blocks(&count);
    assert_int_equal(count, 2);
    text = text_of(blocks, "serve", count);
    assert_true(has_line(&text, "eksgate_tokens_minted_total{process=\"serve\"} 120000"));
    assert_true(has_line(&text, "eksgate_streams_open 14"));
    assert_true(has_line(&text, "eksgate_process_starts_total{process=\"serve\",worker=\"0\"} 1"));
    assert_true(has_line(&text, "eksgate_process_starts_total{process=\"serve\",worker=\"1\"} 2"));
    assert_null(strstr(text.ptr, "resident_memory_bytes{process=\"serve\",worker=\"0\"} 0\n"));
    assert_null(strstr(text.ptr, "open_fds{process=\"serve\",worker=\"0\"} 0\n"));
    assert_null(strstr(text.ptr, "\neksgate_tunnel_sessions_open "));
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_told_by_route_method_and_status),
        cmocka_unit_test(a_bucket_holds_all_that_took_at_most_so_long),
        cmocka_unit_test(a_pool_is_seen_whole_and_survives_a_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
