/* What a run tells of itself: whatever comes, percent never falls, and what is written is JSON. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "terraform/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_all(struct report *s, int64_t now)
{
    const char *why;
    struct buf text;
    struct json j;
    cJSON *root;

    buf_init(&text, MIB(4));
    json_init(&j, &text);
    json_object_open(&j, NULL);
    report_write_progress(s, now, &j, "progress");
    report_write_changes(s, &j, "changes");
    report_write_diagnostics(s, &j, "diagnostics");
    report_write_lock(s, &j, "lock");
    json_object_close(&j);
    if (!text.failed) {
        root = json_tree(buf_str(&text), LIMIT_JSON_DEPTH, &why);
        assert(root);
        cJSON_Delete(root);
    }
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size};
    struct report *s = report_new();
    int64_t now = 1763751600;
    int percent = 0;

    assert(s);
    while (rest.ptr) {
        struct str line = str_cut(&rest, '\n');
        struct buf text;

        report_line(s, line, now);
        now += 7;
        if (!report_has_ended(s)) {
            assert(report_percent(s, now) >= percent);
            percent = report_percent(s, now);
        }
        buf_init(&text, KIB(64));
        report_line_text(line, &text);
        buf_free(&text);
    }
    assert(progress_done(&s->progress) <= progress_total(&s->progress));
    write_all(s, now);
    report_free(s);
    return 0;
}
