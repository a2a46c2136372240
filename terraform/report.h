/*
 * What a run tells of itself, line by line: terraform's machine-readable UI
 * (https://developer.hashicorp.com/terraform/internals/machine-readable-ui, major version 1), lines of our own that the
 * worker's script and `eksgate provision` print ("eksgate_phase", "eksgate_plan", ...), and plain text. Lines go in,
 * the state of the run comes out. Pure and bounded; lines of a type that is not known change nothing.
 *
 * The same lines read again from the start give the same state, so whoever takes a run over reads its log again.
 */
#ifndef EKSGATE_TERRAFORM_REPORT_H
#define EKSGATE_TERRAFORM_REPORT_H

#include "terraform/progress.h"

#include "base/limits.h"

#define REPORT_LINE_MAX KIB(512) /* a longer line is passed over; eksgate_plan is the longest */
#define REPORT_DIAGNOSTICS_MAX 32
#define REPORT_BLOCKED_MAX 64

enum report_phase {
    REPORT_BEGINS, /* nothing was said yet */
    REPORT_INIT,
    REPORT_HEAL,
    REPORT_PLAN,
    REPORT_GUARD,
    REPORT_SWEEP,
    REPORT_APPLY,
    REPORT_OUTPUTS,
    REPORT_SUCCEEDED, /* from here on: the run has ended */
    REPORT_PLANNED,
    REPORT_UNCHANGED,
    REPORT_FAILED,
    REPORT_CANCELLED,
    REPORT_BLOCKED,
    REPORT_PHASE__MAX
};

/* What a line has changed; they combine. */
enum report_news {
    REPORT_HAS_PHASE = 1,
    REPORT_HAS_PROGRESS = 2,
    REPORT_HAS_PLAN = 4,
    REPORT_HAS_OUTPUTS = 8,
    REPORT_HAS_DIAGNOSTIC = 16,
    REPORT_HAS_LOCK = 32,
    REPORT_HAS_CHANGES = 64,
    REPORT_HAS_MESSAGE = 128
};

/* Texts live in the report; none is NULL once it is set. */
struct report_diagnostic {
    const char *severity; /* "error" or "warning" */
    const char *summary;
    const char *detail;  /* or "" */
    const char *address; /* or "" */
};

struct report_lock {
    char id[128]; /* "": nobody's lock was in the way */
    char who[256];
    char operation[64];
    char created[64]; /* RFC 3339 where it could be read */
    char path[512];
};

struct report_changes {
    bool known;
    int64_t add;
    int64_t change;
    int64_t destroy;
    int64_t import;
};

struct report {
    struct arena *arena;
    enum report_phase phase;
    int rc;              /* with a phase that ends the run; -1 when it was not said */
    int64_t phase_at;    /* Unix seconds */
    bool applies;        /* it has begun to change the cluster, or to sweep before it destroys it */
    char message[512];   /* one sentence: what happens, or why it failed */
    bool foreign;        /* terraform speaks another version of its UI: only our own lines and text are read */
    bool in_plain_error; /* the next plain lines explain the last diagnostic */
    struct progress progress;
    struct report_changes planned;
    struct report_changes applied;
    struct report_diagnostic diagnostics[REPORT_DIAGNOSTICS_MAX];
    size_t diagnostic_count;
    unsigned errors; /* of all, also those without room */
    struct report_lock lock;
    char plan_hash[80]; /* "sha256:…", or "" */
    struct str plan;    /* the whole eksgate_plan, JSON; empty until there is one */
    const char *blocked[REPORT_BLOCKED_MAX];
    size_t blocked_count;
    struct str outputs; /* the member of eksgate_outputs, JSON; empty until there are some */
};

struct report *report_new(void); /* NULL without memory */
void report_free(struct report *s);

/* Takes one line, without its end. now: for lines that carry no time of their own; Unix seconds. Returns what has
 * changed, an or of enum report_news. */
unsigned report_line(struct report *s, struct str line, int64_t now);

bool report_has_ended(const struct report *s);
const char *report_phase_name(enum report_phase phase); /* "init", ... */

/* 0 to 100: never less than before; 100 when the run ended well. */
int report_percent(struct report *s, int64_t now);

/* {"done","total","percent","eta_s"|null,"current":[{"address","action","elapsed_s","expected_s"}]} */
void report_write_progress(struct report *s, int64_t now, struct json *j, const char *key);

/* {"add","change","destroy","import"}: applied where it was, else planned; null when neither is known. */
void report_write_changes(const struct report *s, struct json *j, const char *key);

/* [{"severity","summary","detail","address"}] */
void report_write_diagnostics(const struct report *s, struct json *j, const char *key);

/* {"id","who","operation","created","path"}, or null. */
void report_write_lock(const struct report *s, struct json *j, const char *key);

/* A line for people: terraform's own words, a sentence for our own lines, plain text as it is. */
void report_line_text(struct str line, struct buf *out);

/* Reads terraform's "Lock Info:" text. False when it is none. */
bool report_lock_read(struct str text, struct report_lock *lock);

/* Its members, in the order in which such a line has them; id is null when it is nobody's. */
void report_lock_write(const struct report_lock *lock, struct json *j);

#endif
