/*
 * Structured logs: one JSON object a line on stderr. A line is never parted between two write(2), so lines of many
 * threads never mix.
 *
 *   log_info("cluster connected", LOG_TEXT("cluster", id), LOG_INT("elapsed_ms", 12));
 *
 * Values are escaped; a value that looks like a secret (an EKS token, a presigned URL) is replaced by
 * "[redacted]". Callers still never pass one: that is a net, not a rule.
 */
#ifndef EKSGATE_BASE_LOG_H
#define EKSGATE_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR, LOG_LEVEL_CRITICAL };

struct log_field {
    const char *name; /* NULL ends the list */
    struct str text;
    int64_t number;
    bool is_number;
};

#define LOG_TEXT(key, value) ((struct log_field){.name = (key), .text = str_from(value)})
#define LOG_STR(key, value) ((struct log_field){.name = (key), .text = (value)})
#define LOG_INT(key, value) ((struct log_field){.name = (key), .number = (int64_t)(value), .is_number = true})

#define log_at(level, message, ...)                                                                                    \
    log_write((level), (message), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_critical(...) log_at(LOG_LEVEL_CRITICAL, __VA_ARGS__)

void log_write(enum log_level level, const char *message, const struct log_field *fields);

/* From here on this thread's lines wait for log_let_go(), or for more than a pipe takes in one piece; an error and what
 * is worse lets them go at once. For a loop that writes many between two waits. */
void log_hold(void);
void log_let_go(void);

const char *log_level_name(enum log_level level);

/* "DEBUG" .. "CRITICAL". 0, or -1 for another word. */
int log_level_parse(struct str word, enum log_level *out);

/* Lines below this level are dropped; INFO at first. */
void log_level_set(enum log_level level);
enum log_level log_level_now(void);
bool log_level_enabled(enum log_level level);

#endif
