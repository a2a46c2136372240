/* eksgate provision lock and unlock: who holds Terraform's lock on a state, and taking it away. */
#include "main/provision.h"

#include "base/limits.h"
#include "terraform/lock.h"

#define SETTINGS_MAX KIB(64)

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
    json_text(&j, "id", lock->id[0] ? lock->id : NULL);
    json_text(&j, "who", lock->who);
    json_text(&j, "operation", lock->operation);
    json_text(&j, "created", lock->created);
    json_text(&j, "path", lock->path);
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
