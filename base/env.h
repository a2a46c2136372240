/*
 * A file of environment variables, as `docker run --env-file` and systemd's EnvironmentFile= read one: NAME=value,
 * one a line; lines that are empty or begin with '#' are passed over. Blanks around a value are not part of it; a value
 * that begins with a quote ends with the same one, and what stands between is taken as it is. Nothing is expanded.
 */
#ifndef EKSGATE_BASE_ENV_H
#define EKSGATE_BASE_ENV_H

#include "base/str.h"

#define ENV_FILE_MAX 65536

struct env_setting {
    size_t line; /* from 1; of a fault too */
    struct str name;
    struct str value; /* may be empty */
};

/* Takes the next setting off *rest, which begins as the whole file; setting->line counts on from call to call. 1, or 0
 * at the end, or -1 with *why (static text that never repeats the line: it may hold a secret). */
int env_next(struct str *rest, struct env_setting *setting, const char **why);

#endif
