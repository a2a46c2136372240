#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/env.h"

#define VARIABLES_MAX 128
#define NAME_SIZE 64

/* Which rows of the table have their value from the file. */
static bool from_file[VARIABLES_MAX];

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

enum config_source config_source(const struct config_variable *variable)
{
    if (!is_set(variable->name))
        return CONFIG_DEFAULT;
    return from_file[variable - config_variables] ? CONFIG_FILE : CONFIG_ENVIRONMENT;
}

static const struct config_variable *find(struct str name)
{
    for (size_t i = 0; i < config_variable_count; i++)
        if (str_equal(str_from(config_variables[i].name), name))
            return &config_variables[i];
    return NULL;
}

/* A name with our prefix that is in no row is a typing error that would go unseen. */
static bool is_ours(struct str name)
{
    return str_starts_with(name, STR("EKSGATE_")) || str_starts_with(name, STR("EKS_"));
}

static void take(const struct env_setting *setting, char *value, struct err *err)
{
    const struct config_variable *variable = find(setting->name);
    char name[NAME_SIZE];

    if (setting->name.len >= sizeof(name) || (!variable && is_ours(setting->name))) {
        err_field(err, "EKSGATE_ENV_FILE", CAUSE_UNKNOWN, "line %zu: there is no variable %.*s", setting->line,
                  setting->name.len < 60 ? (int)setting->name.len : 60, setting->name.ptr);
        return;
    }
    if (setting->value.len == 0)
        return;
    snprintf(name, sizeof(name), "%.*s", STR_FMT(setting->name));
    if (is_set(name))
        return;
    snprintf(value, ENV_FILE_MAX, "%.*s", STR_FMT(setting->value));
    if (setenv(name, value, 1) == 0 && variable)
        from_file[variable - config_variables] = true;
}

static void take_all(struct str text, struct err *err)
{
    static char value[ENV_FILE_MAX];
    struct env_setting setting = {0};
    const char *why;
    int next;

    while ((next = env_next(&text, &setting, &why)) == 1)
        take(&setting, value, err);
    if (next < 0)
        err_field(err, "EKSGATE_ENV_FILE", CAUSE_INVALID, "line %zu: %s", setting.line, why);
    explicit_bzero(value, sizeof(value));
}

/* What others could write would decide what this process does. */
static int check_file(const char *path, int fd, struct err *err)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_field(err, "EKSGATE_ENV_FILE", CAUSE_INVALID, "%s can not be read: %s", path,
                         fd < 0 ? strerror(errno) : "it is not a file");
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return err_field(err, "EKSGATE_ENV_FILE", CAUSE_INVALID, "%s must not be writable by others: chmod go-w", path);
    if (st.st_size >= ENV_FILE_MAX)
        return err_field(err, "EKSGATE_ENV_FILE", CAUSE_TOO_LONG, "%s is larger than 64 KiB", path);
    return 0;
}

int config_read_file(struct err *err)
{
    static char text[ENV_FILE_MAX];
    const char *path = getenv("EKSGATE_ENV_FILE");
    ssize_t n;
    int fd;

    err_clear(err);
    if (!path || !*path)
        return 0;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (check_file(path, fd, err) == 0) {
        n = read(fd, text, sizeof(text));
        take_all((struct str){text, n > 0 ? (size_t)n : 0}, err);
        explicit_bzero(text, sizeof(text));
    }
    if (fd >= 0)
        close(fd);
    return err->kind == ERR_NONE ? 0 : -1;
}
