/* Lines of a run as people read them, and what terraform says of a lock that was in its way. */
#include "terraform/report.h"

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32

static struct str member(const cJSON *root, const char *path)
{
    return str_from(json_find_text(root, path));
}

static void add_heal(const cJSON *root, struct buf *out)
{
    static const struct {
        struct str action;
        const char *words;
    } actions[] = {{STR("wait"), "waiting for"},
                   {STR("untaint"), "keeping, for it was made in the end:"},
                   {STR("import"), "adopting what an earlier run had made:"},
                   {STR("release"), "the lock of a run that is over is released:"},
                   {STR("orphan"), "left alone, for it is not eksgate's:"}};
    struct str action = member(root, "action");
    struct str address = member(root, "address");
    struct str id = member(root, "id");
    struct str status = member(root, "status");
    const char *words = "";

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (str_equal(action, actions[i].action))
            words = actions[i].words;
    buf_printf(out, "heal: %s %.*s", words, STR_FMT(address));
    if (id.len > 0)
        buf_printf(out, " (%.*s)", STR_FMT(id));
    if (status.len > 0)
        buf_printf(out, ": %.*s", STR_FMT(status));
}

static void add_sweep(const cJSON *root, struct buf *out)
{
    struct str action = member(root, "action");
    struct str kind = member(root, "kind");
    struct str id = member(root, "id");
    struct str reason = member(root, "reason");

    buf_printf(out, "sweep: %.*s %.*s %.*s", STR_FMT(action), STR_FMT(kind), STR_FMT(id));
    if (reason.len > 0)
        buf_printf(out, ": %.*s", STR_FMT(reason));
}

static void add_plan(const cJSON *root, struct buf *out)
{
    const cJSON *changes = json_find(root, "changes");
    int blocked = cJSON_GetArraySize(json_find(root, "blocked"));

    buf_printf(out, "plan: %lld to add, %lld to change, %lld to destroy, %lld to import",
               (long long)json_find_int(changes, "add", 0), (long long)json_find_int(changes, "change", 0),
               (long long)json_find_int(changes, "destroy", 0), (long long)json_find_int(changes, "import", 0));
    if (blocked > 0)
        buf_printf(out, "; blocked: %d would be deleted that may not be", blocked);
}

static void add_phase(const cJSON *root, struct buf *out)
{
    struct str phase = member(root, "phase");

    buf_printf(out, "eksgate: %.*s", STR_FMT(phase));
}

static void add_error(const cJSON *root, struct buf *out)
{
    buf_add_str(out, member(root, "message"));
}

static void add_lock(const cJSON *root, struct buf *out)
{
    struct str who = member(root, "who");
    struct str created = member(root, "created");

    buf_printf(out, "the state is locked by %.*s since %.*s", STR_FMT(who), STR_FMT(created));
}

static void add_outputs(const cJSON *root, struct buf *out)
{
    buf_printf(out, "outputs: %d", cJSON_GetArraySize(json_find(root, "outputs")));
}

static const struct {
    struct str type;
    void (*add)(const cJSON *root, struct buf *out);
} ours[] = {
    {STR("eksgate_phase"), add_phase}, {STR("eksgate_heal"), add_heal},       {STR("eksgate_sweep"), add_sweep},
    {STR("eksgate_plan"), add_plan},   {STR("eksgate_outputs"), add_outputs}, {STR("eksgate_lock"), add_lock},
    {STR("eksgate_error"), add_error},
};

/* terraform's own sentence; with it what a diagnostic explains. */
static void add_terraform(const cJSON *root, struct buf *out)
{
    struct str address = member(root, "diagnostic.address");
    struct str detail = member(root, "diagnostic.detail");

    buf_add_str(out, member(root, "@message"));
    if (address.len > 0)
        buf_printf(out, " (%.*s)", STR_FMT(address));
    if (detail.len > 0)
        buf_printf(out, ": %.*s", STR_FMT(detail));
}

void report_line_text(struct str line, struct buf *out)
{
    const char *why;
    cJSON *root = line.len > 0 && line.ptr[0] == '{' ? json_tree(line, DEPTH_MAX, &why) : NULL;
    struct str type = member(root, "type");
    bool done = false;

    for (size_t i = 0; root && i < sizeof(ours) / sizeof(ours[0]) && !done; i++) {
        done = str_equal(type, ours[i].type);
        if (done)
            ours[i].add(root, out);
    }
    if (!root)
        buf_add_str(out, line);
    else if (!done)
        add_terraform(root, out);
    cJSON_Delete(root);
}

/* Locks */

/* "2026-11-21 19:00:00.123 +0000 UTC" as RFC 3339; other texts as they are. */
static void set_created(struct str text, char *out, size_t size)
{
    struct str time = text;
    struct str date = str_cut(&time, ' ');
    struct str zone = time;

    time = str_cut(&zone, ' ');
    time = str_cut(&time, '.');
    if (date.len == 10 && time.len == 8 && str_starts_with(zone, STR("+0000")))
        snprintf(out, size, "%.*sT%.*sZ", STR_FMT(date), STR_FMT(time));
    else
        str_copy(out, size, text);
}

static void take_lock_line(struct str line, struct report_lock *lock)
{
    struct str value = line;
    struct str name = str_trim(str_cut(&value, ':'));

    value = str_trim(value);
    if (str_equal(name, STR("ID")))
        str_copy(lock->id, sizeof(lock->id), value);
    else if (str_equal(name, STR("Path")))
        str_copy(lock->path, sizeof(lock->path), value);
    else if (str_equal(name, STR("Operation")))
        str_copy(lock->operation, sizeof(lock->operation), value);
    else if (str_equal(name, STR("Who")))
        str_copy(lock->who, sizeof(lock->who), value);
    else if (str_equal(name, STR("Created")))
        set_created(value, lock->created, sizeof(lock->created));
}

bool report_lock_read(struct str text, struct report_lock *lock)
{
    static const struct str heading = STR("Lock Info:");
    const char *found = text.len > 0 ? memmem(text.ptr, text.len, heading.ptr, heading.len) : NULL;
    struct report_lock read = {.id = ""};
    struct str rest;

    if (!found)
        return false;
    rest = str_skip(text, (size_t)(found - text.ptr) + heading.len);
    while (rest.ptr) {
        struct str line = str_cut(&rest, '\n');

        if (str_contains(line, ':'))
            take_lock_line(line, &read);
    }
    if (!read.id[0])
        return false;
    *lock = read;
    return true;
}
