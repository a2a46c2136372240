#include "cluster/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "redis/changes.h"
#include "redis/keys.h"

#define BUCKETS 256
#define REMEMBER_EVERY_MS 1000
#define RETRY_AFTER_WINDOW_MS 10000
#define RETRY_AFTER_COUNT 3

struct entry {
    struct entry *next;
    char id[LIMIT_CLUSTER_ID + 1];
    struct buf texts[3];
    struct known *known;    /* of the texts used last, or NULL */
    int64_t fresh_until_ms; /* known is what Redis holds, if no change is heard of */
    bool is_ageing;         /* somebody was told */
    int64_t read_at_ms;
    int64_t down_until_ms;
    int64_t renewed_at_ms;
    int64_t window_start_ms;
    unsigned window_count;
    unsigned failures;
    struct err down;
};

struct cluster_memory {
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    size_t count;
    struct redis_changes *changes; /* NULL: nothing is fresh */
    unsigned long heard;           /* changes; 0 is none's ticket */
    void (*on_ageing)(void *arg, struct str id);
    void *ageing_arg;
};

struct cluster_memory *cluster_memory_new(void)
{
    struct cluster_memory *memory = calloc(1, sizeof(*memory));

    if (!memory)
        return NULL;
    memory->heard = 1;
    pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

int memory_listen(struct cluster_memory *memory, const char *redis_address)
{
    memory->changes = redis_changes_new(redis_address);
    return memory->changes ? 0 : -1;
}

static void entry_free(struct entry *e)
{
    for (size_t i = 0; i < 3; i++)
        buf_wipe(&e->texts[i]);
    known_release(e->known);
    free(e);
}

void cluster_memory_free(struct cluster_memory *memory)
{
    if (!memory)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (memory->buckets[i]) {
            struct entry *next = memory->buckets[i]->next;

            entry_free(memory->buckets[i]);
            memory->buckets[i] = next;
        }
    }
    redis_changes_free(memory->changes);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

static struct entry **find(struct cluster_memory *memory, struct str id)
{
    struct entry **e = &memory->buckets[str_hash(id, 0) % BUCKETS];

    while (*e && !str_equal(str_from((*e)->id), id))
        e = &(*e)->next;
    return e;
}

/* The entry, made when it is not there; NULL beyond the maximum. */
static struct entry *obtain(struct cluster_memory *memory, struct str id)
{
    struct entry **at = find(memory, id);
    struct entry *e = *at;

