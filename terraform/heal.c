#include "terraform/heal.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "terraform/plan.h"

#define PAUSE_FIRST_MS 2000
#define PAUSE_MAX_MS 10000
#define TELL_AGAIN_MS 30000

/* One resource that is looked at. */
struct patient {
    const cJSON *change;
    struct str address;
    bool is_known; /* to the state, as tainted */
    struct inventory_item item;
};

static bool is_text(const cJSON *value, const char *text)
{
    return cJSON_IsString(value) && strcmp(value->valuestring, text) == 0;
}

/* Tainted, or about to be created; nothing else can have been left by an interruption. */
static bool is_patient(const cJSON *change, struct patient *out)
{
    const cJSON *actions = json_find(change, "change.actions");
    bool is_tainted = is_text(json_find(change, "action_reason"), "replace_because_tainted");
    bool is_missing = cJSON_GetArraySize(actions) == 1 && is_text(actions->child, "create");

    *out = (struct patient){
        .change = change, .address = str_from(json_find_text(change, "address")), .is_known = is_tainted};
    return is_text(json_find(change, "mode"), "managed") && (is_tainted || is_missing) && plan_is_address(out->address);
}

static int tell(const struct heal *heal, const struct patient *patient, const char *action, struct err *err)
{
    const struct inventory_item *item = &patient->item;
    const struct tell_member members[] = {{"action", action},
                                          {"address", patient->address.ptr},
                                          {"id", *item->id ? item->id : NULL},
                                          {"status", *item->status ? item->status : NULL}};

    return tell_line(&heal->tell, "eksgate_heal", members, sizeof(members) / sizeof(members[0]), err);
}

/* Tells that it is waited for, when that is news or was told long ago. */
static int tell_wait(const struct heal *heal, const struct patient *patient, char told[64], int64_t *told_ms,
                     struct err *err)
{
    int64_t now = clock_monotonic_ms();

    if (strcmp(told, patient->item.status) == 0 && now - *told_ms < TELL_AGAIN_MS)
        return 0;
    str_copy(told, 64, str_from(patient->item.status));
    *told_ms = now;
    return tell(heal, patient, "wait", err);
}

/* Until AWS has ended what it is at. */
static int look(const struct heal *heal, struct patient *patient, struct err *err)
{
    int64_t pause = PAUSE_FIRST_MS;
    int64_t told_ms = 0;
    char told[64] = "";

    for (;;) {
        if (account_refresh(heal->account, err) < 0 ||
            inventory_find(heal->account, heal->plan, patient->change, patient->is_known, &patient->item, err) < 0)
            return -1;
        if (patient->item.state != INVENTORY_BUSY)
            return 0;
        if (clock_monotonic_ms() + pause > heal->deadline_ms)
            return err_set(err, ERR_UPSTREAM_TIMEOUT, "%.*s is still %s", STR_FMT(patient->address),
                           patient->item.status);
        if (tell_wait(heal, patient, told, &told_ms, err) < 0)
            return -1;
        clock_sleep_ms(pause);
        pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
    }
}

/* It becomes one field of a line, and then an argument. */
static bool is_plain(const char *id)
{
    for (const char *c = id; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    return *id && *id != '-';
}

static int act(const struct heal *heal, const struct patient *patient, struct buf *actions, struct err *err)
{
    const struct str address = patient->address;
    bool is_failed = patient->item.state == INVENTORY_FAILED;

    if (patient->item.state == INVENTORY_ABSENT || (patient->is_known && is_failed))
        return 0;
    if (patient->item.state == INVENTORY_FOREIGN)
        return tell(heal, patient, "orphan", err);
    if (patient->is_known) {
        buf_printf(actions, "untaint\t%.*s\n", STR_FMT(address));
        return tell(heal, patient, "untaint", err);
    }
    if (!is_plain(patient->item.id))
        return err_set(err, ERR_UPSTREAM_BROKEN, "%.*s has an id that can not be used", STR_FMT(address));
    buf_printf(actions, "import\t%.*s\t%s\n", STR_FMT(address), patient->item.id);
    if (is_failed)
        buf_printf(actions, "taint\t%.*s\n", STR_FMT(address));
    return tell(heal, patient, "import", err);
}

int heal_plan(const struct heal *heal, struct buf *actions, struct err *err)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, json_find(heal->plan, "resource_changes"))
    {
        struct patient patient;

        if (!is_patient(change, &patient))
            continue;
        if (look(heal, &patient, err) < 0 || act(heal, &patient, actions, err) < 0)
            return -1;
    }
    return actions->failed ? err_set(err, ERR_TOO_LARGE, "too much was left to be taken up at once") : 0;
}
