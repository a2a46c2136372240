#include "base/log.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"

static atomic_int threshold = LOG_LEVEL_INFO;

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "DEBUG", [LOG_LEVEL_INFO] = "INFO",         [LOG_LEVEL_WARNING] = "WARNING",
    [LOG_LEVEL_ERROR] = "ERROR", [LOG_LEVEL_CRITICAL] = "CRITICAL",
};

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

int log_level_parse(struct str word, enum log_level *out)
{
    for (int i = LOG_LEVEL_DEBUG; i <= LOG_LEVEL_CRITICAL; i++) {
        if (str_equal_ignore_case(word, str_from(level_names[i]))) {
            *out = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

void log_level_set(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

enum log_level log_level_now(void)
{
    return (enum log_level)atomic_load(&threshold);
}

bool log_level_enabled(enum log_level level)
{
    return (int)level >= atomic_load(&threshold);
}

static bool looks_secret(struct str value)
{
    static const struct str marks[] = {STR("k8s-aws-v1."),       STR("X-Amz-Signature="), STR("X-Amz-Security-Token"),
                                       STR("AWS4-HMAC-SHA256 "), STR("Bearer "),          STR("eksgate_")};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (value.len >= marks[i].len && memmem(value.ptr, value.len, marks[i].ptr, marks[i].len))
            return true;
    return false;
}

/* A busy thread writes many lines a second: all but the milliseconds stays. */
static void add_time(struct json *j)
{
    static _Thread_local char text[] = "YYYY-MM-DDTHH:MM:SS.mmmZ";
    static _Thread_local time_t second = -1;
    struct timeval now;
    struct tm tm;
    int milliseconds;

    gettimeofday(&now, NULL);
    if (now.tv_sec != second) {
        second = now.tv_sec;
        gmtime_r(&second, &tm);
        text[strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm)] = '.';
    }
    milliseconds = (int)(now.tv_usec / 1000);
    for (char *digit = text + strlen("YYYY-MM-DDTHH:MM:SS.mm"); *digit != '.'; digit--) {
        *digit = (char)('0' + milliseconds % 10);
        milliseconds /= 10;
    }
    json_text(j, "time", text);
}

/* What this thread holds back. PIPE_BUF: what a pipe takes without parting it. */
static _Thread_local struct {
    bool on;
    size_t len;
    char text[PIPE_BUF];
} held;

static void put(const char *text, size_t len)
{
    if (write(STDERR_FILENO, text, len) < 0) {
        /* Nowhere left to complain to. */
    }
}

void log_hold(void)
{
    held.on = true;
}

void log_let_go(void)
{
    if (held.len > 0)
        put(held.text, held.len);
    held.len = 0;
}

static void put_line(enum log_level level, struct str line)
{
    if (!held.on || line.len > sizeof(held.text) - held.len)
        log_let_go();
    if (!held.on || line.len > sizeof(held.text)) {
        put(line.ptr, line.len);
        return;
    }
    memcpy(held.text + held.len, line.ptr, line.len);
    held.len += line.len;
    if (level >= LOG_LEVEL_ERROR)
        log_let_go();
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    struct buf line;
    struct json j;

    if (!log_level_enabled(level))
        return;
    buf_init(&line, KIB(16));
    json_init(&j, &line);
    json_object_open(&j, NULL);
    add_time(&j);
    json_text(&j, "level", level_names[level]);
    json_text(&j, "message", message);
    for (; fields->name; fields++) {
        if (fields->is_number)
            json_int(&j, fields->name, fields->number);
        else
            json_str(&j, fields->name, looks_secret(fields->text) ? STR("[redacted]") : fields->text);
    }
    json_object_close(&j);
    buf_add_char(&line, '\n');
    if (!line.failed)
        put_line(level, buf_str(&line));
    buf_free(&line);
}
