/* The subcommands of `eksgate provision` that ask AWS. */
#include "main/provision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "terraform/heal.h"
#include "terraform/plan.h"
#include "terraform/sweep.h"

#define HEAL_MS (45 * 60 * 1000) /* a cluster takes a quarter of an hour at most */
#define SWEEP_MS (5 * 60 * 1000)
#define ACTIONS_MAX KIB(256)

/* Does something in the account that the plan is about. */
static int with_plan(const struct provision_options *options,
                     int (*work)(struct account *account, const cJSON *plan, const char *actions, struct err *err),
                     struct err *err)
{
    cJSON *plan = provision_read_plan(options, err);
    struct account account;
    int result;

    if (!plan)
        return PROVISION_FAILED;
    result = account_open_plan(&account, plan, err);
    if (result == 0)
        result = work(&account, plan, options->actions, err);
    account_close(&account);
    cJSON_Delete(plan);
    return result < 0 ? PROVISION_FAILED : 0;
}

static int write_file(const char *path, struct str text, struct err *err)
{
    FILE *file = fopen(path, "we");
    bool whole;

    if (!file)
        return err_set(err, ERR_INTERNAL, "%s can not be written: %s", path, strerrordesc_np(errno));
    whole = text.len == 0 || fwrite(text.ptr, 1, text.len, file) == text.len;
    if (fclose(file) != 0 || !whole)
        return err_set(err, ERR_INTERNAL, "%s could not be written", path);
    return 0;
}

static int heal(struct account *account, const cJSON *plan, const char *path, struct err *err)
{
    const struct heal work = {
        .account = account, .plan = plan, .tell = provision_tell, .deadline_ms = clock_monotonic_ms() + HEAL_MS};
    struct buf actions;
    int result;

    buf_init(&actions, ACTIONS_MAX);
    result = heal_plan(&work, &actions, err);
    if (result == 0)
        result = write_file(path, buf_str(&actions), err);
    buf_free(&actions);
    return result;
}

int provision_heal(const struct provision_options *options, struct err *err)
{
    if (!options->actions) {
        err_set(err, ERR_BAD_REQUEST, "--actions is missing");
        return PROVISION_FAILED;
    }
    return with_plan(options, heal, err);
}

static int sweep(struct account *account, const cJSON *plan, const char *unused, struct err *err)
{
    const struct sweep work = {.account = account, .tell = provision_tell, .patience_ms = SWEEP_MS};

    (void)plan;
    (void)unused;
    return sweep_cluster(&work, err);
}

int provision_sweep(const struct provision_options *options, struct err *err)
{
    return with_plan(options, sweep, err);
}
