/*
 * eksgate provision: what the script of a provisioning run (provision/provision.sh) needs of us. Its output is part of
 * the run's: a line of JSON each.
 */
#include "main/provision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "http/client.h"
#include "main/commands.h"
#include "terraform/plan.h"

#define LINE_MAX_BYTES KIB(512)
#define ALLOW_MAX KIB(64)

static bool read_whole(FILE *file, struct buf *out)
{
    char piece[KIB(16)];
    size_t n;

    while ((n = fread(piece, 1, sizeof(piece), file)) > 0 && buf_add(out, piece, n) == 0)
        continue;
    return !ferror(file);
}

int provision_read(const char *path, size_t max, struct buf *out, struct err *err)
{
    bool is_whole;

    buf_init(out, max);
    if (strcmp(path, "-") == 0) {
        is_whole = read_whole(stdin, out);
    } else {
        FILE *file = fopen(path, "re");

        if (!file)
            return err_set(err, ERR_NOT_FOUND, "%s can not be read: %s", path, strerrordesc_np(errno));
        is_whole = read_whole(file, out);
        fclose(file);
    }
    if (!is_whole)
        return err_set(err, ERR_NOT_FOUND, "%s can not be read", path);
    return out->failed ? err_set(err, ERR_TOO_LARGE, "%s is longer than %zu bytes", path, max) : 0;
}

cJSON *provision_read_plan(const struct provision_options *options, struct err *err)
{
    cJSON *plan = NULL;
    struct buf text;

    if (!options->plan) {
        err_set(err, ERR_BAD_REQUEST, "--plan is missing");
        return NULL;
    }
    if (provision_read(options->plan, PLAN_TEXT_MAX, &text, err) == 0)
        plan = plan_parse(buf_str(&text), err);
    buf_free(&text);
    return plan;
}

int provision_print(struct buf *line, struct err *err)
{
    size_t done = 0;

    if (buf_add_char(line, '\n') < 0)
        return err_set(err, ERR_TOO_LARGE, "there is too much for one line");
    while (done < line->len) {
        ssize_t n = write(STDOUT_FILENO, line->ptr + done, line->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(err, ERR_INTERNAL, "stdout can not be written to: %s", strerrordesc_np(errno));
        done += (size_t)n;
    }
    return 0;
}

static int take_line(void *arg, struct buf *line, struct err *err)
{
    (void)arg;
    return provision_print(line, err);
}

const struct tell provision_tell = {.take = take_line};

/* Plan */

static bool is_hash(const char *text)
{
    struct str hash = str_from(text);

    if (hash.len != strlen("sha256:") + 64 || !str_starts_with(hash, STR("sha256:")))
        return false;
    for (size_t i = strlen("sha256:"); i < hash.len; i++)
        if (!strchr("0123456789abcdef", hash.ptr[i]))
            return false;
    return true;
}

/* *out is NULL when nothing is allowed. */
static int read_allow(const char *path, cJSON **out, struct err *err)
{
    const char *why = "it is no array";
    struct buf text;
    int result;

    *out = NULL;
    if (!path)
        return 0;
    result = provision_read(path, ALLOW_MAX, &text, err);
    if (result == 0) {
        *out = json_tree(buf_str(&text), 4, &why);
        if (!cJSON_IsArray(*out))
            result = err_set(err, ERR_BAD_REQUEST, "%s can not be used: %s", path, why);
    }
    buf_free(&text);
    return result;
}

static int print_plan(const cJSON *plan, const struct plan_guard *guard, const char *hash, struct err *err)
{
    unsigned blocked;
    struct buf line;
    int result;

    buf_init(&line, LINE_MAX_BYTES);
    blocked = plan_write(plan, guard, str_from(hash), &line);
    result = provision_print(&line, err);
    buf_free(&line);
    if (result < 0)
        return PROVISION_FAILED;
    return blocked > 0 ? PROVISION_BLOCKED : 0;
}

int provision_plan(const struct provision_options *options, struct err *err)
{
    struct plan_guard guard = {.is_destroy = options->op && strcmp(options->op, "destroy") == 0};
    cJSON *allow = NULL;
    cJSON *plan = NULL;
    int status = PROVISION_FAILED;

    if (!options->hash || !is_hash(options->hash)) {
        err_set(err, ERR_BAD_REQUEST, "--hash must be sha256: and 64 hex digits");
        return PROVISION_FAILED;
    }
    if (read_allow(options->allow, &allow, err) == 0)
        plan = provision_read_plan(options, err);
    guard.allow = allow;
    if (plan)
        status = print_plan(plan, &guard, options->hash, err);
    cJSON_Delete(plan);
    cJSON_Delete(allow);
    return status;
}

/* Commands */

static const struct {
    const char *name;
    int (*run)(const struct provision_options *options, struct err *err);
} commands[] = {
    {"plan", provision_plan},     {"heal", provision_heal}, {"sweep", provision_sweep},     {"lock", provision_lock},
    {"unlock", provision_unlock}, {"hold", provision_hold}, {"release", provision_release},
};

static int take_option(struct provision_options *options, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {"--plan", &options->plan},   {"--op", &options->op},           {"--hash", &options->hash},
        {"--allow", &options->allow}, {"--actions", &options->actions}, {"--backend", &options->backend},
        {"--state", &options->state}, {"--id", &options->id},           {"--ended", &options->ended},
        {"--wait", &options->wait},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(name, known[i].name) == 0 && value) {
            *known[i].value = value;
            return 0;
        }
    return -1;
}

static int usage(void)
{
    fprintf(stderr, "usage: eksgate provision COMMAND OPTIONS, of a provisioning run's script:\n"
                    "  plan    --plan FILE --hash sha256:… [--op OP] [--allow FILE]\n"
                    "  heal    --plan FILE --actions FILE\n"
                    "  sweep   --plan FILE\n"
                    "  lock    --state FOLDER | --backend FILE\n"
                    "  unlock  --state FOLDER | --backend FILE, --id ID\n"
                    "  hold    --backend FILE --id RUN --op OP [--ended RUN,RUN…] [--wait SECONDS]\n"
                    "  release --backend FILE --id RUN\n");
    return 64;
}

/* The err's own sentence, or what its fields say. */
static void print_error(const char *command, const struct err *err)
{
    const struct tell_member members[] = {
        {"command", command},
        {"reason", err_reason(err)},
        {"message", err->cause_count > 0 ? err->causes[0].message : err->message},
    };
    struct err ignored;

    tell_line(&provision_tell, "eksgate_error", members, sizeof(members) / sizeof(members[0]), &ignored);
}

int command_provision(int argc, char **argv)
{
    struct provision_options options = {0};
    struct err err;

    for (int i = 1; i < argc; i += 2)
        if (take_option(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL) < 0)
            return usage();
    err_clear(&err);
    for (size_t i = 0; argc > 0 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        int status;

        if (strcmp(argv[0], commands[i].name) != 0)
            continue;
        if (http_global_init() < 0)
            return PROVISION_FAILED;
        status = commands[i].run(&options, &err);
        if (err.kind != ERR_NONE)
            print_error(argv[0], &err);
        return status;
    }
    return usage();
}