    if (e || memory->count >= 2 * CONNECTIONS_MAX || id.len > LIMIT_CLUSTER_ID)
        return e;
    e = calloc(1, sizeof(*e));
    if (!e)
        return NULL;
    memcpy(e->id, id.ptr, id.len);
    for (size_t i = 0; i < 3; i++)
        buf_init(&e->texts[i], KIB(128));
    *at = e;
    memory->count++;
    return e;
}

void memory_remember(struct cluster_memory *memory, struct str id, const struct connection_texts *texts)
{
    const struct str sources[3] = {texts->connection, texts->description, texts->sealed};
    int64_t now = clock_monotonic_ms();
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    e = obtain(memory, id);
    if (e && (e->read_at_ms == 0 || now - e->read_at_ms >= REMEMBER_EVERY_MS)) {
        e->read_at_ms = now;
        for (size_t i = 0; i < 3; i++) {
            buf_reset(&e->texts[i]);
            if (buf_add_str(&e->texts[i], sources[i]) < 0)
                e->read_at_ms = 0;
        }
    }
    pthread_mutex_unlock(&memory->lock);
}

void memory_forget(struct cluster_memory *memory, struct str id)
{
    struct entry **at;
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    at = find(memory, id);
    e = *at;
    if (e) {
        *at = e->next;
        memory->count--;
        entry_free(e);
    }
    pthread_mutex_unlock(&memory->lock);
}

int memory_recall(struct cluster_memory *memory, struct arena *arena, struct str id, struct connection_texts *out)
{
    struct str *const targets[3] = {&out->connection, &out->description, &out->sealed};
    int rc = -1;
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    if (e && e->read_at_ms != 0 && clock_monotonic_ms() - e->read_at_ms < MEMORY_LIFE_MS) {
        rc = 0;
        for (size_t i = 0; i < 3; i++) {
            struct str text = buf_str(&e->texts[i]);

            *targets[i] = (struct str){arena_strndup(arena, text.ptr, text.len), text.len};
            if (!targets[i]->ptr)
                rc = -1;
        }
    }
    pthread_mutex_unlock(&memory->lock);
    return rc;
}

static void on_change(void *arg, struct str id)
{
    struct cluster_memory *memory = arg;
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    memory->heard++;
    e = *find(memory, id);
    if (e)
        e->fresh_until_ms = 0;
    for (size_t i = 0; i < BUCKETS && id.len == 0; i++)
        for (e = memory->buckets[i]; e; e = e->next)
            e->fresh_until_ms = 0;
    pthread_mutex_unlock(&memory->lock);
}

void memory_on_ageing(struct cluster_memory *memory, void (*on_ageing)(void *arg, struct str id), void *arg)
{
    memory->on_ageing = on_ageing;
    memory->ageing_arg = arg;
}

static bool hear(struct cluster_memory *memory, enum memory_hearing hearing)
{
    if (hearing == MEMORY_HEARD)
        return true;
    return memory->changes && redis_changes_hear(memory->changes, hearing == MEMORY_WAIT, on_change, memory);
}

struct known *memory_recent(struct cluster_memory *memory, struct str id, enum memory_hearing hearing,
                            unsigned long *ticket)
{
    struct known *known = NULL;
    int64_t now = clock_monotonic_ms();
    bool tells = false;
    struct entry *e;

    *ticket = 0;
    if (!hear(memory, hearing))
        return NULL;
    pthread_mutex_lock(&memory->lock);
    *ticket = memory->heard;
    e = *find(memory, id);
    if (e && e->known && now < e->fresh_until_ms) {
        known = known_hold(e->known);
        tells = memory->on_ageing && !e->is_ageing && e->fresh_until_ms - now < MEMORY_AGEING_MS;
        e->is_ageing = e->is_ageing || tells;
    }
    pthread_mutex_unlock(&memory->lock);
    if (tells)
        memory->on_ageing(memory->ageing_arg, id);
    return known;
}

/* What was read before the last change was heard of may be from before that change. */
static void set_fresh(const struct cluster_memory *memory, struct entry *e, unsigned long ticket)
{
    e->is_ageing = false;
    e->fresh_until_ms = ticket == memory->heard ? clock_monotonic_ms() + MEMORY_FRESH_MS : 0;
}

struct known *memory_parse(struct cluster_memory *memory, struct str id, const struct connection_texts *texts,
                           unsigned long ticket)
{
    struct known *known = NULL;
    struct known *old = NULL;
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    if (e && e->known && known_is_of(e->known, texts)) {
        known = known_hold(e->known);
        set_fresh(memory, e, ticket);
    }
    pthread_mutex_unlock(&memory->lock);
    if (known)
        return known;
    known = known_new(texts);
    if (!known)
        return NULL;
    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    if (e) {
        old = e->known;
        e->known = known_hold(known);
        set_fresh(memory, e, ticket);
    }
    pthread_mutex_unlock(&memory->lock);
    known_release(old);
    return known;
}

static unsigned grant_retry_after(struct entry *e, int64_t now)
{
    if (now - e->window_start_ms > RETRY_AFTER_WINDOW_MS) {
        e->window_start_ms = now;
        e->window_count = 0;
    }
    return e->window_count++ < RETRY_AFTER_COUNT ? 1 : 0;
}

int memory_check_down(struct cluster_memory *memory, struct str id, struct err *err)
{
    int64_t now = clock_monotonic_ms();
    struct entry *e;
    int rc = 0;

    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    if (e && now < e->down_until_ms) {
        *err = e->down;
        if (err->retry_after)
            err->retry_after = grant_retry_after(e, now);
        rc = -1;
    }
    pthread_mutex_unlock(&memory->lock);
    return rc;
}

void memory_mark_down(struct cluster_memory *memory, struct str id, long milliseconds, struct err *err)
{
    int64_t now = clock_monotonic_ms();
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    e = obtain(memory, id);
    if (e) {
        e->down = *err;
        e->down.upstream_status = e->down.upstream_type = STR(""); /* the arena's, not ours */
        e->down_until_ms = now + milliseconds;
        e->failures++;
        if (err->retry_after)
            err->retry_after = grant_retry_after(e, now);
    }
    pthread_mutex_unlock(&memory->lock);
}

void memory_mark_up(struct cluster_memory *memory, struct str id)
{
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    if (e) {
        e->failures = 0;
        e->down_until_ms = 0;
    }
    pthread_mutex_unlock(&memory->lock);
}

unsigned memory_failures(struct cluster_memory *memory, struct str id)
{
    struct entry *e;
    unsigned failures;

    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    failures = e ? e->failures : 0;
    pthread_mutex_unlock(&memory->lock);
    return failures;
}

static bool renew_is_due(const struct entry *e, int64_t now)
{
    return e->renewed_at_ms == 0 || now - e->renewed_at_ms >= MEMORY_RENEW_MS;
}

bool memory_can_renew(struct cluster_memory *memory, struct str id)
{
    struct entry *e;
    bool can;

    pthread_mutex_lock(&memory->lock);
    e = *find(memory, id);
    can = !e || renew_is_due(e, clock_monotonic_ms());
    pthread_mutex_unlock(&memory->lock);
    return can;
}

bool memory_may_renew(struct cluster_memory *memory, struct str id)
{
    int64_t now = clock_monotonic_ms();
    bool may = false;
    struct entry *e;

    pthread_mutex_lock(&memory->lock);
    e = obtain(memory, id);
    if (e && renew_is_due(e, now)) {
        e->renewed_at_ms = now;
        may = true;
    }
    pthread_mutex_unlock(&memory->lock);
    return may;
}
