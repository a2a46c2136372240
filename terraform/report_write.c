/*
 * What is known of a run, as JSON.
 */
#include "terraform/report.h"

int report_percent(struct report *s, int64_t now)
{
    if (s->phase == REPORT_SUCCEEDED || s->phase == REPORT_PLANNED || s->phase == REPORT_UNCHANGED)
        return 100;
    return progress_percent(&s->progress, now);
}

void report_write_progress(struct report *s, int64_t now, struct json *j, const char *key)
{
    int64_t eta = report_has_ended(s) ? -1 : progress_eta(&s->progress, now);

    json_object_open(j, key);
    json_int(j, "done", progress_done(&s->progress));
    json_int(j, "total", progress_total(&s->progress));
    json_int(j, "percent", report_percent(s, now));
    if (eta >= 0)
        json_int(j, "eta_s", eta);
    else
        json_null(j, "eta_s");
    progress_write_current(&s->progress, now, j, "current");
    json_object_close(j);
}

void report_write_changes(const struct report *s, struct json *j, const char *key)
{
    const struct report_changes *changes = s->applied.known ? &s->applied : &s->planned;

    if (!changes->known) {
        json_null(j, key);
        return;
    }
    json_object_open(j, key);
    json_int(j, "add", changes->add);
    json_int(j, "change", changes->change);
    json_int(j, "destroy", changes->destroy);
    json_int(j, "import", changes->import);
    json_object_close(j);
}

void report_write_diagnostics(const struct report *s, struct json *j, const char *key)
{
    json_array_open(j, key);
    for (size_t i = 0; i < s->diagnostic_count; i++) {
        json_object_open(j, NULL);
        json_text(j, "severity", s->diagnostics[i].severity);
        json_text(j, "summary", s->diagnostics[i].summary);
        json_text(j, "detail", s->diagnostics[i].detail);
        json_text(j, "address", s->diagnostics[i].address);
        json_object_close(j);
    }
    json_array_close(j);
}

void report_lock_write(const struct report_lock *lock, struct json *j)
{
    json_text(j, "id", lock->id[0] ? lock->id : NULL);
    json_text(j, "who", lock->who);
    json_text(j, "operation", lock->operation);
    json_text(j, "created", lock->created);
    json_text(j, "path", lock->path);
}

void report_write_lock(const struct report *s, struct json *j, const char *key)
{
    if (!s->lock.id[0]) {
        json_null(j, key);
        return;
    }
    json_object_open(j, key);
    report_lock_write(&s->lock, j);
    json_object_close(j);
}
