#include "terraform/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define MEMORY_MAX MIB(8)
#define DEPTH_MAX 32
#define SUMMARY_MAX 512
#define DETAIL_MAX 4096
#define OUTPUTS_MAX KIB(64)

/* One line while it is taken. */
struct reading {
    struct report *s;
    struct str line;
    const cJSON *root;
    int64_t now;
};

static const char *const phases[REPORT_PHASE__MAX] = {
    [REPORT_BEGINS] = "",
    [REPORT_INIT] = "init",
    [REPORT_HEAL] = "heal",
    [REPORT_PLAN] = "plan",
    [REPORT_GUARD] = "guard",
    [REPORT_SWEEP] = "sweep",
    [REPORT_APPLY] = "apply",
    [REPORT_OUTPUTS] = "outputs",
    [REPORT_SUCCEEDED] = "succeeded",
    [REPORT_PLANNED] = "planned",
    [REPORT_UNCHANGED] = "unchanged",
    [REPORT_FAILED] = "failed",
    [REPORT_CANCELLED] = "cancelled",
    [REPORT_BLOCKED] = "blocked",
};

struct report *report_new(void)
{
    struct report *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->rc = -1;
    s->arena = arena_new(MEMORY_MAX);
    if (!s->arena) {
        free(s);
        return NULL;
    }
    progress_init(&s->progress, s->arena);
    return s;
}

void report_free(struct report *s)
{
    if (!s)
        return;
    arena_free(s->arena);
    free(s);
}

const char *report_phase_name(enum report_phase phase)
{
    return phases[phase];
}

bool report_has_ended(const struct report *s)
{
    return s->phase >= REPORT_SUCCEEDED;
}

static struct str member(const cJSON *root, const char *path)
{
    return str_from(json_find_text(root, path));
}

/* As much as fits and is whole UTF-8; "" without memory. */
static const char *keep(struct report *s, struct str text, size_t max)
{
    const char *copy;

    if (text.len > max) {
        text.len = max;
        text.len = json_utf8_prefix(text);
    }
    copy = arena_strndup(s->arena, text.ptr ? text.ptr : "", text.len);
    return copy ? copy : "";
}

static void say(struct report *s, struct str text)
{
    if (text.len >= sizeof(s->message)) {
        text.len = sizeof(s->message) - 1;
        text.len = json_utf8_prefix(text);
    }
    str_copy(s->message, sizeof(s->message), text);
}

/* Diagnostics */

static bool same_diagnostic(const struct report_diagnostic *a, const struct report_diagnostic *b)
{
    return strcmp(a->severity, b->severity) == 0 && strcmp(a->summary, b->summary) == 0 &&
           strcmp(a->address, b->address) == 0 && strcmp(a->detail, b->detail) == 0;
}

/* Where none is free, an error takes a warning's place. */
static struct report_diagnostic *place_for(struct report *s, bool is_error)
{
    if (s->diagnostic_count < REPORT_DIAGNOSTICS_MAX)
        return &s->diagnostics[s->diagnostic_count++];
    for (size_t i = 0; is_error && i < s->diagnostic_count; i++)
        if (strcmp(s->diagnostics[i].severity, "warning") == 0)
            return &s->diagnostics[i];
    return NULL;
}

static unsigned add_diagnostic(struct report *s, const struct report_diagnostic *diagnostic)
{
    bool is_error = strcmp(diagnostic->severity, "error") == 0;
    struct report_diagnostic *place;

    /* plan and apply both tell the same warnings. */
    for (size_t i = 0; i < s->diagnostic_count; i++)
        if (same_diagnostic(&s->diagnostics[i], diagnostic))
            return 0;
    if (is_error)
        s->errors++;
    place = place_for(s, is_error);
    if (place)
        *place = *diagnostic;
    return REPORT_HAS_DIAGNOSTIC;
}

static unsigned take_diagnostic(const struct reading *r)
{
    struct report *s = r->s;
    const cJSON *root = json_find(r->root, "diagnostic");
    bool is_error = str_equal(member(root, "severity"), STR("error"));
    struct str detail = member(root, "detail");
    const struct report_diagnostic diagnostic = {.severity = is_error ? "error" : "warning",
                                                 .summary = keep(s, member(root, "summary"), SUMMARY_MAX),
                                                 .detail = keep(s, detail, DETAIL_MAX),
                                                 .address = keep(s, member(root, "address"), PROGRESS_ADDRESS_MAX)};
    unsigned changed = add_diagnostic(s, &diagnostic);

    if (is_error && changed) {
        say(s, str_from(diagnostic.summary));
        changed |= REPORT_HAS_MESSAGE;
    }
    if (report_lock_read(detail, &s->lock))
        changed |= REPORT_HAS_LOCK;
    return changed;
}

/* Resources */

