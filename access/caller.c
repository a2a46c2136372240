#include "access/caller.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/failures.h"
#include "access/hold.h"
#include "access/limits.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/network.h"
#include "redis/sessions.h"

#define SETS 64
#define WAYS 4

struct known {
    struct api_key key;
    int64_t read_at_ms;
    int64_t touched_at;
};

struct caller_store {
    bool open; /* EKSGATE_AUTH=off */
    struct holds *holds;
    struct limits *limits;
    pthread_mutex_t lock;
    struct failures failures;
    struct known *known[SETS][WAYS];
};

struct caller_store *caller_store_new(const struct config *config)
{
    struct caller_store *store = calloc(1, sizeof(*store));

    if (!store)
        return NULL;
    store->holds = holds_new(config);
    store->limits = limits_new(config);
    if (!store->holds || !store->limits) {
        holds_free(store->holds);
        limits_free(store->limits);
        free(store);
        return NULL;
    }
    store->open = strcmp(config->auth, "off") == 0;
    pthread_mutex_init(&store->lock, NULL);
    failures_init(&store->failures);
    return store;
}

void caller_store_free(struct caller_store *store)
{
    if (!store)
        return;
    holds_free(store->holds);
    limits_free(store->limits);
    for (size_t i = 0; i < SETS * WAYS; i++)
        free(store->known[i / WAYS][i % WAYS]);
    failures_end(&store->failures);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

struct holds *caller_store_holds(struct caller_store *store)
{
    return store->holds;
}

struct limits *caller_store_limits(struct caller_store *store)
{
    return store->limits;
}

/* Ids are random, so their last digits are as good as any hash. */
static struct known **set_of(struct caller_store *store, const char *id)
{
    return store->known[strtoul(id + KEY_ID_LEN - 4, NULL, 16) % SETS];
}

static struct known **find(struct caller_store *store, const char *id)
{
    struct known **set = set_of(store, id);

    for (size_t i = 0; i < WAYS; i++)
        if (set[i] && strcmp(set[i]->key.id, id) == 0)
            return &set[i];
    return NULL;
}

static bool recall(struct caller_store *store, const char *id, struct known *out)
{
    struct known **at;

    pthread_mutex_lock(&store->lock);
    at = find(store, id);
    if (at)
        *out = **at;
    pthread_mutex_unlock(&store->lock);
    return at != NULL;
}

/* Takes the place of what is known of the same key, else of the longest known of its set. */
static void remember(struct caller_store *store, const struct known *known)
{
    struct known **at;
    struct known **set;

    pthread_mutex_lock(&store->lock);
    set = set_of(store, known->key.id);
    at = find(store, known->key.id);
    for (size_t i = 0; !at && i < WAYS; i++)
        if (!set[i])
            at = &set[i];
    if (!at) {
        at = &set[0];
        for (size_t i = 1; i < WAYS; i++)
            if (set[i]->read_at_ms < (*at)->read_at_ms)
                at = &set[i];
    }
    if (!*at)
        *at = malloc(sizeof(**at));
    if (*at)
        **at = *known;
    pthread_mutex_unlock(&store->lock);
}

static void forget(struct caller_store *store, const char *id)
{
    struct known **at;

    pthread_mutex_lock(&store->lock);
    at = find(store, id);
    if (at) {
        free(*at);
        *at = NULL;
    }
    pthread_mutex_unlock(&store->lock);
}

static int too_many(struct caller_store *store, struct redis_client *redis, struct str address, struct err *err)
{
    if (!failures_exhausted(&store->failures, redis, address))
        return 0;
    metrics_add(&metrics->limited[METRICS_KEY_FAILURES], 1);
    err_set(err, ERR_OVERLOADED, "too many attempts with wrong API keys from this address: try again");
    err->retry_after = 1;
    return -1;
}

static int refuse(struct caller_store *store, struct redis_client *redis, struct str address, struct err *err)
{
    metrics_add(&metrics->key_failures, 1);
    failures_add(&store->failures, redis, address);
    return err->kind == ERR_UNAUTHORIZED ? -1 : err_set(err, ERR_UNAUTHORIZED, "this API key is not known, or revoked");
}

/* To a minute, and never in the way of the request. */
static void note_use(struct redis_client *redis, struct known *known)
{
    int64_t now = clock_now();
    struct err ignored;

    if (now - known->touched_at < API_KEY_USED_EVERY_SECONDS)
        return;
    known->touched_at = now;
    api_key_touch(redis, str_from(known->key.id), now, &ignored);
}

/* What Redis says of the key now, or, while it does not answer, what it said last: known, when it was seen. */
static int read_anew(struct caller_store *store, struct redis_client *redis, const struct key *key, bool seen,
                     struct str address, struct known *known, struct err *err)
{
    int64_t now_ms = clock_monotonic_ms();
    struct api_key stored;

    switch (api_key_read(redis, str_from(key->id), &stored, err)) {
    case REDIS_FOUND:
        *known = (struct known){.key = stored, .read_at_ms = now_ms, .touched_at = seen ? known->touched_at : 0};
        if (key_hash_equal(stored.hash, key->hash))
            note_use(redis, known);
        remember(store, known);
        return 0;
    case REDIS_MISSING:
        forget(store, key->id);
        return refuse(store, redis, address, err);
    default:
        return seen && now_ms - known->read_at_ms < CALLER_LIFE_MS ? 0 : -1;
    }
}

static int look_up(struct caller_store *store, struct redis_client *redis, const struct key *key, struct str address,
                   struct known *known, struct err *err)
{
    bool seen = recall(store, key->id, known);
    bool fresh = seen && clock_monotonic_ms() - known->read_at_ms < CALLER_FRESH_MS;
    bool holder = seen && key_hash_equal(known->key.hash, key->hash);

    if (fresh && (holder || !redis))
        return 0;
    if (!redis)
        return err_set(err, ERR_INTERNAL, "what is stored of this API key has to be read");
    if (!holder && too_many(store, redis, address, err) < 0)
        return -1;
    return fresh ? 0 : read_anew(store, redis, key, seen, address, known, err);
}

static int take_record(const struct api_key *record, struct caller *out, struct err *err)
{
    enum role role;

    if (record->expires_at != 0 && record->expires_at <= clock_now())
        return err_set(err, ERR_UNAUTHORIZED, "this API key has expired");
    if (role_parse(str_from(record->role), &role) < 0)
        return err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this API key can not be read");
    memcpy(out->id, record->id, sizeof(out->id));
    memcpy(out->name, record->name, sizeof(out->name));
    str_copy(out->connections, sizeof(out->connections), str_from(record->connections));
    out->role = role;
    out->expires_at = record->expires_at;
    return 0;
}

static int admit(struct caller_store *store, struct redis_client *redis, const struct key *key,
                 const struct known *known, struct str address, struct caller *out, struct err *err)
{
    err_clear(err);
    if (!key_hash_equal(known->key.hash, key->hash))
        return refuse(store, redis, address, err);
    return take_record(&known->key, out, err);
}

void caller_clear(struct caller *caller)
{
    memset(caller, 0, offsetof(struct caller, connections) + 1);
}

/* Who has no key. */
static void become(struct caller *out, struct str name, enum role role)
{
    caller_clear(out);
    str_copy(out->name, sizeof(out->name), name);
    out->role = role;
}

static void be_anybody(struct caller *out)
{
    become(out, STR("anonymous"), ROLE_ADMIN);
}

static int find_session(struct redis_client *redis, struct str hash, bool use, struct session *out, struct err *err)
{
    switch (session_read(redis, hash, use, out, err)) {
    case REDIS_FOUND:
        return 0;
    case REDIS_MISSING:
        return err_set(err, ERR_UNAUTHORIZED, "this session has ended: sign in again");
    default:
        return -1;
    }
}

static void take_session(struct caller *out, struct str hash, const struct session *session)
{
    str_copy(out->session, sizeof(out->session), hash);
    if (out->expires_at == 0 || out->expires_at > session->ends_at)
        out->expires_at = session->ends_at;
}

static int enter_by_cookie(struct caller_store *store, struct redis_client *redis, const struct credentials *shown,
                           struct caller *out, struct err *err)
{
    char hash[SESSION_HASH_LEN + 1];
    struct session session;
    struct known known;
    struct key key;
    bool seen;

    if (!redis)
        return err_set(err, ERR_INTERNAL, "what is stored of this session has to be read");
    session_hash(shown->cookie, shown->tls, hash);
    if (find_session(redis, str_from(hash), true, &session, err) < 0)
        return err->kind != ERR_UNAUTHORIZED || too_many(store, redis, shown->remote_address, err) < 0
                   ? -1
                   : refuse(store, redis, shown->remote_address, err);
    memcpy(key.id, session.key_id, sizeof(key.id));
    memcpy(key.hash, session.key_hash, sizeof(key.hash));
    if (!key_is_id(str_from(key.id)))
        return err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this session can not be read");
    seen = recall(store, key.id, &known);
    if (read_anew(store, redis, &key, seen, shown->remote_address, &known, err) < 0 ||
        admit(store, redis, &key, &known, shown->remote_address, out, err) < 0)
        return -1;
    take_session(out, str_from(hash), &session);
    return 0;
}

static int enter_by_key(struct caller_store *store, struct redis_client *redis, const struct credentials *shown,
                        struct caller *out, struct err *err)
{
    struct known known;
    struct key key;

    if (key_from_authorization(shown->authorization, &key, err) < 0) {
        if (shown->authorization.len == 0 || !redis)
            return -1;
        return too_many(store, redis, shown->remote_address, err) < 0
                   ? -1
                   : refuse(store, redis, shown->remote_address, err);
    }
    if (look_up(store, redis, &key, shown->remote_address, &known, err) < 0)
        return -1;
    if (!redis && !key_hash_equal(known.key.hash, key.hash))
        return err_set(err, ERR_INTERNAL, "this API key is another one");
    return admit(store, redis, &key, &known, shown->remote_address, out, err);
}

int caller_authenticate(struct caller_store *store, struct redis_client *redis, const struct credentials *shown,
                        struct caller *out, struct err *err)
{
    caller_clear(out);
    if (store->open) {
        be_anybody(out);
        return 0;
    }
    return shown->authorization.len == 0 && shown->cookie.len > 0 ? enter_by_cookie(store, redis, shown, out, err)
                                                                  : enter_by_key(store, redis, shown, out, err);
}

int caller_resume(const struct caller_store *store, struct redis_client *redis, struct str key_id, struct str hash,
                  struct caller *out, struct err *err)
{
    struct session session = {.ends_at = 0};
    struct api_key stored;

    caller_clear(out);
    if (store->open) {
        be_anybody(out);
        return 0;
    }
    if (!key_is_id(key_id))
        return err_set(err, ERR_UNAUTHORIZED, "this needs an API key");
    if (hash.len > 0 && find_session(redis, hash, false, &session, err) < 0)
        return -1;
    switch (api_key_read(redis, key_id, &stored, err)) {
    case REDIS_FOUND:
        if (take_record(&stored, out, err) < 0)
            return -1;
        if (hash.len > 0)
            take_session(out, hash, &session);
        return 0;
    case REDIS_MISSING:
        return err_set(err, ERR_UNAUTHORIZED, "this API key is not known, or revoked");
    default:
        return -1;
    }
}

int caller_sign_in(const struct config *config, struct redis_client *redis, const struct credentials *shown,
                   const struct caller *caller, char text[SESSION_TEXT_LEN + 1], struct err *err)
{
    struct session session = {.ends_at = clock_now() + config->session, .idle = config->session_idle};
    char hash[SESSION_HASH_LEN + 1];
    struct key key;

    if (caller->expires_at != 0 && session.ends_at > caller->expires_at)
        session.ends_at = caller->expires_at;
    if (key_from_authorization(shown->authorization, &key, err) < 0)
        return -1;
    if (session_generate(text) < 0)
        return err_set(err, ERR_INTERNAL, "there are no random numbers");
    memcpy(session.key_id, key.id, sizeof(session.key_id));
    memcpy(session.key_hash, key.hash, sizeof(session.key_hash));
    session_hash((struct str){text, SESSION_TEXT_LEN}, shown->tls, hash);
    return session_write(redis, str_from(hash), &session, err);
}

bool caller_is_scraper(const struct config *config, struct str remote_address, struct caller *out)
{
    if (!networks_contain(str_from(config->metrics_allow), remote_address))
        return false;
    become(out, STR("scraper"), ROLE_VIEWER);
    return true;
}

int caller_check_transport(const struct config *config, struct str server_address, bool tls, struct err *err)
{
    if (server_address.len == 0 || config_is_loopback(server_address))
        return 0;
    if (strcmp(config->auth, "off") == 0)
        return err_set(err, ERR_FORBIDDEN, "without authentication eksgate answers on loopback only");
    if (!tls)
        return err_set(err, ERR_FORBIDDEN, "beyond loopback eksgate answers over TLS only");
    return 0;
}

bool caller_sees(const struct caller *caller, struct str cluster_id)
{
    struct str rest = str_from(caller->connections);

    if (rest.len == 0)
        return true;
    while (rest.ptr)
        if (str_equal(str_cut(&rest, '\n'), cluster_id))
            return true;
    return false;
}

int caller_check(const struct caller *caller, enum role needed, struct str cluster_id, struct err *err)
{
    bool bound = caller->connections[0] != '\0';

    if (needed == ROLE_NONE)
        return 0;
    if (caller->role == ROLE_NONE)
        return err_set(err, ERR_UNAUTHORIZED, "this needs an API key");
    if (cluster_id.len > 0 && !caller_sees(caller, cluster_id))
        return err_set(err, ERR_FORBIDDEN, "eksgate: the API key \"%s\" is not for this connection", caller->name);
    if (caller->role < needed)
        return err_set(err, ERR_FORBIDDEN, "eksgate: this needs the role %s, and the API key \"%s\" has %s",
                       role_name(needed), caller->name, role_name(caller->role));
    if (cluster_id.len == 0 && needed == ROLE_ADMIN && bound)
        return err_set(err, ERR_FORBIDDEN,
                       "eksgate: the API key \"%s\" is for some connections only, and this is about all", caller->name);
    return 0;
}
