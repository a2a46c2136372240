/*
 * eksgate provision lock, unlock, hold and release: who holds Terraform's lock on a state, taking it away, and a run's
 * own on a state in S3.
 */
#include "main/provision.h"

#include "base/clock.h"
#include "base/limits.h"
#include "terraform/lock.h"

#define SETTINGS_MAX KIB(64)
#define HOLD_SECONDS 30 /* somebody who works on the state by hand may just be at it */
#define AGAIN_MS 2000

/* Opens the account where the state is in S3. */
static int open_place(const struct provision_options *options, struct lock_place *place, struct account *account,
                      struct err *err)
{
    struct buf text;
    int result;

    *account = (struct account){.region = ""};
    if (!options->backend) {
        *place = (struct lock_place){.folder = options->state};
        return options->state ? 0 : err_set(err, ERR_BAD_REQUEST, "--state or --backend is missing");
    }
    result = provision_read(options->backend, SETTINGS_MAX, &text, err);
    if (result == 0)
        result = lock_place_read(buf_str(&text), place, err);
    buf_free(&text);
    return result < 0 ? -1 : account_open(account, str_from(place->region), STR(""), STR(""), err);
}

static int print_lock(const struct report_lock *lock, struct err *err)
{
    struct buf line;
    struct json j;
    int result;

    buf_init(&line, KIB(8));
    json_init(&j, &line);
    json_object_open(&j, NULL);
    json_text(&j, "type", "eksgate_lock");
    report_lock_write(lock, &j);
    json_object_close(&j);
    result = provision_print(&line, err);
    buf_free(&line);
    return result;
}

int provision_lock(const struct provision_options *options, struct err *err)
{
    struct report_lock lock;
    struct lock_place place;
    struct account account;
    int result = open_place(options, &place, &account, err);

    if (result == 0)
        result = lock_find(&place, &account, &lock, err);
    if (result == 0)
        result = print_lock(&lock, err);
    account_close(&account);
    return result < 0 ? PROVISION_FAILED : 0;
}

int provision_unlock(const struct provision_options *options, struct err *err)
{
    const struct report_lock nobody = {.id = ""};
    struct lock_place place;
    struct account account;
    int result;

    if (!options->id) {
        err_set(err, ERR_BAD_REQUEST, "--id is missing");
        return PROVISION_FAILED;
    }
    result = open_place(options, &place, &account, err);
    if (result == 0)
        result = lock_remove(&place, &account, str_from(options->id), err);
    if (result == 0)
        result = print_lock(&nobody, err);
    account_close(&account);
    return result < 0 ? PROVISION_FAILED : 0;
}

static int print_taken_over(const struct report_lock *lock, struct err *err)
{
    const struct tell_member members[] = {{"action", "release"}, {"address", lock->path}, {"id", lock->id}};

    return tell_line(&provision_tell, "eksgate_heal", members, sizeof(members) / sizeof(members[0]), err);
}

static int hold(const struct lock_place *place, struct account *account, const struct lock_claim *claim, long seconds,
                struct err *err)
{
    int64_t until_ms = clock_monotonic_ms() + seconds * 1000;
    struct report_lock met;
    struct err ignored;

    while (lock_hold(place, account, claim, &met, err) < 0) {
        if (err->kind != ERR_CONFLICT)
            return -1;
        if (clock_monotonic_ms() >= until_ms) {
            print_lock(&met, &ignored);
            return err_set(err, ERR_CONFLICT, "the state is locked by %s since %s", met.who, met.created);
        }
        clock_sleep_ms(AGAIN_MS);
        err_clear(err);
    }
    return met.id[0] ? print_taken_over(&met, err) : 0;
}

int provision_hold(const struct provision_options *options, struct err *err)
{
    const struct lock_claim claim = {
        .id = str_from(options->id), .operation = options->op, .ended = str_from(options->ended)};
    struct lock_place place;
    struct account account = {.region = ""};
    long seconds = HOLD_SECONDS;
    int result = -1;

    if (!options->backend || !options->id || !options->op)
        err_set(err, ERR_BAD_REQUEST, "--backend, --id or --op is missing");
    else if (options->wait && str_to_long(str_from(options->wait), 0, 3600, &seconds) < 0)
        err_set(err, ERR_BAD_REQUEST, "--wait must be a number of seconds up to 3600");
    else
        result = open_place(options, &place, &account, err);
    if (result == 0)
        result = hold(&place, &account, &claim, seconds, err);
    account_close(&account);
    return result < 0 ? PROVISION_FAILED : 0;
}

/* One that is not there, or is another's, is none of ours any more. */
int provision_release(const struct provision_options *options, struct err *err)
{
    struct lock_place place;
    struct account account = {.region = ""};
    int result = -1;

    if (!options->backend || !options->id)
        err_set(err, ERR_BAD_REQUEST, "--backend or --id is missing");
    else
        result = open_place(options, &place, &account, err);
    if (result == 0)
        result = lock_remove(&place, &account, str_from(options->id), err);
    if (result < 0 && (err->kind == ERR_NOT_FOUND || err->kind == ERR_CONFLICT)) {
        err_clear(err);
        result = 0;
    }
    account_close(&account);
    return result < 0 ? PROVISION_FAILED : 0;
}
