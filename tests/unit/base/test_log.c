/* Logs: one JSON object a line, whatever the values are. */
#include "tests/unit/rows.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

static int pipe_ends[2];
static int real_stderr;

static void capture(void)
{
    assert_int_equal(pipe(pipe_ends), 0);
    real_stderr = dup(STDERR_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[1]);
}

/* What was written meanwhile, NUL-terminated. */
static struct str captured(char *out, size_t size)
{
    size_t len = 0;
    ssize_t n;

    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    while ((n = read(pipe_ends[0], out + len, size - 1 - len)) > 0)
        len += (size_t)n;
    close(pipe_ends[0]);
    out[len] = '\0';
    return (struct str){out, len};
}

static cJSON *only_line(struct str text)
{
    const char *why;
    cJSON *root;

    assert_true(text.len > 0);
    assert_ptr_equal(memchr(text.ptr, '\n', text.len), text.ptr + text.len - 1);
    root = json_tree(text, 2, &why);
    assert_non_null(root);
    return root;
}

static void a_line_is_one_object(void **state)
{
    char out[4096];
    cJSON *root;

    (void)state;
    capture();
    log_warning("it \"happened\"", LOG_TEXT("cluster", "us-east-1_demo"), LOG_INT("elapsed_ms", 1234567),
                LOG_STR("bytes", ((struct str){"a\nb\0c\xff", 6})), LOG_TEXT("nothing", NULL));
    root = only_line(captured(out, sizeof(out)));
    assert_string_equal(json_find_text(root, "level"), "WARNING");
    assert_string_equal(json_find_text(root, "message"), "it \"happened\"");
    assert_string_equal(json_find_text(root, "cluster"), "us-east-1_demo");
    assert_string_equal(json_find_text(root, "nothing"), "");
    assert_non_null(strstr(out, "\"elapsed_ms\":1234567"));
    assert_non_null(strstr(out, "\"bytes\":\"a\\nb\\u0000c\xEF\xBF\xBD\""));
    assert_int_equal(strlen(json_find_text(root, "time")), strlen("2026-11-21T06:00:00.000Z"));
    cJSON_Delete(root);
}

static void secrets_do_not_pass(void **state)
{
    static const struct {
        int line;
        const char *value;
        bool redacted;
    } rows[] = {
        {__LINE__, "k8s-aws-v1.aHR0cHM6Ly9zdHM", true},
        {__LINE__, "the token k8s-aws-v1.aHR0 was refused", true},
        {__LINE__, "https://sts/?X-Amz-Signature=abc", true},
        {__LINE__, "https://sts/?X-Amz-Security-Token=abc", true},
        {__LINE__, "AWS4-HMAC-SHA256 Credential=AKIA", true},
        {__LINE__, "Authorization: Bearer abc", true},
        {__LINE__, "us-east-1_demo", false},
        {__LINE__, "k8s-aws", false},
        {__LINE__, "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[4096];
        cJSON *root;

        capture();
        log_error("x", LOG_TEXT("value", rows[i].value));
        root = only_line(captured(out, sizeof(out)));
        row_text(rows[i].line, json_find_text(root, "value"), rows[i].redacted ? "[redacted]" : rows[i].value);
        cJSON_Delete(root);
    }
}

static void lines_below_the_level_are_dropped(void **state)
{
    char out[4096];
    struct str text;

    (void)state;
    capture();
    log_level_set(LOG_LEVEL_ERROR);
    log_debug("a");
    log_info("b");
    log_warning("c");
    log_error("d");
    log_critical("e");
    log_level_set(LOG_LEVEL_DEBUG);
    log_debug("f");
    log_level_set(LOG_LEVEL_INFO);
    log_debug("g");
    text = captured(out, sizeof(out));
    assert_null(strstr(out, "\"a\""));
    assert_null(strstr(out, "\"b\""));
    assert_null(strstr(out, "\"c\""));
    assert_non_null(strstr(out, "\"message\":\"d\""));
    assert_non_null(strstr(out, "\"message\":\"e\""));
    assert_non_null(strstr(out, "\"message\":\"f\""));
    assert_null(strstr(out, "\"g\""));
    assert_true(text.len > 0);
}

static bool has_come(void)
{
    struct pollfd end = {.fd = pipe_ends[0], .events = POLLIN};

    return poll(&end, 1, 0) == 1;
}

/* In a thread of its own: no other one's lines wait. */
static void *hold_lines(void *arg)
{
    char out[8192];

    (void)arg;
    log_hold();
    log_info("first");
    log_info("second");
    assert_false(has_come());
    log_let_go();
    assert_true(has_come());
    assert_true(read(pipe_ends[0], out, sizeof(out)) > 0);
    assert_false(has_come());
    for (int i = 0; i < 100 && !has_come(); i++)
        log_info("one of more than a pipe takes in one piece");
    assert_true(has_come());
    log_let_go();
    assert_true(read(pipe_ends[0], out, sizeof(out)) > 0);
    log_error("what can not wait");
    assert_true(has_come());
    return NULL;
}

static void held_lines_go_together(void **state)
{
    char out[8192];
    pthread_t thread;

    (void)state;
    capture();
    assert_int_equal(pthread_create(&thread, NULL, hold_lines, NULL), 0);
    pthread_join(thread, NULL);
    log_info("of another thread");
    captured(out, sizeof(out));
    assert_non_null(strstr(out, "what can not wait"));
    assert_non_null(strstr(out, "of another thread"));
}

static void level_names(void **state)
{
    enum log_level level = LOG_LEVEL_INFO;

    (void)state;
    assert_int_equal(log_level_parse(STR("DEBUG"), &level), 0);
    assert_int_equal(level, LOG_LEVEL_DEBUG);
    assert_int_equal(log_level_parse(STR("critical"), &level), 0);
    assert_int_equal(level, LOG_LEVEL_CRITICAL);
    assert_int_equal(log_level_parse(STR("ERR"), &level), -1);
    assert_int_equal(log_level_parse(STR(""), &level), -1);
    assert_int_equal(level, LOG_LEVEL_CRITICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_one_object),
        cmocka_unit_test(secrets_do_not_pass),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(held_lines_go_together),
        cmocka_unit_test(level_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
