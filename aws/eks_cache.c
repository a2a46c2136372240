#include "aws/eks_cache.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

#define ENTRIES 256
#define ENTRY_MAX KIB(512) /* a longer answer is not kept */
#define TOTAL_MAX MIB(16)
#define STALE_SECONDS (15 * 60)
#define WAIT_SECONDS 20

struct entry {
    unsigned char key[EKS_CACHE_KEY_SIZE];
    uint64_t about;
    bool in_use;
    bool is_busy;    /* one thread is asking */
    bool is_dropped; /* since it began to ask */
    unsigned waiting;
    unsigned failures; /* grows with each failed call: those who wait take its error */
    int64_t asked_at_ms;
    int64_t used_at_ms;
    struct buf kept; /* the answer's text; empty for none */
    struct err err;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static struct entry entries[ENTRIES];
static size_t total;

/* Entries; the mutex is held. */

static void forget_text(struct entry *e)
{
    total -= e->kept.len;
    buf_free(&e->kept);
    e->kept = (struct buf){0};
}

static bool is_idle(const struct entry *e)
{
    return !e->is_busy && e->waiting == 0;
}

static struct entry *find(const unsigned char *key)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (entries[i].in_use && memcmp(entries[i].key, key, EKS_CACHE_KEY_SIZE) == 0)
            return &entries[i];
    return NULL;
}

static struct entry *find_oldest(bool with_text)
{
    struct entry *oldest = NULL;

    for (size_t i = 0; i < ENTRIES; i++) {
        struct entry *e = &entries[i];

        if (is_idle(e) && (e->kept.len > 0 || !with_text) && (!oldest || e->used_at_ms < oldest->used_at_ms))
            oldest = e;
    }
    return oldest;
}

static struct entry *find_or_make(const struct eks_question *question)
{
    struct entry *e = find(question->key);

    if (e)
        return e;
    e = find_oldest(false);
    if (!e)
        return NULL;
    forget_text(e);
    *e = (struct entry){.in_use = true, .about = question->about};
    memcpy(e->key, question->key, sizeof(e->key));
    return e;
}

static void keep(struct entry *e, struct str text)
{
    forget_text(e);
    if (e->is_dropped || text.len > ENTRY_MAX)
        return;
    while (total + text.len > TOTAL_MAX) {
        struct entry *oldest = find_oldest(true);

        if (!oldest)
            return;
        forget_text(oldest);
    }
    buf_init(&e->kept, ENTRY_MAX);
    if (buf_add_str(&e->kept, text) == 0)
        total += text.len;
}

static bool is_younger(const struct entry *e, int64_t seconds)
{
    return e->kept.len > 0 && clock_monotonic_ms() - e->asked_at_ms < seconds * 1000;
}

/* True when another thread's call has ended well. */
static bool wait_for_answer(struct entry *e, struct err *err)
{
    unsigned failures = e->failures;
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_SECONDS;
    e->waiting++;
    while (e->is_busy && rc == 0)
        rc = pthread_cond_timedwait(&answered, &mutex, &until);
    e->waiting--;
    if (rc != 0) {
        err_set(err, ERR_UPSTREAM_TIMEOUT, "EKS has not answered in time");
        return false;
    }
    if (e->failures == failures)
        return true;
    *err = e->err;
    return false;
}

/* Calls, with the mutex released; out begins at start. */
static int ask_now(struct entry *e, eks_ask *ask, void *arg, struct buf *out, struct err *err)
{
    int64_t asked_at_ms = clock_monotonic_ms();
    size_t start = out->len;
    int result;

    e->is_busy = true;
    e->is_dropped = false;
    pthread_mutex_unlock(&mutex);
    result = ask(arg, out, err);
    pthread_mutex_lock(&mutex);
    e->is_busy = false;
    if (result == 0) {
        keep(e, str_skip(buf_str(out), start));
        e->asked_at_ms = asked_at_ms;
    } else {
        e->failures++;
        e->err = *err;
    }
    pthread_cond_broadcast(&answered);
    return result;
}

enum outcome { FAILED = -1, ANSWERED, ASK_YOURSELF };

static enum outcome add_kept(const struct entry *e, struct buf *out, struct err *err)
{
    if (buf_add_str(out, buf_str(&e->kept)) == 0)
        return ANSWERED;
    err_set(err, ERR_INTERNAL, "there is no memory for an answer of EKS");
    return FAILED;
}

/* Who wants what is said right now wants to hear of throttling, too. */
static enum outcome use_stale(const struct entry *e, int fresh_seconds, struct buf *out, struct err *err)
{
    if (err->code != 429 || fresh_seconds == 0 || !is_younger(e, STALE_SECONDS))
        return FAILED;
    log_warning("EKS throttles: an older answer is used", LOG_TEXT("reason", err->message));
    err_clear(err);
    return add_kept(e, out, err);
}

/* ASK_YOURSELF: what another thread was told could not be kept. */
static enum outcome answer(struct entry *e, int fresh_seconds, eks_ask *ask, void *arg, struct buf *out,
                           struct err *err)
{
    e->used_at_ms = clock_monotonic_ms();
    if (is_younger(e, fresh_seconds))
        return add_kept(e, out, err);
    if (!e->is_busy)
        return ask_now(e, ask, arg, out, err) == 0 ? ANSWERED : use_stale(e, fresh_seconds, out, err);
    if (!wait_for_answer(e, err))
        return use_stale(e, fresh_seconds, out, err);
    return e->kept.len > 0 ? add_kept(e, out, err) : ASK_YOURSELF;
}

int eks_cache_answer(const struct eks_question *question, eks_ask *ask, void *arg, struct buf *out, struct err *err)
{
    enum outcome outcome = ASK_YOURSELF;
    struct entry *e;

    pthread_mutex_lock(&mutex);
    e = find_or_make(question);
    if (e)
        outcome = answer(e, question->fresh_seconds, ask, arg, out, err);
    pthread_mutex_unlock(&mutex);
    if (outcome == ASK_YOURSELF)
        return ask(arg, out, err);
    return outcome == ANSWERED ? 0 : -1;
}

void eks_cache_drop(uint64_t about)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < ENTRIES; i++) {
        if (!entries[i].in_use || entries[i].about != about)
            continue;
        entries[i].is_dropped = true;
        forget_text(&entries[i]);
    }
    pthread_mutex_unlock(&mutex);
}

void eks_cache_forget(void)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < ENTRIES; i++) {
        entries[i].is_dropped = true;
        forget_text(&entries[i]);
    }
    pthread_mutex_unlock(&mutex);
}
