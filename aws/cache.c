#include "aws/cache.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "aws/digest.h"
#include "aws/profile.h"
#include "aws/random.h"
#include "base/clock.h"
#include "base/log.h"

#define ENTRIES 128
#define ADVISORY_SECONDS (15 * 60)
#define MANDATORY_SECONDS (10 * 60)
#define JITTER_SECONDS 120
#define RETRY_SECONDS 60         /* between two renewals, as long as the old ones are good */
#define NEVER_ENDING_SECONDS 600 /* what a command gave without an end is asked for again */
#define WAIT_MS 20000

struct entry {
    unsigned char key[DIGEST_SIZE];
    bool in_use;
    bool is_busy;    /* one thread is asking */
    bool is_known;   /* credentials hold something */
    bool is_passing; /* what is found is not kept, so nobody needs to wait for it */
    unsigned waiting;
    unsigned failures; /* grows with each failed answer: those who wait take its error */
    int64_t fetched_at;
    int64_t renew_at; /* from here on one tries */
    int64_t used_at;
    struct aws_credentials credentials;
    struct err err;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static struct entry entries[ENTRIES];

/* Keys */

static void add_text(EVP_MD_CTX *digest, const char *text)
{
    EVP_DigestUpdate(digest, text, strlen(text) + 1);
}

/* A digest, so that no secret is kept only to be compared. Changed files are other files. A code of
 * a device is part of it: who has none gets no session that was made with one. The region is not, since a session is
 * good in all of them. */
static int make_key(const struct aws_auth *auth, size_t role_count, unsigned char key[DIGEST_SIZE])
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    struct aws_files_state files = {0};
    int result = -1;

    if (!digest || EVP_DigestInit_ex(digest, digest_sha256(), NULL) != 1)
        goto out;
    EVP_DigestUpdate(digest, &auth->type, sizeof(auth->type));
    if (auth->type == AWS_AUTH_KEYS) {
        add_text(digest, auth->keys.access_key_id);
        add_text(digest, auth->keys.secret_access_key);
        add_text(digest, auth->keys.session_token);
    } else {
        aws_files_look(&files);
        add_text(digest, auth->profile);
    }
    EVP_DigestUpdate(digest, &files, sizeof(files));
    add_text(digest, auth->session_name);
    add_text(digest, auth->mfa_code);
    for (size_t i = 0; i < role_count; i++) {
        add_text(digest, auth->roles[i].arn);
        add_text(digest, auth->roles[i].external_id);
    }
    result = EVP_DigestFinal_ex(digest, key, NULL) == 1 ? 0 : -1;
out:
    EVP_MD_CTX_free(digest);
    return result;
}

/* Entries; the mutex is held. */

static void clear(struct entry *e)
{
    OPENSSL_cleanse(e, sizeof(*e));
}

static bool is_idle(const struct entry *e)
{
    return !e->is_busy && e->waiting == 0;
}

static struct entry *find(const unsigned char *key)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (entries[i].in_use && memcmp(entries[i].key, key, sizeof(entries[i].key)) == 0)
            return &entries[i];
    return NULL;
}

/* What has ended is wiped on the way. */
static struct entry *find_room(int64_t now)
{
    struct entry *room = NULL;

    for (size_t i = 0; i < ENTRIES; i++) {
        struct entry *e = &entries[i];

        if (!is_idle(e))
            continue;
        if (e->is_known && e->credentials.expires_at && e->credentials.expires_at <= now)
            clear(e);
        if (!room || (room->in_use && (!e->in_use || e->used_at < room->used_at)))
            room = e;
    }
    return room;
}

static struct entry *find_or_make(const unsigned char *key, int64_t now)
{
    struct entry *e = find(key);

    if (e)
        return e;
    e = find_room(now);
    if (!e)
        return NULL;
    clear(e);
    memcpy(e->key, key, sizeof(e->key));
    e->in_use = true;
    return e;
}

static int64_t seconds_left(const struct entry *e, int64_t now)
{
    return e->credentials.expires_at ? e->credentials.expires_at - now : INT64_MAX;
}

/* A session that needed a code of a device is good to its end: the code would not be taken again. */
static bool is_fresh(const struct entry *e, int64_t now)
{
    if (e->credentials.with_mfa)
        return e->is_known && seconds_left(e, now) > 0;
    return e->is_known && now < e->renew_at && seconds_left(e, now) > MANDATORY_SECONDS;
}

static bool is_good_enough(const struct entry *e, int64_t now)
{
    return e->is_known && seconds_left(e, now) > MANDATORY_SECONDS;
}

static void keep(struct entry *e, const struct aws_credentials *credentials, int64_t now)
{
    int64_t renew_at = now + NEVER_ENDING_SECONDS;

    if (credentials->expires_at)
        renew_at = credentials->expires_at - ADVISORY_SECONDS - (int64_t)aws_random_below(JITTER_SECONDS);
    /* Sessions shorter than the window are not asked for more than once a minute. */
    e->renew_at = renew_at > now + RETRY_SECONDS ? renew_at : now + RETRY_SECONDS;
    e->fetched_at = now;
    aws_credentials_wipe(&e->credentials);
    aws_credentials_copy(&e->credentials, credentials);
    e->is_known = true;
}

