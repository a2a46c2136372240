#include "agent/run_outcome.h"

static bool is_one_of(struct str op, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(op, str_from(names[i])))
            return true;
    return false;
}

/* It makes the cluster what the order says. */
static bool is_making(const struct run_facts *facts)
{
    static const char *const ops[] = {"provision", "upgrade", "scale", "update", "apply"};

    return !facts->plan_only && is_one_of(facts->op, ops, sizeof(ops) / sizeof(ops[0]));
}

static bool is_destroying(const struct run_facts *facts)
{
    return str_equal(facts->op, STR("destroy"));
}

/* A plan that may be approved; that of a test is only looked at. */
static bool waits_for_approval(const struct run_facts *facts)
{
    return facts->phase == REPORT_PLANNED && !str_equal(facts->op, STR("test"));
}

static void end_well(const struct run_facts *facts, struct run_outcome *out)
{
    out->phase = "Succeeded";
    out->status = waits_for_approval(facts) ? "planned" : "completed";
    out->event = waits_for_approval(facts) ? "provision.planned" : "provision.completed";
    if (is_destroying(facts)) {
        out->state = "destroyed";
        out->event = "provision.destroyed";
        out->is_gone = true;
    } else if (is_making(facts)) {
        out->state = "present";
        out->applied = true;
        out->is_present = true;
    } else if (str_equal(facts->op, STR("unlock"))) {
        out->event = NULL;
    }
}

static void end_badly(const struct run_facts *facts, struct run_outcome *out)
{
    bool was_present = str_equal(facts->state, STR("present"));

    out->phase = "Failed";
    out->status = "failed";
    out->event = "provision.failed";
    if (facts->applies && (!was_present || is_destroying(facts)))
        out->state = "partial";
    if (facts->phase == REPORT_BLOCKED) {
        out->status = "blocked";
        out->event = "provision.blocked";
        out->message = "the plan replaces what must not be replaced: name it in allow_replace to have it done";
    } else if (facts->phase == REPORT_CANCELLED || (facts->phase < REPORT_SUCCEEDED && facts->cancel_asked)) {
        out->status = "cancelled";
        out->event = "provision.cancelled";
        out->message = "cancelled";
    } else if (facts->phase < REPORT_SUCCEEDED && facts->exit_code == 64) {
        out->message = "the worker refused what it was given";
    } else if (facts->phase < REPORT_SUCCEEDED) {
        out->message = "interrupted: start it again, what was made is adopted";
    }
}

void run_outcome(const struct run_facts *facts, struct run_outcome *out)
{
    *out = (struct run_outcome){0};
    if (facts->phase == REPORT_SUCCEEDED || facts->phase == REPORT_PLANNED || facts->phase == REPORT_UNCHANGED)
        end_well(facts, out);
    else
        end_badly(facts, out);
}