static unsigned take_planned(const struct reading *r)
{
    const cJSON *change = json_find(r->root, "change");

    progress_plan(&r->s->progress, member(change, "resource.addr"), member(change, "resource.resource_type"),
                  progress_actions(member(change, "action")));
    return REPORT_HAS_PROGRESS;
}

/* A log that is read again tells of what began long ago. */
static int64_t time_of(const struct reading *r)
{
    int64_t at;

    return clock_parse(member(r->root, "@timestamp"), &at) == 0 ? at : r->now;
}

static unsigned take_start(const struct reading *r)
{
    const cJSON *hook = json_find(r->root, "hook");

    progress_start(&r->s->progress, member(hook, "resource.addr"), member(hook, "resource.resource_type"),
                   progress_actions(member(hook, "action")), time_of(r));
    return REPORT_HAS_PROGRESS;
}

static unsigned take_complete(const struct reading *r)
{
    const cJSON *hook = json_find(r->root, "hook");

    progress_complete(&r->s->progress, member(hook, "resource.addr"), member(hook, "resource.resource_type"),
                      progress_actions(member(hook, "action")));
    return REPORT_HAS_PROGRESS;
}

static unsigned take_errored(const struct reading *r)
{
    progress_failed(&r->s->progress, member(r->root, "hook.resource.addr"));
    return REPORT_HAS_PROGRESS;
}

static void read_changes(const cJSON *changes, const char *destroy, struct report_changes *out)
{
    *out = (struct report_changes){.known = true,
                                   .add = json_find_int(changes, "add", 0),
                                   .change = json_find_int(changes, "change", 0),
                                   .destroy = json_find_int(changes, destroy, 0),
                                   .import = json_find_int(changes, "import", 0)};
}

/* Two of them come in one run: what is planned, and what was done. */
static unsigned take_summary(const struct reading *r)
{
    const cJSON *changes = json_find(r->root, "changes");
    bool is_plan = str_equal(member(changes, "operation"), STR("plan"));

    if (!changes)
        return 0;
    read_changes(changes, "remove", is_plan ? &r->s->planned : &r->s->applied);
    return REPORT_HAS_CHANGES;
}

static unsigned take_version(const struct reading *r)
{
    struct str version = member(r->root, "ui");

    r->s->foreign = !str_equal(str_cut(&version, '.'), STR("1"));
    return 0;
}

/* Lines of our own */

/* What was planned before something was healed does not hold any more. */
static void forget_plan(struct report *s)
{
    progress_forget(&s->progress);
    s->planned = (struct report_changes){.known = false};
}

static unsigned take_phase(const struct reading *r)
{
    struct str name = member(r->root, "phase");
    struct report *s = r->s;

    for (enum report_phase phase = REPORT_INIT; phase < REPORT_PHASE__MAX; phase++) {
        if (!str_equal(name, str_from(phases[phase])))
            continue;
        if (phase == REPORT_PLAN)
            forget_plan(s);
        s->phase = phase;
        s->applies = s->applies || phase == REPORT_APPLY || phase == REPORT_SWEEP;
        s->rc = (int)json_find_int(r->root, "rc", -1);
        if (clock_parse(member(r->root, "at"), &s->phase_at) < 0)
            s->phase_at = r->now;
        return REPORT_HAS_PHASE | REPORT_HAS_PROGRESS;
    }
    return 0;
}

static void take_tree(struct report *s, const cJSON *tree)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, tree)
    {
        progress_plan(&s->progress, member(change, "address"), member(change, "type"),
                      progress_actions(member(change, "action")));
    }
}

static unsigned take_plan(const struct reading *r)
{
    struct report *s = r->s;
    const char *copy = arena_strndup(s->arena, r->line.ptr, r->line.len);
    const cJSON *address;

    str_copy(s->plan_hash, sizeof(s->plan_hash), member(r->root, "hash"));
    if (copy)
        s->plan = (struct str){copy, r->line.len};
    read_changes(json_find(r->root, "changes"), "destroy", &s->planned);
    s->blocked_count = 0;
    cJSON_ArrayForEach(address, json_find(r->root, "blocked"))
    {
        if (cJSON_IsString(address) && s->blocked_count < REPORT_BLOCKED_MAX)
            s->blocked[s->blocked_count++] = keep(s, str_from(address->valuestring), PROGRESS_ADDRESS_MAX);
    }
    /* A saved plan is applied without being told again. */
    take_tree(s, json_find(r->root, "tree"));
    return REPORT_HAS_PLAN | REPORT_HAS_CHANGES | REPORT_HAS_PROGRESS;
}

static unsigned take_outputs(const struct reading *r)
{
    struct buf text;
    struct json j;
    const char *copy;

    buf_init(&text, OUTPUTS_MAX);
    json_init(&j, &text);
    json_value(&j, NULL, json_find(r->root, "outputs"));
    copy = text.failed ? NULL : arena_strndup(r->s->arena, text.ptr, text.len);
    if (copy)
        r->s->outputs = (struct str){copy, text.len};
    buf_free(&text);
    return copy ? REPORT_HAS_OUTPUTS : 0;
}

