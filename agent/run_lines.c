#include "agent/run_lines.h"

#include <string.h>

#define LINES_MAX 64

void run_lines_init(struct run_lines *lines)
{
    *lines = (struct run_lines){.seen = 0};
    buf_init(&lines->unread, REPORT_LINE_MAX + KIB(128));
}

void run_lines_free(struct run_lines *lines)
{
    buf_free(&lines->unread);
}

void run_lines_rewind(struct run_lines *lines)
{
    lines->at = 0;
    buf_reset(&lines->unread);
}

char *run_lines_reserve(struct run_lines *lines, size_t len)
{
    return buf_reserve(&lines->unread, len);
}

static int take_new(struct run_work *work, struct run_lines *lines, const struct str *some, size_t count)
{
    size_t known = lines->at >= lines->seen ? 0 : (size_t)(lines->seen - lines->at);

    if (known > count)
        known = count;
    lines->at += (int64_t)count;
    if (lines->at > lines->seen)
        lines->seen = lines->at;
    return run_work_take(work, some + known, count - known);
}

int run_lines_take(struct run_work *work, struct run_lines *lines, size_t len, bool is_end)
{
    struct str rest;
    struct str some[LINES_MAX];
    size_t count = 0;
    int rc = 0;

    lines->unread.len += len;
    rest = buf_str(&lines->unread);
    while (rc == 0 && rest.len > 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t line = end ? (size_t)(end - rest.ptr) : rest.len;

        if (!end && !is_end && rest.len < REPORT_LINE_MAX)
            break;
        some[count++] = (struct str){rest.ptr, line};
        rest = str_skip(rest, line + (end ? 1 : 0));
        if (count == LINES_MAX) {
            rc = take_new(work, lines, some, count);
            count = 0;
        }
    }
    if (rc == 0 && count > 0)
        rc = take_new(work, lines, some, count);
    if (rest.len > 0)
        memmove(lines->unread.ptr, rest.ptr, rest.len);
    lines->unread.len = rest.len;
    return rc;
}
