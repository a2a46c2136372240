/*
 * eksgate key: API keys from the command line, for the first one above all. It talks to Redis, so who can reach the
 * gateway's Redis is its administrator.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "access/issue.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/limits.h"
#include "main/commands.h"

#define USAGE                                                                                                          \
    "usage: eksgate key create --role viewer|editor|admin [--connection ID]... [--name NAME] [--expires 90d]\n"        \
    "       eksgate key list\n"                                                                                        \
    "       eksgate key revoke ID\n"

struct command {
    struct redis_client *redis;
    struct arena *arena;
    int argc;
    char **argv;
};

static int fail(const struct err *err)
{
    fprintf(stderr, "eksgate key: %s\n", err->message);
    return 1;
}

static int usage(const char *what)
{
    if (what)
        fprintf(stderr, "eksgate key: what is %s?\n", what);
    fputs(USAGE, stderr);
    return 2;
}

/* "90d", "12h", "30m" */
static int read_life(struct str text, int64_t *seconds)
{
    static const struct {
        char unit;
        long seconds;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}};
    struct str number = text;
    long count;

    if (text.len < 2)
        return -1;
    number.len--;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text.ptr[text.len - 1] != units[i].unit)
            continue;
        if (str_to_long(number, 1, KEY_DAYS_MAX * 86400L / units[i].seconds, &count) < 0)
            return -1;
        *seconds = count * units[i].seconds;
        return 0;
    }
    return -1;
}

static int take_option(struct api_key *record, const char *name, struct str value, struct err *err)
{
    int64_t seconds;
    enum role role;

    if (strcmp(name, "--connection") == 0)
        return key_bind(record, value, err);
    if (strcmp(name, "--role") == 0) {
        if (role_parse(value, &role) < 0)
            return err_set(err, ERR_BAD_REQUEST, "--role is viewer, editor or admin");
        snprintf(record->role, sizeof(record->role), "%s", role_name(role));
    } else if (strcmp(name, "--name") == 0) {
        if (key_check_name(value))
            return err_set(err, ERR_BAD_REQUEST, "--name %s", key_check_name(value));
        snprintf(record->name, sizeof(record->name), "%.*s", STR_FMT(value));
    } else if (read_life(value, &seconds) == 0) {
        record->expires_at = clock_now() + seconds;
    } else {
        return err_set(err, ERR_BAD_REQUEST, "--expires is a number and d, h or m, like 90d, up to %dd", KEY_DAYS_MAX);
    }
    return 0;
}

/* "--name value" or "--name=value". 0, 1 when it is no option, or -1. */
static int read_option(struct command *command, int *at, struct api_key *record, struct err *err)
{
    static const char *const names[] = {"--role", "--connection", "--name", "--expires"};
    const char *argument = command->argv[*at];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);

        if (strncmp(argument, names[i], len) != 0)
            continue;
        if (argument[len] == '=')
            return take_option(record, names[i], str_from(argument + len + 1), err);
        if (argument[len] == '\0' && *at + 1 < command->argc)
            return take_option(record, names[i], str_from(command->argv[++*at]), err);
    }
    return 1;
}

static void print_record(FILE *out, const struct api_key *key)
{
    char made[CLOCK_TEXT_SIZE];
    char expires[CLOCK_TEXT_SIZE];
    char used[CLOCK_TEXT_SIZE];
    struct str rest = str_from(key->connections);

    fprintf(out, "%-16s  %-6s  %-20s  %-20s  %-20s  %s", key->id, key->role, clock_format(key->created_at, made),
            key->expires_at ? clock_format(key->expires_at, expires) : "never",
            key->last_used_at ? clock_format(key->last_used_at, used) : "never", key->name);
    for (const char *before = "  for "; rest.len > 0; before = ", ") {
        struct str id = str_cut(&rest, '\n');

        fprintf(out, "%s%.*s", before, STR_FMT(id));
    }
    fputc('\n', out);
}

static void print_title(FILE *out)
{
    fprintf(out, "%-16s  %-6s  %-20s  %-20s  %-20s  %s\n", "ID", "ROLE", "CREATED", "EXPIRES", "LAST USED", "NAME");
}

static int create(struct command *command)
{
    struct api_key record = {.created_by = "eksgate key"};
    char text[KEY_TEXT_LEN + 1];
    struct err err;

    err_clear(&err);
    for (int i = 0; i < command->argc; i++) {
        int rc = read_option(command, &i, &record, &err);

        if (rc != 0)
            return rc < 0 ? fail(&err) : usage(command->argv[i]);
    }
    if (!*record.role)
        return usage(NULL);
    if (key_issue(command->redis, &record, text, &err) < 0)
        return fail(&err);
    fprintf(stderr, "This key is shown once. Send it as the header  Authorization: Bearer KEY\n");
    print_title(stderr);
    print_record(stderr, &record);
    printf("%s\n", text);
    OPENSSL_cleanse(text, sizeof(text));
    return fflush(stdout) == 0 ? 0 : 1;
}

static int list(struct command *command)
{
    struct api_key *keys;
    struct err err;
    size_t count;

    if (command->argc > 0)
        return usage(command->argv[0]);
    if (api_keys_list(command->redis, command->arena, &keys, &count, &err) < 0)
        return fail(&err);
    print_title(stdout);
    for (size_t i = 0; i < count; i++)
        print_record(stdout, &keys[i]);
    return 0;
}

static int revoke(struct command *command)
{
    struct err err;
    struct str id;

    if (command->argc != 1)
        return usage(NULL);
    id = str_from(command->argv[0]);
    switch (key_is_id(id) ? api_key_delete(command->redis, id, &err) : REDIS_MISSING) {
    case REDIS_FOUND:
        printf("revoked; every process of the gateway refuses it within 5 seconds\n");
        return 0;
    case REDIS_MISSING:
        /* Not repeated: somebody may have given the key instead of its id. */
        fprintf(stderr, "eksgate key: there is no key with that id: eksgate key list shows them\n");
        return 1;
    default:
        return fail(&err);
    }
}

static int run(int (*what)(struct command *command), int argc, char **argv)
{
    struct config config;
    struct command command = {.argc = argc, .argv = argv};
    struct err err;
    int status = 1;

    if (config_load(&config, &err) < 0)
        return fail(&err);
    redis_password_file(config.redis_password_file);
    command.redis = redis_client_new(config.redis, config.redis_db);
    command.arena = arena_new(LIMIT_REQUEST_ARENA);
    if (command.redis && command.arena)
        status = what(&command);
    redis_client_free(command.redis);
    arena_free(command.arena);
    return status;
}

int command_key(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct command *command);
    } actions[] = {{"create", create}, {"list", list}, {"revoke", revoke}};

    for (size_t i = 0; argc > 0 && i < sizeof(actions) / sizeof(actions[0]); i++)
        if (strcmp(argv[0], actions[i].name) == 0)
            return run(actions[i].run, argc - 1, argv + 1);
    return usage(argc > 0 ? argv[0] : NULL);
}
