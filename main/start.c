#include "main/start.h"

#include <malloc.h>
#include <stdio.h>

#include "base/log.h"
#include "redis/client.h"

static void report(const struct err *err)
{
    log_critical(err->message);
    for (size_t i = 0; i < err->cause_count; i++)
        fprintf(stderr, "eksgate: %s: %s\n", err->causes[i].field, err->causes[i].message);
}

int start_configure(struct config *config, struct seal_key *seal)
{
    struct err err;
    enum log_level level;

    if (config_load(config, &err) < 0 || config_check(config, &err) < 0 ||
        seal_key_load(config->secret_key_file, seal, &err) < 0) {
        report(&err);
        return -1;
    }
    log_level_parse(str_from(config->log_level), &level);
    log_level_set(level);
    redis_password_file(config->redis_password_file);
    return 0;
}

void start_bound_memory(void)
{
    mallopt(M_ARENA_MAX, 8);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}