/* Waits for the answer that another thread is asking for. False: it failed, and err says why. */
static bool wait_for_answer(struct entry *e, struct err *err)
{
    unsigned failures = e->failures;
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    e->waiting++;
    while (e->is_busy && rc == 0)
        rc = pthread_cond_timedwait(&answered, &mutex, &until);
    e->waiting--;
    if (rc != 0) {
        err_set(err, ERR_UPSTREAM_TIMEOUT, "AWS has not given credentials in time");
        return false;
    }
    if (e->failures != failures) {
        *err = e->err;
        return false;
    }
    return true;
}

/* Renewal */

static void settle(struct entry *e, int result, const struct aws_credentials *got, bool is_lasting,
                   const struct err *err)
{
    int64_t now = clock_now();

    e->is_busy = false;
    e->is_passing = result == 0 && !is_lasting;
    if (result < 0) {
        e->failures++;
        e->err = *err;
        e->renew_at = now + RETRY_SECONDS;
    } else if (is_lasting) {
        keep(e, got, now);
    }
    pthread_cond_broadcast(&answered);
}

/* Asks with the mutex released. Old credentials outlive a failure until the last ten minutes. */
static int renew(struct aws_client *client, const struct aws_auth *auth, size_t role_count, cache_fetch *fetch,
                 struct entry *e, struct aws_credentials *out, struct err *err)
{
    bool is_lasting = false;
    int result;

    e->is_busy = true;
    pthread_mutex_unlock(&mutex);
    result = fetch(client, auth, role_count, out, &is_lasting, err);
    pthread_mutex_lock(&mutex);
    settle(e, result, out, is_lasting, err);
    if (result < 0 && is_good_enough(e, clock_now())) {
        log_warning("AWS credentials could not be renewed; the old ones are still good",
                    LOG_TEXT("reason", err->message));
        aws_credentials_copy(out, &e->credentials);
        err_clear(err);
        result = 0;
    }
    return result;
}

enum resolved { FAILED = -1, RESOLVED, LOOK_YOURSELF };

/* LOOK_YOURSELF: it is in files, where everybody may look at the same time. */
static enum resolved resolve_entry(struct aws_client *client, const struct aws_auth *auth, size_t role_count,
                                   cache_fetch *fetch, struct entry *e, struct aws_credentials *out, struct err *err)
{
    e->used_at = clock_monotonic_ms();
    while (!e->is_passing && !is_fresh(e, clock_now())) {
        bool is_first = !e->is_known;

        if (e->is_busy && is_good_enough(e, clock_now()))
            break;
        if (e->is_busy && !wait_for_answer(e, err))
            return FAILED;
        if (e->is_busy || e->is_passing || is_fresh(e, clock_now()))
            continue;
        if (renew(client, auth, role_count, fetch, e, out, err) < 0)
            return FAILED;
        /* What was handed out at its very end is asked for once more. */
        if (!is_first || e->is_passing)
            return RESOLVED;
    }
    if (e->is_passing)
        return LOOK_YOURSELF;
    aws_credentials_copy(out, &e->credentials);
    return RESOLVED;
}

int cache_resolve(struct aws_client *client, const struct aws_auth *auth, size_t role_count, cache_fetch *fetch,
                  struct aws_credentials *out, struct err *err)
{
    unsigned char key[DIGEST_SIZE];
    enum resolved resolved = LOOK_YOURSELF;
    bool may_wait = !client || client->http;
    struct entry *e;
    bool ignored;

    if (make_key(auth, role_count, key) < 0)
        return err_set(err, ERR_INTERNAL, "there is no memory for AWS credentials");
    pthread_mutex_lock(&mutex);
    e = may_wait ? find_or_make(key, clock_now()) : find(key);
    if (!may_wait && (!e || !(e->is_passing || is_fresh(e, clock_now())))) {
        pthread_mutex_unlock(&mutex);
        return err_set(err, ERR_INTERNAL, "AWS credentials have to be asked for");
    }
    if (e)
        resolved = resolve_entry(client, auth, role_count, fetch, e, out, err);
    pthread_mutex_unlock(&mutex);
    if (resolved == LOOK_YOURSELF)
        return fetch(client, auth, role_count, out, &ignored, err);
    return resolved == RESOLVED ? 0 : -1;
}

void cache_suspect(const struct aws_auth *auth, size_t role_count)
{
    unsigned char key[DIGEST_SIZE];
    int64_t now = clock_now();
    struct entry *e;

    if (make_key(auth, role_count, key) < 0)
        return;
    pthread_mutex_lock(&mutex);
    e = find(key);
    if (e && e->is_known && now - e->fetched_at >= RETRY_SECONDS)
        e->renew_at = now;
    pthread_mutex_unlock(&mutex);
}

void cache_forget(void)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < ENTRIES; i++)
        if (is_idle(&entries[i]))
            clear(&entries[i]);
    pthread_mutex_unlock(&mutex);
}