static unsigned take_lock(const struct reading *r)
{
    struct report_lock *lock = &r->s->lock;

    str_copy(lock->id, sizeof(lock->id), member(r->root, "id"));
    str_copy(lock->who, sizeof(lock->who), member(r->root, "who"));
    str_copy(lock->operation, sizeof(lock->operation), member(r->root, "operation"));
    str_copy(lock->created, sizeof(lock->created), member(r->root, "created"));
    str_copy(lock->path, sizeof(lock->path), member(r->root, "path"));
    return REPORT_HAS_LOCK;
}

static unsigned take_message(const struct reading *r)
{
    struct buf text;
    unsigned changed = 0;

    buf_init(&text, KIB(8));
    report_line_text(r->line, &text);
    if (text.len > 0) {
        say(r->s, buf_str(&text));
        changed = REPORT_HAS_MESSAGE;
    }
    buf_free(&text);
    return changed;
}

/* Plain text */

/* terraform draws a bar before what it has to say, where it does not speak JSON. */
static struct str without_frame(struct str line)
{
    static const struct str bars[] = {STR("\xe2\x94\x82"), STR("\xe2\x95\xb7"), STR("\xe2\x95\xb5")};

    for (size_t i = 0; i < sizeof(bars) / sizeof(bars[0]); i++)
        if (str_starts_with(line, bars[i]))
            line = str_skip(line, bars[i].len);
    return str_trim(line);
}

static unsigned continue_error(struct report *s, struct str text)
{
    struct report_diagnostic *last = &s->diagnostics[s->diagnostic_count - 1];
    struct str so_far = str_from(last->detail);
    const char *joined;

    if (text.len == 0 || so_far.len + text.len >= DETAIL_MAX)
        return 0;
    joined = arena_join(s->arena, so_far, so_far.len > 0 ? STR("\n") : STR(""), text);
    if (!joined)
        return 0;
    last->detail = joined;
    return REPORT_HAS_DIAGNOSTIC | (report_lock_read(str_from(joined), &s->lock) ? REPORT_HAS_LOCK : 0);
}

static unsigned take_plain(struct report *s, struct str line)
{
    struct str text = without_frame(line);
    struct report_diagnostic diagnostic = {.severity = "error", .detail = "", .address = ""};
    size_t before = s->diagnostic_count;

    if (!str_starts_with(text, STR("Error: ")))
        return s->in_plain_error ? continue_error(s, text) : 0;
    diagnostic.summary = keep(s, str_skip(text, strlen("Error: ")), SUMMARY_MAX);
    add_diagnostic(s, &diagnostic);
    s->in_plain_error = s->diagnostic_count > before;
    say(s, str_from(diagnostic.summary));
    return REPORT_HAS_DIAGNOSTIC | REPORT_HAS_MESSAGE;
}

/* Lines */

static const struct {
    struct str type;
    unsigned (*take)(const struct reading *r);
} types[] = {
    {STR("version"), take_version},         {STR("diagnostic"), take_diagnostic},
    {STR("planned_change"), take_planned},  {STR("apply_start"), take_start},
    {STR("apply_complete"), take_complete}, {STR("apply_errored"), take_errored},
    {STR("change_summary"), take_summary},  {STR("eksgate_phase"), take_phase},
    {STR("eksgate_plan"), take_plan},       {STR("eksgate_outputs"), take_outputs},
    {STR("eksgate_lock"), take_lock},       {STR("eksgate_heal"), take_message},
    {STR("eksgate_sweep"), take_message},   {STR("eksgate_error"), take_message},
};

static unsigned take_object(const struct reading *r)
{
    struct str type = member(r->root, "type");
    bool is_ours = str_starts_with(type, STR("eksgate_"));

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_equal(type, types[i].type))
            return !r->s->foreign || is_ours || types[i].take == take_version ? types[i].take(r) : 0;
    return 0;
}

unsigned report_line(struct report *s, struct str line, int64_t now)
{
    struct reading r = {.s = s, .line = str_trim(line), .now = now};
    const char *why;
    unsigned changed;
    cJSON *root;

    while (r.line.len > 0 && r.line.ptr[r.line.len - 1] == '\r')
        r.line.len--;
    if (r.line.len > REPORT_LINE_MAX)
        return 0;
    if (r.line.len == 0 || r.line.ptr[0] != '{')
        return take_plain(s, r.line);
    root = json_tree(r.line, DEPTH_MAX, &why);
    if (!root)
        return take_plain(s, r.line);
    s->in_plain_error = false;
    r.root = root;
    changed = take_object(&r);
    cJSON_Delete(root);
    return changed;
}
