#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

int64_t clock_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void clock_sleep_ms(int64_t milliseconds)
{
    struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
}

const char *clock_format(int64_t seconds, char out[CLOCK_TEXT_SIZE])
{
    time_t t = (time_t)seconds;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
    return out;
}

static int digits(struct str *s, size_t count, int *out)
{
    long value;

    if (s->len < count || s->ptr[0] == '-' || str_to_long((struct str){s->ptr, count}, 0, 9999, &value) < 0)
        return -1;
    *out = (int)value;
    *s = str_skip(*s, count);
    return 0;
}

static int literal(struct str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c)
        return -1;
    *s = str_skip(*s, 1);
    return 0;
}

/* timegm() would make a 31 November the 1 December. */
static bool is_day(const struct tm *tm)
{
    struct tm day = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};

    timegm(&day);
    return day.tm_mon == tm->tm_mon && day.tm_mday == tm->tm_mday;
}

static bool in_range(const struct tm *tm)
{
    return is_day(tm) && tm->tm_hour < 24 && tm->tm_min < 60 && tm->tm_sec <= 60;
}

static int parse_offset(struct str s, int64_t *offset)
{
    int hours;
    int minutes;
    int sign = s.len > 0 && s.ptr[0] == '-' ? -1 : 1;

    if (str_equal_ignore_case(s, STR("Z"))) {
        *offset = 0;
        return 0;
    }
    if (s.len == 0 || (s.ptr[0] != '+' && s.ptr[0] != '-'))
        return -1;
    s = str_skip(s, 1);
    if (digits(&s, 2, &hours) < 0 || literal(&s, ':') < 0 || digits(&s, 2, &minutes) < 0 || s.len != 0 || hours > 23 ||
        minutes > 59)
        return -1;
    *offset = sign * (hours * 3600L + minutes * 60L);
    return 0;
}

int clock_parse(struct str s, int64_t *seconds)
{
    struct tm tm = {0};
    int64_t offset;

    if (digits(&s, 4, &tm.tm_year) < 0 || literal(&s, '-') < 0 || digits(&s, 2, &tm.tm_mon) < 0 ||
        literal(&s, '-') < 0 || digits(&s, 2, &tm.tm_mday) < 0 || s.len == 0 ||
        (s.ptr[0] != 'T' && s.ptr[0] != 't' && s.ptr[0] != ' '))
        return -1;
    s = str_skip(s, 1);
    if (digits(&s, 2, &tm.tm_hour) < 0 || literal(&s, ':') < 0 || digits(&s, 2, &tm.tm_min) < 0 ||
        literal(&s, ':') < 0 || digits(&s, 2, &tm.tm_sec) < 0)
        return -1;
    if (s.len > 0 && s.ptr[0] == '.') {
        int digit;

        s = str_skip(s, 1);
        if (digits(&s, 1, &digit) < 0)
            return -1;
        while (digits(&s, 1, &digit) == 0)
            continue;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (!in_range(&tm) || parse_offset(s, &offset) < 0)
        return -1;
    *seconds = (int64_t)timegm(&tm) - offset;
    return 0;
}

int clock_parse_http(struct str s, int64_t *seconds)
{
    char text[40];
    struct tm tm = {0};
    const char *end;

    if (s.len >= sizeof(text))
        return -1;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end != '\0')
        return -1;
    *seconds = (int64_t)timegm(&tm);
    return 0;
}
