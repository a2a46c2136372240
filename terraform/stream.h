/*
 * What a run tells of itself, line by line: terraform's machine-readable UI
 * (https://developer.hashicorp.com/terraform/internals/machine-readable-ui, major version 1), lines of our own that the
 * worker's script and `eksgate provision` print ("eksgate_phase", "eksgate_plan", ...), and plain text. Lines go in,
 * the state of the run comes out. Pure and bounded; lines of a type that is not known change nothing.
 *
 * The same lines read again from the start give the same state, so whoever takes a run over reads its log again.
 */
#ifndef EKSGATE_TERRAFORM_STREAM_H
#define EKSGATE_TERRAFORM_STREAM_H

#include "terraform/progress.h"

#include "base/limits.h"

#define STREAM_LINE_MAX KIB(512) /* a longer line is passed over; eksgate_plan is the longest */
#define STREAM_DIAGNOSTICS_MAX 32
#define STREAM_BLOCKED_MAX 64

enum stream_phase {
    STREAM_BEGINS, /* nothing was said yet */
    STREAM_INIT,
    STREAM_HEAL,
    STREAM_PLAN,
    STREAM_GUARD,
    STREAM_SWEEP,
    STREAM_APPLY,
    STREAM_OUTPUTS,
    STREAM_SUCCEEDED, /* from here on: the run has ended */
    STREAM_PLANNED,
    STREAM_UNCHANGED,
    STREAM_FAILED,
    STREAM_CANCELLED,
    STREAM_BLOCKED,
    STREAM_PHASE__MAX
};

/* What a line has changed; they combine. */
enum stream_change {
    STREAM_HAS_PHASE = 1,
    STREAM_HAS_PROGRESS = 2,
    STREAM_HAS_PLAN = 4,
    STREAM_HAS_OUTPUTS = 8,
    STREAM_HAS_DIAGNOSTIC = 16,
    STREAM_HAS_LOCK = 32,
    STREAM_HAS_CHANGES = 64,
    STREAM_HAS_MESSAGE = 128
};

/* Texts live in the stream; none is NULL once it is set. */
struct stream_diagnostic {
    const char *severity; /* "error" or "warning" */
    const char *summary;
    const char *detail;  /* or "" */
    const char *address; /* or "" */
};

struct stream_lock {
    char id[128]; /* "": nobody's lock was in the way */
    char who[256];
    char operation[64];
    char created[64]; /* RFC 3339 where it could be read */
    char path[512];
};

struct stream_changes {
    bool known;
    int64_t add;
    int64_t change;
    int64_t destroy;
    int64_t import;
};

struct stream {
    struct arena *arena;
    enum stream_phase phase;
    int rc;              /* with a phase that ends the run; -1 when it was not said */
    int64_t phase_at;    /* Unix seconds */
    char message[512];   /* one sentence: what happens, or why it failed */
    bool foreign;        /* terraform speaks another version of its UI: only our own lines and text are read */
    bool in_plain_error; /* the next plain lines explain the last diagnostic */
    struct progress progress;
    struct stream_changes planned;
    struct stream_changes applied;
    struct stream_diagnostic diagnostics[STREAM_DIAGNOSTICS_MAX];
    size_t diagnostic_count;
    unsigned errors; /* of all, also those without room */
    struct stream_lock lock;
    char plan_hash[80]; /* "sha256:…", or "" */
    struct str plan;    /* the whole eksgate_plan, JSON; empty until there is one */
    const char *blocked[STREAM_BLOCKED_MAX];
    size_t blocked_count;
    struct str outputs; /* the member of eksgate_outputs, JSON; empty until there are some */
};

struct stream *stream_new(void); /* NULL without memory */
void stream_free(struct stream *s);

/* Takes one line, without its end. now: for lines that carry no time of their own; Unix seconds. Returns what has
 * changed, an or of enum stream_change. */
unsigned stream_line(struct stream *s, struct str line, int64_t now);

bool stream_has_ended(const struct stream *s);
const char *stream_phase_name(enum stream_phase phase); /* "init", ... */

/* 0 to 100: never less than before; 100 when the run ended well. */
int stream_percent(struct stream *s, int64_t now);

/* {"done","total","percent","eta_s"|null,"current":[{"address","action","elapsed_s","expected_s"}]} */
void stream_write_progress(struct stream *s, int64_t now, struct json *j, const char *key);

/* {"add","change","destroy","import"}: applied where it was, else planned; null when neither is known. */
void stream_write_changes(const struct stream *s, struct json *j, const char *key);

/* [{"severity","summary","detail","address"}] */
void stream_write_diagnostics(const struct stream *s, struct json *j, const char *key);

/* {"id","who","operation","created","path"}, or null. */
void stream_write_lock(const struct stream *s, struct json *j, const char *key);

/* A line for people: terraform's own words, a sentence for our own lines, plain text as it is. */
void stream_line_text(struct str line, struct buf *out);

/* Reads terraform's "Lock Info:" text. False when it is none. */
bool stream_lock_read(struct str text, struct stream_lock *lock);

#endif
