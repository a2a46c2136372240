/*
 * How far a run is, written while it runs.
 */
#include "agent/run_work.h"

#define HEARTBEAT_MS 1000
#define PART_MAX KIB(768) /* of one JSON text */

enum part { CHANGES, PROGRESS, DIAGNOSTICS, LOCK, BLOCKED, PARTS };

struct sheet {
    struct buf parts[PARTS];
    struct run_field fields[RUN_FIELDS_MAX];
    size_t count;
};

static void add(struct sheet *sheet, const char *name, struct str value)
{
    sheet->fields[sheet->count++] = (struct run_field){name, value};
}

/* A text made by one of the report's writers, into its own buffer. */
static struct json begin_part(struct sheet *sheet, enum part part)
{
    struct json j;

    json_init(&j, &sheet->parts[part]);
    return j;
}

static void end_part(struct sheet *sheet, enum part part, const char *name)
{
    if (!sheet->parts[part].failed)
        add(sheet, name, buf_str(&sheet->parts[part]));
}

static void write_blocked(const struct report *report, struct json *j)
{
    json_array_open(j, NULL);
    for (size_t i = 0; i < report->blocked_count; i++)
        json_text(j, NULL, report->blocked[i]);
    json_array_close(j);
}

static void write_report(struct run_work *work, struct sheet *sheet)
{
    struct report *report = work->report;
    struct json j;

    if (work->news & REPORT_HAS_PHASE)
        add(sheet, "step", str_from(report_phase_name(report->phase)));
    if (work->news & (REPORT_HAS_CHANGES | REPORT_HAS_PLAN)) {
        j = begin_part(sheet, CHANGES);
        report_write_changes(report, &j, NULL);
        end_part(sheet, CHANGES, "changes");
    }
    if (work->news & REPORT_HAS_DIAGNOSTIC) {
        j = begin_part(sheet, DIAGNOSTICS);
        report_write_diagnostics(report, &j, NULL);
        end_part(sheet, DIAGNOSTICS, "diagnostics");
    }
    if (work->news & REPORT_HAS_LOCK) {
        j = begin_part(sheet, LOCK);
        report_write_lock(report, &j, NULL);
        end_part(sheet, LOCK, "lock");
    }
    if (work->news & REPORT_HAS_PLAN) {
        j = begin_part(sheet, BLOCKED);
        write_blocked(report, &j);
        end_part(sheet, BLOCKED, "blocked");
        add(sheet, "plan", report->plan);
        add(sheet, "plan_hash", str_from(report->plan_hash));
    }
    if (work->news & RUN_WORK_HAS_ISSUES)
        add(sheet, "issues", work->issues);
    if (work->news & REPORT_HAS_OUTPUTS)
        add(sheet, "outputs", report->outputs);
    j = begin_part(sheet, PROGRESS);
    report_write_progress(report, clock_now(), &j, NULL);
    end_part(sheet, PROGRESS, "progress");
}

/* From the first change on, what was none is in parts, until the end says more. */
static struct str state_now(const struct run_work *work)
{
    bool is_present = str_equal(work->cluster.state, STR("present"));

    if (!work->report->applies)
        return STR("");
    return is_present && !str_equal(work->run.op, STR("destroy")) ? STR("") : STR("partial");
}

int run_work_publish(struct run_work *work)
{
    int64_t now_ms = clock_monotonic_ms();
    struct sheet sheet = {.count = 0};
    enum run_written written;
    struct err err;
    int rc;

    if (work->news == 0 && work->is_written && now_ms - work->written_ms < HEARTBEAT_MS)
        return 0;
    for (size_t i = 0; i < PARTS; i++)
        buf_init(&sheet.parts[i], PART_MAX);
    write_report(work, &sheet);
    if (!work->is_written || work->news & (REPORT_HAS_MESSAGE | REPORT_HAS_PHASE)) {
        add(&sheet, "phase", str_from(work->phase));
        add(&sheet, "message", str_from(*work->message ? work->message : work->report->message));
    }
    rc = run_write(work->worker.redis, work->holder, work->run.cluster, work->run.id, state_now(work), sheet.fields,
                   sheet.count, &written, &err);
    for (size_t i = 0; i < PARTS; i++)
        buf_free(&sheet.parts[i]);
    if (rc < 0)
        return 0; /* Redis is away: again with the next turn */
    work->news = 0;
    work->is_written = true;
    work->written_ms = now_ms;
    if (written == RUN_WRITTEN_CANCEL)
        work->cancel_asked = true;
    else if (written != RUN_WRITTEN)
        atomic_store(&work->stop, true);
    return run_work_must_stop(work) ? -1 : 0;
}
